"""The timeline: what happened from two days before the onset, each line from somewhere and only once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from warikan.focus.errors import Conflict, NotFound
from warikan.operate.incidents.incident import EntryKind
from warikan.state.tables.incidents import incident_entries

BEFORE = timedelta(hours=48)
"""How long before the onset the timeline begins (docs/incidents.md)."""
MOST_ENTRIES = 2000
LONGEST_TITLE = 500
LONGEST_TEXT = 8000


@dataclass(frozen=True)
class Line:
    """
    A line to be; *key* is its name within the incident: a line of the same key replaces it.

    The other attributes are those of ``Entry``.
    """

    key: str
    at: datetime
    kind: EntryKind
    title: str
    source: str
    detail: str = ""
    link: str | None = None
    service_id: str | None = None
    actor: str | None = None
    coincidence: float | None = None
    rank: int | None = None


def put_lines(connection: Connection, number: int, lines: Iterable[Line]) -> int:
    """
    Write *lines*: new ones are added, known ones corrected but for what people did to them; how many are new.

    Beyond ``MOST_ENTRIES`` none is added.
    """
    table = incident_entries
    known = {
        row["key"]: row
        for row in connection.execute(select(table).where(table.c.incident_id == number)).mappings()
    }
    added = 0
    for line in lines:
        values = _values(line)
        if (row := known.get(line.key)) is not None:
            if differing := {name: value for name, value in values.items() if row[name] != value}:
                connection.execute(update(table).where(table.c.id == row["id"]).values(**differing))
        elif len(known) + added < MOST_ENTRIES:
            kept = {"pinned": False, "hidden": False, "annotation": "", "version": 1}
            connection.execute(insert(table).values(incident_id=number, **values, **kept))
            added += 1
    return added


def next_key(connection: Connection, number: int, kind: str) -> str:
    """A key that no line of the incident has: ``note/3``."""
    table = incident_entries
    statement = select(func.count()).where(table.c.incident_id == number, table.c.key.like(f"{kind}/%"))
    return f"{kind}/{connection.execute(statement).scalar_one() + 1}"


def change_line(
    connection: Connection, number: int, entry_id: int, changes: dict[str, Any], *, version: int | None
) -> dict[str, Any]:
    """
    Write *changes* (pinned, hidden, annotation) over a line; what they were before.

    Raises:
        NotFound: the incident has no such line.
        Conflict: it is no longer as it was in *version*.
    """
    table = incident_entries
    statement = select(table).where(table.c.id == entry_id, table.c.incident_id == number).with_for_update()
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"INC-{number} has no line {entry_id} in its timeline")
    if version is not None and version != row["version"]:
        raise Conflict(
            f"line {entry_id} of INC-{number} has changed since you saw it",
            hint="look at it again, then change it again",
        )
    connection.execute(
        update(table).where(table.c.id == entry_id).values(**changes, version=row["version"] + 1)
    )
    return {name: row[name] for name in changes}


def _values(line: Line) -> dict[str, Any]:
    link = line.link
    if link is not None and (len(link) > 2000 or not link.startswith(("http://", "https://", "/"))):
        link = None  # what is no address is no link
    return {
        "key": line.key[:200],
        "at": line.at,
        "kind": line.kind,
        "title": line.title[:LONGEST_TITLE],
        "detail": line.detail[:LONGEST_TEXT],
        "source": line.source[:200],
        "link": link,
        "service_id": line.service_id,
        "actor": line.actor,
        "coincidence": line.coincidence,
        "rank": line.rank,
    }
