"""A real SMTP server on the loopback that keeps what it accepts."""

import email
import email.policy
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """One accepted mail."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    source: bytes

    @property
    def uid(self) -> str:
        """Its Message-ID."""
        return str(self.message["Message-ID"])


class Mailbox:
    """
    One server; its `mails` are in the order of their arrival.

    With a *tls* context it demands STARTTLS, and with *password* a login.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, password: str | None = None, is_implicit: bool = False
    ) -> None:
        self.mails: list[Mail] = []
        self.answer = "250 OK"
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self._tls = tls
        self._password = password
        self._is_implicit = is_implicit
        self._controller: Controller | None = None
        self.port = 0

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail, unless the answer is a refusal."""
        self.before()
        if self.answer.startswith("250"):
            source = envelope.content
            assert isinstance(source, bytes)
            message = email.message_from_bytes(source, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), message, source))
        self.after()
        return self.answer

    def go_away(self) -> None:
        """Refuse connections from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        more: dict[str, Any] = {}
        if self._password is not None:
            more = {"authenticator": self._authenticate, "auth_required": True}
        if self._tls is not None and self._is_implicit:
            more |= {"ssl_context": self._tls}
        elif self._tls is not None:
            more |= {"tls_context": self._tls, "require_starttls": True}
        controller = _Controller(self, hostname="127.0.0.1", port=self.port, **more)
        controller.start()
        self.port = controller.server.sockets[0].getsockname()[1]
        self._controller = controller

    def _authenticate(self, *told: Any) -> AuthResult:
        found = told[-1]
        is_right = isinstance(found, LoginPassword) and found.password == (self._password or "").encode()
        return AuthResult(success=is_right)


class _Controller(Controller):
    """One that may be given port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
