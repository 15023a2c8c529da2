"""E-mail through SMTP: each version one mail, all of a thread under the first."""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from warikan.catalog.notify import EmailChannel
from warikan.operate.notify.channels.http import HIDDEN
from warikan.operate.notify.channels.mail_pages import mail_pages
from warikan.operate.notify.delivery import Delivered, Delivery, NotDelivered
from warikan.operate.notify.showing import Language, shortened

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 20.0
MOST_SUBJECT = 180


@dataclass(frozen=True)
class EmailSender:
    """
    One SMTP server and its recipients.

    SMTP has no ids that a server must know again: where this process dies after the server's 250 and
    before our commit, the same mail goes out again with the same Message-ID (RFC 5322, 3.6.4), by which
    most mailboxes fold the two. Nothing but the commit stands between.
    """

    settings: EmailChannel
    password: str | None
    to: Sequence[str]

    def send(self, delivery: Delivery) -> Delivered:
        """Send one mail to all recipients."""
        message = mail_of(delivery, self.settings, self.to)
        is_handed_over = False
        try:
            server = self._connect()
            try:
                if self.password is not None and self.settings.user is not None:
                    server.login(self.settings.user, self.password)
                is_handed_over = True
                refused = server.send_message(message, from_addr=self.settings.sender, to_addrs=list(self.to))
            finally:
                server.close()  # no QUIT: nothing may come between the server's 250 and our commit
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            # The server has answered, and it was no 250.
            said = self._clean(_said(error))
            raise NotDelivered(f"the mail server refused: {said}", is_certain=True, is_away=True) from None
        except (smtplib.SMTPException, OSError) as error:
            said = f"the mail server cannot be used: {type(error).__name__}: {shortened(str(error), 200)}"
            raise NotDelivered(self._clean(said), is_certain=not is_handed_over, is_away=True) from None
        if refused:
            log.warning("%s refused mail to %s; the others have it", self.settings.host, ", ".join(refused))
        before = delivery.remote or {}
        first, subject = before.get("first", message["Message-ID"]), before.get("subject", message["Subject"])
        return Delivered({"first": str(first), "subject": str(subject)})

    def _clean(self, said: str) -> str:
        return said.replace(self.password, HIDDEN) if self.password else said

    def _connect(self) -> smtplib.SMTP:
        settings = self.settings
        context = ssl.create_default_context(cafile=settings.ca) if settings.security != "none" else None
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        try:
            if context is not None:
                server.starttls(context=context)  # raises where the server has none: never in clear text
        except BaseException:
            server.close()
            raise
        return server


def mail_of(delivery: Delivery, settings: EmailChannel, to: Sequence[str]) -> EmailMessage:
    """The mail: the same to the last byte over all attempts."""
    language = Language(settings.locale, delivery.zone)
    domain = settings.sender.rpartition("@")[2]
    root = f"<{delivery.thread_uid}.thread@{domain}>"
    first = (delivery.remote or {}).get("first")
    pages = mail_pages(delivery, language)
    message = EmailMessage()
    message["From"] = Address("Warikan", addr_spec=settings.sender)
    message["To"] = [Address(addr_spec=one) for one in to]
    # Mailboxes keep a thread together only while its subject stays.
    begun = (delivery.remote or {}).get("subject")
    message["Subject"] = f"Re: {begun}" if begun else shortened(pages.subject, MOST_SUBJECT)
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.uid}@{domain}>"
    # The root is a mail that never was: programs put all that refer to it into one thread (JWZ's algorithm).
    message["References"] = f"{root} {first}" if first else root
    if first:
        message["In-Reply-To"] = str(first)
    message["List-Id"] = f"Warikan {delivery.notice.kind} <{delivery.notice.kind}.warikan.{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "I am on holiday" in answer
    message["X-Warikan-Key"] = delivery.notice.key
    message.set_content(pages.text)
    message.add_alternative(pages.html, subtype="html")
    message.set_boundary(f"=={delivery.uid}==")
    return message


def _said(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        return shortened(f"{error.smtp_code} {text}", 200)
    return shortened(str(error), 200)
