"""What a container asks of a node in an hour, per resource; the weights of the pools."""

from typing import Literal, cast

import ibis
import ibis.expr.types as ir

Resource = Literal["Cpu", "Memory", "Gpu"]
RESOURCES: tuple[Resource, ...] = ("Cpu", "Memory", "Gpu")
"""As columns start: ``Cpu…`` is in millicore-seconds, ``Memory…`` in byte-, ``Gpu…`` in milli-GPU-seconds."""
Basis = Literal["max", "request", "usage"]
"""
What containers pay for.

``max`` is the larger of request and usage in each minute (``CpuDemand``): AWS's, OpenCost's and Koku's rule.
``request`` is what the scheduler set aside, ``usage`` what was used.
"""
NODE_HOUR = ("x_ClusterId", "Hour", "NodeUid")
"""What names an hour of a node; node names come back, uids do not."""
CONTAINER = ("PodUid", "Container")
"""What names a container on its node-hour."""


def demand(containers: ir.Table, resource: Resource, basis: Basis) -> ir.IntegerValue:
    """
    The weight of each row of *containers* in the pool of *resource*; never null.

    Where usage was not measured (null) it is taken as the request, as AWS does.
    """
    request = ibis.coalesce(containers[f"{resource}Request"], 0)
    if basis == "request":
        return cast("ir.IntegerValue", request)
    if basis == "usage":
        return cast("ir.IntegerValue", ibis.coalesce(containers[f"{resource}Usage"], request))
    return cast("ir.IntegerValue", ibis.coalesce(containers[f"{resource}Demand"], request))


def used_part(containers: ir.Table, resource: Resource, basis: Basis) -> ir.FloatingValue:
    """
    How much of its demand a container used: 0 to 1; 1 where it asked for nothing or nobody measured.

    The rest is workload idle: asked for, and idle all the same.
    """
    asked = demand(containers, resource, basis).cast("float64")
    used = containers[f"{resource}Usage"].cast("float64")
    known = used.notnull() & (used < asked)
    return cast("ir.FloatingValue", ibis.ifelse(known, used / asked, 1.0))


def demand_by_node(containers: ir.Table, basis: Basis) -> ir.Table:
    """One row per node-hour that had containers: NODE_HOUR and ``_demand_<resource>``, long."""
    sums = {f"_demand_{r}": demand(containers, r, basis).sum().cast("int64") for r in RESOURCES}
    return containers.group_by(NODE_HOUR).agg(**sums)
