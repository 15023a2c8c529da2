"""The facts of all incidents at once: four statements, however many there are."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from warikan.operate.incidents.facts import COMPARED, brief_facts
from warikan.operate.incidents.happenings import drivers_of
from warikan.operate.incidents.incident import Day
from warikan.operate.incidents.store import DAY, with_figures
from warikan.operate.reviews.facts import IncidentFacts
from warikan.state.tables.incidents import incident_days, incident_entries, incidents


def read_past(connection: Connection, *, now: datetime) -> tuple[IncidentFacts, ...]:
    """Every incident but dismissed ones, oldest first, as ``FactsSource.list_facts`` says."""
    asked = select(incidents).where(incidents.c.state != "dismissed").order_by(incidents.c.id)
    rows = connection.execute(asked).mappings().all()
    days, changes = _days(connection), _changes(connection)
    return tuple(
        brief_facts(incident, drivers_of(row), days.get(row["id"], ()), changes.get(row["id"], ()))
        for incident, row in zip(with_figures(connection, rows, now), rows, strict=True)
    )


def _days(connection: Connection) -> Mapping[int, list[Day]]:
    """Incident → its days before the detection, in order, and maybe the day itself."""
    table = incident_days
    # A day beside a moment: databases differ by their zone, never by more than the day of the detection.
    asked = (
        select(table.c.incident_id, *(table.c[name] for name in DAY))
        .join(incidents, incidents.c.id == table.c.incident_id)
        .where(table.c.day < incidents.c.detected)
        .order_by(table.c.incident_id, table.c.day)
    )
    found: dict[int, list[Day]] = {}
    for number, *values in connection.execute(asked):
        found.setdefault(number, []).append(Day(*values))
    return found


def _changes(connection: Connection) -> Mapping[int, list[str]]:
    """Incident → the details of its most coincident changes, the nearest first."""
    table = incident_entries
    place = func.row_number().over(
        partition_by=table.c.incident_id, order_by=(table.c.rank, table.c.at, table.c.id)
    )
    shown = table.c.rank.is_not(None) & table.c.hidden.is_(False)
    ranked = select(table.c.incident_id, table.c.detail, place.label("place")).where(shown).subquery()
    asked = select(ranked).where(ranked.c.place <= COMPARED).order_by(ranked.c.incident_id, ranked.c.place)
    found: dict[int, list[str]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.incident_id, []).append(row.detail)
    return found
