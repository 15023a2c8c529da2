"""Mail over TLS and with a login, to real servers; and what a refusal says."""

import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from mailbox_server import Mailbox
from sample_notices import SECRETS, digest, notice
from tls_files import make_authority

from conftest import Clock, Make

TLS = ("starttls", "tls")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of 127.0.0.1 and the authority that signed it."""
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=TLS)
def guarded(request: pytest.FixtureRequest, authority: Path) -> Iterator[tuple[str, Mailbox]]:
    """A server that demands TLS, and a login where it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem", authority / "server.key")
    # aiosmtpd offers no login on a connection that is TLS from the start.
    password = SECRETS["MAIL_PASSWORD"] if request.param == "starttls" else None
    box = Mailbox(tls=context, password=password, is_implicit=password is None)
    box.come_back()
    yield request.param, box
    box.go_away()


def mail_channel(port: int, **more: Any) -> dict[str, Any]:
    """Settings with one e-mail channel."""
    channel = {
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "sender": "warikan@example.com",
        "to": ["payments@example.com"],
        "user": "warikan",
        "password_from": "MAIL_PASSWORD",
    }
    return {"channels": {"mail": channel | more}, "routes": [{"channels": ["mail"]}]}


def test_mail_over_tls_with_a_login(make: Make, guarded: tuple[str, Mailbox], authority: Path) -> None:
    """A server that demands TLS and a password gets both; who it is is checked."""
    security, box = guarded
    login = {"user": None, "password_from": None} if security == "tls" else {}
    notifier = make(mail_channel(box.port, security=security, ca=str(authority / "ca.pem"), **login))
    notifier.announce(notice())

    report = notifier.deliver_due()

    assert report.errors == ()
    [mail] = box.mails
    assert mail.recipients == ("payments@example.com",)
    assert SECRETS["MAIL_PASSWORD"].encode() not in mail.source


def test_unknown_authority_gets_no_password(make: Make, guarded: tuple[str, Mailbox]) -> None:
    """Without the authority the server is a stranger: nothing is sent to it."""
    security, box = guarded
    notifier = make(mail_channel(box.port, security=security))
    notifier.announce(notice())

    report = notifier.deliver_due()

    assert "certificate verify failed" in report.errors[0]
    assert box.mails == []


def test_no_clear_text_where_tls_was_asked(make: Make, mailbox: Mailbox) -> None:
    """A server without STARTTLS gets neither password nor mail."""
    notifier = make(mail_channel(mailbox.port, security="starttls"))
    notifier.announce(notice())

    assert notifier.deliver_due().failed == 1
    assert mailbox.mails == []


def test_refused_mail_is_tried_again(
    make: Make, all_channels: dict[str, Any], clock: Clock, mailbox: Mailbox
) -> None:
    """Greylisting: the server says "later", and gets the same mail later."""
    notifier = make(all_channels | {"routes": [{"channels": ["mail"]}]})
    mailbox.answer = "451 greylisted, come back"
    notifier.announce(notice())
    report = notifier.deliver_due()
    assert report.errors == ("mail: incident/INC-12: the mail server refused: 451 greylisted, come back",)

    mailbox.answer = "250 OK"
    clock.turn(minutes=1)
    assert notifier.deliver_due().sent == 1
    assert len(mailbox.mails) == 1


def test_mail_has_both_forms_and_says_what_it_is(
    make: Make, all_channels: dict[str, Any], mailbox: Mailbox
) -> None:
    """Text and HTML, a list's name, no answer wanted; hostile names are only names."""
    notifier = make(all_channels | {"routes": [{"channels": ["mail"]}]})
    notifier.announce(notice(service_id="x\r\nBcc: evil@example.com"))
    notifier.announce(notice("digest/payments/2026-11-23", digest=digest()))
    notifier.deliver_due()

    first, second = (mail.message for mail in mailbox.mails)
    assert [part.get_content_type() for part in first.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert first["Bcc"] is None
    assert mailbox.mails[0].recipients == ("payments@example.com", "boss@example.com")
    assert str(first["List-Id"]) == "Warikan incident <incident.warikan.example.com>"
    assert str(first["Auto-Submitted"]) == "auto-generated"
    html = _part(first, "html")
    assert "<BoxUsage>" not in html
    assert "AmazonEC2 &lt;BoxUsage&gt;" in html
    assert "ledger &lt;db&gt;" in _part(second, "html")
    assert str(second["Subject"]) == "Payments on Sun 22 Nov: $1,320, ▲ +$130.40 (+11%) than the day before"


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())
