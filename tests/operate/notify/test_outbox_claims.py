"""Several processes share one outbox: each version is claimed by one of them."""

import threading
from typing import Any

import pytest
from receivers import WebhookPeer
from sample_notices import notice

from conftest import Clock, Make
from warikan.operate.notify import outbox
from warikan.state.database import Database


def test_many_deliverers_send_each_once(make: Make, all_channels: dict[str, Any], hook: WebhookPeer) -> None:
    """Four threads with connections of their own deliver what is due: each key once, none left."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    for n in range(40):
        notifier.announce(notice(f"incident/INC-{n}"))
    reports: list[int] = []

    def deliver() -> None:
        reports.append(notifier.deliver_due().sent)

    workers = [threading.Thread(target=deliver) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(reports) == 40
    assert len(hook.requests) == 40
    assert len(hook.events) == 40


def test_a_newer_version_waits_for_the_one_that_is_sent(
    make: Make, all_channels: dict[str, Any], clock: Clock, state: Database, hook: WebhookPeer
) -> None:
    """While one process sends a version, no other overtakes it with the next."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    notifier.announce(notice(rate="1"))
    with state.begin() as connection:
        first = outbox.claim(connection, clock.now)
    assert first is not None
    notifier.announce(notice(rate="2"))
    assert notifier.deliver_due().sent == 0

    with state.begin() as connection:
        assert outbox.mark_sent(connection, first, clock.now, {"id": first.uid}, None)
    assert notifier.deliver_due().sent == 1
    assert [m.state for m in notifier.list_messages()] == ["sent", "sent"]


def test_a_lost_lease_decides_nothing(
    make: Make, all_channels: dict[str, Any], clock: Clock, state: Database
) -> None:
    """Who took longer than the lease does not say what became of the message: the one after does."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    notifier.announce(notice())
    with state.begin() as connection:
        slow = outbox.claim(connection, clock.now)
    clock.turn(seconds=outbox.LEASE.total_seconds())
    with state.begin() as connection:
        next_ = outbox.claim(connection, clock.now)
    assert slow is not None
    assert next_ is not None
    assert next_.uncertain_since is not None
    with state.begin() as connection:
        assert not outbox.mark_sent(connection, slow, clock.now, {}, None)
        assert outbox.mark_sent(connection, next_, clock.now, {}, None)


def test_told_with_the_change_or_not_at_all(
    make: Make, all_channels: dict[str, Any], state: Database
) -> None:
    """A change that is rolled back was never told."""
    notifier = make(all_channels)

    def change() -> None:
        with state.begin() as connection:
            notifier.tell(connection, notice())
            raise ValueError("what was to be told did not happen")

    with pytest.raises(ValueError, match="did not happen"):
        change()
    assert notifier.list_messages() == ()


def test_old_versions_go_and_threads_stay(make: Make, all_channels: dict[str, Any], clock: Clock) -> None:
    """After half a year only the newest version of a matter is kept: it is still not told again."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    for rate in ("1", "2", "3"):
        notifier.announce(notice(rate=rate))
        notifier.deliver_due()
    clock.turn(days=200)

    assert notifier.forget_old() == 2
    assert notifier.announce(notice(rate="3")) == 0
