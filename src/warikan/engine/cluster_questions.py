"""What surfaces ask about clusters, of one lake, at its present moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from warikan.catalog.clusters import ClusterSettings
from warikan.engine.changeover import Changeover, list_changeovers
from warikan.engine.cluster_costs import PlaceCost, ask_place_costs
from warikan.engine.clusters import (
    ClusterList,
    ClusterParts,
    ClusterQuery,
    list_clusters,
    list_parts,
    list_places,
)
from warikan.engine.engine import Engine
from warikan.engine.peaks import ask_peaks
from warikan.engine.place import Place
from warikan.engine.query import Query
from warikan.engine.usage import UsageAnswer, UsageQuery, ask_nodes, ask_usage


@dataclass(frozen=True)
class ClusterQuestions:
    """
    Asks *engine*; *settings* are ``clusters`` of ``warikan.yaml``. Safe to share between threads.

    All raise UsageError where what is asked cannot be, or nothing is allocated yet.
    """

    engine: Engine
    settings: Mapping[str, ClusterSettings]
    clock: Callable[[], datetime]

    def usage(self, query: UsageQuery) -> UsageAnswer:
        """What containers asked for and used (usage.py)."""
        return ask_usage(self.engine, query, now=self.clock())

    def nodes(self, query: UsageQuery) -> UsageAnswer:
        """What nodes offered (usage.py)."""
        return ask_nodes(self.engine, query, now=self.clock())

    def all(self, query: ClusterQuery) -> ClusterList:
        """Clusters that the bill or their hours know (clusters.py)."""
        return list_clusters(self.engine, query, now=self.clock())

    def parts(self, query: ClusterQuery) -> ClusterParts:
        """Pools, namespaces and workloads of the clusters of *query* (clusters.py)."""
        return list_parts(self.engine, query, now=self.clock())

    def places(self, query: ClusterQuery, by: tuple[str, ...]) -> tuple[Place, ...]:
        """Places of clusters by the columns *by* (clusters.py)."""
        return list_places(self.engine, query, by, now=self.clock())

    def costs(self, query: Query) -> tuple[PlaceCost, ...]:
        """What places cost, by cause (cluster_costs.py)."""
        return ask_place_costs(self.engine, query, now=self.clock())

    def peaks(self, query: UsageQuery, cluster: str) -> pa.Table:
        """Containers as they are and with requests at their peak, as *cluster* pays for them (peaks.py)."""
        known = self.settings.get(cluster)
        return ask_peaks(self.engine, query, basis=known.basis if known else "max", now=self.clock())

    def changeovers(self, logical: str, *, currency: str | None = None) -> tuple[Changeover, ...]:
        """From one cluster of the logical cluster to the next, the newest first (changeover.py)."""
        return list_changeovers(self.engine, self.of_logical(logical), currency=currency, now=self.clock())

    def of_logical(self, logical: str) -> tuple[str, ...]:
        """The clusters that ``warikan.yaml`` calls *logical* together."""
        return tuple(name for name, one in self.settings.items() if one.logical == logical)
