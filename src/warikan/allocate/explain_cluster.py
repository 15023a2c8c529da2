"""What a slice of a cluster's charge is of: the node, what ran, how much it asked for, what that cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from warikan.allocate.kubernetes.demand import RESOURCES
from warikan.allocate.split import add_exactly
from warikan.engine.engine import Engine
from warikan.focus.money import EXACT, format_exact

_UTC = dt.Timestamp(timezone="UTC", scale=6)
_UNITS = {
    "Cpu": ("vCPU-hours", 3_600_000),
    "Memory": ("GiB-hours", 2**30 * 3600),
    "Gpu": ("GPU-hours", 3_600_000),
}
"""Resource → its unit for people, and how many of the lake's units (demand.py) one is."""
_SHOWN = Decimal("0.001")


@dataclass(frozen=True)
class ResourcePart:
    """
    What a container asked of one resource of its node in the period of the charge.

    Attributes:
        asked: Σ over minutes of the larger of request and usage, in *unit*; *used* what it used.
        total: What the node's pool was divided by: its capacity, or more where more was asked for.
        cost: The part of EffectiveCost that it bears for it.
    """

    resource: str
    unit: str
    asked: Decimal
    used: Decimal
    total: Decimal
    cost: Decimal


@dataclass(frozen=True)
class ClusterPart:
    """
    What a slice is of.

    Attributes:
        cost_class: ``x_ClusterCostClass``.
        ratio: Its part of the charge, before sharing.
        used, workload_idle: Parts of EffectiveCost; None where nothing ran.
        resources: Empty where it is not a container on a node.
        formula: The same as a line of text.
        what_if: What would change it; None where nothing that its owner does would.
    """

    cluster_id: str
    asset: str
    cost_class: str
    node: str | None
    namespace: str | None
    workload_kind: str | None
    workload: str | None
    pod: str | None
    container: str | None
    ratio: float | None
    used: Decimal | None
    workload_idle: Decimal | None
    resources: tuple[ResourcePart, ...]
    formula: str
    what_if: str | None


def explain_parts(engine: Engine, stored: Sequence[Mapping[str, Any]]) -> list[ClusterPart | None]:
    """
    For each of *stored* (rows of ``allocations`` of one charge) what it is of; None for no cluster.

    The quantities are those of the hours that the lake has now.
    """
    ran = [r for r in stored if r["x_ClusterAsset"] == "node" and r["x_Container"] is not None]
    use = _use_of_node(engine, ran[0]) if ran else None
    return [_part(row, use) if row["x_ClusterId"] is not None else None for row in stored]


@dataclass(frozen=True)
class _NodeUse:
    """What a node had in the period of the charge; (pod uid, container) → what each asked for and used."""

    has: Mapping[str, Decimal | None]
    containers: Mapping[tuple[str, str], Mapping[str, Decimal | None]]

    def total(self, resource: str) -> Decimal:
        """What the pool was divided by: the capacity, or demand and overhead where they are more."""
        capacity, allocatable = (_or_zero(self.has[f"{resource}{k}"]) for k in ("Capacity", "Allocatable"))
        demand = add_exactly(_or_zero(one[f"{resource}Demand"]) for one in self.containers.values())
        return max(capacity, demand + max(capacity - allocatable, Decimal(0)))


def _or_zero(value: Decimal | None) -> Decimal:
    return Decimal(0) if value is None else value


def _use_of_node(engine: Engine, row: Mapping[str, Any]) -> _NodeUse:
    start, end = row["ChargePeriodStart"], row["ChargePeriodEnd"]
    end = end if end is not None and end > start else start + timedelta(hours=1)
    first, last = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0), end.astimezone(UTC)
    days = (first.date(), (last + timedelta(days=1)).date())
    nodes = _during(engine, "kubernetes_node_hours", row["x_ClusterId"], days, first, last)
    nodes = nodes.filter(nodes.NodeName == row["x_Node"])
    uids = nodes.select(_uid="NodeUid").distinct()
    containers = _during(engine, "kubernetes_container_hours", row["x_ClusterId"], days, first, last)
    there = containers.semi_join(uids, [containers.NodeUid == uids._uid])
    sums = {
        f"{r}{kind}": there[f"{r}{kind}"].sum().cast(dt.Decimal(38, 0))
        for r in RESOURCES
        for kind in ("Demand", "Usage")
    }
    asked = engine.to_arrow(there.group_by("PodUid", "Container").agg(**sums)).to_pylist()
    capacity = {
        f"{r}{kind}": nodes[f"{r}{kind}"].sum().cast(dt.Decimal(38, 0))
        for r in RESOURCES
        for kind in ("Capacity", "Allocatable")
    }
    [has] = engine.to_arrow(nodes.aggregate(**capacity)).to_pylist()
    return _NodeUse(has, {(one["PodUid"], one["Container"]): one for one in asked})


def _during(
    engine: Engine, table: str, cluster_id: str, days: tuple[date, date], first: datetime, end: datetime
) -> Any:
    hours = engine.table(table, months=days, source_ids=[cluster_id])
    inside = [hours.Hour >= ibis.literal(first, type=_UTC), hours.Hour < ibis.literal(end, type=_UTC)]
    return hours.filter(*inside)


def _part(row: Mapping[str, Any], use: _NodeUse | None) -> ClusterPart:
    resources = tuple(_resources(row, use)) if use is not None else ()
    idle, used = row["x_WorkloadIdleCost"], row["x_UsedCost"]
    ran = row["x_ClusterCostClass"] == "workload" and used is not None
    what_if = None
    if ran and idle is not None and idle > 0:
        what_if = (
            f"asking for no more than it used: -{format_exact(idle)} here, +{format_exact(idle)} idle; "
            "the bill stays until a node goes"
        )
    return ClusterPart(
        cluster_id=row["x_ClusterId"],
        asset=row["x_ClusterAsset"],
        cost_class=row["x_ClusterCostClass"],
        node=row["x_Node"],
        namespace=row["x_Namespace"],
        workload_kind=row["x_WorkloadKind"],
        workload=row["x_Workload"],
        pod=row["x_Pod"],
        container=row["x_Container"],
        ratio=row["x_Ratio"],
        used=used if ran else None,
        workload_idle=idle if ran else None,
        resources=resources,
        formula=_formula(row, resources),
        what_if=what_if,
    )


def _resources(row: Mapping[str, Any], use: _NodeUse) -> Iterator[ResourcePart]:
    """What the container of *row* asked of each resource; nothing for idle and overhead."""
    own = use.containers.get((row["AllocatedResourceId"], row["x_Container"]))
    if own is None:
        return
    for resource in RESOURCES:
        unit, size = _UNITS[resource]
        total, cost = use.total(resource), row[f"x_{resource}Cost"]
        if not total or cost is None:
            continue
        amounts = (_or_zero(own[f"{resource}Demand"]), _or_zero(own[f"{resource}Usage"]), total)
        demand, used, whole = (EXACT.quantize(amount / size, _SHOWN) for amount in amounts)
        yield ResourcePart(resource, unit, demand, used, whole, cost)


def _formula(row: Mapping[str, Any], resources: Sequence[ResourcePart]) -> str:
    if resources:
        return " + ".join(
            f"{format_exact(r.cost)} ({format_exact(r.asked)} of {format_exact(r.total)} {r.unit})"
            for r in resources
        )
    ratio = "" if row["x_Ratio"] is None else f"{row['x_Ratio']:.6g} of the charge"
    return f"{row['x_ClusterCostClass']}: {ratio}" if ratio else str(row["x_ClusterCostClass"])
