"""Clusters in a month: the slices of what is of them, with their owners, ready to meet the charges."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.cluster_slices import UNMETERED, slice_clusters
from warikan.allocate.kubernetes.hour_views import HourViews, read_hours
from warikan.allocate.kubernetes.subjects import SUBJECT, describe_subjects
from warikan.allocate.ownership import OWNER_COLUMNS
from warikan.allocate.plan import AllocationPlan
from warikan.allocate.remembered import remembered
from warikan.allocate.scratch import Scratch
from warikan.allocate.split import CHARGE
from warikan.focus.columns import COST_METRICS, PART_METRICS

CLUSTER_COLUMNS = frozenset(
    {
        "x_ClusterId", "x_ClusterAsset", "x_ClusterCostClass", "x_NodePool", "x_Node", "x_Namespace",
        "x_WorkloadKind", "x_Workload", "x_Pod", "x_Container", "x_Ratio", "x_Labels", "x_SliceKey",
        "AllocatedResourceId", "AllocatedMethodId", "x_Environment", *PART_METRICS,
    }
)  # fmt: skip
"""What the slices of a cluster have of their own."""
_IDLE = ("infrastructure_idle", "unmounted", "unused")
_FROM_SUBJECT = ("x_Namespace", "x_WorkloadKind", "x_Workload", "x_Pod", "x_Labels")


@dataclass(frozen=True)
class ClusterCosts:
    """
    What of a month is of clusters.

    Attributes:
        matched: The charges that are, each once: CHARGE.
        slices: Their slices with what is known of who bears them; ``_rule``, ``_service`` ... are the owner
            by the rules for workloads, null where none claims it.
    """

    matched: ir.Table
    slices: ir.Table


def find_cluster_costs(
    plan: AllocationPlan, scratch: Scratch, charges: ir.Table, read: Callable[[str], ir.Table]
) -> ClusterCosts:
    """
    Match and split the *charges* of a month, and find the owners of what ran.

    Args:
        charges: With the deciding columns.
        read: The rows of an hour table in the month, a day on either side.
    """
    views = read_hours(read, scratch.store)
    found = slice_clusters(
        charges,
        views,
        plan.policies,
        epoch=plan.workloads.epoch,
        keep=scratch.store,
        count=lambda rows: scratch.fetch(rows.aggregate(n=rows.count())).to_pylist()[0]["n"],
    )
    # Two files and one table: DuckDB writes a union on one thread.
    files = [scratch.write("ran", found.ran), scratch.write("others", found.others)]
    slices = scratch.read("cluster_slices", files)
    subjects = describe_subjects(slices, views, plan.workloads.dates)
    owned = scratch.store("subjects", _own(plan, scratch, subjects))
    return ClusterCosts(scratch.store("matched_keys", found.matched), _meet(slices, owned, views))


def _own(plan: AllocationPlan, scratch: Scratch, subjects: ir.Table) -> ir.Table:
    """*subjects* with OWNER_COLUMNS by the rules for workloads."""
    rules = plan.workloads
    services = scratch.put("workload_services", rules.service_table())
    described = scratch.store("described_subjects", subjects)
    owners = scratch.store("workload_owners", rules.owners(rules.distinct_keys(described), services))
    return rules.join(described, owners)


@remembered
def _meet(slices: ir.Table, owned: ir.Table, views: HourViews) -> ir.Table:
    subjects = owned.rename({f"_of{name}": name for name in SUBJECT})
    both = slices.left_join(subjects, [slices[n].identical_to(subjects[f"_of{n}"]) for n in SUBJECT])
    machines = views.machines.group_by(
        _cluster=views.machines.x_ClusterId, _machine=views.machines._asset
    ).agg(_name=views.machines.NodeName.max(), _pool=views.machines.NodePool.max())
    both = both.left_join(machines, [both.x_ClusterId == machines._cluster, both._asset == machines._machine])
    owner = {f"_{name}": both[name] for name in OWNER_COLUMNS}
    return both.select(
        *CHARGE,
        "x_SliceKey",
        "x_ClusterAsset",
        "x_ClusterCostClass",
        *_FROM_SUBJECT,
        *COST_METRICS,
        *PART_METRICS,
        "x_Ratio",
        x_ClusterId=both.x_ClusterId,
        x_Container=both.Container,
        x_NodePool=ibis.coalesce(both._pool, both.x_NodePool),
        x_Node=both._name,
        AllocatedResourceId=both.PodUid,
        **owner,
    )


def meet_charges(plan: AllocationPlan, whole: ir.Table, costs: ClusterCosts) -> ir.Table:
    """
    The slices of the charges of *whole* (``direct_slices``) that are of clusters; rows of ``allocations``.

    What ran belongs to whom the rules for workloads say, or to nobody; the rest (idle, overhead) to whom
    they say, else to the owner of the charge.
    """
    slices = costs.slices.rename(
        {f"_of_{name}": name for name in costs.slices.columns if name in whole.columns}
    )
    both = whole.inner_join(slices, [whole[name] == slices[f"_of_{name}"] for name in CHARGE])
    cost_class = both._of_x_ClusterCostClass
    ran = cost_class == "workload"
    is_claimed = both._x_ServiceId.notnull()
    of_subject = ran | is_claimed
    service = ibis.ifelse(of_subject, both._x_ServiceId, both.x_ServiceId)
    is_whole = both._of_x_ClusterAsset == "cluster"
    named = {f"_of_{name}" for name in (*CHARGE,)}
    taken = {
        name.removeprefix("_of_"): both[name]
        for name in slices.columns
        if name.startswith("_of_") and name not in named
    }
    ours = taken | {
        "x_ServiceId": service,
        "x_OriginServiceId": service,
        "x_SystemId": ibis.ifelse(of_subject, both._x_SystemId, both.x_SystemId),
        "x_TeamId": ibis.ifelse(of_subject, both._x_TeamId, both.x_TeamId),
        "x_RuleId": ibis.ifelse(of_subject, both._x_RuleId, both.x_RuleId),
        "x_Environment": ibis.coalesce(both._x_Environment, both.x_Environment),
        "x_AllocationClass": ibis.cases(
            (cost_class == UNMETERED, both.x_AllocationClass),
            (service.isnull(), "unallocated"),
            (ran, "kubernetes"),
            (cost_class.isin(_IDLE), "idle"),
            else_="overhead",
        ),
        "AllocatedMethodId": ibis.ifelse(
            is_whole,
            both.AllocatedMethodId,
            ibis.literal("warikan:kubernetes-") + both._of_x_ClusterAsset + "/1",
        ),
    }
    return both.select(**{name: ours[name] if name in ours else both[name] for name in plan.columns})
