"""What nodes offered, for the assets of an answer: cores, memory and GPUs of each node in each set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warikan.api.kubecost.asking import MAX_CELLS, period_text
from warikan.api.kubecost.steps import Cut
from warikan.bootstrap import Workspace
from warikan.engine.usage import UsageQuery

_BY = ("x_ClusterId", "x_Node", "InstanceType", "CapacityType")
_CORE_HOUR, _BYTE_HOUR = 3_600_000, 3_600

Node = tuple[str | None, str | None]
"""Cluster and name."""


@dataclass(frozen=True)
class Machine:
    """A node in a set; hours are capacity × hours up."""

    core_hours: float
    byte_hours: float
    gpu_hours: float
    instance_type: str
    is_spot: bool


def ask_machines(workspace: Workspace, cut: Cut) -> list[dict[Node, Machine]]:
    """The nodes of each set of *cut*, by cluster and name; empty where no hours are known."""
    query = UsageQuery(by=_BY, period=period_text(cut.window), granularity=cut.granularity)
    rows = workspace.clusters.nodes(query).rows
    sets: list[dict[Node, Machine]] = [{} for _ in cut.sets]
    if rows.num_rows > MAX_CELLS:
        return sets
    for row in rows.to_pylist():
        of_set = sets[0 if "period_start" not in row else cut.place_of(row["period_start"])]
        node = (row["x_ClusterId"], row["x_Node"])
        of_set[node] = _added(of_set.get(node), row)
    return sets


def _added(seen: Machine | None, row: Mapping[str, Any]) -> Machine:
    hours = (
        float(row["CpuCapacity"]) / _CORE_HOUR,
        float(row["MemoryCapacity"]) / _BYTE_HOUR,
        float(row["GpuCapacity"]) / _CORE_HOUR,
    )
    if seen is not None:
        before = (seen.core_hours, seen.byte_hours, seen.gpu_hours)
        hours = (hours[0] + before[0], hours[1] + before[1], hours[2] + before[2])
    return Machine(*hours, row["InstanceType"] or "", row["CapacityType"] == "spot")
