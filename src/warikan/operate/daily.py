"""The exact bill, day by day: what a filter cost, and up to which day that is final enough to judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from warikan.catalog.anomalies import AnomalySettings
from warikan.engine.engine import Engine
from warikan.engine.query import Freshness, Query
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.money import EXACT
from warikan.operate.anomalies.reading import complete_days

Owner = tuple[str | None, str | None]
"""x_TeamId and x_ServiceId: who bears the cost."""
LOOKED_AT = timedelta(days=60)
"""An account that billed nothing for so long delays nobody."""


@dataclass(frozen=True)
class DailyCost:
    """
    What a filter cost in one currency on the days ``[start, end)``.

    Attributes:
        days: Exact; a day without charges is missing and means 0.
        owners: The same by who bears it; for each day they add up to it.
    """

    start: date
    end: date
    days: Mapping[date, Decimal]
    owners: Mapping[Owner, Mapping[date, Decimal]]

    def on(self, day: date) -> Decimal:
        """The cost of *day*."""
        return self.days.get(day, Decimal(0))

    def total(self, start: date, end: date) -> Decimal:
        """The exact cost of ``[start, end)``."""
        total = Decimal(0)
        for day, cost in self.days.items():
            if start <= day < end:
                total = EXACT.add(total, cost)
        return total


class DailyBill:
    """The bill as it is at *now*: ask one for each piece of work, it remembers how far the data reaches."""

    def __init__(self, engine: Engine, settings: AnomalySettings, now: datetime) -> None:
        self._engine = engine
        self._settings = settings
        self._now = now

    @cached_property
    def freshness(self) -> Freshness:
        """How far the data reaches, per source."""
        return self._engine.freshness(None, now=self._now)

    @property
    def first_day(self) -> date | None:
        """The first day with charges; None while nothing is loaded."""
        return None if self.freshness.data is None else self.freshness.data.start.astimezone(UTC).date()

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """The currencies of the bill, that of most charges first."""
        answer = self._engine.run(Query(period="all"), now=self._now)
        return tuple(one.currency for one in answer.answers)

    @property
    def currency(self) -> str | None:
        """The currency most charges are in."""
        return self.currencies[0] if self.currencies else None

    def complete_until(self, where: str, currency: str) -> date | None:
        """
        The first day that is not complete for *where*: of its accounts, the one that is complete least far.

        None while nothing is loaded. Never later than today; where the filter finds nothing, as far as any
        account is complete.
        """
        ends = self._ends
        if not ends:
            return None
        end = max(ends.values())
        period = f"{end - LOOKED_AT}..{self._last_day}"
        query = Query(by=("SubAccountId",), where=where or None, period=period, currency=currency)
        accounts: set[str] = set()
        for answer in self._engine.run(query, now=self._now).answers:
            accounts |= {value or "" for value in answer.rows["SubAccountId"].to_pylist()}
        found = [ends[account] for account in accounts if account in ends]
        return min([*(found or [end]), self._now.astimezone(UTC).date()])

    def cost(
        self, where: str, currency: str, start: date, end: date, *, metric: str = DEFAULT_METRIC
    ) -> DailyCost:
        """
        What *where* cost on each day of ``[start, end)``.

        Raises:
            UsageError: the filter cannot be read, or nothing is allocated yet.
        """
        days: dict[date, Decimal] = {}
        owners: dict[Owner, dict[date, Decimal]] = {}
        if start < end:
            query = Query(
                metrics=(metric,),
                by=("x_TeamId", "x_ServiceId"),
                where=where or None,
                period=f"{start}..{end}",
                granularity="day",
                currency=currency,
            )
            for answer in self._engine.run(query, now=self._now).answers:
                names = ("period_start", "x_TeamId", "x_ServiceId", metric)
                for moment, team, service, cost in zip(
                    *(answer.rows[name].to_pylist() for name in names), strict=True
                ):
                    day = moment.astimezone(UTC).date()
                    days[day] = EXACT.add(days.get(day, Decimal(0)), cost)
                    mine = owners.setdefault((team, service), {})
                    mine[day] = EXACT.add(mine.get(day, Decimal(0)), cost)
        return DailyCost(start, end, days, owners)

    @property
    def _last_day(self) -> date:
        assert self.freshness.data is not None  # noqa: S101 - asked only where accounts are known
        return self.freshness.data.end.astimezone(UTC).date() + timedelta(days=1)

    @cached_property
    def _ends(self) -> Mapping[str, date]:
        if self.first_day is None:
            return {}
        return complete_days(
            self._engine, self._settings, self.freshness, start=self.first_day, end=self._last_day
        )
