"""
The cost of nodes over what ran on them.

Three passes over the containers, none of which holds them: demand per node-hour (shares.py), what the cuts
leave of each charge (``settle``), and the slices themselves, which stream out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.cuts import RESOURCE_COSTS, cut_metrics, hour_ratio, ratio_of, with_amounts
from warikan.allocate.kubernetes.demand import CONTAINER, NODE_HOUR, RESOURCES, Basis, demand, used_part
from warikan.allocate.kubernetes.pools import Weighting
from warikan.allocate.kubernetes.shares import KEEP, NodePolicy, rate_charges, share_nodes
from warikan.allocate.remembered import remembered
from warikan.allocate.split import MONEY
from warikan.focus.columns import COST_METRICS

Keep = Callable[[str, ir.Table], ir.Table]
"""Runs an expression once and gives its rows as a table: ``Scratch.store``."""

SLICE_COLUMNS = (
    "x_SourceId",
    "x_ChargeKey",
    *NODE_HOUR,
    *CONTAINER,
    "x_ClusterCostClass",
    "BillingCurrency",
    *COST_METRICS,
    *RESOURCE_COSTS.values(),
    "x_UsedCost",
    "x_WorkloadIdleCost",
    "x_Ratio",
)
_LEAST = 2.0**-40
"""Free capacity below this part takes no rest: of a cost in doubles, the rest could be the larger of both."""


@dataclass(frozen=True)
class NodeSlices:
    """
    Slices of node costs, in SLICE_COLUMNS.

    Attributes:
        workloads: One per charge, node-hour and container.
        others: Of all other classes; few.
    """

    workloads: ir.Table
    others: ir.Table

    def union(self) -> ir.Table:
        """Both as one; to write many, write each by itself: DuckDB writes a union on one thread."""
        return ibis.union(self.workloads, self.others)


def split_nodes(
    node_costs: ir.Table,
    node_hours: ir.Table,
    container_hours: ir.Table,
    *,
    keep: Keep,
    weighting: Weighting | None = None,
    basis: Basis = "max",
    policy: NodePolicy = KEEP,
) -> NodeSlices:
    """
    The slices of *node_costs*: SLICE_COLUMNS, one row per charge, node-hour and container or other class.

    ``x_ClusterCostClass`` is ``workload`` (PodUid and Container are given), ``system_overhead``,
    ``infrastructure_idle`` or, where the node is unknown or has no capacity, ``unmetered``: the whole cost,
    never a default price, its parts by resource null. Per row of *node_costs* the slices sum to each metric
    to the last digit, and none has the other sign. A slice is ``x_Ratio`` of the cost, cut toward zero to 12
    decimals; the rest is with infrastructure idle, or where next to nothing is free with the largest slice
    (workloads before overhead, by PodUid and Container).

    ``x_CpuCost`` + ``x_MemoryCost`` + ``x_GpuCost`` = EffectiveCost. Of workloads ``x_UsedCost`` +
    ``x_WorkloadIdleCost`` = EffectiveCost; of the other classes both are 0.

    Args:
        node_costs: One row per charge and node-hour: x_SourceId, x_ChargeKey, x_ClusterId, Hour, NodeUid,
            BillingCurrency, the four metrics (decimal(38, 18), may be null), SkuId where weights by SKU are
            wanted, Buys where some charges buy one resource only (pools.py), and HourRatio of
            ``spread_hours`` where a charge has several hours.
        node_hours: Rows of ``kubernetes_node_hours``.
        container_hours: Rows of ``kubernetes_container_hours``, each container-hour once.
        keep: Called twice, for one row per row of *node_costs* each.
    """
    shares = share_nodes(node_hours, container_hours, basis, policy)
    rated = keep("node_rates", rate_charges(node_costs, shares, weighting or Weighting()))
    settled = keep("node_rests", settle(rated, container_hours, basis))
    others = (
        _others(settled, "system_overhead", "overhead"),
        _others(settled, "infrastructure_idle", "idle"),
        _unmetered(settled),
    )
    return NodeSlices(_workloads(settled, container_hours, basis), ibis.union(*others))


@remembered
def settle(rated: ir.Table, containers: ir.Table, basis: Basis) -> ir.Table:
    """
    *rated* with what the cuts leave of each charge and who takes it.

    ``_rest_<metric>``; ``_taker``: the class; for a workload ``_taker_PodUid`` and ``_taker_Container``.
    """
    priced = rated.filter(rated._priced)
    sums = _sum_cuts(_meet(priced, containers, basis))
    largest = _find_largest(_meet(priced.filter(~_idle_takes(priced)), containers, basis))
    both = rated.left_join(sums, rated._row == sums._sum_row)
    both = both.left_join(largest, both._row == largest._largest_row)
    cuts = [cut_metrics(both, _ratio_of_class(both, name)) for name in ("overhead", "idle")]
    by_system = _ratio_of_class(both, "overhead") > ibis.coalesce(both._largest, -1.0)
    rests = {
        f"_rest_{metric}": (
            both[metric] - ibis.coalesce(both[f"_sum_{metric}"], 0) - cuts[0][metric] - cuts[1][metric]
        ).cast(MONEY)
        for metric in COST_METRICS
    }
    taker = ibis.cases(
        (_idle_takes(both), "infrastructure_idle"), (by_system, "system_overhead"), else_="workload"
    )
    return both.select(
        *rated.columns,
        **rests,
        _taker=taker,
        **{f"_taker_{name}": both[f"_largest_{name}"] for name in CONTAINER},
    )


def _meet(charges: ir.Table, containers: ir.Table, basis: Basis) -> ir.Table:
    """One row per charge of a node-hour and container on it: the charge's columns, ratios, used parts."""
    asked = containers.select(
        *CONTAINER,
        **{f"_on{name}": containers[name] for name in NODE_HOUR},
        **{f"_asked_{r}": demand(containers, r, basis).cast("float64") for r in RESOURCES},
        **{f"_used_{r}": used_part(containers, r, basis) for r in RESOURCES},
    )
    met = asked.inner_join(charges, [asked[f"_on{name}"] == charges[name] for name in NODE_HOUR])
    met = met.mutate(**{f"_ratio_{r}": met[f"_asked_{r}"] * met[f"_rate_{r}"] for r in RESOURCES})
    # What a node's policy gives a container of what nobody asked for, it has not used.
    used = [met[f"_asked_{r}"] * met[f"_own_{r}"] * met[f"_used_{r}"] for r in RESOURCES]
    return met.mutate(_ratio_used=(used[0] + used[1]) + used[2])


def _sum_cuts(met: ir.Table) -> ir.Table:
    cuts = met.select("_row", **cut_metrics(met, ratio_of(met)))
    return cuts.group_by(_sum_row=cuts._row).agg(**{f"_sum_{m}": cuts[m].sum() for m in COST_METRICS})


def _find_largest(met: ir.Table) -> ir.Table:
    order = [ibis.desc(ratio_of(met)), *(met[name] for name in CONTAINER)]
    names = {f"_largest_{name}": met[name].first(order_by=order) for name in CONTAINER}
    return met.group_by(_largest_row=met._row).agg(_largest=ratio_of(met).max(), **names)


def _ratio_of_class(charges: ir.Table, name: str) -> ir.FloatingValue:
    cpu, memory, gpu = (charges[f"_{name}_{r}"] for r in RESOURCES)
    return cast("ir.FloatingValue", (cpu + memory) + gpu)


def _idle_takes(charges: ir.Table) -> ir.BooleanValue:
    return cast("ir.BooleanValue", _ratio_of_class(charges, "idle") >= _LEAST)


@remembered
def _workloads(settled: ir.Table, containers: ir.Table, basis: Basis) -> ir.Table:
    met = _meet(settled.filter(settled._priced), containers, basis)
    takes = (met._taker == "workload") & ibis.and_(*(met[f"_taker_{n}"] == met[n] for n in CONTAINER))
    return _as_slices(with_amounts(met, takes_rest=takes), x_ClusterCostClass=ibis.literal("workload"))


@remembered
def _others(settled: ir.Table, kind: str, name: str) -> ir.Table:
    shown = settled.filter(settled._priced & (_ratio_of_class(settled, name) > 0))
    ratios = {f"_ratio_{r}": shown[f"_{name}_{r}"] for r in RESOURCES}
    rows = shown.mutate(**ratios, _ratio_used=ibis.literal(0.0))
    nothing = ibis.literal(0).cast(MONEY)
    return _as_slices(
        with_amounts(rows, takes_rest=rows._taker == kind),
        **{column: ibis.null("string") for column in CONTAINER},
        x_ClusterCostClass=ibis.literal(kind),
        x_UsedCost=nothing,
        x_WorkloadIdleCost=nothing,
    )


@remembered
def _unmetered(settled: ir.Table) -> ir.Table:
    nothing = ibis.literal(0).cast(MONEY)
    rows = settled.filter(~settled._priced)
    return _as_slices(
        rows,
        **{column: ibis.null("string") for column in CONTAINER},
        **{column: ibis.null(MONEY) for column in RESOURCE_COSTS.values()},
        x_ClusterCostClass=ibis.literal("unmetered"),
        x_UsedCost=nothing,
        x_WorkloadIdleCost=nothing,
        x_Ratio=hour_ratio(rows),
    )


def _as_slices(rows: ir.Table, **columns: ir.Value) -> ir.Table:
    return rows.select(
        **{name: columns.get(name, rows[name] if name in rows.columns else None) for name in SLICE_COLUMNS}
    )
