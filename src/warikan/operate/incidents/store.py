"""Incidents as rows: found, read, listed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from warikan.focus.errors import NotFound
from warikan.operate.incidents.accrual import live_of
from warikan.operate.incidents.incident import (
    Asked,
    Clock,
    Day,
    Entry,
    Figure,
    Incident,
    IncidentDetail,
    Payer,
    Task,
    Ticket,
    id_of,
    number_of,
)
from warikan.operate.incidents.severity import share_of
from warikan.operate.incidents.titles import titles_of
from warikan.state.tables.incidents import (
    incident_days,
    incident_entries,
    incident_figures,
    incident_tasks,
    incident_tickets,
    incidents,
)

ZERO = Decimal(0)
_FIGURE = tuple(c.name for c in incident_figures.columns if c.name not in {"id", "incident_id", "payers"})
DAY = ("day", "expected", "low", "high", "actual", "first_actual")
"""The columns of a ``Day``, in its order."""
_ENTRY = (
    "id", "at", "kind", "title", "detail", "source", "link", "service_id", "actor", "coincidence", "rank",
    "pinned", "hidden", "annotation", "version",
)  # fmt: skip
_TASK = ("number", "title", "owner", "due", "state", "created_at", "created_by", "done_at", "version")
_TICKET = ("id", "tracker", "state", "url", "title", "task", "error", "created_at", "created_by")
_CLOCK = ("onset", "detected", "declared", "acknowledged", "contained", "verified", "closed")
_PLAIN = (
    "state", "severity", "is_manual_severity", "source", "origin", "detected_by", "scope", "where",
    "currency", "kind", "direction", "team_id", "service_id", "per_day", "roles", "dismissed_as", "reason",
    "verified_by", "verified_because", "declared_by", "version",
)  # fmt: skip


def find_row(connection: Connection, incident_id: str, *, lock: bool = False) -> RowMapping:
    """
    The row of ``INC-12``; with *lock* nobody else writes it before this transaction ends.

    Raises:
        NotFound: there is none.
    """
    number = number_of(incident_id.strip())
    statement = select(incidents).where(incidents.c.id == number)
    if lock:  # SQLite has one writer anyway and knows no such lock
        statement = statement.with_for_update()
    row = connection.execute(statement).mappings().first() if number is not None else None
    if row is None:
        raise NotFound(f"there is no incident {incident_id[:80]!r}", hint="warikan incidents list")
    return row


def read_incident(connection: Connection, incident_id: str, *, now: datetime) -> Incident:
    """
    ``INC-12`` as it is at *now*.

    Raises:
        NotFound: there is none.
    """
    return with_figures(connection, [find_row(connection, incident_id)], now)[0]


def read_detail(connection: Connection, incident_id: str, *, now: datetime) -> IncidentDetail:
    """
    ``INC-12`` at *now* with everything that belongs to it.

    Raises:
        NotFound: there is none.
    """
    incident = read_incident(connection, incident_id, now=now)
    number = number_of(incident.id) or 0
    return IncidentDetail(
        incident=incident,
        days=read_days(connection, number),
        timeline=read_entries(connection, number),
        payers=read_payers(connection, number),
        tasks=read_tasks(connection, number),
        tickets=read_tickets(connection, number),
        figures=read_figures(connection, number),
    )


def find_by_origin(connection: Connection, origin: str, *, now: datetime) -> Incident | None:
    """The incident that was declared from *origin*."""
    row = connection.execute(select(incidents).where(incidents.c.origin == origin)).mappings().first()
    return None if row is None else with_figures(connection, [row], now)[0]


def list_incidents(connection: Connection, asked: Asked, *, now: datetime) -> tuple[Incident, ...]:
    """Those that are asked for, per currency by money, the most first (up or down); newest first on a tie."""
    statement = select(incidents)
    if asked.states:
        statement = statement.where(incidents.c.state.in_(asked.states))
    for column, value in (
        ("team_id", asked.team),
        ("service_id", asked.service),
        ("severity", asked.severity),
    ):
        if value is not None:
            statement = statement.where(incidents.c[column] == value)
    found = with_figures(connection, connection.execute(statement).mappings().all(), now)
    return tuple(sorted(found, key=_by_money))[: asked.limit]


def read_days(connection: Connection, number: int) -> tuple[Day, ...]:
    """Its days in order."""
    rows = connection.execute(
        select(incident_days).where(incident_days.c.incident_id == number).order_by(incident_days.c.day)
    ).mappings()
    return tuple(Day(**{name: row[name] for name in DAY}) for row in rows)


def read_figures(connection: Connection, number: int) -> tuple[Figure, ...]:
    """Every figure that was ever told of it, oldest first."""
    rows = connection.execute(
        select(incident_figures)
        .where(incident_figures.c.incident_id == number)
        .order_by(incident_figures.c.id)
    ).mappings()
    return tuple(_as_figure(row) for row in rows)


def read_payers(connection: Connection, number: int) -> tuple[Payer, ...]:
    """Who paid the newest figure."""
    statement = (
        select(incident_figures.c.payers)
        .where(incident_figures.c.incident_id == number)
        .order_by(incident_figures.c.id.desc())
        .limit(1)
    )
    found = connection.execute(statement).scalar_one_or_none() or []
    return tuple(Payer(team, service, *map(Decimal, amounts)) for team, service, *amounts in found)


def read_entries(connection: Connection, number: int) -> tuple[Entry, ...]:
    """Its timeline in order, hidden lines included."""
    rows = connection.execute(
        select(incident_entries)
        .where(incident_entries.c.incident_id == number)
        .order_by(incident_entries.c.at, incident_entries.c.id)
    ).mappings()
    return tuple(Entry(**{name: row[name] for name in _ENTRY}) for row in rows)


def read_tasks(connection: Connection, number: int) -> tuple[Task, ...]:
    """Its tasks in the order in which they were added."""
    rows = connection.execute(
        select(incident_tasks).where(incident_tasks.c.incident_id == number).order_by(incident_tasks.c.number)
    ).mappings()
    return tuple(as_task(row) for row in rows)


def read_tickets(connection: Connection, number: int) -> tuple[Ticket, ...]:
    """Its tickets in the order in which they were added."""
    rows = connection.execute(
        select(incident_tickets)
        .where(incident_tickets.c.incident_id == number)
        .order_by(incident_tickets.c.id)
    ).mappings()
    return tuple(as_ticket(row) for row in rows)


def as_task(row: Mapping[Any, Any]) -> Task:
    """A row as a task."""
    return Task(**{name: row[name] for name in _TASK})


def as_ticket(row: Mapping[Any, Any]) -> Ticket:
    """A row as a ticket."""
    return Ticket(**{name: row[name] for name in _TICKET})


def figure_values(figure: Figure, payers: Iterable[Payer]) -> dict[str, Any]:
    """*figure* as the columns of its row."""
    told = [
        [p.team_id, p.service_id, *(format(a, "f") for a in (p.actual, p.expected, p.excess))] for p in payers
    ]
    return {name: getattr(figure, name) for name in _FIGURE} | {"payers": told}


def with_figures(connection: Connection, rows: Sequence[RowMapping], now: datetime) -> list[Incident]:
    """*rows* as incidents with their first and newest figures, in one statement."""
    grouped = (
        select(
            incident_figures.c.incident_id,
            func.min(incident_figures.c.id).label("first"),
            func.max(incident_figures.c.id).label("newest"),
        )
        .group_by(incident_figures.c.incident_id)
        .subquery()
    )
    statement = select(incident_figures).join(
        grouped,
        (incident_figures.c.id == grouped.c.first) | (incident_figures.c.id == grouped.c.newest),
    )
    if len(rows) == 1:
        statement = statement.where(incident_figures.c.incident_id == rows[0]["id"])
    found: dict[int, list[Figure]] = {}
    for row in connection.execute(statement.order_by(incident_figures.c.id)).mappings():
        found.setdefault(row["incident_id"], []).append(_as_figure(row))
    return [_as_incident(row, found.get(row["id"], []), now) for row in rows]


def clock_of(row: Mapping[Any, Any]) -> Clock:
    """The moments of an incident's row."""
    return Clock(**{name: row[name] for name in _CLOCK})


def _as_incident(row: RowMapping, figures: Sequence[Figure], now: datetime) -> Incident:
    clock = clock_of(row)
    titles = titles_of(row)
    return Incident(
        id=id_of(row["id"]),
        title=titles["en"],
        title_ja=titles["ja"],
        is_titled=bool(row["title"]),
        share=share_of(row["per_day"], row["owner_month"]),
        clock=clock,
        figure=_as_told(figures[-1], row, now) if figures else None,
        first_figure=figures[0] if figures else None,
        **{name: row[name] for name in _PLAIN},
    )


def _as_told(figure: Figure, row: RowMapping, now: datetime) -> Figure:
    """*figure* with the estimate for the hours since; what is contained has no rate any more."""
    if row["state"] in {"closed", "dismissed", "verified"}:
        return _replaced(figure, rate=ZERO, live=ZERO)
    live = live_of(figure, contained=row["contained"], now=now)
    return _replaced(figure, rate=ZERO if row["contained"] else figure.rate_per_hour, live=live)


def _replaced(figure: Figure, *, rate: Decimal, live: Decimal) -> Figure:
    values = {name: getattr(figure, name) for name in _FIGURE}
    return Figure(**values | {"rate_per_hour": rate, "live": live})


def _as_figure(row: Mapping[Any, Any]) -> Figure:
    return Figure(**{name: row[name] for name in _FIGURE}, live=ZERO)


def _by_money(incident: Incident) -> tuple[str, Decimal, int]:
    size = abs(incident.figure.accrued if incident.figure else incident.per_day)
    return incident.currency, -size, -(number_of(incident.id) or 0)
