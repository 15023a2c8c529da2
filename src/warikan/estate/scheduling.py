"""Which pod runs on which node, day after day: a pod stays where it is until its node or its version goes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan, Node, NodeType, Pool
from warikan.estate.company import load_company
from warikan.estate.identities import make_uid, name_pod, version_on
from warikan.estate.manifests import Template, Workload, load_manifests, make_template, service_templates
from warikan.estate.random_streams import open_stream
from warikan.estate.timeline import Floats, Timeline, hours_since_epoch, shift_month, traffic

HOUR = 3600
"""Seconds. All moments of pods are seconds since 1970, UTC."""
NIGHTLY_HOUR = 18
"""When nightly jobs start, UTC: three in the morning in Japan."""
_NO_GPU = 1000.0
"""Makes a node without a free GPU the last choice."""


class Pod(NamedTuple):
    """
    A pod from its birth to its end; it never moves.

    Attributes:
        ordinal: Tells it from the other replicas of its workload in its pool.
        owner: The ReplicaSet, Job or other controller that made it; empty for a bare pod.
        born: Its first second.
    """

    cluster: Cluster
    pool: Pool
    node: Node
    template: Template
    ordinal: int
    version: int
    name: str
    uid: str
    owner: str
    born: int

    @property
    def workload(self) -> Workload:
        """What it is a replica of."""
        return self.template.workload


class Placed(NamedTuple):
    """A pod for (a part of) one day: seconds ``[start, end)``."""

    pod: Pod
    start: int
    end: int


@dataclass(frozen=True)
class Day:
    """
    All pods of one day.

    Attributes:
        used: Of each, the share of its requested cores that an ordinary hour of the day uses.
    """

    day: date
    placed: list[Placed]
    used: Floats


class _Key(NamedTuple):
    """A place to be filled: a replica of a workload; on *node* only, where one runs on each."""

    workload: str
    ordinal: int
    node: str


class _Room:
    """How full the nodes of a pool are with requests."""

    def __init__(self, kind: NodeType, nodes: Sequence[Node], kept: Sequence[Pod]) -> None:
        self._nodes = nodes
        self._gpus_each = kind.gpus
        number = {n.uid: i for i, n in enumerate(nodes)}
        self._cores, self._memory, self._gpus = (np.zeros(len(nodes)) for _ in range(3))
        self._weight = (1.0 / kind.cores, 1.0 / kind.memory_gib)
        where = [number[p.node.uid] for p in kept]
        np.add.at(self._cores, where, [p.template.cores for p in kept])
        np.add.at(self._memory, where, [p.template.memory_gib for p in kept])
        np.add.at(self._gpus, where, [p.template.workload.gpus for p in kept])

    def take(self, template: Template) -> Node:
        """The emptiest node that can take a pod of *template*, and does."""
        fill = np.maximum(self._cores * self._weight[0], self._memory * self._weight[1])
        gpus = template.workload.gpus
        if gpus:
            fill += _NO_GPU * (self._gpus + gpus > self._gpus_each)
        i = int(fill.argmin())
        self._cores[i] += template.cores
        self._memory[i] += template.memory_gib
        self._gpus[i] += gpus
        return self._nodes[i]


class Schedule:
    """Places the pods of all clusters, one day after the other from the timeline's start."""

    def __init__(self, seed: int, timeline: Timeline, plan: ClusterPlan, nodes: Sequence[Node]) -> None:
        self._seed = seed
        self._timeline = timeline
        self._plan = plan
        self._nodes: dict[tuple[str, str], list[Node]] = {}
        for node in nodes:
            self._nodes.setdefault((node.cluster.name, node.pool.name), []).append(node)
        self._pods: dict[tuple[str, str], dict[_Key, Pod]] = {}
        self._next = timeline.start

    def days(self, start: date, end: date) -> Iterator[Day]:
        """
        The days ``[start, end)``, which come after all that were asked for before.

        Raises:
            ValueError: *start* was placed already.
        """
        if start < self._next:
            raise ValueError(f"{start} was placed already: a schedule only goes forward")
        while self._next < end:
            day, self._next = self._next, self._next + timedelta(days=1)
            placed = self._place_day(day)
            if day >= start:
                yield Day(day, placed, self._draw(day, placed))

    def _draw(self, day: date, placed: Sequence[Placed]) -> Floats:
        """What the pods used: about their usual share of the request, more when orders are many."""
        orders = traffic(day)
        follows = (
            p.cluster.shape == "prod" and p.template.workload.kind != "DaemonSet" for p, _, _ in placed
        )
        mean = np.array([p.template.uses for p, _, _ in placed]) * np.where(list(follows), orders, 1.0)
        chance = np.exp(open_stream(self._seed, "pods", day).standard_normal(len(placed)) * 0.08)
        used: Floats = np.minimum(1.6, mean * chance)
        return used

    def _place_day(self, day: date) -> list[Placed]:
        first = hours_since_epoch(day)
        placed: list[Placed] = []
        for cluster in CLUSTERS:
            for pool in cluster.pools:
                nodes = self._nodes.get((cluster.name, pool.name), ())
                there = [n for n in nodes if n.first < first + 24 and first < n.last]
                if there:
                    placed += self._place_pool(cluster, pool, day, there)
        return placed

    def _place_pool(self, cluster: Cluster, pool: Pool, day: date, nodes: Sequence[Node]) -> Iterator[Placed]:
        """Keep what can stay; place the rest, largest first, where there is most room."""
        known, first = self._pods.get((cluster.name, pool.name), {}), hours_since_epoch(day)
        pods: dict[_Key, Pod] = {}
        new: list[tuple[_Key, Template, int]] = []
        alive = {n.uid: n for n in nodes}
        for template, keys in self._wanted(cluster, pool, day, nodes):
            version = version_on(template.workload, day)
            for key in keys:
                pod = known.get(key)
                if pod is not None and pod.version == version and pod.node.uid in alive:
                    pods[key] = pod
                else:
                    new.append((key, template, version))
        room = _Room(pool.type, nodes, list(pods.values()))
        for key, template, version in sorted(new, key=lambda n: (-n[1].cores, -n[1].memory_gib, n[0])):
            node = alive[key.node] if key.node else room.take(template)
            born = max(first, node.first) if template.workload.kind != "CronJob" else first + NIGHTLY_HOUR
            pods[key] = _make(cluster, pool, node, template, key.ordinal, version, born * HOUR)
        # A job's pod is of its night only.
        self._pods[cluster.name, pool.name] = {
            k: p for k, p in pods.items() if p.template.workload.kind != "CronJob"
        }
        return (_of_day(pod, first) for pod in pods.values())

    def _wanted(
        self, cluster: Cluster, pool: Pool, day: date, nodes: Sequence[Node]
    ) -> Iterator[tuple[Template, Iterable[_Key]]]:
        for template in _extras(cluster.shape):
            name = template.workload.name
            if template.workload.kind == "DaemonSet":
                yield template, (_Key(name, 0, n.uid) for n in nodes)
            elif pool is cluster.pools[0]:
                count = count_extras(template.workload, self._timeline, self._plan, cluster, day)
                yield template, (_Key(name, i, "") for i in range(count))
        for r in self._plan.replicas(cluster, pool, day):
            main, *others = _of_service(r.service.id, cluster.shape)
            left = r.count
            for template in others:
                count = r.count // template.workload.every
                left -= count
                yield template, (_Key(template.workload.name, i, "") for i in range(count))
            yield main, (_Key(main.workload.name, i, "") for i in range(left))


def count_extras(
    workload: Workload, timeline: Timeline, plan: ClusterPlan, cluster: Cluster, day: date
) -> int:
    """How many pods of a *workload* beside the services' replicas *cluster* runs on *day*."""
    extra = workload.extra
    if extra is None or cluster.shape not in extra.clusters:
        return 0
    last = timeline.until - timedelta(days=1)
    if extra.months and plan.tells_story and day < shift_month(last, 1 - extra.months):
        return 0
    return round(extra.replicas * timeline.copies * plan.share_of_cluster(cluster, day))


def _make(
    cluster: Cluster, pool: Pool, node: Node, template: Template, ordinal: int, version: int, born: int
) -> Pod:
    workload = template.workload
    uid = make_uid(node.uid, workload.namespace, workload.name, ordinal, born)
    name, owner = name_pod(workload, cluster.name, ordinal, version, uid, born)
    return Pod(cluster, pool, node, template, ordinal, version, name, uid, owner, born)


def _of_day(pod: Pod, first: int) -> Placed:
    """*pod* in the day that starts in hour *first*."""
    if pod.template.workload.kind == "CronJob":
        minutes = 4 + int(pod.uid[:4], 16) % 6
        return Placed(pod, pod.born, pod.born + 60 * minutes)
    return Placed(pod, max(first * HOUR, pod.born), min(first + 24, pod.node.last) * HOUR)


@cache
def _extras(shape: str) -> tuple[Template, ...]:
    return tuple(
        make_template(w, w.extra.cores, w.extra.memory_gib, w.extra.uses)
        for w in load_manifests().extras
        if w.extra is not None and shape in w.extra.clusters
    )


@cache
def _of_service(service_id: str, shape: str) -> tuple[Template, ...]:
    return service_templates(load_company().service(service_id), shape)
