"""What is known beforehand: from the settings, and what people add."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import Connection, insert, select, update

from warikan.catalog.anomalies import AnomalySettings, PlannedSettings
from warikan.catalog.entities import Catalog
from warikan.catalog.known import require_known
from warikan.focus.errors import NotFound, UsageError
from warikan.insights.planned import PlannedEvent, PlannedKind
from warikan.operate.scope import Scope
from warikan.state.audit import record
from warikan.state.tables.anomalies import planned_events

PREFIX = "PLAN-"
LONGEST_TITLE = 200
_HINT = "warikan anomalies planned lists them"
_COLUMNS = frozenset({"x_TeamId", "x_ServiceId", "SubAccountId", "ServiceName", "SkuId"})


@dataclass(frozen=True)
class Planned:
    """
    A planned event; *id* is ``PLAN-3``, or None for one of ``warikan.yaml``.

    Attributes:
        start, end: Days ``[start, end)``; an end of None lasts.
        kind, value: As `insights.planned.PlannedEvent` has them.
        anomaly_id: ``ANO-7`` whose verdict it is.
    """

    id: str | None
    title: str
    scope: Scope
    start: date
    end: date | None
    kind: PlannedKind
    value: float
    anomaly_id: str | None = None
    added_by: str | None = None
    added_at: datetime | None = None

    @property
    def event(self) -> PlannedEvent:
        """As forecasts and the detector read it."""
        return PlannedEvent(self.scope, self.start, self.end, self.kind, self.value, self.title)


def list_planned(connection: Connection, settings: AnomalySettings) -> tuple[Planned, ...]:
    """All that are in force, by their first day: those of the settings and those that people added."""
    found = connection.execute(select(planned_events).where(planned_events.c.removed_at.is_(None)))
    added = [_as_planned(row) for row in found.mappings()]
    told = [_of_settings(one) for one in settings.planned]
    return tuple(sorted((*told, *added), key=lambda p: (p.start, p.title, p.id or "")))


def check_planned(planned: Planned, catalog: Catalog) -> None:
    """
    Refuse what cannot be planned.

    Raises:
        UsageError: no title or a long one, a value that is no number, a negative factor, a service or team
            that the catalogue does not have, another column than those of the detector, or an end that does
            not lie after the start.
    """
    if not 1 <= len(planned.title.strip()) <= LONGEST_TITLE:
        raise UsageError(f"the title of a planned event has 1 to {LONGEST_TITLE} characters")
    if planned.kind not in get_args(PlannedKind):
        raise UsageError(f"a planned event is one of {', '.join(get_args(PlannedKind))}")
    if not math.isfinite(planned.value):
        raise UsageError(f"{planned.kind} is a finite number, not {planned.value}")
    if planned.kind == "factor" and planned.value < 0:
        raise UsageError(f"a factor is not negative, as {planned.value:g} is")
    if wrong := sorted(set(planned.scope) - _COLUMNS):
        raise UsageError(f"a planned event has no {wrong[0][:80]}; it has {', '.join(sorted(_COLUMNS))}")
    if planned.end is not None and planned.end <= planned.start:
        raise UsageError(f"a planned event from {planned.start} cannot end before {planned.end}")
    require_known(catalog, service=planned.scope.get("x_ServiceId"), team=planned.scope.get("x_TeamId"))


def add_planned(connection: Connection, planned: Planned, *, actor: str, now: datetime) -> str:
    """Write *planned*, which has passed `check_planned`, down; its id."""
    values: dict[str, Any] = {
        "scope": dict(planned.scope),
        "start": planned.start,
        "end": planned.end,
        "kind": planned.kind,
        "value": planned.value,
        "title": planned.title.strip(),
        "added_at": now,
        "added_by": actor,
    }
    key = connection.execute(insert(planned_events).values(**values)).inserted_primary_key
    assert key is not None  # noqa: S101 - a table with a primary key has one
    made = f"{PREFIX}{key[0]}"
    record(connection, at=now, actor=actor, subject=f"planned/{made}", action="add", after=values)
    return made


def remove_planned(connection: Connection, planned_id: str, *, actor: str, now: datetime) -> None:
    """
    Take *planned_id* out of force.

    Raises:
        NotFound: there is none in force; those of ``warikan.yaml`` are removed there.
    """
    number = planned_id.strip().upper().removeprefix(PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound(
            f"{planned_id[:80]!r} is no planned event", hint="warikan anomalies planned lists them"
        )
    done = connection.execute(
        update(planned_events)
        .where(planned_events.c.id == int(number), planned_events.c.removed_at.is_(None))
        .values(removed_at=now)
    )
    if done.rowcount == 0:
        raise NotFound(f"there is no planned event {planned_id}", hint=_HINT)
    record(connection, at=now, actor=actor, subject=f"planned/{PREFIX}{number}", action="remove")


def _of_settings(one: PlannedSettings) -> Planned:
    owner: Mapping[str, str | None] = {"x_ServiceId": one.service, "x_TeamId": one.team}
    scope = {**one.scope, **{column: value for column, value in owner.items() if value is not None}}
    return Planned(None, one.title, scope, one.from_, one.until, one.kind, one.value)


def _as_planned(row: Mapping[Any, Any]) -> Planned:
    return Planned(
        f"{PREFIX}{row['id']}",
        row["title"],
        row["scope"],
        row["start"],
        row["end"],
        row["kind"],
        row["value"],
        None if row["anomaly_id"] is None else f"ANO-{row['anomaly_id']}",
        row["added_by"],
        row["added_at"],
    )
