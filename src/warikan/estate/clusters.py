"""The Kubernetes clusters: how many nodes each pool needs each day, and how long each node lives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from warikan.estate.company import Company, PodShape, Service
from warikan.estate.events import SEARCH_RELEASE, UPGRADE, Script
from warikan.estate.manifests import load_manifests
from warikan.estate.random_streams import hex_id
from warikan.estate.timeline import Timeline, hours_since_epoch, traffic

_FILL = 0.80
"""Share of what a node can give that the autoscaler fills with requests."""
ALLOCATABLE = 0.92
"""Share of a node that pods may ask for; the rest is the system's."""


@dataclass(frozen=True)
class NodeType:
    """What one node offers. skus: SKU → units an hour on the bill."""

    name: str
    cores: int
    memory_gib: int
    gpus: int
    skus: tuple[tuple[str, float], ...]
    disk: tuple[str, float]


@dataclass(frozen=True)
class Pool:
    """
    Equal nodes of one cluster.

    Attributes:
        dedicated: The one service whose pods run here and that owns the nodes; None is shared.
        share: Share of the pods of shared services that land here.
    """

    name: str
    type: NodeType
    is_spot: bool = False
    dedicated: str | None = None
    share: float = 1.0


@dataclass(frozen=True)
class Cluster:
    """One cluster; *shape* is the name of the pods' shapes in company.yaml."""

    name: str
    shape: str
    account: str
    pools: tuple[Pool, ...]


@dataclass(frozen=True)
class Node:
    """A machine from its first to its last hour (since 1970, ``[first, last)``)."""

    cluster: Cluster
    pool: Pool
    slot: int
    name: str
    uid: str
    resource_id: str
    zone: str
    first: int
    last: int


_M6I_12X = NodeType("m6i.12xlarge", 48, 192, 0, (("m6i12x", 1.0),), ("gp3", 150.0))
_M6I_4X = NodeType("m6i.4xlarge", 16, 64, 0, (("m6i4x", 1.0),), ("gp3", 100.0))
_R6I_4X = NodeType("r6i.4xlarge", 16, 128, 0, (("r6i4x", 1.0),), ("gp3", 200.0))
_C6I_12X = NodeType("c6i.12xlarge", 48, 96, 0, (("c6i12x-spot", 1.0),), ("gp3", 100.0))
_N2_32 = NodeType("n2-standard-32", 32, 128, 0, (("n2core", 32.0), ("n2ram", 128.0)), ("gpd", 100.0))
_G2_8 = NodeType(
    "g2-standard-8", 8, 32, 1, (("n2core", 8.0), ("n2ram", 32.0), ("g2gpu", 1.0)), ("gpd", 200.0)
)
_PROD_POOLS = (
    Pool("general", _M6I_12X, share=0.75),
    Pool("spot", _C6I_12X, is_spot=True, share=0.25),
    Pool("search", _R6I_4X, dedicated="search"),
)
CLUSTERS = (
    Cluster("hinode-prod-blue", "prod", "prod", _PROD_POOLS),
    Cluster("hinode-prod-green", "prod", "prod", _PROD_POOLS),
    Cluster("hinode-staging", "staging", "stg", (Pool("general", _M6I_4X),)),
    Cluster(
        "hinode-data",
        "data",
        "gdata",
        (Pool("general", _N2_32), Pool("ml-gpu", _G2_8, dedicated="ml-training")),
    ),
)


@dataclass(frozen=True)
class Replicas:
    """So many pods of one service in one pool on one day."""

    service: Service
    shape: PodShape
    count: int


class ClusterPlan:
    """How many pods and nodes each pool has on each day of the timeline."""

    def __init__(self, timeline: Timeline, company: Company, script: Script) -> None:
        self._timeline = timeline
        self._company = company
        self._script = script
        self._workloads = load_manifests().services
        self._dedicated = {(c.name, p.dedicated) for c in CLUSTERS for p in c.pools if p.dedicated}

    @property
    def tells_story(self) -> bool:
        """Whether the demo's story happens in the timeline; else what it brings was always there."""
        return self._script.event(UPGRADE).start < self._timeline.until

    def share_of_cluster(self, cluster: Cluster, day: date) -> float:
        """Share of production's pods on blue or green; 1 for clusters that are alone."""
        if cluster.shape != "prod":
            return 1.0
        upgrade = self._script.event(UPGRADE)
        moved = (day - upgrade.start).days / upgrade.days
        green = min(1.0, max(0.0, moved))
        return green if cluster.name.endswith("green") else 1.0 - green

    def exists(self, cluster: Cluster, day: date) -> bool:
        """Whether *cluster* runs on *day*."""
        upgrade = self._script.event(UPGRADE)
        if cluster.name.endswith("blue"):
            return upgrade.end is None or day < upgrade.end
        return day >= upgrade.start if cluster.name.endswith("green") else True

    def life(self, cluster: Cluster) -> tuple[int, int]:
        """The hours ``[first, last)`` since 1970 in which *cluster* runs, within the timeline."""
        upgrade = self._script.event(UPGRADE)
        first, last = self._timeline.start, self._timeline.until
        if cluster.name.endswith("blue"):
            last = upgrade.end or last
        if cluster.name.endswith("green"):
            first = upgrade.start
        return hours_since_epoch(first), hours_since_epoch(last)

    def count(self, cluster: Cluster, pool: Pool, service: Service, day: date) -> int:
        """How many pods of *service* are in *pool* on *day*."""
        shape = service.pods.get(cluster.shape)
        is_apart = (cluster.name, service.id) in self._dedicated
        is_here = pool.dedicated == service.id if pool.dedicated else not is_apart
        if shape is None or not is_here:
            return 0
        wanted = shape.replicas * self._timeline.copies * self._demand(cluster, service, day)
        return round(wanted * pool.share * self.share_of_cluster(cluster, day))

    def replicas(self, cluster: Cluster, pool: Pool, day: date) -> Iterator[Replicas]:
        """The pods that *pool* holds on *day*, by service."""
        for service in self._company.services:
            count = self.count(cluster, pool, service, day)
            if count:
                yield Replicas(service, service.pods[cluster.shape], count)

    def node_count(self, cluster: Cluster, pool: Pool, day: date) -> int:
        """Nodes that the pods of *day* need, by cores, memory or GPUs, whichever asks for more."""
        if not self.exists(cluster, day):
            return 0
        cores = memory = 0.0
        gpus = 0
        for r in self.replicas(cluster, pool, day):
            cores += r.count * r.shape.cores
            memory += r.count * r.shape.memory_gib
            gpus += sum(r.count // w.every * w.gpus for w in self._workloads.get(r.service.id, ()) if w.every)
        room = _FILL * ALLOCATABLE
        needed = max(cores / (pool.type.cores * room), memory / (pool.type.memory_gib * room))
        return max(2, int(needed) + 1, -(-gpus // max(1, pool.type.gpus)))

    def _demand(self, cluster: Cluster, service: Service, day: date) -> float:
        years = (day - self._timeline.start).days / 365
        demand: float = service.growth**years
        if cluster.shape == "prod":
            # Replicas follow the week, damped: the autoscaler keeps headroom.
            demand *= 1 + 0.5 * (traffic(day) - 1)
            if service.id == "search" and self._script.event(SEARCH_RELEASE).covers(day):
                demand *= self._script.search_pods
        return demand


def list_nodes(seed: int, timeline: Timeline, plan: ClusterPlan) -> list[Node]:
    """Every node that ever ran, by cluster, pool and slot; a slot's nodes follow one another."""
    days = [timeline.start + timedelta(days=i) for i in range(timeline.days)]
    nodes: list[Node] = []
    for cluster in CLUSTERS:
        for pool in cluster.pools:
            counts = [plan.node_count(cluster, pool, day) for day in days]
            for slot in range(max(counts)):
                nodes += _lives(seed, timeline, cluster, pool, slot, [c > slot for c in counts])
    return nodes


def _lives(
    seed: int, timeline: Timeline, cluster: Cluster, pool: Pool, slot: int, active: list[bool]
) -> Iterator[Node]:
    """The nodes of one slot: it starts at 06:00 of its first day, is replaced after some weeks."""
    origin = hours_since_epoch(timeline.start)
    born: int | None = None
    life = 0
    for day, is_active in enumerate([*active, False]):
        if born is not None and (not is_active or day - born >= 21 + (slot * 7 + life * 5) % 17):
            first = origin + _first_hour(born, active)
            yield _node(seed, cluster, pool, slot, life, first, origin + day * 24)
            life += 1
            born = None
        if is_active and born is None:
            born = day


def _first_hour(day: int, active: list[bool]) -> int:
    is_replacement = day == 0 or active[day - 1]
    return day * 24 + (0 if is_replacement else 6)


def _node(seed: int, cluster: Cluster, pool: Pool, slot: int, life: int, first: int, last: int) -> Node:
    digest = hex_id(seed, "node", cluster.name, pool.name, slot, life, length=32)
    uid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
    if cluster.account == "gdata":
        zone = f"asia-northeast1-{'abc'[slot % 3]}"
        name = f"gke-{cluster.name}-{pool.name}-{digest[:8]}-{digest[8:12]}"
        resource_id = f"//compute.googleapis.com/projects/hinode-data-prod-4471/zones/{zone}/instances/{name}"
        return Node(cluster, pool, slot, name, uid, resource_id, zone, first, last)
    zone = f"ap-northeast-1{'acd'[slot % 3]}"
    subnet, host = 20 + CLUSTERS.index(cluster), int(digest[:4], 16)
    name = f"ip-10-{subnet}-{host >> 8}-{host & 255}.ap-northeast-1.compute.internal"
    return Node(cluster, pool, slot, name, uid, f"i-{digest[:17]}", zone, first, last)
