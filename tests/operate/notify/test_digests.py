"""The daily and weekly digest: who gets it, when, what it holds, and what it looks like in both languages."""

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mailbox_server import Mailbox
from receivers import SlackPeer
from sample_notices import ONSET, digest, notice, usd

from conftest import Clock, Make
from warikan.catalog.notify import EmailChannel, Locale
from warikan.operate.notify.channels.blocks import blocks_of
from warikan.operate.notify.channels.email import mail_of
from warikan.operate.notify.channels.slack_text import escaped, marked
from warikan.operate.notify.delivery import Delivery
from warikan.operate.notify.digest.content import Cadence, DigestContent
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.showing import Language
from warikan.operate.notify.stored import from_stored, to_stored, version_of
from warikan.operate.notify.text import Text

GOLDEN = Path(__file__).with_name("golden")


def settings_with(all_channels: dict[str, Any], **of: Any) -> dict[str, Any]:
    """Settings of `notify` with digests by Slack and e-mail."""
    chosen = {"daily": "09:00", "weekly": "monday", "zone": "Asia/Tokyo"} | of
    return all_channels | {
        "digest": chosen,
        "routes": [{"teams": ["payments"], "channels": ["chat", "mail"]}],
    }


def provide(team: str, cadence: Cadence, day: date) -> DigestContent:
    """A full digest of any team."""
    return digest(team_id=team, cadence=cadence)


def provide_empty(team: str, cadence: Cadence, day: date) -> DigestContent:
    """A digest with cost and nothing to act on."""
    return digest(
        team_id=team,
        cadence=cadence,
        movers=(),
        open_matters=(),
        budgets=(),
        actions=(),
        verified=(),
        noticed=(),
    )


def test_one_digest_a_day(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer, mailbox: Mailbox
) -> None:
    """However often it is asked for, a team reads one a day; teams that nobody can reach are not composed."""
    notifier = make(settings_with(all_channels))
    for _ in range(3):
        notifier.send_digests(provide)
        notifier.deliver_due()
        clock.turn(hours=2)
    assert slack.keys() == ["digest/payments/2026-11-23"]
    assert len(mailbox.mails) == 1

    clock.turn(hours=12)
    assert notifier.send_digests(provide) == 1
    notifier.deliver_due()
    assert slack.keys() == ["digest/payments/2026-11-23", "digest/payments/2026-11-24"]


def test_empty_digest_is_sent_weekly_only(make: Make, all_channels: dict[str, Any], clock: Clock) -> None:
    """On Monday silence would mean that something is broken; on other days it means that all is well."""
    notifier = make(settings_with(all_channels))

    assert notifier.send_digests(provide_empty) == 1
    clock.turn(days=1)
    assert notifier.send_digests(provide_empty) == 0
    assert notifier.send_digests(lambda *_: None) == 0


def test_small_matters_wait_for_the_digest(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer
) -> None:
    """A low one is a line in the digest, not a message; one that grows is a message at once."""
    notifier = make(settings_with(all_channels))
    for key, severity in (("anomaly/ANO-1", "low"), ("anomaly/ANO-2", "low"), ("anomaly/ANO-2", "high")):
        notifier.announce(notice(key, severity=severity))
    notifier.announce(notice("anomaly/ANO-3", severity="info", title=Text("tiny", "ごく小さい")))
    notifier.deliver_due()
    assert slack.keys() == ["anomaly/ANO-2"]

    notifier.send_digests(provide_empty)
    notifier.deliver_due()
    assert slack.keys() == ["anomaly/ANO-2", "digest/payments/2026-11-23"]
    [text] = [
        json.dumps(m["blocks"], ensure_ascii=False) for m in slack.messages.values() if "の週次" in m["text"]
    ]
    assert "ごく小さい" in text
    assert {m.state for m in notifier.list_messages()} == {"sent", "digested", "superseded"}
    clock.turn(days=1)
    assert notifier.send_digests(provide_empty) == 0


def test_nothing_waits_for_a_digest_that_nobody_gets(
    make: Make, all_channels: dict[str, Any], slack: SlackPeer
) -> None:
    """Without digests, or for a team without one, a low matter is a message."""
    notifier = make(all_channels | {"routes": [{"channels": ["chat"]}]})
    notifier.announce(notice("anomaly/ANO-1", severity="low"))
    notifier.deliver_due()

    assert slack.keys() == ["anomaly/ANO-1"]


def delivery_of(told: Notice) -> Delivery:
    """What a channel is handed."""
    return Delivery(
        uid="0b6f0a4e-6f0e-4a53-9d6f-2f6d0a1f0001",
        thread_uid="0b6f0a4e-6f0e-4a53-9d6f-2f6d0a1f0002",
        sequence=1,
        notice=told,
        remote=None,
        uncertain_since=None,
        created_at=datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
        now=datetime(2026, 11, 23, 0, 1, tzinfo=UTC),
        zone="Asia/Tokyo",
        source="Example",
        base_url="https://warikan.example.com",
    )


def digest_notice(cadence: Cadence = "daily") -> Notice:
    """A full digest as it is handed to channels."""
    return notice(f"digest/payments/{cadence}", digest=digest(cadence=cadence), path="/teams/payments")


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("name", ["incident", "digest"])
def test_texts_are_as_they_were_approved(name: str, locale: Locale) -> None:
    """Golden texts; WARIKAN_GOLDEN=1 writes them anew, and the difference is looked at."""
    delivery = delivery_of(notice() if name == "incident" else digest_notice())
    channel = EmailChannel(type="email", host="h", sender="warikan@example.com", locale=locale)
    mail = mail_of(delivery, channel, ["payments@example.com"])
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    blocks = blocks_of(delivery, locale, has_buttons=True)
    found = {
        "txt": f"Subject: {mail['Subject']}\n\n{plain.get_content()}",
        "html": html.get_content(),
        "slack.json": json.dumps(blocks, ensure_ascii=False, indent=1) + "\n",
    }
    for kind, text in found.items():
        path = GOLDEN / f"{name}.{locale}.{kind}"
        if os.environ.get("WARIKAN_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_slack_takes_the_blocks(locale: Locale) -> None:
    """However much there is to say, a message is within Slack's limits."""
    many = digest(
        movers=tuple(replace(digest().movers[0], name="x & <y>" * 400) for _ in range(50)),
        spent=tuple(digest().spent[:1]) * 9,
    )
    told = notice(digest=many)
    for one in (notice(title=Text("&" * 4000, "あ" * 4000), facts=notice().facts * 9), told):
        blocks = blocks_of(delivery_of(one), locale, has_buttons=True)
        assert len(blocks) <= 50
        for block in blocks:
            texts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
            sizes = [len(t["text"]) for t in texts if t and isinstance(t.get("text"), str)]
            assert max(sizes, default=1) <= (150 if block["type"] == "header" else 3000)
            assert len(block.get("fields", ())) <= 10


@given(text=st.text(max_size=60))
def test_slack_sees_no_mention_in_what_comes_from_outside(text: str) -> None:
    """No name pings a channel, whatever is cut off."""
    shown = marked(escaped(text), 40)["text"]

    assert "<" not in shown
    assert ">" not in shown


_TEXTS = st.builds(
    Text, st.text(max_size=20), st.text(max_size=20), st.dictionaries(st.text(max_size=5), st.text())
)


@given(title=_TEXTS, occurred_at=st.datetimes(timezones=st.just(UTC)))
def test_what_is_stored_comes_back(title: Text, occurred_at: datetime) -> None:
    """A notice is the same after the database; when it began does not make it another version."""
    told = replace(digest_notice(), title=title, occurred_at=occurred_at)

    assert from_stored(json.loads(json.dumps(to_stored(told)))) == told
    assert version_of(told) == version_of(replace(told, occurred_at=ONSET))
    assert version_of(told) != version_of(replace(told, state="resolved"))


@given(text=st.text(max_size=50))
def test_a_value_is_one_line(text: str) -> None:
    """A name from outside breaks no header and no table."""
    shown = Language("en").text(Text("{name} {other}", "", {"name": text}))

    assert "\n" not in shown
    assert "\r" not in shown
    assert shown.endswith("{other}")


def test_amounts_are_never_shown_as_nothing() -> None:
    """What is not 0 does not look like 0, and languages write amounts their own way."""
    english, japanese = Language("en"), Language("ja")

    assert english.money(usd("0.0004")) == "< $0.01"
    assert english.money(usd("-1234.5"), is_signed=True) == "−$1,234"
    assert japanese.money(replace(usd("980"), currency="JPY"), is_signed=True) == "+￥980"
