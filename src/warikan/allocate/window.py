"""
The days a charge is weighed over, and weights by day.

A charge weighs over the days of its charge period that lie in its billing period; one whose days all lie
outside (a late correction) over the whole billing period. An hourly or daily charge so has one day, a
monthly fee the month. A target's own long charges count evenly over their days. No window is longer than
a year: a bill with an end in the year 9999 must not cost an hour.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

import ibis
import ibis.expr.types as ir

from warikan.allocate.split import add_exactly
from warikan.engine.buckets import bucket_of, number_of, start_of
from warikan.engine.functions import epoch_us
from warikan.focus.money import EXACT, SCALE
from warikan.focus.period import as_utc

_UNIT = Decimal(1).scaleb(-SCALE)
_DAY = timedelta(days=1)
_DAY_US = _DAY // timedelta(microseconds=1)
_LONGEST = 366
PERIODS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
"""The columns that a window is made of."""


@dataclass(frozen=True, order=True)
class Window:
    """Days ``[start, end)``, at least one."""

    start: date
    end: date

    def __iter__(self) -> Iterator[date]:
        day = self.start
        while day < self.end:
            yield day
            day += _DAY

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def numbers(self) -> tuple[int, int]:
        """Its day numbers, as ``window_columns`` has them."""
        start, end = (number_of(as_utc(day), "day") for day in (self.start, self.end))
        return start, end


def window_columns(table: ir.Table) -> dict[str, ir.IntegerValue]:
    """``_start`` and ``_end`` (exclusive) of each charge's window, as day numbers (``parse_window``)."""
    begins = ibis.coalesce(table.ChargePeriodStart, table.BillingPeriodStart)
    ends = ibis.coalesce(table.ChargePeriodEnd, begins)
    first = bucket_of(begins, "day")
    end = ibis.greatest(_day_after(ends), first + 1)
    billing_start = bucket_of(table.BillingPeriodStart, "day")
    billing_end = ibis.greatest(ibis.coalesce(_day_after(table.BillingPeriodEnd), end), billing_start + 1)
    start_in, end_in = ibis.greatest(first, billing_start), ibis.least(end, billing_end)
    inside = start_in < end_in
    start = ibis.ifelse(inside, start_in, billing_start)
    return {
        "_start": start.cast("int64"),
        "_end": ibis.least(ibis.ifelse(inside, end_in, billing_end), start + _LONGEST).cast("int64"),
    }


def _day_after(moment: ir.Value) -> ir.IntegerValue:
    """The first midnight at or after *moment*."""
    is_midnight = epoch_us(moment) % _DAY_US == 0
    return bucket_of(moment, "day") + ibis.ifelse(is_midnight, 0, 1)


@lru_cache(maxsize=4096)
def parse_window(start: int, end: int) -> Window:
    """The window of two day numbers."""
    return Window(*(start_of(number, "day").date() for number in (start, end)))


@dataclass(frozen=True)
class OwnedCost:
    """What *service* bears itself, in *currency*, over *window*: the sum of one cost metric."""

    service_id: str
    currency: str | None
    window: Window
    cost: Decimal


@dataclass(frozen=True)
class DailyWeights:
    """The targets' own cost by currency, service and day. Does not depend on the order of the costs."""

    owned: tuple[OwnedCost, ...]

    @classmethod
    def of(cls, owned: Iterable[OwnedCost]) -> "DailyWeights":
        """Weights from sums by (service, currency, window); the same key may come more than once."""
        sums: dict[tuple[str, str | None, Window], Decimal] = defaultdict(Decimal)
        for one in owned:
            key = (one.service_id, one.currency, one.window)
            sums[key] = EXACT.add(sums[key], one.cost)
        return cls(tuple(OwnedCost(*key, cost) for key, cost in sums.items()))

    @cached_property
    def _by_day(self) -> Mapping[tuple[str, str | None], Mapping[date, Decimal]]:
        result: dict[tuple[str, str | None], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for one in self.owned:
            share = EXACT.divide(one.cost, Decimal(one.window.days)).quantize(_UNIT, context=EXACT)
            by_day = result[one.service_id, one.currency]
            for day in one.window:
                by_day[day] = EXACT.add(by_day[day], share)
        return result

    def over(self, window: Window, currency: str | None, targets: Iterable[str]) -> dict[str, Decimal]:
        """Target → its own cost in *currency* on the days of *window*; targets without any are 0."""
        weights = {}
        for target in targets:
            by_day = self._by_day.get((target, currency), {})
            weights[target] = add_exactly(by_day[day] for day in window if day in by_day)
        return weights
