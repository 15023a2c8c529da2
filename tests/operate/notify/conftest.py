"""Receivers on the loopback, databases of both kinds, and a clock that tests turn."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mailbox_server import Mailbox
from receivers import AlertmanagerPeer, PagerDutyPeer, SlackPeer, WebhookPeer
from sample_notices import CATALOG, SECRETS, settings_of

from postgres_server import new_database
from warikan.operate.notify.notifier import Notifier
from warikan.state.database import Database


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def turn(self, **by: float) -> datetime:
        """Forward by a timedelta."""
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Monday, 23 November 2026, noon in Tokyo."""
    return Clock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty state, on either database."""
    if request.param == "sqlite":
        database = Database.in_folder(tmp_path)
        yield database
        database.close()
        return
    with new_database() as url:
        database = Database.open(url)
        yield database
        database.close()


@pytest.fixture
def slack() -> Iterator[SlackPeer]:
    """A Slack."""
    peer = SlackPeer(SECRETS["SLACK_TOKEN"])
    yield peer
    peer.go_away()


@pytest.fixture
def pager() -> Iterator[PagerDutyPeer]:
    """A PagerDuty."""
    peer = PagerDutyPeer(SECRETS["PAGER_KEY"])
    yield peer
    peer.go_away()


@pytest.fixture
def alerts() -> Iterator[AlertmanagerPeer]:
    """An Alertmanager."""
    peer = AlertmanagerPeer()
    yield peer
    peer.go_away()


@pytest.fixture
def hook() -> Iterator[WebhookPeer]:
    """A receiver of CloudEvents."""
    peer = WebhookPeer()
    yield peer
    peer.go_away()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server without TLS."""
    box = Mailbox()
    box.come_back()
    yield box
    box.go_away()


@pytest.fixture
def channels(
    slack: SlackPeer, pager: PagerDutyPeer, alerts: AlertmanagerPeer, hook: WebhookPeer, mailbox: Mailbox
) -> dict[str, Any]:
    """A channel of each kind."""
    return {
        "chat": {
            "type": "slack",
            "token_from": "SLACK_TOKEN",
            "signing_secret_from": "SLACK_SIGNING",
            "channel": "C0PAYMENTS",
            "api": slack.url,
            "locale": "ja",
        },
        "pager": {"type": "pagerduty", "routing_key_from": "PAGER_KEY", "url": pager.url},
        "alerts": {"type": "alertmanager", "url": alerts.url, "bearer_from": "ALERT_TOKEN"},
        "hook": {"type": "webhook", "url": hook.url, "secret_from": "HOOK_SECRET"},
        "mail": {
            "type": "email",
            "host": "127.0.0.1",
            "port": mailbox.port,
            "security": "none",
            "sender": "warikan@example.com",
            "to": ["payments@example.com", "boss@example.com"],
            "update_hours": 0,
        },
    }


@pytest.fixture
def all_channels(channels: dict[str, Any]) -> dict[str, Any]:
    """Settings of `notify` that tell everything to everybody."""
    return {
        "base_url": "https://warikan.example.com",
        "zone": "Asia/Tokyo",
        "channels": channels,
        "routes": [{"channels": list(channels)}],
    }


Make = Callable[[dict[str, Any]], Notifier]


@pytest.fixture
def make(state: Database, clock: Clock) -> Make:
    """A notifier with the settings given."""

    def made(notify: dict[str, Any]) -> Notifier:
        chance = random.Random(1)  # noqa: S311 - reproducible, not secret
        return Notifier(state, CATALOG, settings_of(notify), clock, environment=SECRETS, random=chance)

    return made
