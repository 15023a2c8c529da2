"""What a review is told of an incident, and what a ticket says of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from warikan.focus.money import EXACT
from warikan.operate.incidents.accrual import excess_before
from warikan.operate.incidents.happenings import drivers_of
from warikan.operate.incidents.incident import Entry, Incident, IncidentDetail
from warikan.operate.reviews.facts import CoincidentChange, Driver, IncidentFacts, Moment, Restatement

MOST_CHANGES = 10
_SEVERE = ("SEV1", "SEV2")


def facts_of(detail: IncidentDetail, row: Mapping[Any, Any]) -> IncidentFacts:
    """All that is known of an incident; *row* is as the state has it."""
    incident, clock, figure = detail.incident, detail.incident.clock, detail.incident.figure
    shown = [entry for entry in detail.timeline if not entry.hidden]
    drivers = drivers_of(row)
    ranked = sorted((e for e in shown if e.rank is not None), key=lambda e: e.rank or 0)[:MOST_CHANGES]
    return IncidentFacts(
        id=incident.id,
        title=incident.title,
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
        before_detection=excess_before(detail.days, clock.detected),
        avoided=figure.avoided if figure and clock.contained else None,
        onset=clock.onset,
        detected=clock.detected,
        acknowledged=clock.acknowledged,
        contained=clock.contained,
        verified=clock.verified,
        known_early_at=clock.detected if incident.detected_by == "usage" else None,
        invoice_at=_invoice_at(clock.onset),
        restated=tuple(Restatement(f.as_of, f.accrued) for f in detail.figures[:-1]),
        drivers=tuple(
            Driver(str(next(iter([d.key.get(d.dimension) or d.dimension]))), d.delta) for d in drivers
        ),
        paid_by=_paid_by(detail),
        timeline=tuple(_moment(entry) for entry in shown),
        changes=tuple(_coincident(entry) for entry in ranked),
        people=tuple(dict.fromkeys((*incident.roles.values(), *(t.owner for t in detail.tasks)))),
        provider_services=_named(drivers, incident, "ServiceName"),
        skus=_named(drivers, incident, "SkuId"),
        change_kinds=frozenset(e.detail.partition(" · ")[0] for e in ranked[:3]),
    )


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
    return CoincidentChange(entry.at, entry.detail.partition(" · ")[0], entry.title, entry.link, said)


def _named(drivers: Any, incident: Incident, column: str) -> frozenset[str]:
    found = {d.key.get(column) for d in drivers} | {incident.scope.get(column)}
    return frozenset(value for value in found if value)
