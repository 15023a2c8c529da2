"""Who is told, through which channel, exactly once: the facade of this room."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from typing import Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, exists, select, update

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.focus.errors import NotFound, UsageError
from warikan.ingest.usage.secrets import secret
from warikan.operate.notify import outbox as rows
from warikan.operate.notify.backoff import GIVE_UP_AFTER
from warikan.operate.notify.delivery import NotDelivered
from warikan.operate.notify.digest.content import Provide
from warikan.operate.notify.digest.sending import send_digests
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.postman import DeliveryReport, Postman
from warikan.operate.notify.routing import Place, places_of, with_team
from warikan.operate.notify.stored import from_stored
from warikan.operate.notify.text import Text
from warikan.operate.notify.timing import due_at, is_held_for_digest
from warikan.state.audit import record
from warikan.state.database import Database
from warikan.state.tables.outbox import outbox, threads

RowState = Literal["waiting", "sent", "superseded", "failed", "held", "digested"]
LONGEST_KEY = 300


@dataclass(frozen=True)
class Message:
    """
    One version of one message, as it stands in the outbox.

    Attributes:
        attempts: That failed.
        error: Of the last attempt, without secrets.
    """

    id: int
    channel: str
    notice: Notice
    state: RowState
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    error: str | None


class Notifier:
    """
    The outbox and its channels.

    ``tell`` writes in the transaction of the change that it tells of: neither is there without the other.
    ``deliver_due`` sends, in any number of processes at a time: per channel and key one message, in order. A
    process killed at any point loses nothing, and repeats nothing at a receiver that knows ids again
    (docs/notify.md says what each channel does about the moment between its answer and our commit).
    """

    def __init__(
        self,
        state: Database,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        environment: Mapping[str, str] | None = None,
        random: Random | None = None,
    ) -> None:
        self._state = state
        self._catalog = catalog
        self._settings = settings
        self._notify = settings.notify
        self._clock = clock
        self._environment = os.environ if environment is None else environment
        self._random = SystemRandom() if random is None else random

    def tell(self, connection: Connection, notice: Notice) -> int:
        """
        Have *notice* told, in the caller's transaction, wherever it belongs; how many channels will say more.

        The same content again is nothing; other content under the same key replaces what was told.

        Raises:
            UsageError: its key is no key.
        """
        if not (0 < len(notice.key) <= LONGEST_KEY and notice.key.isprintable()):
            raise UsageError(f"{notice.key[:80]!r} is no key: 1 to {LONGEST_KEY} printable characters")
        told = with_team(notice, self._catalog)
        places = places_of(told, self._notify, self._catalog)
        return sum(self._put(connection, place, told) for place in places)

    def announce(self, notice: Notice) -> int:
        """As `tell`, in a transaction of its own: for what no other change causes."""
        with self._state.begin() as connection:
            return self.tell(connection, notice)

    def test(self, channel: str, *, by: str) -> None:
        """
        Send a message to *channel* at once, to see whether it is set up well.

        Raises:
            NotFound: there is no such channel.
            NotDelivered: it did not arrive; the message says why.
        """
        if channel not in self._notify.channels:
            known = ", ".join(self._notify.channels) or "none"
            raise NotFound(f"there is no channel {channel!r}; warikan.yaml has: {known}")
        now = self._clock()
        notice = Notice(
            key=f"test/{uuid4()}",
            kind="task",
            state="open",
            severity="info",
            title=Text("Warikan can reach this channel", "Warikan からこのチャンネルに届きました"),
            summary=Text("{by} tried it out.", "{by} さんが試しました。", {"by": by}),
            occurred_at=now,
        )
        with self._state.begin() as connection:
            thread = rows.open_thread(connection, channel, notice.key)
            rows.put(connection, thread, notice, now=now, due_at=now)
        report = self.deliver_due(now, key=notice.key)
        if report.sent == 0:
            with self._state.begin() as connection:
                connection.execute(
                    update(outbox)
                    .where(outbox.c.thread_id.in_(select(threads.c.id).where(threads.c.key == notice.key)))
                    .values(state="failed")
                )
            raise NotDelivered("; ".join(report.errors) or "another process is sending it", is_certain=False)

    def deliver_due(self, now: datetime | None = None, *, key: str | None = None) -> DeliveryReport:
        """
        Send everything that is due, or only what is about *key*; what fails is tried again later.

        A channel whose server is away is left alone for the rest of the run.
        """
        postman = Postman(self._state, self._settings, self._environment, self._random)
        return postman.deliver(self._clock if now is None else lambda: now, key=key)

    def list_messages(
        self, *, state: RowState | None = None, key: str | None = None, limit: int = 200
    ) -> tuple[Message, ...]:
        """Versions in the outbox, newest first."""
        asked = select(outbox, threads.c.channel).join(threads, threads.c.id == outbox.c.thread_id)
        if state is not None:
            asked = asked.where(outbox.c.state == state)
        if key is not None:
            asked = asked.where(threads.c.key == key)
        with self._state.read() as connection:
            found = connection.execute(asked.order_by(outbox.c.id.desc()).limit(limit)).all()
        return tuple(
            Message(
                id=row.id,
                channel=row.channel,
                notice=from_stored(row.content),
                state=row.state,
                created_at=row.created_at,
                due_at=row.due_at,
                sent_at=row.sent_at,
                attempts=row.attempts,
                error=row.error,
            )
            for row in found
        )

    def try_again(self, message_id: int, *, by: str) -> None:
        """
        Have a message that was given up tried for three more days.

        Raises:
            NotFound: no message with this id was given up.
        """
        now = self._clock()
        with self._state.begin() as connection:
            done = connection.execute(
                update(outbox)
                .where(outbox.c.id == message_id, outbox.c.state == "failed", _is_newest())
                .values(state="waiting", due_at=now, give_up_at=now + GIVE_UP_AFTER)
            )
            if done.rowcount == 0:
                raise NotFound(f"no message {message_id} was given up, or a newer one replaced it")
            record(connection, at=now, actor=by, subject=f"message/{message_id}", action="try again")

    def forget_old(self) -> int:
        """Delete what was sent long ago, but never what a receiver has now; how many versions."""
        with self._state.begin() as connection:
            return rows.forget_old(connection, self._clock())

    def send_digests(self, provide: Provide) -> int:
        """
        Tell each team its digest, if it is the hour of one; how many were told. See `digest/sending.py`.

        Once a day and team, however often it is called.
        """
        return send_digests(self._state, self._catalog, self._notify, self._clock(), provide, self.tell)

    def signing_secrets(self) -> tuple[str, ...]:
        """
        What Slack may sign interactions with: one for each app.

        Raises:
            ConfigError: a variable that the settings name is not set.
        """
        asked = {
            channel.signing_secret_from: f"notify.channels.{name}.signing_secret_from"
            for name, channel in self._notify.channels.items()
            if channel.type == "slack" and channel.signing_secret_from is not None
        }
        return tuple(secret(self._environment, variable, setting) for variable, setting in asked.items())

    def _put(self, connection: Connection, place: Place, notice: Notice) -> bool:
        now, channel = self._clock(), self._notify.channels[place.channel]
        thread = rows.open_thread(connection, str(place), notice.key)
        is_held = is_held_for_digest(notice, thread, channel, self._notify, self._catalog)
        when = now if is_held else due_at(now, notice, thread, channel, self._notify)
        return rows.put(connection, thread, notice, now=now, due_at=when, is_held=is_held)


def _is_newest() -> ColumnElement[bool]:
    newer = outbox.alias()
    return ~exists().where(newer.c.thread_id == outbox.c.thread_id, newer.c.sequence > outbox.c.sequence)
