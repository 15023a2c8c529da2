"""What a review is told of an incident, and what a ticket says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from warikan.focus.money import EXACT
from warikan.focus.period import as_utc
from warikan.insights.anomaly import Driver as DriverOf
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.incidents.accrual import excess_before
from warikan.operate.incidents.happenings import drivers_of
from warikan.operate.incidents.incident import Day, Entry, Figure, Incident, IncidentDetail
from warikan.operate.reviews.facts import CoincidentChange, Driver, IncidentFacts, Moment, Restatement
from warikan.operate.scope import Scope

MOST_CHANGES = 10
COMPARED = 3
"""Of the most coincident changes: whose kinds likeness goes by."""
_SEVERE = ("SEV1", "SEV2")


def facts_of(detail: IncidentDetail, row: Mapping[Any, Any]) -> IncidentFacts:
    """All that is known of an incident; *row* is as the state has it."""
    incident = detail.incident
    shown = [entry for entry in detail.timeline if not entry.hidden]
    ranked = sorted((e for e in shown if e.rank is not None), key=lambda e: e.rank or 0)[:MOST_CHANGES]
    people = (*incident.roles.values(), *(task.owner for task in detail.tasks))
    return replace(
        brief_facts(incident, drivers_of(row), detail.days, [e.detail for e in ranked[:COMPARED]]),
        restated=_restated(detail.figures),
        paid_by=_paid_by(detail),
        timeline=tuple(_moment(entry) for entry in shown),
        changes=tuple(_coincident(entry) for entry in ranked),
        people=tuple(dict.fromkeys(people)),
    )


def brief_facts(
    incident: Incident, drivers: Sequence[DriverOf], days: Sequence[Day], changes: Sequence[str]
) -> IncidentFacts:
    """
    What is known of an incident without opening it; see ``FactsSource.list_facts``.

    Args:
        days: Those before its detection, or more.
        changes: The details of its ``COMPARED`` most coincident changes.
    """
    clock, figure = incident.clock, incident.figure
    return IncidentFacts(
        id=incident.id,
        title=incident.title,
        title_ja="" if incident.is_titled else incident.title_ja,
        summary=incident.reason,
        state=incident.state,
        severity=incident.severity,
        is_severe=incident.severity in _SEVERE,
        team_id=incident.team_id,
        service_id=incident.service_id,
        currency=incident.currency,
        excess=figure.accrued if figure else None,
        low=figure.low if figure else None,
        high=figure.high if figure else None,
        rate_per_hour=figure.rate_per_hour if figure else None,
        is_recurring=_is_recurring(incident),
        before_detection=excess_before(days, clock.detected, contained=clock.contained),
        avoided=figure.avoided if figure and clock.contained and not clock.ended_by_itself else None,
        onset=clock.onset,
        detected=clock.detected,
        acknowledged=clock.acknowledged,
        contained=clock.contained,
        verified=clock.verified,
        known_early_at=clock.detected if incident.detected_by == "usage" else None,
        invoice_at=_invoice_at(clock.onset),
        drivers=tuple(Driver(d.key.get(d.dimension) or d.dimension, d.delta) for d in drivers),
        provider_services=_named(drivers, incident.scope, "ServiceName"),
        skus=_named(drivers, incident.scope, "SkuId"),
        change_kinds=frozenset(kind_of_change(detail) for detail in changes),
    )


def facts_of_anomaly(anomaly: Anomaly) -> IncidentFacts:
    """What likeness goes by, of what nobody has declared an incident of yet."""
    return IncidentFacts(
        anomaly.id,
        "",
        service_id=anomaly.service_id,
        currency=anomaly.currency,
        onset=as_utc(anomaly.onset),
        provider_services=_named(anomaly.drivers, anomaly.scope, "ServiceName"),
        skus=_named(anomaly.drivers, anomaly.scope, "SkuId"),
    )


def kind_of_change(detail: str) -> str:
    """The kind that a line of a change begins its detail with (`happenings`)."""
    return detail.partition(" · ")[0]


def ticket_text(incident: Incident, task: int | None, base_url: str | None) -> str:
    """What a ticket says: the money, the clock, and where more is."""
    figure = incident.figure
    lines = [f"Cost incident {incident.id} ({incident.severity}): {incident.title}", ""]
    if task is not None:
        lines += [f"Task {task} of it.", ""]
    lines.append(f"Began {incident.clock.onset:%Y-%m-%d %H:%M} UTC; it is {incident.state}.")
    if figure is not None:
        money = f"{figure.accrued:,.2f} {incident.currency}"
        lines.append(f"Over expected so far: {money} in {figure.days} complete days.")
    owner = " / ".join(part for part in (incident.service_id, incident.team_id) if part)
    if owner:
        lines.append(f"Owner: {owner}.")
    if base_url:
        lines += ["", f"{base_url.rstrip('/')}/incidents/{incident.id}"]
    return "\n".join(lines)


def _restated(figures: Sequence[Figure]) -> tuple[Restatement, ...]:
    """The figures that late rows changed, as they were told before; more days alone restate none."""
    return tuple(
        Restatement(told.as_of, told.accrued)
        for told, then in pairwise(figures)
        if told.restated != then.restated
    )


def _is_recurring(incident: Incident) -> bool | None:
    figure = incident.figure
    if figure is None or figure.recurring is None or figure.one_off is None:
        return None
    return abs(figure.recurring) >= abs(figure.one_off)


def _invoice_at(onset: datetime) -> datetime:
    """The end of the billing month of the onset: its invoice is made then."""
    first = onset.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _paid_by(detail: IncidentDetail) -> Mapping[str, Decimal]:
    paid: dict[str, Decimal] = {}
    for payer in detail.payers:
        name = payer.service_id or payer.team_id or "–"
        paid[name] = EXACT.add(paid.get(name, Decimal(0)), payer.excess)
    return paid


def _moment(entry: Entry) -> Moment:
    text = f"{entry.title} ({entry.annotation})" if entry.annotation else entry.title
    return Moment(entry.at, entry.source, text, entry.link, entry.pinned)


def _coincident(entry: Entry) -> CoincidentChange:
    said = f"coincidence {entry.coincidence:.2f}" if entry.coincidence is not None else ""
    return CoincidentChange(entry.at, kind_of_change(entry.detail), entry.title, entry.link, said)


def _named(drivers: Sequence[DriverOf], scope: Scope, column: str) -> frozenset[str]:
    found = {d.key.get(column) for d in drivers} | {scope.get(column)}
    return frozenset(value for value in found if value)
