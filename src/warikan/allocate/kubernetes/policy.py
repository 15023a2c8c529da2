"""How the clusters of ``warikan.yaml`` are split: which settings hold for which cluster."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from warikan.allocate.kubernetes.demand import Basis
from warikan.allocate.kubernetes.pools import Weighting, Weights
from warikan.allocate.kubernetes.shares import NodePolicy
from warikan.catalog.clusters import ClusterSettings


@dataclass(frozen=True)
class Split:
    """
    Settings of one or more clusters.

    Attributes:
        clusters: Their ids; None for all that warikan.yaml does not name.
    """

    basis: Basis
    policy: NodePolicy
    weights: Weights | None
    clusters: tuple[str, ...] | None

    @property
    def weighting(self) -> Weighting:
        """As the kernel takes it."""
        return Weighting() if self.weights is None else Weighting(default=self.weights)


@dataclass(frozen=True)
class ClusterPolicies:
    """
    What ``clusters`` of ``warikan.yaml`` says about splitting.

    Attributes:
        names: What a bill may call a cluster, in lower case → its id.
        splits: Together they have every cluster once.
    """

    names: Mapping[str, str]
    splits: tuple[Split, ...]

    def of(self, split: Split, table: ir.Table) -> ir.Table:
        """Those rows of *table* (with ``x_ClusterId``) that *split* is for."""
        if split.clusters is not None:
            return table.filter(table.x_ClusterId.isin(split.clusters))
        named = [name for one in self.splits for name in one.clusters or ()]
        return table.filter(~table.x_ClusterId.isin(named)) if named else table


def read_policies(clusters: Mapping[str, ClusterSettings]) -> ClusterPolicies:
    """The policies of *clusters*; clusters with equal settings are split together."""
    names = {name.lower(): key for key, one in clusters.items() for name in (key, *one.names)}
    groups: dict[tuple[Basis, NodePolicy, Weights | None], list[str]] = {}
    for key, one in sorted(clusters.items()):
        weights = Weights(**one.weights.model_dump()) if one.weights is not None else None
        groups.setdefault((one.basis, NodePolicy(one.idle, one.overhead), weights), []).append(key)
    default = ("max", NodePolicy(), None)
    splits = [Split(*settings, tuple(ids)) for settings, ids in groups.items() if settings != default]
    # Those with the settings of everybody else go with everybody else.
    return ClusterPolicies(names, (Split("max", NodePolicy(), None, None), *splits))
