"""The ledger in the database: each event of a source once, however often and in whatever order it is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from warikan.operate.changes.change import OUTCOMES, PREFIX, Change, Evidence
from warikan.operate.changes.drafting import Row
from warikan.state.tables.changes import change_sources, changes

_AT_ONCE = 500
_TOLD = (
    "kind", "title", "outcome", "environment", "cluster", "scope", "actor_kind", "actor", "revision", "url",
    "summary",
)  # fmt: skip
"""What a later word on the same event replaces."""
_OWNED = ("service_id", "team_id", "subject", "evidence")


@dataclass(frozen=True)
class Kept:
    """Ids of the rows that are new, and of those of which more is known; and how many changed nothing."""

    added: tuple[int, ...]
    updated: tuple[int, ...]
    known: int


@dataclass(frozen=True)
class Criteria:
    """
    Which changes; None does not ask.

    Attributes:
        is_owned: Whether it has a service.
        end: Exclusive. Changes that began in ``[start, end)``, or lasted into it.
        text: In the title, the revision or the url, upper and lower case alike.
    """

    service: str | None = None
    team: str | None = None
    cluster: str | None = None
    environment: str | None = None
    kind: str | None = None
    source: str | None = None
    is_owned: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str | None = None


def keep(connection: Connection, rows: Iterable[Row]) -> Kept:
    """
    Write *rows*: a new event is added, a known one completed, and one that says no more is left as it is.

    In whatever order and however often they come, the same rows stand there in the end. Safe beside other
    writers: nobody's row is lost or doubled.
    """
    folded: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["source"], row["event_id"])
        folded[key] = _merged(folded[key], row) if key in folded else row
    told = len(folded)
    added: list[int] = []
    updated: list[int] = []
    # In order of their keys: two writers of the same events then never wait for each other in a circle.
    waiting = [folded[key] for key in sorted(folded)]
    while waiting:
        part, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
        fresh, completed = _complete(connection, part)
        updated += completed
        taken = _insert(connection, fresh)
        added += taken.values()
        # Told by somebody else since we looked: complete theirs.
        updated += _complete(connection, [r for r in fresh if (r["source"], r["event_id"]) not in taken])[1]
    return Kept(tuple(sorted(added)), tuple(sorted(updated)), told - len(added) - len(updated))


def _complete(connection: Connection, rows: Sequence[Row]) -> tuple[list[Row], list[int]]:
    """The rows of *rows* that are not there, and the ids of those there of which more is known now."""
    if not rows:
        return [], []
    there: dict[tuple[str, str], RowMapping] = {}
    for source in sorted({row["source"] for row in rows}):
        ids = sorted(row["event_id"] for row in rows if row["source"] == source)
        asked = select(changes).where(changes.c.source == source, changes.c.event_id.in_(ids))
        found = connection.execute(asked.order_by(changes.c.event_id).with_for_update())
        there |= {(one["source"], one["event_id"]): one for one in found.mappings()}
    fresh, completed = [], []
    for row in rows:
        known = there.get((row["source"], row["event_id"]))
        if known is None:
            fresh.append(row)
            continue
        merged = _merged(dict(known), row)
        changed = {name: merged[name] for name in merged if merged[name] != known[name]}
        if changed:
            connection.execute(update(changes).where(changes.c.id == known["id"]).values(**changed))
            completed.append(int(known["id"]))
    return fresh, completed


def _insert(connection: Connection, rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """Add *rows*; (source, event id) → id of those that nobody added before."""
    if not rows:
        return {}
    make = insert_on_sqlite if connection.dialect.name == "sqlite" else insert_on_postgresql
    statement = make(changes).on_conflict_do_nothing(index_elements=["source", "event_id"])
    found = connection.execute(
        statement.returning(changes.c.id, changes.c.source, changes.c.event_id), list(rows)
    )
    return {(source, event_id): int(number) for number, source, event_id in found}


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Row:
    """
    What *one* and *other* (told later) say together of one event.

    It began at the earlier time and ended at the later; all else as said by whoever knows how it went on.
    The same for either order.
    """
    knows_more = OUTCOMES.index(other["outcome"]) > OUTCOMES.index(one["outcome"])
    better, worse = (other, one) if knows_more else (one, other)
    merged = {name: better[name] for name in _TOLD}
    owner = better if better["service_id"] is not None or worse["service_id"] is None else worse
    merged |= {name: owner[name] for name in _OWNED}
    merged["at"] = min(one["at"], other["at"])
    ends = [row["ended_at"] for row in (one, other) if row["ended_at"] is not None]
    merged["ended_at"] = max(ends, default=None)
    merged |= {name: one[name] for name in ("source", "event_id", "received_at")}
    return merged


def find(
    connection: Connection, criteria: Criteria, *, limit: int, offset: int = 0, event_id: str | None = None
) -> tuple[Change, ...]:
    """The changes that meet *criteria* (and have *event_id*), newest first."""
    asked = _asked(criteria).order_by(changes.c.at.desc(), changes.c.id.desc()).limit(limit).offset(offset)
    if event_id is not None:
        asked = asked.where(changes.c.event_id == event_id)
    return tuple(to_change(row) for row in connection.execute(asked).mappings())


def find_one(connection: Connection, number: int) -> Change | None:
    """The change with this number."""
    row = connection.execute(select(changes).where(changes.c.id == number)).mappings().first()
    return None if row is None else to_change(row)


def _asked(criteria: Criteria) -> Select[Any]:
    columns = {
        "service": changes.c.service_id,
        "team": changes.c.team_id,
        "cluster": changes.c.cluster,
        "environment": changes.c.environment,
        "kind": changes.c.kind,
        "source": changes.c.source,
    }
    exact = [
        c == getattr(criteria, name) for name, c in columns.items() if getattr(criteria, name) is not None
    ]
    asked = select(changes).where(*exact)
    if criteria.is_owned is not None:
        has_owner = changes.c.service_id.is_not(None)
        asked = asked.where(has_owner if criteria.is_owned else ~has_owner)
    if criteria.start is not None:
        began, start = changes.c.at, criteria.start
        asked = asked.where(or_(began >= start, and_(began < start, changes.c.ended_at > start)))
    if criteria.end is not None:
        asked = asked.where(changes.c.at < criteria.end)
    if criteria.text:
        words = criteria.text.lower()
        places = (changes.c.title, changes.c.revision, changes.c.url)
        asked = asked.where(or_(*(func.lower(c).contains(words, autoescape=True) for c in places)))
    return asked


def to_change(row: RowMapping) -> Change:
    """*row* as others see it."""
    values = {name: row[name] for name in Change.__dataclass_fields__ if name in row}
    evidence = tuple(
        Evidence(e["rule"], e["from"], e["value"], e["service_id"]) for e in row["evidence"] or ()
    )
    return Change(**(values | {"id": f"{PREFIX}{row['id']}", "evidence": evidence}))


def note_source(connection: Connection, source: str, **told: Any) -> None:
    """Write down when *source* told something, or what went wrong."""
    make = insert_on_sqlite if connection.dialect.name == "sqlite" else insert_on_postgresql
    statement = make(change_sources).values(source=source, **told)
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=told))


def source_rows(connection: Connection) -> dict[str, dict[str, Any]]:
    """Source → when it last told something, and how many changes it told of."""
    noted = connection.execute(select(change_sources)).mappings()
    found: dict[str, dict[str, Any]] = {row["source"]: dict(row) for row in noted}
    counted = connection.execute(select(changes.c.source, func.count()).group_by(changes.c.source))
    for source, count in counted:
        found.setdefault(source, {})["changes"] = count
    return found
