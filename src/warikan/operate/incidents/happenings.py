"""What else happened around an incident: the lines that others' ledgers give its timeline."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from warikan.catalog.settings import Settings
from warikan.focus.period import as_utc
from warikan.insights.anomaly import (
    KINDS,
    Driver,
    Episode,
    EpisodeDay,
    Excess,
    Kind,
    RankedChange,
    coincident_window,
    rank_changes,
)
from warikan.insights.anomaly import Change as Happening
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.changes.change import Change
from warikan.operate.incidents.accrual import ZERO, add_up, billed_days
from warikan.operate.incidents.entries import BEFORE, Line
from warikan.operate.incidents.incident import Day, EntryKind
from warikan.state.tables.budgets import budget_burns

MOST_RANKED = 30
"""Changes of others that are shown, the most coincident ones; all of the owner's are."""
_KIND_OF: Mapping[str, EntryKind] = {
    "scale": "scaling",
    "node": "scaling",
    "price": "price",
    "commitment": "commitment",
}


def window_of(row: Mapping[Any, Any], now: datetime) -> tuple[datetime, datetime]:
    """From two days before the onset to containment (a day more), or to *now*."""
    until = row["contained"] or row["closed"]
    end = now if until is None else min(now, until + timedelta(days=1))
    return row["onset"] - BEFORE, max(end, row["onset"] + timedelta(hours=1))


def episode_of(row: Mapping[Any, Any], days: Sequence[Day]) -> Episode:
    """An incident as the detector would tell it, so that changes can be ranked beside it."""
    billed = billed_days(days)
    onset = row["onset"].astimezone(UTC).date()
    detected = max(onset, row["detected"].astimezone(UTC).date() - timedelta(days=1))
    kind: Kind = row["kind"] if row["kind"] in KINDS else "step"
    return Episode(
        key="0" * 16,
        scope=row["scope"],
        kind=kind,
        currency=row["currency"],
        onset=onset,
        detected=detected if row["source"] != "anomaly" or not billed else min(detected, billed[-1].day),
        end=None,
        days=tuple(EpisodeDay(b.day, b.actual, b.expected, b.low, b.high) for b in billed),
        excess=Excess(add_up([b.excess for b in billed]), ZERO, ZERO),
        rate_per_hour=ZERO,
        provisional=False,
        absorbed=False,
        drivers=drivers_of(row),
        evidence=(),
    )


def coincident_until(row: Mapping[Any, Any], days: Sequence[Day]) -> datetime:
    """Up to then changes can be coincident, whosever they are; it goes by the onset."""
    return coincident_window(episode_of(row, days))[1]


def lines_of_anomaly(anomaly: Anomaly) -> list[Line]:
    """How the anomaly that it was declared from went on."""
    if anomaly.state == "withdrawn":
        said = f"{anomaly.id} was withdrawn: restated bills no longer show it"
        key = f"anomaly/{anomaly.id}/withdrawn"
        return [Line(key, anomaly.updated_at, "anomaly", said, "bill", link=f"/anomalies/{anomaly.id}")]
    if anomaly.end is None:
        return []
    said = f"{anomaly.id} ended"
    if anomaly.absorbed:
        level = "high" if anomaly.excess.point >= 0 else "low"
        said = f"{anomaly.id}: still as {level}; the new level is expected since {anomaly.end}"
    key = f"anomaly/{anomaly.id}/ended"
    return [Line(key, as_utc(anomaly.end), "anomaly", said, "bill", link=f"/anomalies/{anomaly.id}")]


def drivers_of(row: Mapping[Any, Any]) -> tuple[Driver, ...]:
    """The drivers that the anomaly had when the incident was declared."""
    return tuple(
        Driver(dimension, key, Decimal(delta), share, is_new)
        for dimension, key, delta, share, is_new in row["drivers"]
    )


def lines_of_changes(
    changes: Sequence[Change],
    row: Mapping[Any, Any],
    days: Sequence[Day],
    depends_on: Mapping[str, Sequence[str]],
) -> list[Line]:
    """The owner's changes, and the most coincident ones of others, each with how coincident it is."""
    episode = episode_of(row, days)
    ranked: dict[str, tuple[int, RankedChange]] = {}
    if changes:
        ranked = {
            one.change.key: (place, one) for place, one in enumerate(_rank(episode, changes, depends_on), 1)
        }
    lines = []
    for change in changes:
        place, found = ranked.get(change.id, (None, None))
        is_own = row["service_id"] is not None and change.service_id == row["service_id"]
        is_near = place is not None and place <= MOST_RANKED
        if is_own or is_near or (row["team_id"] is not None and change.team_id == row["team_id"]):
            lines.append(_line(change, place, found))
    return lines


def burns_near(
    connection: Connection, row: Mapping[Any, Any], settings: Settings, start: datetime, end: datetime
) -> list[Line]:
    """Burns of the owner's budgets that were seen in ``[start, end)``."""
    mine = [
        name
        for name, budget in settings.budgets.items()
        if (budget.service is not None and budget.service == row["service_id"])
        or (budget.team is not None and budget.team == row["team_id"])
    ]
    table = budget_burns
    asked = select(table).where(
        table.c.budget_id.in_(mine), table.c.detected_at >= start, table.c.detected_at < end
    )
    return [
        Line(
            f"budget/BURN-{found['id']}",
            found["detected_at"],
            "budget",
            f"Budget {found['budget_id']}: {found['worst'].replace('_', ' ')}",
            "warikan",
            link=f"/budgets/{found['budget_id']}",
        )
        for found in connection.execute(asked).mappings()
    ]


def _rank(
    episode: Episode, changes: Iterable[Change], depends_on: Mapping[str, Sequence[str]]
) -> tuple[RankedChange, ...]:
    told = [
        Happening(
            key=change.id,
            at=change.at,
            service=change.service_id,
            kind=change.kind,
            title=change.title,
            scope=dict(change.scope),
            size=_size(change.summary),
        )
        for change in changes
    ]
    return rank_changes(episode, told, depends_on=depends_on)


def _size(summary: Mapping[str, Any]) -> float:
    """How much changed, where its source says so."""
    numbers = [v for v in summary.values() if isinstance(v, int | float) and not isinstance(v, bool)]
    return float(max((abs(n) for n in numbers), default=0.0))


def _line(change: Change, place: int | None, ranked: RankedChange | None) -> Line:
    who = change.actor or ("automation" if change.actor_kind == "automation" else None)
    parts = [
        change.kind,
        change.outcome,
        change.revision or "",
        change.environment or "",
        change.cluster or "",
    ]
    return Line(
        key=f"change/{change.id}",
        at=change.at,
        kind=_KIND_OF.get(change.kind, "change"),
        title=change.title,
        detail=" · ".join(part for part in parts if part),
        source=change.source,
        link=change.url or f"/changes/{change.id}",
        service_id=change.service_id,
        actor=who,
        coincidence=None if ranked is None else round(ranked.score, 4),
        rank=place,
    )
