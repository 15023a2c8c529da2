"""What an incident is declared from, and how it is first written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from warikan.focus.period import as_utc
from warikan.insights.anomaly import Driver
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.budgets.budget import Budget, Burn
from warikan.operate.incidents.entries import Line, put_lines
from warikan.operate.incidents.expectation import Expected
from warikan.operate.incidents.incident import DetectedBy, EntryKind, Severity, Source, id_of
from warikan.operate.scope import Scope
from warikan.state.audit import record
from warikan.state.tables.incidents import incident_days, incidents

ZERO = Decimal(0)
_KIND_OF: Mapping[str, EntryKind] = {"price": "price", "commitment": "commitment"}


@dataclass(frozen=True)
class Declaration:
    """
    All that a new incident begins with.

    Attributes:
        title: As a person wrote it; blank where nobody did (see ``titles``).
        days: Expected days from the onset on that are known already; the rest is forecast.
        per_day: What severity is judged by until days are complete.
        contained: When it had ended by the bill already; None while it lasts.
        lines: Of its timeline.
        again: Although an incident of the same cost since the same moment is open (see ``told``).
    """

    title: str
    source: Source
    origin: str | None
    detected_by: DetectedBy
    scope: Scope
    where: str
    currency: str
    team_id: str | None
    service_id: str | None
    onset: datetime
    detected: datetime
    kind: str | None = None
    direction: int = 1
    days: tuple[Expected, ...] = ()
    per_day: Decimal = ZERO
    expected_per_day: Decimal | None = None
    severity: Severity | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    drivers: tuple[Driver, ...] = ()
    contained: datetime | None = None
    lines: tuple[Line, ...] = ()
    again: bool = False

    @property
    def first_day(self) -> date:
        """The day of the onset."""
        return self.onset.astimezone(UTC).date()


def from_anomaly(anomaly: Anomaly, title: str) -> Declaration:
    """
    The declaration of *anomaly*; its days as the detector expected them.

    One that has ended contained it at its end. Where the new level was learned, it still costs as much: it
    goes on.
    """
    days = tuple(
        Expected(d.day, d.expected, d.expected_low, d.expected_high, "anomaly") for d in anomaly.days
    )
    onset = as_utc(anomaly.onset)
    return Declaration(
        title=title.strip(),
        source="anomaly",
        origin=f"anomaly/{anomaly.id}",
        detected_by="usage" if anomaly.provisional else "bill",
        scope=anomaly.scope,
        where=anomaly.where,
        currency=anomaly.currency,
        team_id=anomaly.team_id,
        service_id=anomaly.service_id,
        onset=onset,
        detected=anomaly.noticed_at,
        kind=anomaly.kind,
        direction=-1 if anomaly.excess.point < 0 else 1,
        days=days,
        drivers=anomaly.drivers,
        contained=as_utc(anomaly.end) if anomaly.end is not None and anomaly.is_over else None,
        lines=tuple(_lines(anomaly, onset)),
    )


def from_burn(burn: Burn, budget: Budget, title: str) -> Declaration:
    """The declaration of a budget that burns too fast: what it pays for, from the day it began."""
    link = f"/budgets/{budget.id}"
    said = f"Budget {budget.title}: {burn.worst.replace('_', ' ')}"
    line = Line(f"budget/{burn.id}", burn.detected_at, "budget", said, "warikan", link=link)
    return Declaration(
        title=title.strip(),
        source="budget",
        origin=f"budget/{burn.id}",
        detected_by="budget",
        scope={"x_ServiceId": budget.service_id} if budget.service_id else _team_of(budget),
        where=budget.where,
        currency=burn.currency,
        team_id=budget.team_id,
        service_id=budget.service_id,
        onset=as_utc(burn.onset),
        detected=burn.detected_at,
        lines=(line,),
    )


def _team_of(budget: Budget) -> Scope:
    return {"x_TeamId": budget.team_id} if budget.team_id else {}


def row_of(
    told: Declaration, *, severity: Severity, owner_month: Decimal | None, now: datetime, actor: str
) -> dict[str, Any]:
    """The row of the new incident, but for its number; what has not happened yet is left out."""
    return {
        "version": 1,
        "title": told.title,
        "state": "open" if told.contained is None else "contained",
        "severity": severity,
        "is_manual_severity": told.severity is not None,
        "source": told.source,
        "origin": told.origin,
        "detected_by": told.detected_by,
        "scope": dict(told.scope),
        "where": told.where,
        "currency": told.currency,
        "kind": told.kind,
        "direction": told.direction,
        "team_id": told.team_id,
        "service_id": told.service_id,
        "per_day": told.per_day,
        "owner_month": owner_month,
        "onset": told.onset,
        "detected": told.detected,
        "declared": now,
        "acknowledged": None,
        "contained": told.contained,
        "closed": None,
        "roles": dict(told.roles),
        "reason": "",
        "verified_because": "",
        "declared_by": actor,
        "drivers": [[d.dimension, dict(d.key), str(d.delta), d.share, d.is_new] for d in told.drivers],
    }


def write(
    connection: Connection, told: Declaration, values: Mapping[str, Any], days: Sequence[Expected]
) -> int:
    """Write the new incident of the row *values* with its frozen expectation; its number."""
    now, actor = values["declared"], values["declared_by"]
    made = connection.execute(insert(incidents).values(**values)).inserted_primary_key
    assert made is not None  # noqa: S101 - a table with a primary key has one
    number = int(made[0])
    connection.execute(
        insert(incident_days),
        [
            {"incident_id": number, "day": d.day, "expected": d.expected, "low": d.low, "high": d.high}
            | {"source": d.source, "actual": None, "first_actual": None}
            for d in days
        ],
    )
    begun = Line("state/1", now, "state", "Declared", "warikan", told.title, actor=actor)
    put_lines(connection, number, (*told.lines, begun, *_end_of(told)))
    kept = {name: value for name, value in values.items() if name not in {"drivers", "reason"}}
    record(connection, at=now, actor=actor, subject=f"incident/{id_of(number)}", action="declare", after=kept)
    return number


def _end_of(told: Declaration) -> list[Line]:
    if told.contained is None:
        return []
    said = f"{(told.origin or '').removeprefix('anomaly/')} had ended when this was declared"
    return [Line("contained/1", told.contained, "state", "Contained by the bill", "bill", said)]


def _lines(anomaly: Anomaly, onset: datetime) -> list[Line]:
    link = f"/anomalies/{anomaly.id}"
    said = "; ".join(f"{e.measure} {e.before:.4g} → {e.after:.4g}" for e in anomaly.evidence)
    lines = [
        Line(f"anomaly/{anomaly.id}", anomaly.noticed_at, "anomaly", f"{anomaly.id} noticed ({anomaly.kind})",
             "bill", said, link, anomaly.service_id),
    ]  # fmt: skip
    if (kind := _KIND_OF.get(anomaly.kind)) is not None:
        title = "The unit cost changed" if kind == "price" else "Usage left its commitment"
        lines.append(Line(f"{kind}/{anomaly.id}", onset, kind, title, "bill", said, link, anomaly.service_id))
    return lines
