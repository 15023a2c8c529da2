"""
Cost of clusters as sets of allocations, in the parts that Kubecost and OpenCost show.

A set is a stretch of time; an allocation is what has one name in it. Nothing is lost on the way: in each set
what is shown, and what was asked to be left out, add up to what the lake says, to the last digit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from warikan.allocate.split import add_exactly
from warikan.focus.money import EXACT

_ZERO = Decimal(0)
READ = ("x_ClusterId", "x_ClusterAsset", "x_ClusterCostClass", "x_AllocationClass", "x_Namespace")
"""What is read of a row beside its keys."""
METRICS = ("EffectiveCost", "x_CpuCost", "x_GpuCost", "x_MemoryCost")
_IDLE = {"infrastructure_idle", "system_overhead"}

Role = Literal["tenant", "idle", "overhead", "shared", "external", "other"]
"""
What a cost is to sharing.

``tenant`` ran in a cluster and bears what is shared. ``idle`` is free capacity and what nodes keep for
themselves; ``overhead`` is of a cluster as a whole; ``shared`` is of a namespace or label that is asked to
be shared; ``external`` is of no cluster; ``other`` nobody can be named for (unmounted, unmetered ...).
"""


class Costs(NamedTuple):
    """The parts of a cost, of one currency; they add up to it exactly."""

    cpu: Decimal = _ZERO
    gpu: Decimal = _ZERO
    ram: Decimal = _ZERO
    pv: Decimal = _ZERO
    network: Decimal = _ZERO
    load_balancer: Decimal = _ZERO
    shared: Decimal = _ZERO
    external: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        """The cost."""
        return add_exactly(self)

    def plus(self, other: "Costs") -> "Costs":
        """Both, part by part."""
        return Costs(*(EXACT.add(a, b) for a, b in zip(self, other, strict=True)))

    def minus(self, other: "Costs") -> "Costs":
        """This without *other*, part by part."""
        return Costs(*(EXACT.subtract(a, b) for a, b in zip(self, other, strict=True)))

    def times(self, factor: Decimal) -> "Costs":
        """Part by part; not exact where *factor* is not."""
        return Costs(*(EXACT.multiply(part, factor) for part in self))


NOTHING = Costs()


@dataclass(frozen=True)
class Cell:
    """
    One cost on its way into a set.

    Attributes:
        name: Of the allocation that it belongs to.
        properties: What is known of it; of an allocation, what all its cells agree in.
        is_wanted: Whether the filter asks for it; what it does not ask for bears its part of what is shared.
        idle: Part of *costs* that was idle before it was shared.
    """

    role: Role
    name: str
    cluster: str | None
    node: str | None
    costs: Costs
    properties: Mapping[str, str] = field(default_factory=dict)
    is_wanted: bool = True
    idle: Costs = NOTHING


@dataclass(frozen=True)
class Allocations:
    """
    One set: the allocations by name, largest first, and what was asked not to be shown, by its reason.

    Σ ``items`` + Σ ``left_out`` is all cost of the set.
    """

    items: tuple[Cell, ...]
    left_out: Mapping[str, Decimal]

    @property
    def total(self) -> Decimal:
        """Σ items."""
        return add_exactly(cell.costs.total for cell in self.items)

    def as_rate(self, hours: int, seconds: float) -> "Allocations":
        """
        What it would cost in *hours* at this rate, as the set is of *seconds* of data.

        A rate is a quotient, so these do not add up to the last digit any more.
        """
        if seconds <= 0:
            return self
        factor = EXACT.divide(Decimal(hours * 3600), Decimal(seconds))
        items = tuple(replace(c, costs=c.costs.times(factor), idle=c.idle.times(factor)) for c in self.items)
        return Allocations(items, {w: EXACT.multiply(a, factor) for w, a in self.left_out.items()})


def add_up(sets: Iterable[Allocations], name: str) -> Cell:
    """All allocations of *sets* as one called *name*."""
    total = Cell("other", name, None, None, NOTHING)
    for one in sets:
        for cell in one.items:
            total = replace(total, costs=total.costs.plus(cell.costs), idle=total.idle.plus(cell.idle))
    return total


def costs_of(row: Mapping[str, Any]) -> Costs:
    """
    The parts of the cost of *row* (READ and METRICS).

    Cost that a share of warikan.yaml moved, cost of a cluster as a whole, and cost of nodes that is not split
    by resource is ``shared``; cost of no cluster is ``external``.
    """
    whole = row["EffectiveCost"] or _ZERO
    if row["x_ClusterId"] is None:
        return Costs(external=whole)
    if row["x_AllocationClass"] == "shared":
        return Costs(shared=whole)
    match row["x_ClusterAsset"]:
        case "node":
            cpu, gpu, ram = (row[name] or _ZERO for name in METRICS[1:])
            rest = EXACT.subtract(whole, add_exactly((cpu, gpu, ram)))
            return Costs(cpu=cpu, gpu=gpu, ram=ram, shared=rest)
        case "volume":
            return Costs(pv=whole)
        case "network":
            return Costs(network=whole)
        case "load_balancer":
            return Costs(load_balancer=whole)
        case _:
            return Costs(shared=whole)


def asset_costs_of(row: Mapping[str, Any]) -> Costs:
    """
    The parts of the cost of an asset, whoever bears it: of a node by resource, all else in ``shared``.

    For rows of one asset this adds up to its cost, also where shares of warikan.yaml have moved it.
    """
    whole = row["EffectiveCost"] or _ZERO
    cpu, gpu, ram = (row[name] or _ZERO for name in METRICS[1:])
    return Costs(cpu=cpu, gpu=gpu, ram=ram, shared=EXACT.subtract(whole, add_exactly((cpu, gpu, ram))))


def role_of(row: Mapping[str, Any], *, is_shared: bool, by_owner: bool) -> Role:
    """
    What *row* (READ) is to sharing.

    Args:
        is_shared: Whether it is of a namespace or label that is to be shared.
        by_owner: Whether sets are by owner: then what a share of warikan.yaml moved is its new owner's, and
            neither idle nor overhead any more. Otherwise it is what it was, where it was.
    """
    if row["x_ClusterId"] is None:
        return "external"
    kind = row["x_ClusterCostClass"]
    if not (by_owner and row["x_AllocationClass"] == "shared"):
        if kind in _IDLE:
            return "idle"
        if kind == "cluster_overhead":
            return "overhead"
    if is_shared:
        return "shared"
    return "tenant" if kind == "workload" else "other"


def complement(every: Iterable[Cell], wanted: Iterable[Cell]) -> list[Cell]:
    """*every* as cells that a filter wants (exactly *wanted*) and cells that it does not want: the rest."""
    kept = merge(wanted)
    rest = {_identity(cell): cell for cell in merge(every)}
    for cell in kept:
        whole = rest.get(_identity(cell))
        costs = (NOTHING if whole is None else whole.costs).minus(cell.costs)
        rest[_identity(cell)] = replace(whole or cell, costs=costs)
    return [*kept, *(replace(cell, is_wanted=False) for cell in rest.values() if any(cell.costs))]


def merge(cells: Iterable[Cell]) -> list[Cell]:
    """
    *cells* with those of one role, place and name added up, in an order that theirs does not matter to.

    Properties are those that all agree in.
    """
    found: dict[tuple[str, str, str, str, bool], Cell] = {}
    for cell in cells:
        seen = found.get(_identity(cell))
        found[_identity(cell)] = cell if seen is None else _added(seen, cell)
    return [found[identity] for identity in sorted(found)]


def make_set(
    cells: Sequence[Cell], *, idle: Literal["show", "split", "leave_out"], idle_name: str
) -> Allocations:
    """
    The set that *cells* are, once all that is to be shared is.

    Args:
        idle: As one allocation *idle_name*, as one for each place, or not at all.
    """
    left_out: dict[str, list[Decimal]] = {}
    shown: dict[str, Cell] = {}
    for cell in cells:
        if not cell.is_wanted:
            left_out.setdefault("filter", []).append(cell.costs.total)
            continue
        if cell.role == "idle" and idle == "leave_out":
            left_out.setdefault("idle", []).append(cell.costs.total)
            continue
        name = cell.name
        if cell.role == "idle":
            place = [part for part in (cell.cluster, cell.node) if part] if idle == "split" else []
            name = "/".join([*place, idle_name])
        seen = shown.get(name)
        named = replace(cell, name=name)
        shown[name] = named if seen is None else _added(seen, named)
    items = sorted(shown.values(), key=lambda cell: (-cell.costs.total, cell.name))
    return Allocations(tuple(items), {why: add_exactly(amounts) for why, amounts in left_out.items()})


def _identity(cell: Cell) -> tuple[str, str, str, str, bool]:
    return (cell.role, cell.cluster or "", cell.node or "", cell.name, cell.is_wanted)


def _added(one: Cell, other: Cell) -> Cell:
    agreed = {name: value for name, value in one.properties.items() if other.properties.get(name) == value}
    return replace(
        one,
        cluster=one.cluster if one.cluster == other.cluster else None,
        node=one.node if one.node == other.node else None,
        costs=one.costs.plus(other.costs),
        idle=one.idle.plus(other.idle),
        properties=agreed,
    )
