"""Some hours of a cluster as the tables that a collector would have made of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from warikan.estate.cluster_hours import ClusterHours, Columns, live_hours, texts
from warikan.estate.clusters import ALLOCATABLE, Node
from warikan.estate.mounts import list_endpoints, list_mounts
from warikan.estate.object_labels import capacity_type, label_namespace, label_node, region_of
from warikan.estate.scheduling import HOUR
from warikan.estate.timeline import Ints
from warikan.ingest.hours import SCHEMAS

_MINUTE = 60
_GIB = 1 << 30


def tabulate_hours(there: ClusterHours) -> dict[str, pa.Table]:
    """
    Every hour table but ``labels`` by its name, with the columns of SCHEMAS and in the collector's order.

    Texts are dictionary-encoded, which a Parquet file does not show.
    """
    columns = {
        "nodes": _nodes(there),
        "containers": _containers(there),
        "volumes": list_mounts(there),
        "load_balancers": list_endpoints(there),
        "namespaces": _namespaces(there),
        "coverage": _coverage(there),
    }
    return {name: _table(there.cluster.name, SCHEMAS[name], found) for name, found in columns.items()}


def _table(cluster: str, schema: pa.Schema, columns: Columns) -> pa.Table:
    hour = pa.array(columns["Hour"] * 1_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    ids = texts([cluster], np.zeros(len(hour), dtype=np.int64))
    arrays = {**columns, "x_ClusterId": ids, "Hour": hour}
    return pa.table(
        {n: arrays[n] if isinstance(arrays[n], pa.Array) else pa.array(arrays[n]) for n in schema.names}
    )


def _nodes(there: ClusterHours) -> Columns:
    nodes = there.nodes
    number, hour = live_hours([n.first for n in nodes], [n.last for n in nodes], there)
    up = np.full(len(number), HOUR, dtype=np.int64)
    kept = {n.uid: label_node(n).id for n in nodes}

    def amounts(values: Sequence[int]) -> Ints:
        return np.array(values, dtype=np.int64)[number] * HOUR

    return {
        "Hour": hour,
        "NodeUid": texts([n.uid for n in nodes], number),
        "NodeName": texts([n.name for n in nodes], number),
        "ProviderId": texts([provider_id(n) for n in nodes], number),
        "InstanceType": texts([n.pool.type.name for n in nodes], number),
        "Region": texts([region_of(n) for n in nodes], number),
        "Zone": texts([n.zone for n in nodes], number),
        "NodePool": texts([n.pool.name for n in nodes], number),
        "CapacityType": texts([capacity_type(n) for n in nodes], number),
        "OperatingSystem": texts(["linux"], number * 0),
        "UpSeconds": up,
        **{f"{r}Capacity": amounts([capacity(n)[r] for n in nodes]) for r in ("Cpu", "Memory", "Gpu")},
        **{f"{r}Allocatable": amounts([allocatable(n)[r] for n in nodes]) for r in ("Cpu", "Memory", "Gpu")},
        "SampledMinutes": up // _MINUTE,
        "LabelsId": texts([kept[n.uid] for n in nodes], number),
    }


def capacity(node: Node) -> dict[str, int]:
    """What *node* has: millicores, bytes, thousandths of a GPU."""
    kind = node.pool.type
    return {"Cpu": kind.cores * 1000, "Memory": kind.memory_gib * _GIB, "Gpu": kind.gpus * 1000}


def allocatable(node: Node) -> dict[str, int]:
    """What pods may ask of *node*."""
    return {r: v if r == "Gpu" else round(v * ALLOCATABLE) for r, v in capacity(node).items()}


def provider_id(node: Node) -> str:
    """``spec.providerID``: it ends with the id that is on the bill."""
    if node.cluster.account == "gdata":
        _, _, path = node.resource_id.partition("/projects/")
        project, _, zone, _, name = path.split("/")
        return f"gce://{project}/{zone}/{name}"
    return f"aws:///{node.zone}/{node.resource_id}"


def _containers(there: ClusterHours) -> Columns:
    hours = there.containers
    pods, number = hours.pods, hours.pod
    return {
        "Hour": hours.hour,
        "NodeUid": texts([p.node.uid for p in pods], number),
        "PodUid": texts([p.uid for p in pods], number),
        "Namespace": texts([p.workload.namespace for p in pods], number),
        "Pod": texts([p.name for p in pods], number),
        "Container": texts([c.name for c in hours.containers], hours.container),
        "ContainerKind": texts([c.kind for c in hours.containers], hours.container),
        "WorkloadKind": texts([p.workload.kind if p.owner else None for p in pods], number),
        "Workload": texts([p.workload.name if p.owner else None for p in pods], number),
        "RunSeconds": hours.seconds,
        **hours.amounts(),
        "TransmitBytes": hours.sent * hours.seconds,
        "ReceiveBytes": hours.received * hours.seconds,
        "SampledMinutes": hours.seconds // _MINUTE,
        "LabelsId": texts([o.id for o in there.pod_labels], number),
    }


def _namespaces(there: ClusterHours) -> Columns:
    names = there.namespaces
    hours = there.hours
    number = np.tile(np.arange(len(names)), len(hours))
    return {
        "Hour": np.repeat(hours, len(names)),
        "Namespace": texts(names, number),
        "LabelsId": texts([label_namespace(name).id for name in names], number),
    }


def _coverage(there: ClusterHours) -> Columns:
    """What runs on every node runs all the time, so an hour is seen whole or not at all."""
    nodes = live_hours([n.first for n in there.nodes], [n.last for n in there.nodes], there)[1]
    seen = {"NodeMinutes": nodes, "PodMinutes": there.containers.hour, "UsageMinutes": there.containers.hour}
    minutes = {name: np.isin(there.hours, hours) * (HOUR // _MINUTE) for name, hours in seen.items()}
    return {"Hour": there.hours, **minutes, "UnknownPodSamples": there.hours * 0}
