"""The bill beside an incident: days filled in, figures told and restated, its end verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from warikan.catalog.incidents import IncidentSettings
from warikan.operate.daily import DailyBill, DailyCost
from warikan.operate.incidents.accrual import add_up, back_since, compute_figure, per_day_of
from warikan.operate.incidents.editing import Edit
from warikan.operate.incidents.entries import Line, next_key, put_lines
from warikan.operate.incidents.expectation import REPEATED_DAYS, Expected, extend
from warikan.operate.incidents.incident import Figure
from warikan.operate.incidents.payers import BASELINE, compute_payers
from warikan.operate.incidents.severity import judge_severity, worse
from warikan.operate.incidents.store import clock_of, figure_values, read_days
from warikan.state.audit import SYSTEM
from warikan.state.tables.incidents import incident_days, incident_figures

RESTATED_FOR = timedelta(days=60)
"""After closing: bills change no later than that."""
_KNOWN_BY = frozenset({"id", "incident_id", "as_of", "data_end"})


@dataclass(frozen=True)
class Reading:
    """What the bill said of an incident: exact cost from four weeks before its onset to *data_end*."""

    cost: DailyCost
    data_end: date


def read_bill(bill: DailyBill, row: Mapping[Any, Any]) -> Reading | None:
    """The bill of an incident's row; None while nothing is loaded."""
    end = bill.complete_until(row["where"], row["currency"])
    if end is None:
        return None
    start = row["onset"].astimezone(UTC).date() - BASELINE
    return Reading(bill.cost(row["where"], row["currency"], start, max(end, start)), end)


def is_watched(row: Mapping[Any, Any], now: datetime) -> bool:
    """Whether its figures still follow the bill."""
    if row["state"] == "dismissed":
        return False
    return row["closed"] is None or now - row["closed"] < RESTATED_FOR


def apply_bill(editing: Edit, reading: Reading, settings: IncidentSettings) -> Figure | None:
    """
    Fill the days in and, where the figure differs from the newest, add a new one; it, or None.

    What was told first of a day and of the incident stays. Severity rises with the money by itself and never
    falls by itself. A contained incident is verified once the bill is as expected for long enough.
    """
    row, number = editing.row, editing.number
    _fill(editing.connection, number, reading)
    days = read_days(editing.connection, number)
    contained: datetime | None = row["contained"]
    figure = compute_figure(
        days,
        contained=contained,
        as_of=editing.now,
        data_end=reading.data_end,
        ended_by_itself=clock_of(row).ended_by_itself,
    )
    if figure is None:
        return None
    direction = row["direction"]
    if row["source"] != "anomaly" and contained is None:
        direction = editing.values["direction"] = -1 if figure.accrued < 0 else 1
    per_day = per_day_of(days, contained=contained, direction=direction)
    if per_day != row["per_day"]:
        editing.values["per_day"] = per_day
    if not row["is_manual_severity"]:
        judged = judge_severity(per_day, row["owner_month"], row["currency"], settings)
        severity = worse(row["severity"], judged)
        if severity != row["severity"]:
            editing.values["severity"] = severity
            _say(editing, "severity", f"{row['severity']} → {severity}", "The money per day rose")
    _verify(editing, days_needed=settings.verify_days, reading=reading)
    return _add_figure(editing, figure, reading)


def _fill(connection: Connection, number: int, reading: Reading) -> None:
    """The bill into the days that are complete; days after the frozen ones are as four weeks before."""
    table = incident_days
    mine = table.c.incident_id == number
    rows = connection.execute(select(table).where(mine).order_by(table.c.day)).mappings().all()
    known = [Expected(*(r[n] for n in ("day", "expected", "low", "high", "source"))) for r in rows]
    more = extend(known[-REPEATED_DAYS:], reading.data_end)
    fresh = [
        {"incident_id": number, "day": e.day, "expected": e.expected, "low": e.low, "high": e.high}
        | {"source": e.source, "actual": reading.cost.on(e.day), "first_actual": reading.cost.on(e.day)}
        for e in more
    ]
    if fresh:
        connection.execute(insert(table), fresh)
    for row in rows:
        if row["day"] >= reading.data_end:
            break
        actual = reading.cost.on(row["day"])
        if row["actual"] == actual:
            continue
        first = actual if row["first_actual"] is None else row["first_actual"]
        connection.execute(
            update(table).where(mine, table.c.day == row["day"]).values(actual=actual, first_actual=first)
        )


def _verify(editing: Edit, *, days_needed: int, reading: Reading) -> None:
    row = editing.row
    if row["state"] != "contained":
        return
    days = read_days(editing.connection, editing.number)
    since = back_since(days, contained=row["contained"], direction=row["direction"], needed=days_needed)
    if since is None:
        return
    editing.values |= {"state": "verified", "verified": editing.now, "verified_by": SYSTEM}
    editing.values["verified_because"] = f"as expected on the bill from {since} to {reading.data_end}"
    _say(editing, "state", "Verified on the bill", editing.values["verified_because"])


def _add_figure(editing: Edit, figure: Figure, reading: Reading) -> Figure | None:
    first = editing.row["onset"].astimezone(UTC).date()
    end = first + timedelta(days=figure.days)
    days = read_days(editing.connection, editing.number)
    expected = add_up([d.expected for d in days if d.day < end])
    payers = compute_payers(reading.cost, onset=first, end=end, expected=expected)
    values = figure_values(figure, payers)
    table = incident_figures
    statement = (
        select(table).where(table.c.incident_id == editing.number).order_by(table.c.id.desc()).limit(1)
    )
    newest = editing.connection.execute(statement).mappings().first()
    if newest is not None and all(newest[n] == v for n, v in values.items() if n not in _KNOWN_BY):
        return None
    editing.connection.execute(insert(table).values(incident_id=editing.number, **values))
    kept = {name: value for name, value in values.items() if name != "payers"}
    before = None if newest is None else {name: newest[name] for name in kept}
    editing.note("figure", before, kept)
    if newest is not None and figure.restated != newest["restated"]:
        said = f"{newest['accrued']:f} → {figure.accrued:f} {editing.row['currency']}"
        _say(editing, "figure", "The bill was restated", said)
    return figure


def _say(editing: Edit, kind: str, title: str, detail: str) -> None:
    key = next_key(editing.connection, editing.number, kind)
    put_lines(
        editing.connection,
        editing.number,
        [Line(key, editing.now, "state", title, "warikan", detail, actor=SYSTEM)],
    )
