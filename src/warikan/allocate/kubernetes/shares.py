"""Who shares the pools of a node-hour: its containers, the system's overhead, and free capacity."""

from dataclasses import dataclass
from typing import Literal, cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.demand import NODE_HOUR, RESOURCES, Basis, Resource, demand_by_node
from warikan.allocate.kubernetes.pools import Weighting, pool_fractions
from warikan.allocate.remembered import remembered
from warikan.allocate.split import as_double
from warikan.focus.columns import COST_METRICS


@dataclass(frozen=True)
class NodePolicy:
    """
    Who bears what nobody asked for on a node: nobody in particular (keep), or what ran there.

    What is shared goes by demand, resource by resource; where nothing ran, it is kept.
    """

    idle: Literal["keep", "node"] = "keep"
    overhead: Literal["keep", "node"] = "keep"


KEEP = NodePolicy()


@remembered
def share_nodes(
    node_hours: ir.Table, containers: ir.Table, basis: Basis, policy: NodePolicy = KEEP
) -> ir.Table:
    """
    The weights of each pool: one row per node-hour of *node_hours*.

    Per resource, in its units: ``_overhead_…`` = capacity - allocatable; ``_free_…`` =
    max(0, capacity - overhead - demand); ``_total_…`` = demand + overhead + free, which is the capacity, or
    more where demand exceeds it: then every share shrinks and nothing is free. A node without containers
    is free as a whole: overhead serves nobody there. Rows that say the same node-hour twice (two copies of
    a Prometheus) are one, the larger.

    ``_boost_…`` is how many times its own part a container bears, 1 unless *policy* gives it more; what it
    is given is not in overhead and free.

    Returns: NODE_HOUR, ``InstanceType``, ``<resource>Capacity`` and the above.
    """
    columns = [f"{r}{kind}" for r in RESOURCES for kind in ("Capacity", "Allocatable")]
    nodes = node_hours.group_by(NODE_HOUR).agg(
        **{name: node_hours[name].max() for name in ("InstanceType", *columns)}
    )
    right = demand_by_node(containers, basis).rename({f"_of{name}": name for name in NODE_HOUR})
    both = nodes.left_join(right, [nodes[name] == right[f"_of{name}"] for name in NODE_HOUR])
    weights = {name: value for r in RESOURCES for name, value in _weights(both, r, policy).items()}
    return both.select(*NODE_HOUR, "InstanceType", *(f"{r}Capacity" for r in RESOURCES), **weights)


def _weights(both: ir.Table, resource: Resource, policy: NodePolicy) -> dict[str, ir.Value]:
    capacity = ibis.coalesce(both[f"{resource}Capacity"], 0)
    reserved = ibis.greatest(capacity - ibis.coalesce(both[f"{resource}Allocatable"], capacity), 0)
    overhead = ibis.ifelse(both._ofNodeUid.isnull(), 0, reserved)
    asked = ibis.coalesce(both[f"_demand_{resource}"], 0)
    free = ibis.greatest(capacity - overhead - asked, 0)
    weights = {"overhead": overhead, "free": free}
    given = [w for name, w in (("idle", free), ("overhead", overhead)) if getattr(policy, name) == "node"]
    boost: ir.Value = ibis.literal(1.0)
    if given:
        borne = asked
        for weight in given:
            borne = borne + weight
        boost = ibis.ifelse(asked > 0, borne.cast("float64") / asked.cast("float64"), 1.0)
        for name, of in (("overhead", policy.overhead), ("free", policy.idle)):
            if of == "node":
                weights[name] = ibis.ifelse(asked > 0, 0, weights[name])
    return {
        f"_overhead_{resource}": weights["overhead"],
        f"_free_{resource}": weights["free"],
        f"_total_{resource}": ibis.greatest(capacity, overhead + asked),
        f"_boost_{resource}": boost,
    }


@remembered
def rate_charges(node_costs: ir.Table, shares: ir.Table, weighting: Weighting) -> ir.Table:
    """
    What a unit of each resource takes of each charge: *node_costs* with these columns.

    ``_rate_<resource>``: the part of the charge that one unit (a millicore-second, say) of demand bears,
    of which ``_own_<resource>`` is for itself and the rest for what the node's policy gives it;
    ``_overhead_<resource>`` and ``_idle_<resource>``: the parts of overhead and free capacity;
    ``_double_<metric>``: the cost as a double; ``_row``: a number of its own; ``_priced``: whether it can be
    split at all, which takes a known node with capacity.

    Args:
        shares: Of ``share_nodes``.
    """
    right = shares.rename({f"_of{name}": name for name in NODE_HOUR})
    both = node_costs.left_join(right, [node_costs[name] == right[f"_of{name}"] for name in NODE_HOUR])
    pools = pool_fractions(both, weighting)
    rated = both.mutate(**{f"_own_{r}": _rate(both, r, pools[r]) for r in RESOURCES})
    parts = {}
    for r in RESOURCES:
        own = rated[f"_own_{r}"]
        parts[f"_overhead_{r}"] = rated[f"_overhead_{r}"].cast("float64") * own
        parts[f"_idle_{r}"] = rated[f"_free_{r}"].cast("float64") * own
        parts[f"_rate_{r}"] = own * rated[f"_boost_{r}"]
    return rated.select(
        *node_costs.columns,
        *(f"_own_{r}" for r in RESOURCES),
        **parts,
        **{f"_double_{metric}": as_double(rated[metric]) for metric in COST_METRICS},
        _row=ibis.row_number(),
        _priced=rated._own_Cpu.notnull(),
    )


def _rate(both: ir.Table, resource: Resource, pool: ir.FloatingValue) -> ir.FloatingValue:
    total = both[f"_total_{resource}"]
    # Without any capacity the pool is 0, or null where the whole charge cannot be split.
    return cast("ir.FloatingValue", ibis.ifelse(total > 0, pool / total.cast("float64"), pool))
