"""A question about cost, and its answer: what every surface asks and shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pyarrow as pa

from warikan.catalog.rates import Rate
from warikan.engine.months import MonthState
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.period import Granularity, Period

Order = Literal["cost", "change", "name"]


@dataclass(frozen=True)
class Query:
    """
    What is asked.

    Attributes:
        metrics: FOCUS cost columns; the first one orders the rows.
        by: Columns to group by: FOCUS ids, ``x_...`` columns, or ``Tags['key']``.
        where: A filter in the filter language (engine/filter.py); None or blank for everything.
        period: As people write it (``last 30d``, ``2026-09``, ``all``; focus/period.py).
        granularity: Also split by hour, day, week (Monday) or month of ChargePeriodStart, UTC.
        compare: ``"previous"`` adds the period just before to every row and total.
        top: Keep this many groups per currency by size of the first metric over the whole period, or
            with the order ``change`` by how much it changed; the rest become one row with
            ``x_IsOther``, in each bucket. None keeps all.
        order: ``cost`` (largest absolute first), ``change`` (largest absolute difference first,
            needs compare) or ``name``. Ties are ordered by name, no value comes last, the others
            after every group; with granularity buckets come first, and groups are in one order, that
            of the whole period, in all of them.
        currency: Only charges billed in this currency; None answers for each one apart.
        display: Converted into this currency at the rate of each charge's billing month and added up there
            (engine/display.py); what has no rate stays in its own. None converts nothing.
    """

    metrics: tuple[str, ...] = (DEFAULT_METRIC,)
    by: tuple[str, ...] = ()
    where: str | None = None
    period: str = "last 30d"
    granularity: Granularity | None = None
    compare: Literal["previous"] | None = None
    top: int | None = None
    order: Order = "cost"
    currency: str | None = None
    display: str | None = None


@dataclass(frozen=True)
class Change:
    """A total against the previous period. ratio is delta / previous, None where previous is 0."""

    current: Decimal
    previous: Decimal
    delta: Decimal
    ratio: float | None


@dataclass(frozen=True)
class CurrencyAnswer:
    """
    The answer in one BillingCurrency, or in the currency of display.

    Attributes:
        rows: One row per (period_start when granularity, *by*), in the asked order:
            ``period_start`` timestamp[us, UTC] (only with granularity), each *by* column (string;
            null where a charge has no value), ``x_IsOther`` bool (only with top), each metric
            decimal128(38, 18); with compare also ``previous_<metric>``, ``delta_<metric>``
            decimal128(38, 18) and ``ratio_<metric>`` double (null where previous is 0). A bucket is
            named by its start, which for a week can lie before the period. With granularity and
            compare, previous rows are aligned by their place in the period; those of a longer
            previous period follow after its end. Buckets without charges have no row.
        totals: metric → sum of the rows, exactly.
        changes: metric → total against previous; empty without compare.
        charges: How many slices the answer adds up.
    """

    currency: str
    rows: pa.Table
    totals: Mapping[str, Decimal]
    changes: Mapping[str, Change] = field(default_factory=dict)
    charges: int = 0


@dataclass(frozen=True)
class Converted:
    """
    The charges of one billing currency and billing month, in the period, in the currency of display.

    Attributes:
        rate: None where there is none: the charges stay in their own currency.
        billed: metric → exact sum as billed.
        shown: metric → what that is in the currency of display: sum × rate, rounded half-even to 18
            decimals. Over all months and currencies it adds up to the answer's total. Empty without a rate.
        before: metric → exact sum as billed in the previous period; empty without compare.
    """

    currency: str
    month: date | None
    rate: Rate | None
    billed: Mapping[str, Decimal]
    shown: Mapping[str, Decimal]
    before: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceFreshness:
    """One source: data up to (exclusive) *data_end*, loaded at *loaded_at*, both UTC."""

    source_id: str
    data_end: datetime
    loaded_at: datetime


@dataclass(frozen=True)
class Freshness:
    """
    How far the numbers reach.

    Attributes:
        data: From the first to the end of the last day with charges, over all sources; None when
            the lake is empty.
        sources: One per source, ordered by id.
        late: Sources whose data ends at least one whole day before *data* ends.
        estimated_months: First days of billing months in the period that are still open at *now*, of any
            source.
        months: Each month of each source in the period: open or final, why, and how late; by month, source.
        stale_months: First days of billing months whose bill or rules changed since they were allocated:
            the numbers are of before. Empty where nobody looked (the engine does not know the rules).
    """

    data: Period | None
    sources: tuple[SourceFreshness, ...] = ()
    late: tuple[str, ...] = ()
    estimated_months: tuple[datetime, ...] = ()
    months: tuple[MonthState, ...] = ()
    stale_months: tuple[date, ...] = ()


@dataclass(frozen=True)
class CostAnswer:
    """
    What is answered.

    Attributes:
        query: As asked, with metrics and groups under their exact ids, each once.
        period: As understood, UTC.
        previous: What it is compared with, or None.
        answers: One per BillingCurrency that occurs in either period, largest number of charges first;
            charges without one are under ``XXX``. With display first the one in its currency, then what
            has no rate.
        table: ``daily_costs`` or ``allocations``: where it was read.
        snapshot: Id of the snapshot of that table, None when it is empty.
        converted: With display: each billing currency and month of either period, in this order.
    """

    query: Query
    period: Period
    previous: Period | None
    answers: tuple[CurrencyAnswer, ...]
    freshness: Freshness
    table: str
    snapshot: int | None
    converted: tuple[Converted, ...] = ()

    def answer_in(self, currency: str) -> CurrencyAnswer | None:
        """The answer in *currency*, None where there is none."""
        return next((one for one in self.answers if one.currency == currency), None)
