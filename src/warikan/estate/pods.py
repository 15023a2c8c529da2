"""Which pods ran on which node each day: the truth that cluster metrics will be made from."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan, Node, Pool
from warikan.estate.node_meters import PLATFORM
from warikan.estate.random_streams import open_stream
from warikan.estate.timeline import Month, hours_since_epoch, traffic

PODS = pa.schema(
    [
        ("cluster", pa.string()), ("namespace", pa.string()), ("pod", pa.string()),
        ("pod_uid", pa.string()), ("service", pa.string()), ("node_uid", pa.string()),
        ("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC")),
        ("cpu_request_cores", pa.float64()), ("cpu_used_cores", pa.float64()),
        ("memory_request_gib", pa.float64()), ("memory_used_gib", pa.float64()),
    ]
)  # fmt: skip
"""One row per pod and day (UTC): requests and mean use from *start* to *end*."""

_HOUR = 3_600_000_000
"""Microseconds."""


class _Pod(NamedTuple):
    """A pod of one day; *replica* tells it from its siblings."""

    namespace: str
    service: str
    replica: int
    cores: float
    memory_gib: float
    uses: float


class _Placed(NamedTuple):
    """A pod on its node for (a part of) one day, in microseconds since 1970."""

    cluster: str
    pod: _Pod
    node_uid: str
    start: int
    end: int
    uses: float


_DAEMONS = {
    "kube-proxy": _Pod("kube-system", PLATFORM, 0, 0.1, 0.1, 0.4),
    "mihari-agent": _Pod("kube-system", "observability", 0, 0.2, 0.5, 0.4),
}
"""What runs on every node."""


def list_pods(seed: int, month: Month, plan: ClusterPlan, nodes: Sequence[Node]) -> pa.Table:
    """The pods of *month*, one row per pod and day, in the schema PODS."""
    first, last = hours_since_epoch(month.start), hours_since_epoch(month.data_end)
    here = [n for n in nodes if n.first < last and first < n.last]
    placed: list[_Placed] = []
    for day in (month.start + timedelta(days=i) for i in range((month.data_end - month.start).days)):
        start = hours_since_epoch(day)
        alive = [n for n in here if n.first < start + 24 and start < n.last]
        for cluster in CLUSTERS:
            for pool in cluster.pools:
                there = [n for n in alive if n.cluster is cluster and n.pool is pool]
                if there:
                    placed += _place(plan, cluster, pool, day, there)
    return _measure(open_stream(seed, "pods", month.label), placed)


def _place(
    plan: ClusterPlan, cluster: Cluster, pool: Pool, day: date, nodes: Sequence[Node]
) -> Iterator[_Placed]:
    """Spread the pods of one pool over its nodes, largest first, in turn; then the daemons."""
    pods = sorted(_wanted(plan, cluster, pool, day), key=lambda p: (-p.cores, -p.memory_gib))
    start, demand = hours_since_epoch(day), traffic(day) if cluster.shape == "prod" else 1.0
    hours = [(max(start, n.first) * _HOUR, min(start + 24, n.last) * _HOUR) for n in nodes]
    for i, pod in enumerate(pods):
        where = i % len(nodes)
        yield _Placed(cluster.name, pod, nodes[where].uid, *hours[where], pod.uses * demand)
    for where, node in enumerate(nodes):
        for pod in _DAEMONS.values():
            yield _Placed(cluster.name, pod, node.uid, *hours[where], pod.uses)


def _measure(random: np.random.Generator, placed: Sequence[_Placed]) -> pa.Table:
    """What the pods used: about their usual share of the request, more when orders are many."""
    if not placed:
        return PODS.empty_table()
    clusters, pods, node_uids, starts, ends, uses = zip(*placed, strict=True)
    chance = np.exp(random.standard_normal(len(placed)) * 0.08)
    used = np.minimum(1.6, np.array(uses) * chance)
    cores = np.array([p.cores for p in pods])
    memory = np.array([p.memory_gib for p in pods])
    names = [_identity(n, p.namespace, p.service, p.replica) for n, p in zip(node_uids, pods, strict=True)]
    columns = {
        "cluster": clusters, "namespace": [p.namespace for p in pods], "pod": [n[0] for n in names],
        "pod_uid": [n[1] for n in names], "service": [p.service for p in pods], "node_uid": node_uids,
        "start": starts, "end": ends,
        "cpu_request_cores": cores, "cpu_used_cores": np.round(cores * used, 4),
        "memory_request_gib": memory,
        "memory_used_gib": np.round(memory * np.minimum(1.0, 0.45 + used / 2), 4),
    }  # fmt: skip
    return pa.table(columns, schema=PODS)


def _wanted(plan: ClusterPlan, cluster: Cluster, pool: Pool, day: date) -> Iterator[_Pod]:
    for r in plan.replicas(cluster, pool, day):
        s = r.service
        for number in range(r.count):
            yield _Pod(s.id, s.id, number, r.shape.cores, r.shape.memory_gib, s.uses)


@lru_cache(maxsize=1 << 18)
def _identity(node_uid: str, namespace: str, service: str, replica: int) -> tuple[str, str]:
    """Name and uid of a pod: it lives as long as it stays on its node."""
    text = f"{node_uid}/{namespace}/{service}/{replica}"
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    uid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-b{digest[17:20]}-{digest[20:]}"
    daemon = next((n for n, p in _DAEMONS.items() if (p.namespace, p.service) == (namespace, service)), None)
    return (f"{daemon}-{digest[-5:]}" if daemon else f"{service}-{digest[:9]}-{digest[-5:]}"), uid
