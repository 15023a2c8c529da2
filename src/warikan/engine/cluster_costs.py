"""
What clusters, their pools, namespaces and workloads cost, by cause.

The causes of a cost add up to it: what was used, what was asked for and not used, what nobody asked for, what
nodes and clusters keep for themselves, and what is of nobody. Amounts are EffectiveCost, which alone is known
by parts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal, TypeVar, get_args

from warikan.engine.engine import Engine
from warikan.engine.query import CurrencyAnswer, Query
from warikan.engine.usage import RESOURCES
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.money import EXACT, SCALE

Cause = Literal[
    "used",
    "workload_idle",
    "attached",
    "passed_on",
    "infrastructure_idle",
    "system_overhead",
    "cluster_overhead",
    "unmounted",
    "unused",
    "unattributed",
    "unmetered",
]
"""
used, workload_idle: parts of workloads' shares of nodes (x_UsedCost, x_WorkloadIdleCost).
attached: volumes, load balancers and traffic of workloads.
passed_on: workloads' shares of nodes that a share of ``warikan.yaml`` moved on: their use is not told apart.
The others are values of x_ClusterCostClass.
"""
CAUSES: tuple[Cause, ...] = get_args(Cause)
IDLE: tuple[Cause, ...] = ("workload_idle", "infrastructure_idle", "unmounted", "unused")
"""What is paid for and used by nobody."""
_METRICS = (
    DEFAULT_METRIC, "ListCost", "x_UsedCost", "x_WorkloadIdleCost", "x_CpuCost", "x_MemoryCost", "x_GpuCost",
)  # fmt: skip
_OF_CLUSTERS = "x_ClusterId IS NOT NULL"
VCPU_HOUR, GIB_HOUR, GPU_HOUR = 1000 * 3600, 2**30 * 3600, 1000 * 3600
"""In the units of quantities (usage.py)."""
_LAST = Decimal(1).scaleb(-SCALE)
_ZERO = Decimal(0)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True)
class PlaceCost:
    """
    What one place cost in one currency; all amounts exact.

    Attributes:
        key: Its values of the columns that were asked by.
        start: Of its bucket, where there are buckets.
        cost: EffectiveCost; the sum of *causes*.
        list_cost: The same at public prices.
        node_cost, node_list_cost: Of nodes whose hours are known.
        causes: Those that are not 0, in the order of CAUSES.
        parts: ``Cpu``, ``Memory``, ``Gpu`` → EffectiveCost of workloads' shares of nodes (used, and idle).
    """

    key: tuple[str | None, ...]
    currency: str
    cost: Decimal
    list_cost: Decimal
    node_cost: Decimal
    node_list_cost: Decimal
    causes: Mapping[Cause, Decimal]
    parts: Mapping[str, Decimal]
    start: datetime | None = None

    def of(self, *causes: Cause) -> Decimal:
        """The sum of *causes*."""
        return _add(self.causes.get(cause, _ZERO) for cause in causes)

    @property
    def efficiency(self) -> float | None:
        """Used of asked for, by cost: 0 to 1; None where no workload's use is known."""
        return ratio(self.of("used"), self.of("used", "workload_idle"))

    @property
    def idle(self) -> Decimal:
        """What is paid for and used by nobody."""
        return self.of(*IDLE)

    @property
    def matched(self) -> float | None:
        """The part of the cost whose hours are known."""
        return ratio(_less(self.cost, self.of("unmetered")), self.cost)

    @property
    def of_list(self) -> float | None:
        """What is paid for nodes, as a part of their public price."""
        return ratio(self.node_cost, self.node_list_cost)


def ask_place_costs(engine: Engine, query: Query, *, now: datetime) -> tuple[PlaceCost, ...]:
    """
    What the places that *query.by* names cost, by cause; what is of no cluster is left out.

    Of *query*, ``by`` (each column once), ``where``, ``period``, ``granularity`` and ``currency`` are read.

    Returns: currencies with more charges first, buckets in time, then the largest cost first.

    Raises:
        UsageError (UnknownColumn, FilterError, PeriodError): what is asked cannot be.
    """
    where = f"({query.where}) AND {_OF_CLUSTERS}" if query.where and query.where.strip() else _OF_CLUSTERS
    by = (*query.by, "x_ClusterCostClass", "x_ClusterAsset")
    asked = Query(
        metrics=_METRICS,
        by=by,
        where=where,
        period=query.period,
        granularity=query.granularity,
        currency=query.currency,
    )
    answer = engine.run(asked, now=now)
    keys = answer.query.by[: len(query.by)]
    found: list[PlaceCost] = []
    for one in answer.answers:
        found += sorted(_read(one, keys), key=order_of)
    return tuple(found)


def _read(answer: CurrencyAnswer, keys: Sequence[str]) -> Iterator[PlaceCost]:
    """One place for each key and bucket, of the rows of all its classes and assets."""
    rows: dict[tuple[datetime | None, tuple[str | None, ...]], list[Mapping[str, Any]]] = {}
    for row in answer.rows.to_pylist():
        rows.setdefault((row.get("period_start"), tuple(row[name] for name in keys)), []).append(row)
    for (start, key), of_place in rows.items():
        yield _place(key, answer.currency, start, of_place)


def _place(
    key: tuple[str | None, ...], currency: str, start: datetime | None, rows: Sequence[Mapping[str, Any]]
) -> PlaceCost:
    nodes = [r for r in rows if r["x_ClusterAsset"] == "node" and r["x_ClusterCostClass"] != "unmetered"]
    ran = [r for r in nodes if r["x_ClusterCostClass"] == "workload"]
    return PlaceCost(
        key=key,
        currency=currency,
        start=start,
        cost=_add(r[DEFAULT_METRIC] for r in rows),
        list_cost=_add(r["ListCost"] for r in rows),
        node_cost=_add(r[DEFAULT_METRIC] for r in nodes),
        node_list_cost=_add(r["ListCost"] for r in nodes),
        causes=_sum_by_name((booked for row in rows for booked in _causes(row)), CAUSES),
        parts=_sum_by_name(((name, r[f"x_{name}Cost"]) for r in ran for name in RESOURCES), RESOURCES),
    )


def _causes(row: Mapping[str, Any]) -> Iterator[tuple[Cause, Decimal]]:
    """What *row* is for: causes that add up to its cost."""
    cost, kind = row[DEFAULT_METRIC], row["x_ClusterCostClass"]
    if kind != "workload":
        yield next((cause for cause in CAUSES if cause == kind), "unattributed"), cost
    elif row["x_ClusterAsset"] != "node":
        yield "attached", cost
    else:
        used, idle = row["x_UsedCost"], row["x_WorkloadIdleCost"]
        yield "used", used
        yield "workload_idle", idle
        yield "passed_on", _less(cost, _add((used, idle)))


def add_places(places: Sequence[PlaceCost], key: tuple[str | None, ...]) -> PlaceCost:
    """
    *places*, all in one currency, as one under *key*, of no bucket.

    Raises:
        ValueError: there are none, or their currencies differ.
    """
    currencies = {place.currency for place in places}
    if len(currencies) != 1:
        raise ValueError(f"places in {sorted(currencies) or 'no currency'} cannot be added")
    return PlaceCost(
        key=key,
        currency=places[0].currency,
        cost=_add(place.cost for place in places),
        list_cost=_add(place.list_cost for place in places),
        node_cost=_add(place.node_cost for place in places),
        node_list_cost=_add(place.node_list_cost for place in places),
        causes=_sum_by_name((booked for place in places for booked in place.causes.items()), CAUSES),
        parts=_sum_by_name((part for place in places for part in place.parts.items()), RESOURCES),
    )


def order_of(place: PlaceCost) -> tuple[Any, ...]:
    """Buckets in time, the largest first, then by name with no value last; of one currency."""
    return (place.start or _FIRST, -abs(place.cost), *((v is None, v or "") for v in place.key))


def ratio(part: Decimal, whole: Decimal) -> float | None:
    """*part* of *whole*, for display; None where *whole* is 0."""
    return float(part) / float(whole) if whole else None


def price_per(cost: Decimal, quantity: Decimal | int, unit: int) -> Decimal | None:
    """
    What one *unit* of a *quantity* costs, to the 18th decimal; None where there is no quantity.

    >>> price_per(Decimal("2"), 5 * VCPU_HOUR, VCPU_HOUR)
    Decimal('0.400000000000000000')
    """
    if not quantity:
        return None
    price = EXACT.divide(EXACT.multiply(cost, Decimal(unit)), Decimal(quantity))
    return price.quantize(_LAST, rounding=ROUND_HALF_EVEN, context=EXACT)


def reprice(cost: Decimal, before: Decimal | int, after: Decimal | int) -> Decimal:
    """
    What *after* of something would cost at the rate at which *before* costs *cost*; *cost* where that is 0.

    To the 18th decimal: an estimate, which nothing is booked by.
    """
    if not before:
        return cost
    amount = EXACT.divide(EXACT.multiply(cost, Decimal(after)), Decimal(before))
    return amount.quantize(_LAST, rounding=ROUND_HALF_EVEN, context=EXACT)


def _add(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _less(amount: Decimal, other: Decimal) -> Decimal:
    return EXACT.subtract(amount, other)


def _sum_by_name(amounts: Iterable[tuple[Name, Decimal]], names: Sequence[Name]) -> dict[Name, Decimal]:
    """Name → sum, in the order of *names*, without those that are 0."""
    sums: dict[Name, Decimal] = {}
    for name, amount in amounts:
        sums[name] = EXACT.add(sums.get(name, _ZERO), amount)
    return {name: sums[name] for name in names if sums.get(name)}
