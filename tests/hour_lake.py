"""Hours of clusters for a real lake, that a test writes down itself."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from warikan.engine.connection import connect
from warikan.lake import Lake, Unit

Row = dict[str, Any]
CORE, GIB = 1000, 2**30
"""A core in millicores, a GiB in bytes."""


def container_hour(hour: str, **values: Any) -> dict[str, Any]:
    """
    One container that ran the whole *hour* (ISO, UTC): one core and one GiB asked for, half of each used.

    ``cpu`` and ``memory`` are (asked, used) in cores and GiB; used None is not measured.
    """
    seconds = values.pop("seconds", 3600)
    row = {
        "x_ClusterId": "blue", "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC), "NodeUid": "n1",
        "PodUid": "p1", "Namespace": "shop", "Pod": "web-1", "Container": "app", "ContainerKind": "app",
        "WorkloadKind": "Deployment", "Workload": "web", "RunSeconds": seconds, "SampledMinutes": 60,
        "GpuRequest": 0, "GpuUsage": 0, "GpuDemand": 0,
    }  # fmt: skip
    for name, unit in (("cpu", CORE), ("memory", GIB)):
        asked, used = values.pop(name, (1, 0.5))
        request = round(asked * unit * seconds)
        usage = None if used is None else round(used * unit * seconds)
        kind = name.capitalize()
        row |= {
            f"{kind}Request": request, f"{kind}Usage": usage, f"{kind}Demand": max(request, usage or 0),
        }  # fmt: skip
    return row | values


def node_hour(hour: str, **values: Any) -> dict[str, Any]:
    """A node of 4 cores and 16 GiB that was up the whole *hour*; a tenth is the system's."""
    row = {
        "x_ClusterId": "blue", "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC), "NodeUid": "n1",
        "NodeName": "node-1", "ProviderId": "aws:///a/i-1", "InstanceType": "m6i.xlarge", "Zone": "a",
        "NodePool": "general", "CapacityType": "on-demand", "UpSeconds": 3600, "SampledMinutes": 60,
        "GpuCapacity": 0, "GpuAllocatable": 0,
    }  # fmt: skip
    for kind, amount in (("Cpu", 4 * CORE), ("Memory", 16 * GIB)):
        row |= {f"{kind}Capacity": amount * 3600, f"{kind}Allocatable": amount * 3600 * 9 // 10}
    return row | values


def fill_hours(lake: Lake, table: str, rows: Iterable[Row]) -> None:
    """Put *rows* into the table of hours called *table*, in place of their clusters' days."""
    fill_table(lake, table, rows, unit=lambda row: Unit(row["x_ClusterId"], row["Hour"].date()))


def fill_table(
    lake: Lake, table: str, rows: Iterable[Row], *, unit: Callable[[Row], Unit], **written: Any
) -> None:
    """Put *rows* into *table*, in place of the units that they are of; *written* is for `Lake.replace`."""
    units: dict[Unit, list[Row]] = {}
    for row in rows:
        units.setdefault(unit(row), []).append(row)
    with lake.writing(), connect(lake.temp) as connection:
        files = []
        for of_unit in units.values():
            connection.register("content", pa.Table.from_pylist(of_unit, lake.schema(table)))
            files.append(lake.new_file(table))
            lake.copy(connection, "SELECT * FROM content", table, files[-1])
        lake.replace(table, list(units), files, **written)
