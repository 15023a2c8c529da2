"""A small cluster whose truth is known to the last unit, as the series its exporters would have given."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

START = 1_748_822_400
"""2025-06-02T00:00Z."""
HOUR, MINUTE = 3600, 60
OFFSET = 7
"""Seconds after the minute at which everything is scraped."""


@dataclass(frozen=True)
class Series:
    """One series: its name, its labels, its values in time."""

    name: str
    labels: dict[str, str]
    points: list[tuple[int, float]]


Serve = Callable[[Sequence[Series]], str]
"""Starts a server that holds the series; its address."""


@dataclass(frozen=True)
class Container:
    """Constant usage, in millicores and bytes; *restarts* are seconds after the pod's start."""

    name: str
    cpu_request: int = 100
    memory_request: int = 64 << 20
    cpu: int = 50
    memory: int = 32 << 20
    gpus: int = 0
    restarts: tuple[int, ...] = ()
    init_seconds: int = 0
    """Runs so long before the others as an init container; 0 is an app."""


@dataclass(frozen=True)
class Pod:
    """A pod on *node* in ``[start, end)`` (seconds); a completed one is still shown for ten minutes."""

    namespace: str
    name: str
    uid: str
    node: str
    start: int
    end: int
    containers: tuple[Container, ...]
    owner: tuple[str, str] = ("<none>", "<none>")
    is_completed: bool = False
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """A machine; cores and bytes."""

    name: str
    uid: str
    start: int
    end: int
    cores: int = 4
    memory: int = 16 << 30
    gpus: int = 0
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """Nodes and pods in ``[first, last)``; nothing is scraped in *gaps* (half-open, seconds)."""

    first: int
    last: int
    nodes: tuple[Node, ...]
    pods: tuple[Pod, ...]
    gaps: tuple[tuple[int, int], ...] = ()

    def scrapes(self, start: int, end: int) -> Iterator[int]:
        """The moments in ``[start, end)`` at which series that exist then are seen."""
        a, b = max(start, self.first), min(end, self.last)
        for t in range((a - OFFSET + 59) // MINUTE * MINUTE + OFFSET, b, MINUTE):
            if not any(x <= t < y for x, y in self.gaps):
                yield t

    def series(self) -> Iterator[Series]:
        """Everything that kube-state-metrics and cAdvisor show."""
        for node in self.nodes:
            yield from self._node(node)
        for pod in self.pods:
            yield from self._pod(pod)
        namespaces = sorted({p.namespace for p in self.pods})
        for name in namespaces:
            labels = {"namespace": name, "label_tier": f"of-{name}"}
            yield Series(
                "kube_namespace_labels", labels, [(t, 1) for t in self.scrapes(self.first, self.last)]
            )

    def _node(self, node: Node) -> Iterator[Series]:
        times = list(self.scrapes(node.start, node.end))

        def gauge(name: str, value: float, **labels: str) -> Series:
            return Series(name, {"node": node.name, **labels}, [(t, value) for t in times])

        yield gauge(
            "kube_node_info", 1, system_uuid=node.uid, provider_id=f"aws:///a/{node.uid}", os_image="Linux"
        )
        yield gauge("kube_node_created", node.start)
        yield gauge("kube_node_labels", 1, **{f"label_{k}": v for k, v in node.labels.items()})
        for which, kept in (("capacity", 1.0), ("allocatable", 0.75)):
            name = f"kube_node_status_{which}"
            yield gauge(name, node.cores * kept, resource="cpu", unit="core")
            yield gauge(name, node.memory * kept, resource="memory", unit="byte")
            if node.gpus:
                yield gauge(name, node.gpus, resource="nvidia_com_gpu", unit="integer")

    def _pod(self, pod: Pod) -> Iterator[Series]:
        shown = list(self.scrapes(pod.start, pod.end + (10 * MINUTE if pod.is_completed else 0)))
        always = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}

        def gauge(name: str, value: float, **labels: str) -> Series:
            return Series(name, {**always, **labels}, [(t, value) for t in shown])

        yield gauge("kube_pod_info", 1, node=pod.node, host_network="false", pod_ip="10.0.0.1")
        yield gauge("kube_pod_start_time", pod.start)
        yield gauge(
            "kube_pod_owner", 1, owner_kind=pod.owner[0], owner_name=pod.owner[1], owner_is_controller="true"
        )
        yield gauge("kube_pod_labels", 1, **{f"label_{k}": v for k, v in pod.labels.items()})
        if pod.is_completed:
            done = [(t, float(pod.end)) for t in shown if t >= pod.end]
            yield Series("kube_pod_completion_time", always, done)
        for container in pod.containers:
            yield from self._container(pod, container, shown)
        transmitted = [(t, 1000.0 * (t - pod.start)) for t in shown if t < pod.end]
        sandbox = {"id": f"/kubepods/burstable/pod{pod.uid}", "interface": "eth0"}
        where = {"namespace": pod.namespace, "pod": pod.name}
        yield Series("container_network_transmit_bytes_total", where | sandbox, transmitted)

    def _container(self, pod: Pod, container: Container, shown: Sequence[int]) -> Iterator[Series]:
        key = {"namespace": pod.namespace, "pod": pod.name, "container": container.name}
        begin, end = life_of(pod, container)
        prefix = "kube_pod_init_container" if container.init_seconds else "kube_pod_container"
        asked = [("cpu", container.cpu_request / 1000), ("memory", container.memory_request)]
        asked += [("nvidia_com_gpu", container.gpus)] if container.gpus else []
        for resource, value in asked:
            labels = {**key, "uid": pod.uid, "resource": resource}
            yield Series(f"{prefix}_resource_requests", labels, [(t, value) for t in shown])
        running = [(t, float(begin <= t < end)) for t in shown]
        yield Series(f"{prefix}_status_running", {**key, "uid": pod.uid}, running)
        begins = [begin, *(pod.start + r for r in container.restarts)]
        for number, (a, b) in enumerate(zip(begins, [*begins[1:], end], strict=True)):
            times = list(self.scrapes(a, b))
            if not times:
                continue
            labels = {**key, "id": f"/kubepods/burstable/pod{pod.uid}/c{number}", "cpu": "total"}
            usage = [(t, container.cpu * (t - a) / 1000) for t in times]
            yield Series("container_cpu_usage_seconds_total", labels, usage)
            del labels["cpu"]
            yield Series("container_memory_working_set_bytes", labels, [(t, container.memory) for t in times])
            yield Series("container_start_time_seconds", labels, [(t, a) for t in times])


def life_of(pod: Pod, container: Container) -> tuple[int, int]:
    """When *container* runs: init containers first, then the others together."""
    waits = sum(c.init_seconds for c in pod.containers)
    if container.init_seconds:
        return pod.start, pod.start + container.init_seconds
    return pod.start + waits, pod.end


Truth = dict[tuple[int, str, str], dict[str, int]]
"""By hour, pod's uid and container: the amounts of kubernetes_container_hours."""


def container_truth(world: World) -> Truth:
    """What a perfect collector answers, added up second by second of what was scraped."""
    found: dict[tuple[int, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for pod in world.pods:
        for container in pod.containers:
            for hour, amounts in _minutes(world, pod, container):
                for name, value in amounts.items():
                    found[hour, pod.uid, container.name][name] += value
    return {
        key: {k: v // 1000 if k.startswith("Cpu") else v for k, v in amounts.items()}
        for key, amounts in found.items()
    }


def _minutes(world: World, pod: Pod, container: Container) -> Iterator[tuple[int, dict[str, int]]]:
    begin, end = life_of(pod, container)
    begins = [begin, *(pod.start + r for r in container.restarts)]
    is_short = pod.is_completed and pod.end - pod.start <= 2 * MINUTE
    scraped = set(world.scrapes(begin, end))
    before: int | None = None
    for minute in range(begin // MINUTE * MINUTE, end, MINUTE):
        t = minute + OFFSET
        if t not in scraped and not is_short:
            continue
        seconds = min(minute + MINUTE, pod.end if pod.is_completed else minute + MINUTE) - max(
            minute, pod.start
        )
        used = 0
        if t in scraped:
            since = max([b for b in begins if b <= t] + ([before] if before is not None else []))
            total = container.cpu * 1000 * (t - since)
            parts = max(1, (t - before) // MINUTE) if before is not None else 1
            used = total - total // parts * (parts - 1)
            before = t
        asked = container.cpu_request * 1000 * seconds
        memory = container.memory * seconds if t in scraped else 0
        yield minute // HOUR * HOUR, {
            "RunSeconds": seconds, "CpuRequest": asked, "CpuUsage": used, "CpuDemand": max(asked, used),
            "MemoryRequest": container.memory_request * seconds, "MemoryUsage": memory,
            "MemoryDemand": max(container.memory_request * seconds, memory),
            "GpuRequest": container.gpus * 1000 * seconds, "SampledMinutes": int(t in scraped),
        }  # fmt: skip


def openmetrics(series: Sequence[Series]) -> Iterator[str]:
    """Lines that ``promtool tsdb create-blocks-from openmetrics`` reads: families together, seconds."""
    by_name: dict[str, list[Series]] = defaultdict(list)
    for one in series:
        by_name[one.name].append(one)
    for name, members in by_name.items():
        is_counter = name.endswith("_total")
        yield f"# TYPE {name.removesuffix('_total')} {'counter' if is_counter else 'gauge'}"
        for one in members:
            head = f"{name}{{{_labels(one.labels)}}}"
            yield from (f"{head} {v!r} {t}" for t, v in one.points)
    yield "# EOF"


def exposition(series: Sequence[Series]) -> Iterator[str]:
    """Lines that VictoriaMetrics imports: milliseconds."""
    for one in series:
        head = f"{one.name}{{{_labels(one.labels)}}}"
        yield from (f"{head} {v!r} {t * 1000}" for t, v in one.points)


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{k}="{_escaped(v)}"' for k, v in labels.items())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def uid(number: int) -> str:
    """A uid as Kubernetes gives them."""
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def busy_world() -> World:
    """Four hours with churn, a reused name, restarts, an init container, short jobs, a gap and a GPU."""
    h, end = HOUR, START + 4 * HOUR
    web = Container("web", cpu_request=250, cpu=400, memory=96 << 20, restarts=(5000, 5400))
    side = Container("proxy", cpu_request=20, cpu=5)
    setup = Container("setup", cpu_request=1000, cpu=900, init_seconds=300)
    job = (Container("work", cpu_request=500, cpu=450),)
    labels = {"app": "shop", "team": "checkout"}
    pods = (
        Pod(
            "shop",
            "web-7f-a",
            uid(1),
            "n1",
            START - 900,
            end + 900,
            (web, side),
            ("ReplicaSet", "web-7f"),
            labels=labels,
        ),
        Pod("shop", "db-0", uid(2), "n1", START, START + h + 600, (Container("db"),), ("StatefulSet", "db")),
        Pod(
            "shop",
            "db-0",
            uid(3),
            "n2",
            START + h + 660,
            end,
            (Container("db", cpu=300),),
            ("StatefulSet", "db"),
        ),
        Pod(
            "batch",
            "night-1",
            uid(4),
            "n2",
            START + 1800,
            START + 1802,
            job,
            ("Job", "night-28"),
            is_completed=True,
        ),
        Pod(
            "batch",
            "late-1",
            uid(5),
            "n2",
            START + 2 * h - 3,
            START + 2 * h - 1,
            job,
            ("Job", "late"),
            is_completed=True,
        ),
        Pod(
            "batch",
            "across-1",
            uid(6),
            "n2",
            START + h - 1,
            START + h + 1,
            job,
            ("Job", "across"),
            is_completed=True,
        ),
        Pod("ml", "train", uid(7), "n2", START + 1000, START + 3 * h, (setup, Container("train", gpus=2))),
        Pod(
            "batch",
            "long-1",
            uid(8),
            "n1",
            START + 300,
            START + 2 * h + 47,
            job,
            ("Job", "long"),
            is_completed=True,
        ),
    )
    zone = {
        "topology_kubernetes_io_zone": "a",
        "karpenter_sh_capacity_type": "spot",
        "karpenter_sh_nodepool": "main",
    }
    nodes = (
        Node("n1", uid(101), START - 86_400, end + h, labels=zone),
        Node("n2", uid(102), START - 86_400, START + 3 * h + 600, gpus=2),
        Node("n2", uid(103), START + 3 * h + 1200, end + h, cores=8),
    )
    gap = (START + 3 * h + 1500, START + 3 * h + 1500 + 240)
    return World(START - 2 * h, end + h, nodes, pods, gaps=(gap,))


def owners(world: World) -> list[Series]:
    """The owners of ReplicaSets and Jobs."""
    times = list(world.scrapes(world.first, world.last))
    deployment = {"owner_kind": "Deployment", "owner_name": "web"}
    cron_job = {"owner_kind": "CronJob", "owner_name": "night"}
    nobody = {"owner_kind": "<none>", "owner_name": "<none>"}
    rows = [
        ("kube_replicaset_owner", {"namespace": "shop", "replicaset": "web-7f", **deployment}),
        ("kube_job_owner", {"namespace": "batch", "job_name": "night-28", **cron_job}),
        ("kube_job_owner", {"namespace": "batch", "job_name": "late", **nobody}),
    ]
    return [
        Series(name, {**labels, "owner_is_controller": "true"}, [(t, 1) for t in times])
        for name, labels in rows
    ]
