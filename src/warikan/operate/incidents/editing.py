"""One change of one incident: seen as it is, written whole, recorded, told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, update

from warikan.focus.errors import Conflict
from warikan.operate.incidents.incident import Incident, id_of
from warikan.operate.incidents.notices import notice_of
from warikan.operate.incidents.passing_on import pass_on
from warikan.operate.incidents.store import find_row, read_incident
from warikan.operate.notify.notifier import Notifier
from warikan.state.audit import record
from warikan.state.database import Database
from warikan.state.tables.incidents import incidents


@dataclass
class Edit:
    """
    What is being changed, in its transaction.

    Attributes:
        row: As it was.
        values: What will be written over it at the end.
        is_news: People are told although nothing is written over it.
        keeps_version: What is written is the bill's word and not a person's: who edits it meanwhile has not
            missed anything, unless its state changes.
    """

    connection: Connection
    row: RowMapping
    now: datetime
    actor: str
    values: dict[str, Any] = field(default_factory=dict)
    is_news: bool = False
    keeps_version: bool = False

    @property
    def number(self) -> int:
        """The incident's."""
        return int(self.row["id"])

    @property
    def id(self) -> str:
        """The incident's, as people see it."""
        return id_of(self.number)

    def note(self, action: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """Record a change of something that belongs to the incident."""
        record(
            self.connection,
            at=self.now,
            actor=self.actor,
            subject=f"incident/{self.id}",
            action=action,
            before=before,
            after=after,
        )


class Desk:
    """Where incidents are changed: the state, the clock, and who tells people."""

    def __init__(self, state: Database, clock: Callable[[], datetime], notify: Notifier) -> None:
        self.state = state
        self.clock = clock
        self.notify = notify

    @contextmanager
    def edit(
        self, incident_id: str, action: str, *, actor: str, version: int | None = None
    ) -> Iterator[Edit]:
        """
        A transaction that changes one incident; nobody else changes it meanwhile.

        Its version counts on when anything was written over it; the record says what. What finds it, and its
        review, follow in the same transaction.

        Raises:
            NotFound: there is no such incident.
            Conflict: it is no longer as it was in *version* (None: however it is).
        """
        with (
            self.state.begin() as connection,
            self.within(connection, incident_id, action, actor=actor, version=version) as editing,
        ):
            yield editing

    @contextmanager
    def within(
        self,
        connection: Connection,
        incident_id: str,
        action: str,
        *,
        actor: str,
        version: int | None = None,
    ) -> Iterator[Edit]:
        """As ``edit``, in a transaction that has begun."""
        row = find_row(connection, incident_id, lock=True)
        if version is not None and version != row["version"]:
            raise Conflict(
                f"{id_of(row['id'])} has changed since you saw it "
                f"(it was version {version}, now {row['version']})",
                hint="look at it again, then change it again",
            )
        editing = Edit(connection, row, self.clock(), actor)
        yield editing
        self._write(editing, action)

    def tell(self, connection: Connection, incident: Incident) -> None:
        """Tell people how it stands, in the same transaction; one message for each incident."""
        self.notify.tell(connection, notice_of(incident))

    def _write(self, editing: Edit, action: str) -> None:
        changed = {name: value for name, value in editing.values.items() if editing.row[name] != value}
        if changed:
            is_counted = not editing.keeps_version or "state" in changed
            editing.connection.execute(
                update(incidents)
                .where(incidents.c.id == editing.number)
                .values(**changed, version=editing.row["version"] + is_counted)
            )
            editing.note(action, {name: editing.row[name] for name in changed}, changed)
        incident = read_incident(editing.connection, editing.id, now=editing.now)
        if changed or editing.is_news:
            self.tell(editing.connection, incident)
        pass_on(editing.connection, incident, now=editing.now)
