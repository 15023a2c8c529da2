"""From a query as people ask it to what is read: exact columns, periods, and which table."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

import pyarrow as pa

from warikan.engine.column import Column, MapValue, Operand
from warikan.engine.filter import Filter, parse_filter, parse_group
from warikan.engine.query import Order, Query
from warikan.focus.columns import COST_METRICS, PART_METRICS
from warikan.focus.errors import UsageError
from warikan.focus.period import GRANULARITIES, Period, day_start, parse_period

METRICS = (*COST_METRICS, *PART_METRICS)
"""What can be asked for: the four costs, and parts of EffectiveCost that only nodes of clusters have."""
DAILY = "daily_costs"
SLICES = "allocations"
ADDED_UP_FROM = "added-up-from"
"""Property of ``daily_costs``: the snapshot of ``allocations`` that it is the sum of."""


@dataclass(frozen=True)
class Plan:
    """
    A query, understood.

    Attributes:
        query: With metrics and groups under their exact ids, each once.
        groups: What *query.by* names.
        condition: What *query.where* says, or None.
    """

    query: Query
    groups: tuple[Operand, ...]
    condition: Filter | None
    period: Period
    previous: Period | None

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Everything that is read from the table, beside time, currency and costs."""
        return self.groups + (self.condition.operands if self.condition else ())

    @property
    def span(self) -> Period:
        """The whole time that is read; the previous period ends where the period starts."""
        return self.period if self.previous is None else Period(self.previous.start, self.period.end)

    def fits_days(self, columns: Collection[str]) -> bool:
        """Whether a table of whole days with these *columns* gives the same answer as the slices."""
        if self.query.granularity == "hour":
            return False
        if any(moment != day_start(moment) for moment in (self.span.start, self.period.start, self.span.end)):
            return False
        return all(_is_in_days(o, columns) for o in self.operands)


def make_plan(query: Query, *, columns: pa.Schema, data: Period | None, now: datetime) -> Plan:
    """
    Understand *query* over slices with these *columns*.

    Raises:
        UnknownColumn, FilterError, PeriodError, UsageError: what is asked cannot be.
    """
    _check(query)
    metrics = tuple(dict.fromkeys(_metric(m) for m in query.metrics))
    groups = tuple(dict.fromkeys(parse_group(text, columns) for text in query.by))
    for group in groups:
        if isinstance(group, Column) and group.id in METRICS:
            raise UsageError(f"{group.id} is an amount; it cannot be grouped by")
    period = parse_period(query.period, data=data, now=now)
    return Plan(
        query=replace(query, metrics=metrics, by=tuple(g.id for g in groups)),
        groups=groups,
        condition=read_filter(query.where, columns),
        period=period,
        previous=period.previous() if query.compare == "previous" else None,
    )


def read_filter(where: str | None, columns: pa.Schema) -> Filter | None:
    """The filter *where*; None for an absent or blank one."""
    return parse_filter(where, columns) if where is not None and where.strip() else None


def _is_in_days(operand: Operand, columns: Collection[str]) -> bool:
    """Whether every slice of a row of days has the value of *operand* that the row has."""
    if isinstance(operand, MapValue):
        return operand.promoted is not None and operand.promoted in columns
    # Costs are sums there, and ChargePeriodStart is the day: a filter means those of the slice.
    return operand.id in columns and (operand.kind == "text" or operand.id == "BillingPeriodStart")


def _metric(name: str) -> str:
    for metric in METRICS:
        if metric.lower() == name.strip().lower():
            return metric
    raise UsageError(f"{name!r} is no cost metric", hint=f"one of {', '.join(METRICS)}")


def _check(query: Query) -> None:
    if not query.metrics:
        raise UsageError("a query needs at least one metric", hint=f"one of {', '.join(METRICS)}")
    if query.granularity is not None and query.granularity not in GRANULARITIES:
        raise UsageError(
            f"{query.granularity!r} is no granularity", hint=f"one of {', '.join(GRANULARITIES)}"
        )
    if query.compare not in (None, "previous"):
        raise UsageError(f"{query.compare!r} cannot be compared with", hint="previous")
    if query.order not in get_args(Order):
        raise UsageError(f"{query.order!r} is no order", hint=f"one of {', '.join(get_args(Order))}")
    if query.order == "change" and query.compare is None:
        raise UsageError("ordering by change needs something to compare with", hint="compare with previous")
    if query.top is not None and query.top < 1:
        raise UsageError(f"top {query.top} keeps nothing; it must be at least 1")
