"""Incidents beside the lake: begun with a frozen expectation, and read again as bills come in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.exc import IntegrityError

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.errors import WarikanError
from warikan.operate.anomalies.anomalies import Anomalies
from warikan.operate.anomalies.filters import money_filter
from warikan.operate.anomalies.planned import list_planned
from warikan.operate.changes.changes import Changes
from warikan.operate.daily import DailyBill, DailyCost
from warikan.operate.incidents import declaring, happenings
from warikan.operate.incidents.accrual import add_up, billed_days, per_day_of
from warikan.operate.incidents.declaring import Declaration
from warikan.operate.incidents.editing import Desk, Edit
from warikan.operate.incidents.entries import Line, put_lines
from warikan.operate.incidents.expectation import HISTORY, Expected, as_told, expect
from warikan.operate.incidents.incident import Day, Refreshed, id_of
from warikan.operate.incidents.payers import BASELINE
from warikan.operate.incidents.refreshing import Reading, apply_bill, is_watched, read_bill
from warikan.operate.incidents.severity import DAYS_OF_MONTH, judge_severity
from warikan.operate.incidents.store import find_by_origin, find_row, read_days
from warikan.operate.incidents.told import require_new
from warikan.state.audit import SYSTEM
from warikan.state.tables.incidents import incidents

Also = Callable[[Connection, str], None]
"""What is written of an incident in the transaction that changes it."""


def nothing_else(_: Connection, __: str) -> None:
    """No more than the change itself."""


class Following:
    """Reads the lake for incidents: never inside of a transaction, so that nobody waits for a bill."""

    def __init__(
        self,
        desk: Desk,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        *,
        changes: Changes,
        anomalies: Anomalies,
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._catalog = catalog
        self._settings = settings
        self._changes = changes
        self._anomalies = anomalies

    def bill(self) -> DailyBill:
        """The bill as it is now."""
        return DailyBill(self._engine, self._settings.anomalies, self._desk.clock())

    def declare(self, told: Declaration, actor: str, also: Also = nothing_else) -> str:
        """
        Write the incident of *told* with its frozen expectation, timeline and first figure; its id.

        What was declared from the same anomaly or burn is found instead, also by two who declare at once.
        *also* is done in the same transaction, where it is new.
        """
        if (known := self._known(told.origin)) is not None:
            return known
        bill = self.bill()
        end = bill.complete_until(told.where, told.currency) or told.first_day
        cost = self._read(bill, told, end)
        days = self._expected(told, cost, bill.first_day or told.first_day)
        filled = tuple(_day(e, cost, end) for e in days)
        month = self._owner_month(told, bill)
        told = _judged(told, filled)
        severity = told.severity or judge_severity(
            told.per_day, month, told.currency, self._settings.incidents
        )
        row = declaring.row_of(
            told, severity=severity, owner_month=month, now=self._desk.clock(), actor=actor
        )
        lines = self._lines(row, filled)
        try:
            with self._desk.state.begin() as connection:
                known_now = (
                    find_by_origin(connection, told.origin, now=self._desk.clock()) if told.origin else None
                )
                if known_now is not None:
                    return known_now.id
                require_new(connection, told)
                number = declaring.write(connection, told, row, days)
                with self._desk.within(connection, id_of(number), "declare", actor=actor) as editing:
                    editing.is_news, editing.keeps_version = True, True
                    put_lines(connection, number, lines)
                    apply_bill(editing, Reading(cost, end), self._settings.incidents)
                also(connection, id_of(number))
        except IntegrityError:
            if (known := self._known(told.origin)) is not None:
                return known
            raise
        return id_of(number)

    def reread(self, incident_id: str, **as_if: object) -> Also:
        """
        Read the bill and the ledgers beside an incident now; what writes it in a transaction, later.

        *as_if*: what that transaction will have changed of the incident by then. What cannot be read is
        left to the next ``refresh``.

        Raises:
            NotFound: there is no such incident.
        """
        with self._desk.state.read() as connection:
            row = {**find_row(connection, incident_id), **as_if}
        try:
            reading, lines = self._look(row, self.bill())
        except WarikanError:
            return nothing_else

        def write(connection: Connection, known_id: str) -> None:
            with self._desk.within(connection, known_id, "refresh", actor=SYSTEM) as editing:
                self._apply(editing, reading, lines)

        return write

    def refresh(self, only: str | None = None) -> Refreshed:
        """Read the bill and the ledgers beside those that are watched, or *only* one of them."""
        now, bill = self._desk.clock(), self.bill()
        with self._desk.state.read() as connection:
            if only is not None:
                rows: Sequence[RowMapping] = [find_row(connection, only)]
            else:
                rows = connection.execute(select(incidents).order_by(incidents.c.id)).mappings().all()
        restated: list[str] = []
        verified: list[str] = []
        failed: dict[str, str] = {}
        for row in rows:
            if not is_watched(row, now):
                continue
            try:
                has_figure, is_verified = self._refresh_one(row, bill)
            except WarikanError as error:
                failed[id_of(row["id"])] = error.message
                continue
            restated += [id_of(row["id"])] * has_figure
            verified += [id_of(row["id"])] * is_verified
        return Refreshed(tuple(restated), tuple(verified), failed)

    def _refresh_one(self, row: RowMapping, bill: DailyBill) -> tuple[bool, bool]:
        reading, lines = self._look(row, bill)
        with self._desk.edit(id_of(row["id"]), "refresh", actor=SYSTEM) as editing:
            return self._apply(editing, reading, lines)

    def _look(self, row: Mapping[Any, Any], bill: DailyBill) -> tuple[Reading | None, list[Line]]:
        """What the bill and the ledgers of others say of an incident."""
        with self._desk.state.read() as connection:
            days = read_days(connection, row["id"])
        return read_bill(bill, row), self._lines(row, days)

    def _apply(self, editing: Edit, reading: Reading | None, lines: Sequence[Line]) -> tuple[bool, bool]:
        """Write what `_look` found; whether there is a new figure, and whether that verifies its end."""
        editing.keeps_version = True
        put_lines(editing.connection, editing.number, lines)
        figure = None
        if reading is not None and is_watched(editing.row, editing.now):
            figure = apply_bill(editing, reading, self._settings.incidents)
        editing.is_news = figure is not None
        return figure is not None, editing.values.get("state") == "verified"

    def _lines(self, row: Mapping[Any, Any], days: Sequence[Day]) -> list[Line]:
        """What the ledgers of others say happened around the incident."""
        now = self._desk.clock()
        start, end = happenings.window_of(row, now)
        with self._desk.state.read() as connection:
            lines = happenings.burns_near(connection, row, self._settings, start, end)
        told = min(end, happenings.coincident_until(row, days))
        changes = {c.id: c for c in self._changes.between({}, start, told)} if told > start else {}
        if row["scope"] and end > told:
            changes |= {c.id: c for c in self._changes.between(row["scope"], told, end)}
        lines += happenings.lines_of_changes(tuple(changes.values()), row, days, self._catalog.dependencies())
        if (row["origin"] or "").startswith("anomaly/"):
            lines += happenings.lines_of_anomaly(self._anomalies.get(row["origin"].removeprefix("anomaly/")))
        return lines

    def _known(self, origin: str | None) -> str | None:
        if origin is None:
            return None
        with self._desk.state.read() as connection:
            found = find_by_origin(connection, origin, now=self._desk.clock())
        return None if found is None else found.id

    def _read(self, bill: DailyBill, told: Declaration, end: date) -> DailyCost:
        first = bill.first_day or told.first_day
        start = min(max(first, told.first_day - HISTORY), told.first_day - BASELINE)
        return bill.cost(told.where, told.currency, start, max(end, told.first_day))

    def _expected(self, told: Declaration, cost: DailyCost, first: date) -> tuple[Expected, ...]:
        """The frozen days: the anomaly's as it expected them, the rest from what was before the onset."""
        count = self._settings.incidents.expect_days
        if told.expected_per_day is not None:
            return as_told(told.expected_per_day, told.first_day, count)
        with self._desk.state.read() as connection:
            planned = [p.event for p in list_planned(connection, self._settings.anomalies)]
        known = {e.day: e for e in told.days if e.day >= told.first_day}
        made = expect(
            cost.days, first=first, onset=told.first_day, days=count, planned=planned, scope=told.scope
        )
        return tuple(known.get(e.day, e) for e in made)

    def _owner_month(self, told: Declaration, bill: DailyBill) -> Decimal | None:
        """What the owner cost in the 30 days before the onset; None where nothing is known of them."""
        first = bill.first_day
        if first is None or first >= told.first_day:
            return None
        scope: dict[str, str | None] = {}
        if told.service_id is not None:
            scope = {"x_ServiceId": told.service_id}
        elif told.team_id is not None:
            scope = {"x_TeamId": told.team_id}
        start = told.first_day - timedelta(days=DAYS_OF_MONTH)
        cost = bill.cost(money_filter(scope, self._catalog), told.currency, start, told.first_day)
        return cost.total(start, told.first_day)


def _day(expected: Expected, cost: DailyCost, end: date) -> Day:
    actual = cost.on(expected.day) if expected.day < end else None
    return Day(expected.day, expected.expected, expected.low, expected.high, actual, actual)


def _judged(told: Declaration, days: Sequence[Day]) -> Declaration:
    """*told* with what its complete days say: how much a day, and whether up or down."""
    billed = billed_days(days)
    if not billed:
        return told
    direction = told.direction
    if told.source != "anomaly":
        direction = -1 if add_up([b.excess for b in billed]) < 0 else 1
    per_day = per_day_of(days, contained=told.contained, direction=direction)
    return replace(told, per_day=per_day, direction=direction)
