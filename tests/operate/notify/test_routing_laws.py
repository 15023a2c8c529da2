"""Who is told, and when: routes, owners, quiet hours, and what waits for a digest."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mailbox_server import Mailbox
from receivers import PagerDutyPeer, SlackPeer
from sample_notices import CATALOG, notice

from conftest import Clock, Make
from warikan.catalog.notify import SEVERITIES, NotifySettings, Severity
from warikan.operate.notify.backoff import LONGEST_SECONDS, next_attempt
from warikan.operate.notify.routing import Place, places_of, quiet_until

CHANNELS: dict[str, Any] = {
    "chat": {"type": "slack", "token_from": "T", "channel": "C0ALL"},
    "mail": {"type": "email", "host": "h", "sender": "w@example.com"},
    "pager": {"type": "pagerduty", "routing_key_from": "K"},
    "ops": {"type": "webhook", "url": "https://example.com/x", "secret_from": "S"},
}
MOMENTS = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)
)  # fmt: skip
ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe"])
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def settings(**more: Any) -> NotifySettings:
    """Settings with the channels above."""
    return NotifySettings.model_validate({"channels": CHANNELS, **more})


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([{"channels": ["chat"]}, {"severity_at_least": "high", "channels": ["pager"]}], ["chat", "pager"]),
        ([{"channels": ["chat"]}, {"severity_at_least": "critical", "channels": ["pager"]}], ["chat"]),
        (
            [{"teams": ["payments"], "services": ["checkout"], "kinds": ["incident"], "channels": ["ops"]}],
            ["ops"],
        ),
        ([{"services": ["search"], "channels": ["ops"]}], ["mail:payments@example.com"]),
        ([{"teams": ["payments"], "channels": []}], []),
        ([], ["mail:payments@example.com"]),
    ],
)
def test_routes_then_owner(routes: list[dict[str, Any]], expected: list[str]) -> None:
    """All routes that match count; where none does, the owner that the catalogue knows."""
    found = settings(routes=routes, owners={"slack": "chat", "email": "mail"}, otherwise=["ops"])

    assert [str(place) for place in places_of(notice(), found, CATALOG)] == expected


def test_owner_is_looked_for_upwards() -> None:
    """A team that cannot be reached is told through the one above it; nobody's matter goes `otherwise`."""
    found = settings(owners={"slack": "chat", "email": "mail"}, otherwise=["ops"])

    assert places_of(notice(team_id="discovery"), found, CATALOG) == (
        Place("chat", "C0PRODUCT"),
        Place("mail", "product@example.com"),
    )
    assert places_of(notice(team_id="unknown"), found, CATALOG) == (Place("ops"),)
    assert places_of(notice(team_id=None), found, CATALOG) == (Place("ops"),)


def test_a_pager_takes_no_digest() -> None:
    """A digest is to be read: it pages nobody."""
    found = settings(routes=[{"channels": ["chat", "pager"]}])

    assert places_of(notice("digest/payments/2026-11-23"), found, CATALOG) == (Place("chat"),)


@given(now=MOMENTS, start=TIMES, end=TIMES, zone=ZONES, severity=st.sampled_from(SEVERITIES))
def test_quiet_hours_end_soon_and_outside_them(
    now: datetime, start: time, end: time, zone: str, severity: Severity
) -> None:
    """What waits, waits until a later moment within a day that is not quiet, as its clocks show it."""
    if start == end:
        return
    quiet = {"start": start, "end": end, "zone": zone, "except_severity": "critical"}
    found = settings(quiet_hours=quiet)
    until = quiet_until(now, found, found.channels["chat"], severity)
    local = now.astimezone(ZoneInfo(zone)).time()
    inside = start <= local < end if start < end else not end <= local < start

    assert (until is not None) == (inside and severity != "critical")
    if until is not None:
        assert timedelta(0) < until.astimezone(UTC) - now <= timedelta(hours=25)
        assert quiet_until(until.astimezone(UTC), found, found.channels["chat"], severity) is None
    assert quiet_until(now, found, found.channels["pager"], severity) is None


def test_quiet_hours_delay_what_is_heard(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer, pager: PagerDutyPeer
) -> None:
    """At night people are told nothing new but what is critical; what they have is kept up to date."""
    quiet = {"start": "22:00", "end": "08:00", "zone": "Asia/Tokyo"}
    notifier = make(all_channels | {"quiet_hours": quiet, "routes": [{"channels": ["chat", "pager"]}]})
    notifier.announce(notice("incident/INC-1"))
    notifier.deliver_due()
    clock.now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 23:00 in Tokyo
    notifier.announce(notice("incident/INC-1", state="acknowledged"))
    notifier.announce(notice("incident/INC-2"))
    notifier.announce(notice("incident/INC-3", severity="critical"))
    notifier.deliver_due()
    assert slack.keys() == ["incident/INC-1", "incident/INC-3"]
    assert slack.text("incident/INC-1").startswith("[対応中]")
    assert len(pager.alerts) == 3  # a pager has hours of its own

    clock.now = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    notifier.deliver_due()
    assert "incident/INC-2" not in slack.keys()  # noqa: SIM118 - no mapping
    clock.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    notifier.deliver_due()
    assert "incident/INC-2" in slack.keys()  # noqa: SIM118 - no mapping


def test_mails_about_amounts_come_once_a_day(
    make: Make, all_channels: dict[str, Any], clock: Clock, mailbox: Mailbox
) -> None:
    """Other amounts alone are a mail a day, the newest; another state or severity is one at once."""
    mail = all_channels["channels"]["mail"] | {"update_hours": 24}
    notifier = make(all_channels | {"channels": {"mail": mail}, "routes": [{"channels": ["mail"]}]})
    for hour in range(30):
        notifier.announce(notice(state="open" if hour == 0 else "updated", rate=str(100 + hour)))
        notifier.deliver_due()
        clock.turn(hours=1)
    bodies = [str(mail.message.get_body(("plain",))) for mail in mailbox.mails]
    assert [("$100.00" in body, "$124.00" in body) for body in bodies] == [(True, False), (False, True)]

    notifier.announce(notice(state="acknowledged"))
    notifier.deliver_due()
    assert len(mailbox.mails) == 3


def test_same_content_again_is_nothing(make: Make, all_channels: dict[str, Any], clock: Clock) -> None:
    """Only other words are told; the moment it began is no word. What was before may come back."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})

    assert notifier.announce(notice(rate="1")) == 1
    assert notifier.announce(notice(rate="1", occurred_at=clock.now)) == 0
    assert notifier.announce(notice(rate="2")) == 1
    assert notifier.announce(notice(rate="1")) == 1
    assert [m.state for m in notifier.list_messages()] == ["waiting", "superseded", "superseded"]


class _Widest:
    """The longest pauses that the dice can give."""

    def uniform(self, low: float, high: float) -> float:
        return max(low, high)


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    """Each pause is at least as long as the one before, and bounded."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    pauses = [(next_attempt(now, n, None, _Widest()) - now).total_seconds() for n in range(1, 60)]  # type: ignore[arg-type]

    assert pauses[0] == 20
    assert pauses[-1] == LONGEST_SECONDS
    assert all(before <= after for before, after in pairwise(pauses))
