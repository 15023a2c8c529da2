"""The cost of volumes, load balancers and traffic over the pods that used them, hour by hour."""

import ibis
import ibis.expr.types as ir

from warikan.allocate.remembered import remembered
from warikan.allocate.split import CHARGE, MONEY, as_double, part_expression
from warikan.focus.columns import COST_METRICS

_PLACE = ("x_ClusterId", "_asset", "Hour")


@remembered
def split_weighted(costs: ir.Table, weights: ir.Table, *, nobody: str) -> ir.Table:
    """
    Each of *costs* over the pods of its asset in its hour, in proportion to their weights.

    Per cost the parts sum to each metric to the last digit and none has the other sign: each is cut toward
    zero to 12 decimals, and the rest is with the largest weight (by pod on a tie). Where no weight is known
    or all are 0, the cost is *nobody*'s.

    Args:
        costs: One row per charge and hour, as ``spread_hours`` gives them for ``(x_ClusterId, _asset)``.
        weights: x_ClusterId, ``_asset``, ``Hour``, ``PodUid`` (null: used by nobody), ``Namespace``, and
            ``_weight``, a whole number; several rows of a pod add up.
        nobody: The class of what no pod used.

    Returns: one row per cost and pod: the columns of *costs* with parts for costs, ``PodUid``,
    ``Namespace``, ``x_ClusterCostClass`` (workload, or *nobody*) and ``x_Ratio``, the part of the cost.
    """
    known = weights.filter(weights._weight > 0)
    known = known.group_by(
        **{f"_of{name}": known[name] for name in _PLACE}, PodUid=known.PodUid, Namespace=known.Namespace
    ).agg(_weight=known._weight.sum().cast("int64"))
    both = costs.left_join(known, [costs[name] == known[f"_of{name}"] for name in _PLACE])
    one = [*CHARGE, "Hour"]
    of_cost = ibis.window(group_by=one)
    first = ibis.window(group_by=one, order_by=[ibis.desc(both._weight), both.PodUid, both.Namespace])
    total = both._weight.sum().over(of_cost)
    split = both.mutate(
        x_Ratio=ibis.ifelse(both._weight.isnull(), 1.0, both._weight.cast("float64") / total.cast("float64")),
        _takes=ibis.row_number().over(first) == 0,
    )
    split = split.mutate(
        **{f"_cut_{m}": part_expression(as_double(split[m]), split.x_Ratio) for m in COST_METRICS}
    )
    parts = {}
    for metric in COST_METRICS:
        part = split[f"_cut_{metric}"]
        rest = split[metric] - (part.sum().over(of_cost) - part)
        parts[metric] = ibis.ifelse(split._takes, rest, part).cast(MONEY)
    others = {name: split[name] for name in costs.columns if name not in COST_METRICS}
    return split.select(
        **others,
        **parts,
        PodUid=split.PodUid,
        Namespace=split.Namespace,
        x_ClusterCostClass=ibis.ifelse(split.PodUid.isnull(), nobody, "workload"),
        x_Ratio=split.x_Ratio,
    )
