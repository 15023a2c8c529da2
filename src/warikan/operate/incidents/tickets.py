"""Tickets elsewhere: written down here before they are made there, found there before they are made again."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from warikan.catalog.incidents import IncidentSettings
from warikan.focus.errors import ConfigError, NotFound, UsageError
from warikan.operate.incidents.editing import Desk, Edit
from warikan.operate.incidents.entries import Line, put_lines
from warikan.operate.incidents.incident import Ticket, id_of
from warikan.operate.incidents.store import as_ticket
from warikan.operate.incidents.tasks import checked, read
from warikan.operate.incidents.trackers import NewTicket, TrackerError, open_tracker
from warikan.state.audit import SYSTEM, record
from warikan.state.tables.incidents import incident_tickets

LEASE = timedelta(minutes=5)
"""One attempt; nobody else makes the ticket meanwhile. Longer than any tracker's index is behind."""
LATEST_POST = timedelta(minutes=2)
"""After the start of an attempt: a request later than this might outlive the lease."""
MOST_ATTEMPTS = 200
MOST_TICKETS = 100
LONGEST_BODY = 20_000


class Tickets:
    """Makes and links tickets. A process killed at any point neither loses one nor makes it twice."""

    def __init__(
        self, desk: Desk, settings: IncidentSettings, environment: Mapping[str, str] | None = None
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._environment = os.environ if environment is None else environment

    def link(self, editing: Edit, url: str, *, title: str, task: int | None) -> int:
        """
        Link a ticket that is there already; its id. The same address again is the same link.

        Raises:
            UsageError: *url* is no address on the web.
        """
        told = url.strip()
        parts = urlsplit(told)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or len(told) > 2000
            or not told.isprintable()
        ):
            raise UsageError(f"{told[:80]!r} is no address of a ticket", hint="https://...")
        if parts.username or parts.password:
            raise UsageError("the address of a ticket holds a user or a password")
        table = incident_tickets
        same = select(table.c.id).where(
            table.c.incident_id == editing.number, table.c.url == told, _same_task(task)
        )
        if (known := editing.connection.execute(same).scalar()) is not None:
            return int(known)
        if task is not None:
            read(editing.connection, editing.number, task)
        values = {"tracker": None, "state": "done", "url": told, "title": title.strip()[:300] or told[:300]}
        made = _add(editing, values | {"task": task, "body": "", "marker": f"link-{uuid4().hex}"})
        editing.note("link ticket", None, {"url": told, "task": task})
        _show(
            editing.connection,
            editing.number,
            made,
            values["title"] or told,
            told,
            editing.now,
            editing.actor,
        )
        return made

    def intend(self, editing: Edit, tracker: str, *, title: str, body: str, task: int | None) -> int:
        """
        Write down that a ticket is to be made; its id. Meaning it twice is meaning it once.

        Raises:
            NotFound: there is no such tracker in the settings, or no such task.
        """
        if tracker not in self._settings.trackers:
            known = ", ".join(self._settings.trackers) or "none"
            raise NotFound(f"there is no tracker {tracker[:64]!r}; warikan.yaml has: {known}")
        table = incident_tickets
        same = select(table).where(
            table.c.incident_id == editing.number, table.c.tracker == tracker, _same_task(task)
        )
        if task is not None:
            read(editing.connection, editing.number, task)
        if (known_row := editing.connection.execute(same).mappings().first()) is not None:
            if known_row["state"] == "failed":
                again = {"state": "pending", "error": None, "attempts": 0, "claimed_until": None}
                editing.connection.execute(update(table).where(table.c.id == known_row["id"]).values(**again))
                editing.note("ask for ticket again", None, {"tracker": tracker, "task": task})
            return int(known_row["id"])
        values = {"tracker": tracker, "state": "pending", "title": checked(title, "title", 300), "task": task}
        marker = f"warikan-{editing.id.lower()}-{uuid4().hex[:16]}"
        made = _add(editing, values | {"url": None, "body": body[:LONGEST_BODY], "marker": marker})
        editing.note("ask for ticket", None, values)
        return made

    def make(self, ticket_id: int) -> Ticket:
        """
        Make one that is meant, unless somebody is making it now; as it stands then.

        What the tracker refuses is ``failed``; where nobody knows, it stays ``pending`` with what went wrong.
        """
        row = self._claim(ticket_id)
        if row is None:
            with self._desk.state.read() as connection:
                return _read(connection, ticket_id)
        begun = self._desk.clock()
        ticket = NewTicket(row["marker"], row["title"], row["body"], row["created_at"])
        try:
            settings = self._settings.trackers.get(row["tracker"])
            if settings is None:
                raise TrackerError(f"{row['tracker']} is no longer in warikan.yaml", is_certain=True)  # noqa: TRY301
            tracker = open_tracker(row["tracker"], settings, self._environment)
            url = tracker.find(ticket)
            if url is None:
                if self._desk.clock() - begun > LATEST_POST:
                    raise TrackerError(f"{row['tracker']} is too slow", is_certain=False)  # noqa: TRY301
                url = tracker.create(ticket)
        except (TrackerError, ConfigError) as error:
            is_certain = not isinstance(error, TrackerError) or error.is_certain
            return self._finish(row, {"state": "failed" if is_certain else "pending", "error": error.message})
        return self._finish(row, {"state": "done", "url": url, "error": None})

    def make_pending(self) -> int:
        """Make all that are meant and that nobody is making; how many were made."""
        table = incident_tickets
        with self._desk.state.read() as connection:
            found = connection.execute(
                select(table.c.id).where(table.c.state == "pending").order_by(table.c.id)
            ).scalars()
            waiting = [int(one) for one in found]
        return sum(self.make(one).state == "done" for one in waiting)

    def _claim(self, ticket_id: int) -> Mapping[Any, Any] | None:
        table, now = incident_tickets, self._desk.clock()
        with self._desk.state.begin() as connection:
            statement = select(table).where(table.c.id == ticket_id).with_for_update()
            row = connection.execute(statement).mappings().one()
            if row["state"] != "pending" or (row["claimed_until"] is not None and row["claimed_until"] > now):
                return None
            values: dict[str, Any] = {"claimed_until": now + LEASE, "attempts": row["attempts"] + 1}
            if row["attempts"] >= MOST_ATTEMPTS:
                values |= {"state": "failed"}
            connection.execute(update(table).where(table.c.id == ticket_id).values(**values))
            return None if "state" in values else row

    def _finish(self, row: Mapping[Any, Any], values: dict[str, Any]) -> Ticket:
        table = incident_tickets
        with self._desk.state.begin() as connection:
            # Where nobody knows, the lease goes on: it is looked for only when every index has it.
            connection.execute(
                update(table).where(table.c.id == row["id"], table.c.state == "pending").values(**values)
            )
            ticket = _read(connection, row["id"])
            if ticket.state == "done" and ticket.url is not None:
                now, number = self._desk.clock(), row["incident_id"]
                told = {"url": ticket.url, "task": ticket.task, "tracker": ticket.tracker}
                subject = f"incident/{id_of(number)}"
                record(connection, at=now, actor=SYSTEM, subject=subject, action="make ticket", after=told)
                _show(connection, number, ticket.id, ticket.title, ticket.url, now, row["created_by"])
            return ticket


def read_ticket(connection: Connection, ticket_id: int) -> Ticket:
    """One ticket by its id."""
    return _read(connection, ticket_id)


def _read(connection: Connection, ticket_id: int) -> Ticket:
    found = connection.execute(select(incident_tickets).where(incident_tickets.c.id == ticket_id))
    return as_ticket(found.mappings().one())


def _same_task(task: int | None) -> Any:
    column = incident_tickets.c.task
    return column.is_(None) if task is None else column == task


def _add(editing: Edit, values: Mapping[str, Any]) -> int:
    table = incident_tickets
    held = editing.connection.execute(select(table.c.id).where(table.c.incident_id == editing.number)).all()
    if len(held) >= MOST_TICKETS:
        raise UsageError(f"{editing.id} has {MOST_TICKETS} tickets already")
    fixed: dict[str, Any] = {
        "incident_id": editing.number,
        "attempts": 0,
        "error": None,
        "claimed_until": None,
    }
    fixed |= {"created_at": editing.now, "created_by": editing.actor}
    made = editing.connection.execute(insert(table).values(**fixed, **values)).inserted_primary_key
    assert made is not None  # noqa: S101 - a table with a primary key has one
    return int(made[0])


def _show(
    connection: Connection, number: int, ticket: int, title: str, url: str, at: datetime, actor: str
) -> None:
    line = Line(f"ticket/{ticket}", at, "ticket", f"Ticket: {title}", "warikan", link=url, actor=actor)
    put_lines(connection, number, [line])
