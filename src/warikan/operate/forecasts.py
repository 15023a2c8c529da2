"""What cost is expected to be: of any group, with how well such forecasts did on its own past."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Lock

import pyarrow as pa

from warikan.catalog.anomalies import AnomalySettings
from warikan.engine.engine import Engine
from warikan.engine.query import CurrencyAnswer, Freshness, Query
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.errors import UsageError
from warikan.insights.forecast import (
    AccuracyReport,
    Calendar,
    Forecast,
    forecast,
    make_calendar,
    measure_accuracy,
)
from warikan.insights.panel import Panel, make_panel
from warikan.operate.anomalies.planned import Planned, list_planned
from warikan.state.database import Database

HISTORY = timedelta(days=400)
MOST_SERIES = 200
MOST_DAYS = 366
REMEMBERED = 64
"""Answers kept until the data, or what is planned, change: a forecast takes from 0.1 s to many seconds."""


@dataclass(frozen=True)
class Asked:
    """
    What is to be forecast.

    Attributes:
        by: Columns to group by, as in `engine.query.Query`; empty for one series of everything.
        where: A filter; None for everything.
        currency: Only this one; None for each apart.
        until: Day after the last; None: the end of the month after that of the last complete day.
    """

    by: tuple[str, ...] = ()
    where: str | None = None
    metric: str = DEFAULT_METRIC
    currency: str | None = None
    until: date | None = None


@dataclass(frozen=True, eq=False)
class Expected:
    """
    The forecast of one currency, what it was learned from, and how well it did on that past.

    Attributes:
        complete: The day after the last complete one: from it on everything is forecast.
        accuracy: By rolling origin on the same series; None where the past is too short to measure.
        planned: What was laid on top.
    """

    currency: str
    complete: date
    history: Panel
    forecast: Forecast
    accuracy: AccuracyReport | None
    planned: tuple[Planned, ...]


class Forecasts:
    """Forecasts over one lake. Safe to share between threads; the same question again costs nothing."""

    def __init__(
        self, state: Database, engine: Engine, settings: AnomalySettings, clock: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[Hashable, tuple[Expected, ...]] = OrderedDict()

    def of(self, asked: Asked) -> tuple[Expected, ...]:
        """
        One forecast for each currency, those with the most charges first; none while there are no bills.

        Raises:
            UsageError: what is asked cannot be, gives more than 200 series, or reaches further than a year.
        """
        freshness = self._engine.freshness(now=self._clock())
        if freshness.data is None:
            return ()
        with self._state.read() as connection:
            planned = list_planned(connection, self._settings)
        key = (asked, self._engine.snapshot("allocations"), tuple((p.id, p.event) for p in planned))
        mark: Hashable = repr(key)
        with self._lock:
            if mark in self._known:
                self._known.move_to_end(mark)
                return self._known[mark]
        found = self._make(asked, freshness, planned)
        with self._lock:
            self._known[mark] = found
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _make(self, asked: Asked, freshness: Freshness, planned: tuple[Planned, ...]) -> tuple[Expected, ...]:
        data = freshness.data
        if data is None:
            return ()
        complete = self.complete(freshness)
        start = max(data.start.astimezone(UTC).date(), complete - HISTORY)
        until = asked.until or month_after(complete)
        horizon = (until - complete).days
        if not 1 <= horizon <= MOST_DAYS:
            raise UsageError(
                f"{until} is not within {MOST_DAYS} days after {complete}, to which the bills are complete"
            )
        if complete <= start:
            return ()
        answer = self._engine.run(
            Query(
                metrics=(asked.metric,),
                by=asked.by,
                where=asked.where,
                period=f"{start}..{complete}",
                granularity="day",
                currency=asked.currency,
                order="name",
            ),
            now=self._clock(),
        )
        if asked.currency is not None and not answer.answers:
            self._require_billed(asked.currency)
        calendar = self._calendar(start, until)
        return tuple(
            self._of_currency(one, answer.query, start, complete, horizon, calendar, planned)
            for one in answer.answers
        )

    def _require_billed(self, currency: str) -> None:
        there = [one.currency for one in self._engine.run(Query(period="all"), now=self._clock()).answers]
        if currency not in there:
            raise UsageError(f"nothing is billed in {currency}", hint=f"there is: {', '.join(there)}")

    def complete(self, freshness: Freshness) -> date:
        """The day from which on not every source is complete."""
        settle = self._settings.settle_days_of
        ends = [
            one.data_end.astimezone(UTC).date()
            - timedelta(days=settle.get(one.source_id, self._settings.settle_days))
            for one in freshness.sources
        ]
        return min(ends)

    def _of_currency(
        self,
        answer: CurrencyAnswer,
        query: Query,
        start: date,
        complete: date,
        horizon: int,
        calendar: Calendar,
        planned: Sequence[Planned],
    ) -> Expected:
        metric = query.metrics[0]
        days = answer.rows.column("period_start").cast(pa.timestamp("us")).cast(pa.date32())
        table = answer.rows.append_column("day", days)
        panel = make_panel(
            table,
            query.by,
            currency=answer.currency,
            complete=complete,
            start=start,
            end=complete,
            value=metric,
        )
        if len(panel.keys) > MOST_SERIES:
            raise UsageError(
                f"{len(panel.keys)} series in {answer.currency} are more than {MOST_SERIES}",
                hint="group by fewer columns, or filter",
            )
        touching = tuple(p for p in planned if any(p.event.touches(key) for key in panel.keys))
        events = [p.event for p in touching]
        made = forecast(panel, horizon, calendar=calendar, planned=events)
        long_enough = (complete - start).days >= 2 * 14 + 7
        accuracy = measure_accuracy(panel, calendar=calendar) if long_enough else None
        return Expected(answer.currency, complete, panel, made, accuracy, touching)

    def _calendar(self, first: date, last: date) -> Calendar:
        days = [make_calendar(country, first, last).holidays for country in self._settings.holidays]
        return Calendar(frozenset().union(*days))


def month_after(day: date) -> date:
    """The first day of the month after the next one: a forecast ends with the next whole month."""
    months = day.year * 12 + day.month + 1
    return date(months // 12, months % 12 + 1, 1)
