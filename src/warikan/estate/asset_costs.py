"""What the nodes, volumes and load balancers of clusters were charged, hour by hour: for the truth only."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from warikan.estate.charges import Charges
from warikan.estate.meter import MONEY_SCALE, Meter
from warikan.estate.node_meters import cluster_of
from warikan.estate.numbers import repeat_rows
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Floats, Month, hours_since_epoch

Part = Literal["machine", "cpu", "memory", "gpu", "network", "volume", "load_balancer", "cluster"]
"""A node's whole price, or its price for one resource; its data transfer; a volume; a load balancer; all
else that carries the cluster's tag (boot disks, control plane)."""
_NODE_PARTS: dict[str, Part] = {"n2core": "cpu", "n2ram": "memory", "g2gpu": "gpu", "azgb": "network"}


class _Asset(NamedTuple):
    """What a ResourceId means: *number* is its row among those of its kind and cluster."""

    cluster: str
    kind: str
    number: int


class AssetCosts:
    """
    EffectiveCost of one month by asset and hour, in the currency of the bill.

    A charge is spread evenly over those hours of its period in which its meter exists.
    """

    def __init__(self, estate: Estate, month: Month) -> None:
        self._first, self._last = hours_since_epoch(month.start), hours_since_epoch(month.end)
        self._known: dict[str, _Asset] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        for node in estate.nodes:
            if node.first < self._last and self._first < node.last:
                self._learn(node.cluster.name, "node", node.resource_id)
        for volume in estate.volumes:
            self._learn(volume.cluster.name, "volume", volume.resource_id)
        for balancer in estate.balancers:
            self._learn(balancer.cluster.name, "load_balancer", balancer.resource_id)
        self._costs: dict[tuple[str, Part], Floats] = {}

    def _learn(self, cluster: str, kind: str, resource_id: str) -> None:
        size = self._sizes.get((cluster, kind), 0)
        self._known[resource_id] = _Asset(cluster, kind, size)
        self._sizes[cluster, kind] = size + 1

    def add(self, meters: Sequence[Meter], charges: Charges) -> None:
        """Take in some *charges* of the month, whose meters are *meters*."""
        found = {i: self._find(m) for i, m in enumerate(meters)}
        by_part: dict[tuple[str, Part], list[tuple[int, int]]] = {}
        for i, place in found.items():
            if place is not None:
                by_part.setdefault(place[:2], []).append((i, place[2]))
        for key, members in by_part.items():
            asset = np.full(len(meters), -1, dtype=np.int64)
            asset[[i for i, _ in members]] = [number for _, number in members]
            first, last = (np.array([getattr(m, n) for m in meters]) for n in ("first", "last"))
            rows = asset[charges.meter] >= 0
            meter = charges.meter[rows]
            start = np.maximum(charges.start[rows], first[meter])
            hours = np.minimum(charges.end[rows], last[meter]) - start
            row, nth = repeat_rows(hours)
            cost = (charges.effective_cost[rows] / 10**MONEY_SCALE / hours)[row]
            np.add.at(self._matrix(key), (asset[meter][row], start[row] + nth - self._first), cost)

    def _find(self, meter: Meter) -> tuple[str, Part, int] | None:
        asset = self._known.get(meter.resource_id or "")
        if asset is None:
            cluster = cluster_of(meter)
            return None if cluster is None else (cluster, "cluster", 0)
        if asset.kind == "node":
            return asset.cluster, _NODE_PARTS.get(meter.sku.id, "machine"), asset.number
        return asset.cluster, "volume" if asset.kind == "volume" else "load_balancer", asset.number

    def _matrix(self, key: tuple[str, Part]) -> Floats:
        if key not in self._costs:
            cluster, part = key
            kind = part if part in ("volume", "load_balancer") else "node"
            size = 1 if part == "cluster" else self._sizes[cluster, kind]
            self._costs[key] = np.zeros((size, self._last - self._first))
        return self._costs[key]

    def of(self, cluster: str, part: Part, resource_ids: Sequence[str], first: int, last: int) -> Floats:
        """The cost of *part* of each of *resource_ids* in the hours ``[first, last)``: assets × hours."""
        found = self._costs.get((cluster, part))
        if found is None:
            return np.zeros((len(resource_ids), last - first))
        rows = [self._known[r].number for r in resource_ids]
        return found[rows, first - self._first : last - self._first]

    def totals(self) -> Iterator[tuple[str, Part, float]]:
        """The cost of the month by cluster and part."""
        return ((cluster, part, float(cost.sum())) for (cluster, part), cost in sorted(self._costs.items()))
