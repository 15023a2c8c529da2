"""
What every workload of the clusters truly cost, computed from true demand and the charges of the estate.

Independent of the product: the same published rules, written down a second time, in doubles. Of a node's
hour each resource has its price: separate SKUs on Google's bill; on AWS's a vCPU is worth nine times a GiB
(AWS, split cost allocation data). A container takes demand / max(capacity, overhead + demand) of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from warikan.estate.asset_costs import AssetCosts, Part
from warikan.estate.cluster_hours import ClusterHours
from warikan.estate.hour_tables import allocatable, capacity
from warikan.estate.manifests import Workload
from warikan.estate.meter import MONEY_SCALE
from warikan.estate.mounts import mount_seconds
from warikan.estate.numbers import to_decimals
from warikan.estate.scheduling import HOUR
from warikan.estate.timeline import Floats, Ints

WORKLOAD_COSTS = pa.schema(
    [
        ("month", pa.date32()), ("cluster", pa.string()), ("asset", pa.string()), ("class", pa.string()),
        ("service", pa.string()), ("namespace", pa.string()), ("workload_kind", pa.string()),
        ("workload", pa.string()), ("currency", pa.string()), ("cost", pa.decimal128(38, MONEY_SCALE)),
    ]
)  # fmt: skip
"""
One row per month, cluster, asset (node, volume, load_balancer, network, cluster), class and workload.

*service* is the true owner; it, *namespace* and *workload* are null where nobody's workload caused the cost
(infrastructure_idle, system_overhead, cluster_overhead, unattributed, unused), *workload* also for a bare
pod. *cost* is EffectiveCost; per month and cluster the rows sum to what the bill has for it, within 1e-9.
"""
RESOURCES = ("Cpu", "Memory", "Gpu")
_VCPU, _GIB = 9.0, 1.0
"""What a vCPU and a GiB are worth of each other on AWS."""
_REST = {"volume": "unmounted", "load_balancer": "unused", "cluster": "cluster_overhead"}
"""The class of what no pod explains."""


class _Row(NamedTuple):
    cluster: str
    asset: str
    kind: str
    service: str | None = None
    namespace: str | None = None
    workload_kind: str | None = None
    workload: str | None = None


class WorkloadCosts:
    """Adds up one month."""

    def __init__(self, month: date, costs: AssetCosts) -> None:
        self._month = month
        self._costs = costs
        self._sums: dict[_Row, float] = defaultdict(float)

    def add(self, there: ClusterHours) -> None:
        """Take in some hours of a cluster; all of its hours are taken in once."""
        self._add_nodes(there)
        self._add_network(there)
        self._add_volumes(there)
        self._add_balancers(there)

    def _add_nodes(self, there: ClusterHours) -> None:
        prices = price_resources(there, self._costs)
        taken = _node_hour(there)
        amounts = there.containers.amounts()
        demand = {r: amounts[f"{r}Demand"] for r in RESOURCES}
        shape = prices["Cpu"].shape
        is_used = np.bincount(taken, minlength=shape[0] * shape[1]).reshape(shape) > 0
        cost = np.zeros(len(taken))
        left = prices["Cpu"] + prices["Memory"] + prices["Gpu"]
        for r in RESOURCES:
            asked = np.bincount(taken, weights=demand[r], minlength=is_used.size).reshape(shape)
            offers = [(capacity(n)[r], capacity(n)[r] - allocatable(n)[r]) for n in there.nodes]
            whole, system = (np.array(column)[:, None] * float(HOUR) for column in zip(*offers, strict=True))
            # On a node without pods overhead serves nobody: all of it is idle.
            kept = np.where(is_used, system, 0.0)
            total = np.maximum(whole, kept + asked)
            rate = np.divide(prices[r], total, out=np.zeros(shape), where=total > 0)
            cost += rate.ravel()[taken] * demand[r]
            self._sums[_Row(there.cluster.name, "node", "system_overhead")] += float((rate * kept).sum())
            left = left - rate * (kept + asked)
        self._sums[_Row(there.cluster.name, "node", "infrastructure_idle")] += float(left.sum())
        self._add_workloads(there, "node", there.containers.pod, cost)

    def _add_network(self, there: ClusterHours) -> None:
        """A node's data transfer by what its pods sent in the hour."""
        price = self._price(there, "network", [n.resource_id for n in there.nodes])
        taken = _node_hour(there)
        sent = (there.containers.sent * there.containers.seconds).astype(np.float64)
        total = np.bincount(taken, weights=sent, minlength=price.size).reshape(price.shape)
        rate = np.divide(price, total, out=np.zeros(price.shape), where=total > 0)
        self._add_workloads(there, "network", there.containers.pod, rate.ravel()[taken] * sent)
        alone = float(price[total == 0].sum())
        self._sums[_Row(there.cluster.name, "network", "unattributed")] += alone

    def _add_volumes(self, there: ClusterHours) -> None:
        price = self._price(there, "volume", [v.resource_id for v in there.volumes])
        mounted = price * mount_seconds(there) / HOUR
        for volume, cost in zip(there.volumes, mounted.sum(axis=1).tolist(), strict=True):
            self._sums[_row_of(there.cluster.name, "volume", "workload", volume.workload)] += cost

    def _add_balancers(self, there: ClusterHours) -> None:
        """A load balancer serves one workload; hours in which nothing stood behind it are unused."""
        price = self._price(there, "load_balancer", [b.resource_id for b in there.balancers])
        hours = there.containers
        for balancer, costs in zip(there.balancers, price, strict=True):
            behind = np.array([p.workload is balancer.workload for p in hours.pods], dtype=bool)[hours.pod]
            is_served = np.isin(there.hours, hours.hour[behind])
            row = _row_of(there.cluster.name, "load_balancer", "workload", balancer.workload)
            self._sums[row] += float(costs[is_served].sum())

    def _add_workloads(self, there: ClusterHours, asset: str, pod: Ints, cost: Floats) -> None:
        pods = there.containers.pods
        by_pod = np.bincount(pod, weights=cost, minlength=len(pods))
        for one, amount in zip(pods, by_pod.tolist(), strict=True):
            self._sums[_row_of(there.cluster.name, asset, "workload", one.workload)] += amount

    def _price(self, there: ClusterHours, part: Part, resource_ids: Sequence[str]) -> Floats:
        return self._costs.of(there.cluster.name, part, resource_ids, there.start // HOUR, there.end // HOUR)

    def tabulate(self) -> pa.Table:
        """The month in the schema WORKLOAD_COSTS; what no hour explains is unmounted, unused or overhead."""
        sums = dict(self._sums)
        for cluster, part, total in self._costs.totals():
            if part in _REST:
                known = sum(v for k, v in self._sums.items() if (k.cluster, k.asset) == (cluster, part))
                sums[_Row(cluster, part, _REST[part])] = total - known
        rows = sorted(sums, key=lambda row: tuple(text or "" for text in row))
        cost = np.rint(np.array([sums[r] for r in rows]) * 10.0**MONEY_SCALE).astype(np.int64)
        named = cost != 0
        texts = [[row[i] for row in rows] for i in range(len(_Row._fields))]
        columns = [
            pa.array([self._month] * len(rows), pa.date32()),
            *(pa.array(column, pa.string()) for column in texts),
            pa.array(["USD"] * len(rows)),
            to_decimals(cost, MONEY_SCALE, np.ones(len(rows), dtype=bool)),
        ]
        return pa.Table.from_arrays(columns, schema=WORKLOAD_COSTS).filter(pa.array(named))


def price_resources(there: ClusterHours, costs: AssetCosts) -> dict[str, Floats]:
    """The cost of the CPU, the memory and the GPUs of each node in each hour: nodes × hours."""
    ids = [n.resource_id for n in there.nodes]
    first, last = there.start // HOUR, there.end // HOUR
    parts = {
        p: costs.of(there.cluster.name, p, ids, first, last) for p in ("machine", "cpu", "memory", "gpu")
    }
    worth = np.array([(_VCPU * n.pool.type.cores, _GIB * n.pool.type.memory_gib) for n in there.nodes])
    for_cpu = (worth[:, 0] / worth.sum(axis=1))[:, None]
    return {
        "Cpu": parts["machine"] * for_cpu + parts["cpu"],
        "Memory": parts["machine"] * (1 - for_cpu) + parts["memory"],
        "Gpu": parts["gpu"],
    }


def _node_hour(there: ClusterHours) -> Ints:
    """Where each container-hour stands in a matrix of nodes × hours, counted row by row."""
    number = {n.uid: i for i, n in enumerate(there.nodes)}
    node = np.array([number[p.node.uid] for p in there.containers.pods], dtype=np.int64)
    hour = (there.containers.hour - there.start) // HOUR
    return node[there.containers.pod] * len(there.hours) + hour


def _row_of(cluster: str, asset: str, kind: str, workload: Workload) -> _Row:
    is_bare = workload.kind == "Pod"
    return _Row(
        cluster, asset, kind, workload.service, workload.namespace,
        None if is_bare else workload.kind, None if is_bare else workload.name,
    )  # fmt: skip
