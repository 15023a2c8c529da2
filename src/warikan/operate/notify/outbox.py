"""The rows of what is to be told: written with the change they tell of, claimed by one process at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from warikan.operate.notify.backoff import GIVE_UP_AFTER
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.stored import from_stored, to_stored, version_of
from warikan.state.audit import SYSTEM, record
from warikan.state.tables.outbox import outbox, threads

LEASE = timedelta(minutes=3)
"""Longer than any attempt takes. After it another process takes over what a dead one was sending."""
KEPT = timedelta(days=180)
"""What was sent, superseded, digested or given up goes then; the thread stays."""
_UNSENT = ("waiting", "held")


@dataclass(frozen=True)
class Thread:
    """What a receiver has of one key."""

    id: int
    uid: str
    channel: str
    key: str
    remote: dict[str, Any] | None
    sent_at: datetime | None
    sent_state: str | None
    sent_severity: str | None
    version: str
    sequence: int


@dataclass(frozen=True)
class Claim:
    """A version that this process alone may send, until its lease ends."""

    token: str
    thread: Thread
    row_id: int
    uid: str
    sequence: int
    notice: Notice
    created_at: datetime
    give_up_at: datetime
    attempts: int
    uncertain_since: datetime | None
    is_repeat: bool


def open_thread(connection: Connection, channel: str, key: str) -> Thread:
    """The thread of (channel, key), made where there is none; nobody else changes it in this transaction."""
    one = select(threads).where(threads.c.channel == channel, threads.c.key == key).with_for_update()
    found = connection.execute(one).one_or_none()
    if found is None:
        values = {"uid": str(uuid4()), "channel": channel, "key": key, "sequence": 0, "version": ""}
        maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(maker(threads).values(**values).on_conflict_do_nothing())
        found = connection.execute(one).one()
    return _thread(found)


def put(
    connection: Connection,
    thread: Thread,
    notice: Notice,
    *,
    now: datetime,
    due_at: datetime,
    is_held: bool = False,
) -> bool:
    """
    Write *notice* as the newest version of *thread*, in the caller's transaction; versions not sent yet go.

    False, and nothing is written, where the newest version says the same already.
    """
    version = version_of(notice)
    if version == thread.version:
        return False
    connection.execute(
        update(outbox)
        .where(outbox.c.thread_id == thread.id, outbox.c.state.in_(_UNSENT))
        .values(state="superseded")
    )
    sequence = thread.sequence + 1
    row = {
        "uid": str(uuid4()),
        "thread_id": thread.id,
        "sequence": sequence,
        "state": "held" if is_held else "waiting",
        "team_id": notice.team_id,
        "content": to_stored(notice),
        "created_at": now,
        "due_at": due_at,
        "give_up_at": max(now, due_at) + GIVE_UP_AFTER,
        "attempts": 0,
    }
    connection.execute(insert(outbox).values(**row))
    connection.execute(
        update(threads).where(threads.c.id == thread.id).values(sequence=sequence, version=version)
    )
    return True


def claim(
    connection: Connection, now: datetime, *, without: Collection[str] = (), key: str | None = None
) -> Claim | None:
    """
    The version that has been due longest, with a lease on its thread; None where nothing is due.

    *without*: channels that are left alone. *key*: only this one's threads.
    """
    is_free = or_(threads.c.lease_until.is_(None), threads.c.lease_until <= now)
    asked = [is_free, threads.c.channel.not_in(list(without))]
    if key is not None:
        asked.append(threads.c.key == key)
    waiting = (
        select(threads, *_labelled())
        .join(outbox, outbox.c.thread_id == threads.c.id)
        .where(outbox.c.state == "waiting", outbox.c.due_at <= now, *asked)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(1)
        .with_for_update(of=(threads, outbox), skip_locked=True)
    )
    row = connection.execute(waiting).one_or_none()
    is_repeat = row is None
    if row is None:
        row = connection.execute(_repeats(now, asked)).one_or_none()
    if row is None:
        return None
    token = str(uuid4())
    connection.execute(
        update(threads)
        .where(threads.c.id == row.id)
        .values(
            lease_by=token,
            lease_until=now + LEASE,
            uncertain_since=row.uncertain_since or now,
        )
    )
    return _claim(row, token, is_repeat=is_repeat)


def mark_sent(
    connection: Connection, claim: Claim, now: datetime, remote: Any, repeat_at: datetime | None
) -> bool:
    """The receiver has it. False where the lease was lost meanwhile: then another process decides."""
    values = {
        "remote": dict(remote),
        "uncertain_since": None,
        "sent_at": now,
        "sent_state": claim.notice.state,
        "sent_severity": claim.notice.severity,
        "repeat_at": repeat_at,
    }
    if not _release(connection, claim, values):
        return False
    if not claim.is_repeat:
        connection.execute(
            update(outbox).where(outbox.c.id == claim.row_id).values(state="sent", sent_at=now, error=None)
        )
    return True


def mark_failed(
    connection: Connection, claim: Claim, now: datetime, *, error: str, again_at: datetime, is_certain: bool
) -> bool:
    """
    The receiver does not have it, or nobody knows; True where it was given up, which is recorded.

    What a newer version replaced meanwhile is not tried again.
    """
    values = {"uncertain_since": claim.uncertain_since} if is_certain else {}
    if claim.is_repeat:
        _release(connection, claim, values | {"repeat_at": again_at})
        return False
    if not _release(connection, claim, values):
        return False
    attempts = claim.attempts + 1
    is_over = now >= claim.give_up_at
    row = and_(outbox.c.id == claim.row_id, outbox.c.state == "waiting")
    told = {"attempts": attempts, "error": error[:1000], "due_at": again_at}
    changed = connection.execute(
        update(outbox).where(row).values(**told, state="failed" if is_over else "waiting")
    )
    if not (is_over and changed.rowcount):
        return False
    subject = f"message/{claim.thread.channel}/{claim.thread.key}"[:200]
    record(connection, at=now, actor=SYSTEM, subject=subject, action="give up", after={"error": error[:1000]})
    return True


def forget_old(connection: Connection, now: datetime) -> int:
    """Delete old versions, but never a thread's newest; how many."""
    newer = outbox.alias()
    is_newest = ~exists().where(newer.c.thread_id == outbox.c.thread_id, newer.c.sequence > outbox.c.sequence)
    found = connection.execute(
        delete(outbox).where(outbox.c.created_at < now - KEPT, outbox.c.state.not_in(_UNSENT), ~is_newest)
    )
    return found.rowcount


def _release(connection: Connection, claim: Claim, values: dict[str, Any]) -> bool:
    done = connection.execute(
        update(threads)
        .where(threads.c.id == claim.thread.id, threads.c.lease_by == claim.token)
        .values(lease_by=None, lease_until=None, **values)
    )
    return done.rowcount == 1


def _repeats(now: datetime, asked: list[Any]) -> Any:
    """The newest version that was sent, of a thread whose receiver forgets; none where a newer one waits."""
    other = outbox.alias()
    is_waiting = exists().where(other.c.thread_id == threads.c.id, other.c.state == "waiting")
    return (
        select(threads, *_labelled())
        .join(outbox, outbox.c.thread_id == threads.c.id)
        .where(threads.c.repeat_at <= now, outbox.c.state == "sent", ~is_waiting, *asked)
        .order_by(threads.c.repeat_at, outbox.c.sequence.desc())
        .limit(1)
        .with_for_update(of=(threads, outbox), skip_locked=True)
    )


def _labelled() -> tuple[Any, ...]:
    shared = ("id", "uid", "sequence", "sent_at")
    return tuple(c.label(f"outbox_{c.name}") if c.name in shared else c for c in outbox.c)


def _thread(row: Row[Any]) -> Thread:
    named = row._mapping
    return Thread(**{name: named[name] for name in Thread.__dataclass_fields__})


def _claim(row: Row[Any], token: str, *, is_repeat: bool) -> Claim:
    return Claim(
        token=token,
        thread=_thread(row),
        row_id=row.outbox_id,
        uid=row.outbox_uid,
        sequence=row.outbox_sequence,
        notice=from_stored(row.content),
        created_at=row.created_at,
        give_up_at=row.give_up_at,
        attempts=row.attempts,
        uncertain_since=row.uncertain_since,
        is_repeat=is_repeat,
    )
