"""Which pod mounted which volume, and which pods stood behind which load balancer, hour by hour."""

import numpy as np
import pyarrow as pa

from warikan.estate.cluster_hours import ClusterHours, Columns, live_hours, texts
from warikan.estate.container_hours import ContainerHours
from warikan.estate.scheduling import HOUR
from warikan.estate.timeline import Ints

_GIB = 1 << 30


def list_mounts(there: ClusterHours) -> Columns:
    """The columns of ``kubernetes_volume_hours``; what no pod mounted has a row without a pod."""
    volumes, pods = there.volumes, there.containers.pods
    pod, volume, start, end = _find_mounts(there)
    known, hour = live_hours([v.first for v in volumes], [v.last for v in volumes], there)
    left = HOUR - mount_seconds(there)[known, _index(there, hour)]
    known, hour, left = known[left > 0], hour[left > 0], left[left > 0]
    number = np.concatenate([volume, known])
    hours = np.concatenate([start // HOUR * HOUR, hour])
    pods_number = np.concatenate([pod, np.full(len(known), -1)])
    seconds = np.concatenate([end - start, left])
    order = np.lexsort((_uid_rank(there.containers, pods_number), number, hours))
    number, pods_number = number[order], pods_number[order]
    return {
        "Hour": hours[order],
        "PersistentVolume": texts([v.name for v in volumes], number),
        "VolumeHandle": texts([v.handle for v in volumes], number),
        "Claim": texts([v.claim for v in volumes], number),
        "Namespace": texts([v.workload.namespace for v in volumes], number),
        "StorageClass": texts([v.storage_class for v in volumes], number),
        "PodUid": texts([p.uid for p in pods], pods_number),
        "CapacityBytes": np.array([v.gib * _GIB for v in volumes], dtype=np.int64)[number],
        "MountSeconds": seconds[order],
    }


def mount_seconds(there: ClusterHours) -> Ints:
    """How long each volume was mounted: volumes × hours."""
    _, volume, start, end = _find_mounts(there)
    return sum_by_hour(there, volume, start, end - start, len(there.volumes))


def _find_mounts(there: ClusterHours) -> tuple[Ints, Ints, Ints, Ints]:
    """One row per pod with a volume and hour: pod, volume, and when it was mounted."""
    of_replica = {(v.workload.name, v.ordinal): i for i, v in enumerate(there.volumes)}
    pods = there.containers.pods
    volume_of = np.array([of_replica.get((p.workload.name, p.ordinal), -1) for p in pods], dtype=np.int64)
    pod, start, end = _pod_hours(there.containers)
    rows = volume_of[pod] >= 0
    return pod[rows], volume_of[pod[rows]], start[rows], end[rows]


def list_endpoints(there: ClusterHours) -> Columns:
    """The columns of ``kubernetes_load_balancer_hours``; a pod is behind one as long as its app runs."""
    balancers = there.balancers
    by_name = {b.workload.name: i for i, b in enumerate(balancers)}
    found, pods = there.containers, there.containers.pods
    behind = np.array([by_name.get(p.workload.name, -1) for p in pods], dtype=np.int64)[found.pod]
    is_app = np.array([c.kind == "app" for c in found.containers], dtype=bool)[found.container]
    rows = (behind >= 0) & is_app
    pod, balancer, hour, seconds = (a[rows] for a in (found.pod, behind, found.hour, found.seconds))
    known, alone = live_hours([b.first for b in balancers], [b.last for b in balancers], there)
    is_alone = sum_by_hour(there, balancer, hour, seconds, len(balancers))[known, _index(there, alone)] == 0
    known, alone = known[is_alone], alone[is_alone]
    number, hours = np.concatenate([balancer, known]), np.concatenate([hour, alone])
    pods_number = np.concatenate([pod, np.full(len(known), -1)])
    order = np.lexsort((_uid_rank(found, pods_number), number, hours))
    number, pods_number = number[order], pods_number[order]
    return {
        "Hour": hours[order],
        "Namespace": texts([b.workload.namespace for b in balancers], number),
        "Service": texts([b.workload.name for b in balancers], number),
        "LoadBalancer": texts([b.hostname for b in balancers], number),
        "PodUid": texts([p.uid for p in pods], pods_number),
        "EndpointSeconds": np.concatenate([seconds, np.full(len(known), HOUR)])[order],
        # Traffic is not classified by load balancer.
        "Bytes": pa.nulls(len(number), pa.int64()),
    }


def _pod_hours(hours: ContainerHours) -> tuple[Ints, Ints, Ints]:
    """One row per pod and hour: the pod, and when any of its containers ran."""
    change = np.flatnonzero(np.diff(hours.pod) | np.diff(hours.start // HOUR)) + 1
    first = np.concatenate([[0], change]) if len(hours.pod) else change
    return (
        hours.pod[first],
        np.minimum.reduceat(hours.start, first) if len(first) else first,
        np.maximum.reduceat(hours.end, first) if len(first) else first,
    )


def _index(there: ClusterHours, moment: Ints) -> Ints:
    return (moment - there.start) // HOUR


def sum_by_hour(there: ClusterHours, number: Ints, moment: Ints, seconds: Ints, count: int) -> Ints:
    """Seconds by object and hour: *count* × hours."""
    width = len(there.hours)
    sums = np.bincount(number * width + _index(there, moment), weights=seconds, minlength=count * width)
    return sums.astype(np.int64).reshape(count, width)


def _uid_rank(hours: ContainerHours, pod: Ints) -> Ints:
    """The place of each pod's uid in the alphabet; no pod comes last."""
    order = sorted(range(len(hours.pods)), key=lambda i: hours.pods[i].uid)
    rank = np.full(len(order) + 1, len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[pod]
