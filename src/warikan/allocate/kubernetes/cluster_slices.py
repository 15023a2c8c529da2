"""The slices of a month's charges that are of clusters: each charge over what it paid for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.assets import (
    LOAD_BALANCER,
    NETWORK,
    NODE,
    POD,
    VOLUME,
    list_assets,
)
from warikan.allocate.kubernetes.cuts import RESOURCE_COSTS
from warikan.allocate.kubernetes.hour_views import HourViews
from warikan.allocate.kubernetes.hours import spread_hours
from warikan.allocate.kubernetes.matching import match_charges
from warikan.allocate.kubernetes.nodes import Keep, NodeSlices, split_nodes
from warikan.allocate.kubernetes.policy import ClusterPolicies
from warikan.allocate.kubernetes.weighted import split_weighted
from warikan.allocate.remembered import remembered
from warikan.allocate.split import CHARGE, MONEY
from warikan.engine.functions import utc_clock
from warikan.focus.columns import COST_METRICS, PART_METRICS

UNMETERED = "unmetered"
_PARTS = (*RESOURCE_COSTS.values(), "x_UsedCost", "x_WorkloadIdleCost")
CLUSTER_SLICE = (
    *CHARGE,
    "x_SliceKey",
    "x_ClusterId",
    "x_ClusterAsset",
    "x_ClusterCostClass",
    "_asset",
    "PodUid",
    "Container",
    "Namespace",
    "_epoch",
    *COST_METRICS,
    *PART_METRICS,
    "x_Ratio",
)
"""Columns of a slice before it meets its charge and its owner."""
_ONE = (
    *CHARGE,
    "x_ClusterId",
    "x_ClusterAsset",
    "x_ClusterCostClass",
    "_asset",
    "PodUid",
    "Container",
    "Namespace",
)
"""What names a slice, over the hours of its charge."""
_WEIGHTED = (
    (VOLUME, "unmounted", HourViews.mounts, HourViews.volume_seconds),
    (LOAD_BALANCER, "unused", HourViews.endpoints, HourViews.balancer_seconds),
    (NETWORK, "unattributed", HourViews.traffic, HourViews.machine_seconds),
)

Epoch = Callable[[ir.Table], ir.Value]
Count = Callable[[ir.Table], int]


@dataclass(frozen=True)
class ClusterSlices:
    """
    What became of the charges of clusters; rows of CLUSTER_SLICE.

    Attributes:
        matched: The charges, each once, with CHARGE.
        ran: What containers bear of nodes; many.
        others: All else; few.
    """

    matched: ir.Table
    ran: ir.Table
    others: ir.Table


def slice_clusters(
    charges: ir.Table, views: HourViews, policies: ClusterPolicies, *, epoch: Epoch, keep: Keep, count: Count
) -> ClusterSlices:
    """
    Match *charges* to assets and split them.

    Per matched charge and metric the slices sum to the charge, to the last digit, and none has the other
    sign. One row per charge and (class, pod, container): the hours of a charge are added up.

    Args:
        charges: A month's charges with MATCHED_BY.
        epoch: How many dates of the rules for workloads are not after a charge's day.
        keep: Runs an expression once and gives its rows as a table.
        count: The number of rows of a table.
    """
    assets = keep("assets", list_assets(views.nodes, views.volumes, views.balancers, views.billed_pods()))
    matched = match_charges(charges, assets, policies.names)
    matched = keep("matched", matched.mutate(_epoch=epoch(matched).cast("int32")))
    machine_hours = keep("machine_hours", views.machine_hours())
    nodes = matched.filter(matched._kind == NODE).rename(NodeUid="_asset")
    costs = keep("node_costs", spread_hours(nodes, machine_hours))
    found = _of_nodes(costs, machine_hours, views, policies, keep)
    ran = ibis.union(*(one.workloads for one in found)) if len(found) > 1 else found[0].workloads
    ran = _of_node(ran)
    # A SKU of GPUs has nothing to say of containers that asked for none.
    ran = ran.filter(ran.x_Ratio > 0)
    if count(costs.filter(costs.HourRatio < 1)):
        ran = _over_hours(ran)
    others = ibis.union(
        *(_of_node(one.others) for one in found),
        # Each reads all hours, so only where something is to be split.
        *(
            _weighted(matched, views, *one, keep=keep)
            for one in _WEIGHTED
            if count(matched.filter((matched._kind == one[0]) & matched._asset.notnull()))
        ),
        _of_cluster(matched, views),
        _of_pods(matched),
    )
    return ClusterSlices(
        matched.select(*CHARGE), _finish(ran, matched), _finish(_over_hours(others), matched)
    )


def _of_nodes(
    costs: ir.Table, machine_hours: ir.Table, views: HourViews, policies: ClusterPolicies, keep: Keep
) -> Sequence[NodeSlices]:
    containers, of = views.containers_on_machines(), policies.of
    return [
        split_nodes(
            of(split, costs),
            of(split, machine_hours),
            of(split, containers),
            keep=_numbered(keep, number),
            weighting=split.weighting,
            basis=split.basis,
            policy=split.policy,
        )
        for number, split in enumerate(policies.splits)
    ]


def _numbered(keep: Keep, number: int) -> Keep:
    return lambda name, rows: keep(f"{name}{number}", rows)


@remembered
def _of_node(rows: ir.Table) -> ir.Table:
    columns = {"_asset": rows.NodeUid, "Namespace": ibis.null("string")}
    return _as_slice(rows, x_ClusterAsset=ibis.literal(NODE), **columns)


def _weighted(
    matched: ir.Table,
    views: HourViews,
    kind: str,
    nobody: str,
    weights: Callable[[HourViews], ir.Table],
    seconds: Callable[[HourViews], ir.Table],
    *,
    keep: Keep,
) -> ir.Table:
    of_kind = matched.filter((matched._kind == kind) & matched._asset.notnull())
    spread = spread_hours(of_kind, seconds(views), asset=("x_ClusterId", "_asset"), seconds="_seconds")
    costs = keep(f"{kind}_costs", spread)
    rows = split_weighted(costs, weights(views), nobody=nobody)
    return _as_slice(
        rows,
        x_ClusterAsset=ibis.literal(kind),
        Container=ibis.null("string"),
        x_Ratio=rows.x_Ratio * rows.HourRatio,
        **{name: ibis.null(MONEY) for name in PART_METRICS},
    )


@remembered
def _of_cluster(matched: ir.Table, views: HourViews) -> ir.Table:
    """
    Whole charges that only tags place: overhead of the cluster, and volumes that it does not know (any more).

    Of a day without hours nobody knows what they were for; except volumes where the cluster has no machine
    on the bill any more: nothing can mount them.
    """
    dated = matched.mutate(_day=utc_clock(matched.ChargePeriodStart).truncate("D"))
    alive = dated.filter(dated._is_compute).select(_alive="x_ClusterId", _then="_day").distinct()
    dated = dated.filter(dated._asset.isnull())
    days = views.covered_days().select(_of="x_ClusterId", _on="_day")
    rows = dated.left_join(days, [dated.x_ClusterId == days._of, dated._day == days._on])
    rows = rows.left_join(alive, [rows.x_ClusterId == alive._alive, rows._day == alive._then])
    is_volume = rows._kind == VOLUME
    what = ibis.cases(
        (is_volume & (rows._of.notnull() | rows._alive.isnull()), "unmounted"),
        (rows._of.isnull(), UNMETERED),
        else_="cluster_overhead",
    )
    return _as_slice(
        rows,
        x_ClusterAsset=rows._kind,
        x_ClusterCostClass=what,
        PodUid=ibis.null("string"),
        Container=ibis.null("string"),
        Namespace=ibis.ifelse(is_volume, rows._claim_space, None),
        x_Ratio=ibis.literal(1.0),
        **{name: ibis.null(MONEY) for name in PART_METRICS},
    )


@remembered
def _of_pods(matched: ir.Table) -> ir.Table:
    """Whole charges of pods that are billed themselves."""
    rows = matched.filter(matched._kind == POD)
    return _as_slice(
        rows,
        x_ClusterAsset=ibis.literal(NODE),
        x_ClusterCostClass=ibis.literal("workload"),
        PodUid=rows._asset,
        Container=ibis.null("string"),
        Namespace=ibis.null("string"),
        x_Ratio=ibis.literal(1.0),
        **{name: ibis.null(MONEY) for name in PART_METRICS},
    )


def _as_slice(rows: ir.Table, **columns: ir.Value) -> ir.Table:
    names = (*_ONE, *COST_METRICS, *PART_METRICS, "x_Ratio")
    return rows.select(
        **{name: columns.get(name, rows[name] if name in rows.columns else None) for name in names}
    )


@remembered
def _over_hours(hourly: ir.Table) -> ir.Table:
    """The slices with the hours of each charge added up."""
    sums = {name: hourly[name].sum().cast(MONEY) for name in (*COST_METRICS, *PART_METRICS)}
    # As decimals, which add up the same in any order.
    ratio = hourly.x_Ratio.cast(MONEY).sum().cast("float64")
    return hourly.group_by(*_ONE).agg(**sums, x_Ratio=ratio)


@remembered
def _finish(slices: ir.Table, matched: ir.Table) -> ir.Table:
    """*slices* numbered, and with the epoch of their charge: CLUSTER_SLICE."""
    of = matched.select(*(matched[name].name(f"_of{name}") for name in CHARGE), "_epoch")
    both = slices.inner_join(of, [slices[name] == of[f"_of{name}"] for name in CHARGE])
    numbered = both.mutate(x_SliceKey=_number(both))
    return numbered.select(*CLUSTER_SLICE)


def _number(slices: ir.Table) -> ir.IntegerValue:
    """
    A number from 1 on that tells the slices of a charge apart, the same in every run.

    A hash of what names them: 62 bits over some hundred slices of a charge.
    """
    names = ("x_ClusterCostClass", "PodUid", "Container", "Namespace")
    texts = [cast("ir.StringValue", ibis.coalesce(slices[name], "")) for name in names]
    joined = ibis.literal("\x1f").join(texts)
    return cast("ir.IntegerValue", (joined.hash() % (2**62)).abs() + 1)
