"""Clusters and what is in them: cost beside quantities, and how much of both is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import ibis

from warikan.engine.cluster_costs import ask_place_costs
from warikan.engine.engine import Engine
from warikan.engine.place import NOWHERE, Place, add_up, by_key, meet, roll_up
from warikan.engine.query import Query
from warikan.engine.usage import (
    NODE_PLACES,
    RESOURCES,
    SUM,
    UsageQuery,
    ask_nodes,
    ask_usage,
    hours_of,
    understand,
)
from warikan.focus.period import Period

POOLS = ("x_NodePool",)
WORKLOADS = ("x_Namespace", "x_WorkloadKind", "x_Workload")
_OF_CONTAINERS = tuple(f"{r}{kind}" for r in RESOURCES for kind in ("Request", "Usage", "Demand"))
_POOL, _NAMESPACE, _WORKLOAD = (0,), (1,), (1, 2, 3)
"""Where the columns of pools, namespaces and workloads stand among all of them."""
_MINUTES = ("NodeMinutes", "PodMinutes", "UsageMinutes")


@dataclass(frozen=True)
class Coverage:
    """
    How much of a cluster's hours was seen.

    Attributes:
        hours: Hours of the period that were looked at.
        sampled_minutes: Minutes of them with samples of nodes, pods and use, all three.
    """

    hours: int
    sampled_minutes: int

    @property
    def ratio(self) -> float | None:
        """Of the minutes of the hours that were looked at."""
        return self.sampled_minutes / (self.hours * 60) if self.hours else None


@dataclass(frozen=True)
class ClusterQuery:
    """
    What is asked of clusters.

    Attributes:
        period: As people write it.
        currency: Only what is billed in it; None for each apart.
        clusters: Only these; empty for all.
    """

    period: str = "last 30d"
    currency: str | None = None
    clusters: tuple[str, ...] = ()

    def costs(self, by: Sequence[str], **changes: object) -> Query:
        """The question about cost, by *by*."""
        asked = Query(by=tuple(by), period=self.period, currency=self.currency, where=among(self.clusters))
        return replace(asked, **changes)  # type: ignore[arg-type]

    def usage(self, by: Sequence[str], **changes: object) -> UsageQuery:
        """The question about what containers asked for and used, by *by*."""
        asked = UsageQuery(
            by=tuple(by), period=self.period, clusters=self.clusters, quantities=_OF_CONTAINERS
        )
        return replace(asked, **changes)  # type: ignore[arg-type]

    def nodes(self, by: Sequence[str], **changes: object) -> UsageQuery:
        """The question about what nodes offered, by *by*."""
        return replace(self.usage(by, quantities=()), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class ClusterList:
    """The clusters of a period, the largest cost first; *coverage* by cluster."""

    query: ClusterQuery
    period: Period
    places: tuple[Place, ...]
    coverage: Mapping[str, Coverage]


@dataclass(frozen=True)
class ClusterParts:
    """Clusters together, and what they consist of; each with the largest cost first."""

    query: ClusterQuery
    period: Period
    whole: Place
    pools: tuple[Place, ...]
    namespaces: tuple[Place, ...]
    workloads: tuple[Place, ...]
    coverage: Mapping[str, Coverage]


def list_clusters(engine: Engine, query: ClusterQuery, *, now: datetime) -> ClusterList:
    """
    Clusters that the bill or their hours know in the period.

    Raises:
        UsageError (PeriodError): the period or the currency cannot be read.
    """
    places = list_places(engine, query, ("x_ClusterId",), now=now)
    asked = understand(engine, query.usage(()), (), now=now)
    return ClusterList(query, asked.period, places, read_coverage(engine, query, now=now))


def list_places(
    engine: Engine, query: ClusterQuery, by: Sequence[str], *, now: datetime
) -> tuple[Place, ...]:
    """
    The places of clusters by the columns *by*: what cost most first, then those without cost by name.

    Raises:
        UsageError (PeriodError): the period or the currency cannot be read.
    """
    costs = ask_place_costs(engine, query.costs(by), now=now)
    usage = by_key(ask_usage(engine, query.usage(by), now=now))
    nodes = by_key(ask_nodes(engine, query.nodes(by), now=now)) if set(by) <= set(NODE_PLACES) else {}
    return meet(costs, usage, nodes)


def list_parts(engine: Engine, query: ClusterQuery, *, now: datetime) -> ClusterParts:
    """
    What the clusters of *query* consist of: one reading of costs, one of use and one of nodes.

    Raises:
        UsageError (PeriodError): the period or the currency cannot be read.
    """
    by = (*POOLS, *WORKLOADS)
    costs = ask_place_costs(engine, query.costs(by), now=now)
    asked = ask_usage(engine, query.usage(by), now=now)
    usage = by_key(asked)
    nodes = by_key(ask_nodes(engine, query.nodes(POOLS), now=now))
    (whole,) = meet(roll_up(costs, ()), add_up(usage, ()), add_up(nodes, ())) or (NOWHERE,)
    pools, namespaces, workloads = (
        meet(roll_up(costs, places), add_up(usage, places), nodes if places == _POOL else {})
        for places in (_POOL, _NAMESPACE, _WORKLOAD)
    )
    coverage = read_coverage(engine, query, now=now)
    return ClusterParts(query, asked.period, whole, pools, namespaces, workloads, coverage)


def read_coverage(engine: Engine, query: ClusterQuery, *, now: datetime) -> dict[str, Coverage]:
    """Cluster → how much of the period was seen."""
    asked = understand(engine, query.usage(()), (), now=now)
    hours = hours_of(engine, "kubernetes_coverage", asked)
    sampled = ibis.least(*(ibis.coalesce(hours[name], 0) for name in _MINUTES))
    found = hours.group_by("x_ClusterId").agg(hours=hours.count(), minutes=sampled.sum().cast(SUM))
    return {
        row["x_ClusterId"]: Coverage(row["hours"], int(row["minutes"]))
        for row in engine.to_arrow(found).to_pylist()
    }


def among(clusters: Sequence[str]) -> str | None:
    """The filter for what is of *clusters*; None for all."""
    if not clusters:
        return None
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in clusters)
    return f"x_ClusterId IN ({names})"
