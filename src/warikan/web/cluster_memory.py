"""Questions about clusters, remembered as questions about cost are."""

from collections.abc import Hashable
from dataclasses import dataclass

import pyarrow as pa

from warikan.engine.changeover import Changeover
from warikan.engine.cluster_costs import PlaceCost
from warikan.engine.cluster_questions import ClusterQuestions
from warikan.engine.clusters import ClusterList, ClusterParts, ClusterQuery
from warikan.engine.query import Query
from warikan.engine.usage import UsageAnswer, UsageQuery
from warikan.web.memory import Memory


@dataclass(frozen=True)
class ClusterMemory:
    """As ``workspace.clusters`` (engine/cluster_questions.py), for one page."""

    memory: Memory
    present: Hashable

    @property
    def _questions(self) -> ClusterQuestions:
        return self.memory.workspace.clusters

    def usage(self, query: UsageQuery) -> UsageAnswer:
        """What containers asked for and used."""
        return self.memory.remember(("usage", query), self.present, lambda: self._questions.usage(query))

    def nodes(self, query: UsageQuery) -> UsageAnswer:
        """What nodes offered."""
        return self.memory.remember(("nodes", query), self.present, lambda: self._questions.nodes(query))

    def all(self, query: ClusterQuery) -> ClusterList:
        """Clusters that the bill or their hours know."""
        return self.memory.remember(("clusters", query), self.present, lambda: self._questions.all(query))

    def parts(self, query: ClusterQuery) -> ClusterParts:
        """What the clusters of *query* consist of."""
        return self.memory.remember(("parts", query), self.present, lambda: self._questions.parts(query))

    def costs(self, query: Query) -> tuple[PlaceCost, ...]:
        """What places cost, by cause."""
        return self.memory.remember(("causes", query), self.present, lambda: self._questions.costs(query))

    def peaks(self, query: UsageQuery, cluster: str) -> pa.Table:
        """Containers as they are, and with requests at their peak."""
        return self.memory.remember(
            ("peaks", query, cluster), self.present, lambda: self._questions.peaks(query, cluster)
        )

    def changeovers(self, logical: str) -> tuple[Changeover, ...]:
        """From one cluster of a logical one to the next, the newest first."""
        return self.memory.remember(
            ("changeovers", logical), self.present, lambda: self._questions.changeovers(logical)
        )
