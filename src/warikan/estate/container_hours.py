"""
What each container did in each hour, so simply that its demand by the minute is exact.

In an hour a container uses one rate of CPU in the first BURST_SECONDS and a lower one after, and one amount
of memory throughout. Rates are whole millicores, so everything adds up without rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from warikan.estate.manifests import Container
from warikan.estate.numbers import repeat_rows
from warikan.estate.pods import PodDays
from warikan.estate.random_streams import open_stream
from warikan.estate.scheduling import HOUR, Pod
from warikan.estate.timeline import DAY_HOURS, HOUR_JST, Floats, Ints

BURST_SECONDS = 600
_BURST, _CALM = 1.25, 0.95
"""CPU in the burst and after it against the hour's mean: 10 minutes of one and 50 of the other."""
_NOISE = 0.06
_INIT_USES = 0.6
_GPU_BUSY = 550
"""Thousandths of a GPU."""
_BYTES_PER_CORE = 60_000
"""Bytes a second that a pod sends for each core that it uses; it receives half of that."""
_MIB = 1 << 20
_JST = (np.arange(DAY_HOURS) + 9) % DAY_HOURS
_OFFICE = np.where((np.arange(DAY_HOURS) >= 9) & (np.arange(DAY_HOURS) < 20), 1.5, 0.57)
_NIGHT = np.where(np.arange(DAY_HOURS) < 6, 1.6, 0.8)
# Use against an ordinary hour, by UTC hour. Of production's replicas each takes part of the day's swing only.
_PROFILES: dict[str, Floats] = {
    "prod": (0.4 + 0.6 * HOUR_JST / HOUR_JST.mean())[_JST],
    "staging": _OFFICE[_JST],
    "data": _NIGHT[_JST],
}


@dataclass(frozen=True)
class ContainerHours:
    """
    One row per pod, container and hour, of one cluster; the arrays are of one length.

    Attributes:
        pods: Each pod once.
        pod: Position in *pods*; container: position in *containers*.
        containers: All kinds of containers there are.
        start, end: When it ran, seconds since 1970 within one hour.
        cpu_burst, cpu_calm: Millicores in the first BURST_SECONDS of the hour, and after.
        memory: Bytes. gpu: thousandths of the GPUs that it asked for.
        sent, received: Bytes a second.
    """

    pods: Sequence[Pod]
    containers: Sequence[Container]
    pod: Ints
    container: Ints
    start: Ints
    end: Ints
    cpu_burst: Ints
    cpu_calm: Ints
    memory: Ints
    gpu: Ints
    sent: Ints
    received: Ints

    @property
    def hour(self) -> Ints:
        """The first second of the hour."""
        return self.start // HOUR * HOUR

    @property
    def seconds(self) -> Ints:
        """How long it ran."""
        return self.end - self.start

    @property
    def burst_seconds(self) -> Ints:
        """How long of that lay in the burst."""
        return np.clip(np.minimum(self.end, self.hour + BURST_SECONDS) - self.start, 0, None)

    def asked(self, resource: str) -> Ints:
        """What the container asks for: ``cpu`` (millicores), ``memory`` (bytes), ``gpus``."""
        return np.array([getattr(c, resource) for c in self.containers], dtype=np.int64)[self.container]

    def amounts(self) -> dict[str, Ints]:
        """Requests, usage and demand in the units and under the names of ``kubernetes_container_hours``."""
        burst, calm = self.burst_seconds, self.seconds - self.burst_seconds
        cpu, memory, gpu = self.asked("cpu"), self.asked("memory"), self.asked("gpus") * 1000
        return {
            "CpuRequest": cpu * self.seconds,
            "CpuUsage": self.cpu_burst * burst + self.cpu_calm * calm,
            "CpuDemand": np.maximum(self.cpu_burst, cpu) * burst + np.maximum(self.cpu_calm, cpu) * calm,
            "MemoryRequest": memory * self.seconds,
            "MemoryUsage": self.memory * self.seconds,
            "MemoryDemand": np.maximum(self.memory, memory) * self.seconds,
            "GpuRequest": gpu * self.seconds,
            "GpuUsage": self.gpu * self.seconds,
            "GpuDemand": np.maximum(self.gpu, gpu) * self.seconds,
        }

    def take(self, rows: Ints | np.ndarray) -> Self:
        """Only *rows* (positions, or a mask), in that order."""
        kept = ("pods", "containers")
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        return type(self)(**{n: a if n in kept else a[rows] for n, a in arrays.items()})


@dataclass(frozen=True)
class _Runs:
    """One row per container and day: position in ``PodDays``, the container, and when it ran."""

    day: Ints
    container: Ints
    start: Ints
    end: Ints


def measure_hours(seed: int, days: PodDays) -> ContainerHours:
    """The container-hours of whole *days* of one cluster; sorted by hour, namespace, pod and container."""
    containers = sorted({c for t in {p.template for p in days.pods} for c in t.containers}, key=repr)
    runs = _list_runs(days, containers)
    noise = _draw_noise(seed, days, runs.day)
    hours_each = np.where(runs.end > runs.start, (runs.end - 1) // HOUR - runs.start // HOUR + 1, 0)
    run, nth = repeat_rows(hours_each)
    hour = (runs.start[run] // HOUR + nth) * HOUR
    of_day = hour // HOUR % DAY_HOURS
    row, container = runs.day[run], runs.container[run]
    level = noise[run, of_day] * _profile(days)[of_day]
    hours = ContainerHours(
        pods=days.pods, containers=containers, pod=days.pod[row], container=container,
        start=np.maximum(runs.start[run], hour), end=np.minimum(runs.end[run], hour + HOUR),
        **_rates(days, containers, row, container, level),
    )  # fmt: skip
    return hours.take(_find_order(hours))


def _list_runs(days: PodDays, containers: Sequence[Container]) -> _Runs:
    """Init containers run before the app; sidecars all the time."""
    number = {c: i for i, c in enumerate(containers)}
    flat: list[int] = []
    first: list[int] = []
    for one in days.pods:
        first.append(len(flat))
        flat += [number[c] for c in one.template.containers]
    count = np.array([len(p.template.containers) for p in days.pods], dtype=np.int64)
    row, nth = repeat_rows(count[days.pod])
    pod = days.pod[row]
    container = np.array(flat, dtype=np.int64)[np.array(first, dtype=np.int64)[pod] + nth]
    kind = np.array([c.kind for c in containers])[container]
    ready = np.array([ready_at(p) for p in days.pods], dtype=np.int64)[pod]
    start, end = days.start[row], days.end[row]
    return _Runs(
        row,
        container,
        np.where(kind == "app", np.maximum(start, ready), start),
        np.where(kind == "init", np.minimum(end, ready), end),
    )


def ready_at(pod: Pod) -> int:
    """When the init container has ended and the app begins, seconds since 1970."""
    return pod.born + pod.workload.init_seconds


def _draw_noise(seed: int, days: PodDays, row: Ints) -> Floats:
    """Factors around one, for each container-day and hour of the day; the same however days are cut."""
    day_of = days.start[row] // (HOUR * DAY_HOURS)
    drawn = [
        open_stream(seed, "usage", days.pods[0].cluster.name, day).standard_normal((count, DAY_HOURS))
        for day, count in zip(*(a.tolist() for a in np.unique(day_of, return_counts=True)), strict=True)
    ]
    noise: Floats = np.exp(np.concatenate(drawn) * _NOISE) if drawn else np.ones((0, DAY_HOURS))
    return noise


def _profile(days: PodDays) -> Floats:
    return _PROFILES[days.pods[0].cluster.shape] if days.pods else np.ones(DAY_HOURS)


def _rates(
    days: PodDays, containers: Sequence[Container], row: Ints, container: Ints, level: Floats
) -> dict[str, Ints]:
    """CPU, memory, GPU and traffic of container-hours at *level* times what is ordinary."""
    share, cpu, memory, gpus = (
        np.array([getattr(c, name) for c in containers])[container]
        for name in ("share", "cpu", "memory", "gpus")
    )
    kind = np.array([c.kind for c in containers])[container]
    cores = days.cores[row] * level
    mean = np.where(kind == "init", cpu * _INIT_USES, cores * 1000 * share)
    filled = (days.memory_gib / _requested_gib(days))[row] * (0.98 + 0.02 * level)
    on_host = np.array([p.workload.host_network for p in days.pods])[days.pod][row]
    sent = np.rint(np.where((kind == "app") & ~on_host, cores * _BYTES_PER_CORE, 0.0)).astype(np.int64)
    return {
        "cpu_burst": np.rint(mean * _BURST).astype(np.int64),
        "cpu_calm": np.rint(mean * _CALM).astype(np.int64),
        "memory": np.rint(memory / _MIB * filled).astype(np.int64) * _MIB,
        "gpu": gpus * np.rint(np.minimum(_GPU_BUSY * level, 1000)).astype(np.int64),
        "sent": sent,
        "received": sent // 2,
    }


def _requested_gib(days: PodDays) -> Floats:
    requested: Floats = np.array([p.template.memory_gib for p in days.pods])[days.pod]
    return requested


def _find_order(hours: ContainerHours) -> Ints:
    by_name = sorted(
        range(len(hours.pods)), key=lambda i: (hours.pods[i].workload.namespace, *hours.pods[i][6:8])
    )
    rank = np.empty(len(by_name), dtype=np.int64)
    rank[by_name] = np.arange(len(by_name))
    names = (
        np.unique([c.name for c in hours.containers], return_inverse=True)[1] if hours.containers else rank
    )
    return np.lexsort((names[hours.container], rank[hours.pod], hours.start // HOUR))
