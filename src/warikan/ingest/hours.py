"""What every source of cluster hours gives: Arrow tables, columns of the lake's ``kubernetes_*`` tables."""

from dataclasses import dataclass, fields
from datetime import datetime

import pyarrow as pa

_HOUR = pa.timestamp("us", tz="UTC")
_MAP = pa.map_(pa.string(), pa.string())


def _schema(texts: str, amounts: str, more: str = "") -> pa.Schema:
    names = [(name, pa.string()) for name in texts.split()]
    names[1:1] = [("Hour", _HOUR)]
    return pa.schema(
        [*names, *((n, pa.int64()) for n in amounts.split()), *((n, pa.string()) for n in more.split())]
    )


SCHEMAS: dict[str, pa.Schema] = {
    "nodes": _schema(
        "x_ClusterId NodeUid NodeName ProviderId InstanceType Region Zone NodePool CapacityType "
        "OperatingSystem",
        "UpSeconds CpuCapacity MemoryCapacity GpuCapacity CpuAllocatable MemoryAllocatable GpuAllocatable "
        "SampledMinutes",
        "LabelsId",
    ),
    "containers": _schema(
        "x_ClusterId NodeUid PodUid Namespace Pod Container ContainerKind WorkloadKind Workload",
        "RunSeconds CpuRequest CpuUsage CpuDemand MemoryRequest MemoryUsage MemoryDemand GpuRequest GpuUsage "
        "GpuDemand TransmitBytes ReceiveBytes SampledMinutes",
        "LabelsId",
    ),
    "volumes": _schema(
        "x_ClusterId PersistentVolume VolumeHandle Claim Namespace StorageClass PodUid",
        "CapacityBytes MountSeconds",
    ),
    "load_balancers": _schema("x_ClusterId Namespace Service LoadBalancer PodUid", "EndpointSeconds Bytes"),
    "labels": pa.schema(
        [
            ("x_ClusterId", pa.string()),
            ("LabelsId", pa.string()),
            ("Kind", pa.string()),
            ("Labels", _MAP),
            ("Annotations", _MAP),
        ]
    ),
    "namespaces": _schema("x_ClusterId Namespace", "", "LabelsId"),
    "coverage": _schema("x_ClusterId", "NodeMinutes PodMinutes UsageMinutes UnknownPodSamples"),
}
"""Columns and types by the name of the field of :class:`HourTables`."""


@dataclass(frozen=True)
class HourTables:
    """
    One cluster in a range of hours; quantities as in the lake (millicore-, byte-, milli-GPU-seconds).

    Attributes:
        nodes: ``kubernetes_node_hours``, sorted by hour and uid.
        containers: ``kubernetes_container_hours``, sorted by hour, namespace, pod.
        volumes: ``kubernetes_volume_hours``.
        load_balancers: ``kubernetes_load_balancer_hours``.
        labels: ``kubernetes_labels``, each LabelsId once.
        namespaces: One row per hour and namespace with the LabelsId of its labels.
        coverage: One row per hour, also where nothing was found: minutes in which any node, any pod and any
            CPU usage was sampled, and values of CPU whose pod is not known.
    """

    nodes: pa.Table
    containers: pa.Table
    volumes: pa.Table
    load_balancers: pa.Table
    labels: pa.Table
    namespaces: pa.Table
    coverage: pa.Table


@dataclass(frozen=True)
class Part:
    """The hours in ``[start, end)`` (whole hours, UTC), complete: kept, they need not be read again."""

    start: datetime
    end: datetime
    tables: HourTables


def empty_tables() -> HourTables:
    """No hours."""
    return HourTables(**{name: schema.empty_table() for name, schema in SCHEMAS.items()})


def concat_tables(parts: list[HourTables]) -> HourTables:
    """The hours of *parts* one after another; they do not overlap."""
    if not parts:
        return empty_tables()
    joined = {f.name: pa.concat_tables([getattr(p, f.name) for p in parts]) for f in fields(HourTables)}
    joined["labels"] = _each_once(joined["labels"])
    return HourTables(**joined)


def _each_once(labels: pa.Table) -> pa.Table:
    """The first row of each LabelsId, sorted by it; equal ids have equal contents."""
    numbered = labels.select(["LabelsId"]).append_column("row", pa.array(range(labels.num_rows), pa.int64()))
    first = numbered.group_by("LabelsId").aggregate([("row", "min")]).sort_by("LabelsId")
    return labels.take(first["row_min"])
