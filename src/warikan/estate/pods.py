"""Pods of some days as arrays, and the table of the truth that everything about clusters is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from warikan.estate.scheduling import Day, Pod
from warikan.estate.timeline import Floats, Ints

PODS = pa.schema(
    [
        ("cluster", pa.string()), ("namespace", pa.string()), ("pod", pa.string()),
        ("pod_uid", pa.string()), ("service", pa.string()), ("node_uid", pa.string()),
        ("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC")),
        ("cpu_request_cores", pa.float64()), ("cpu_used_cores", pa.float64()),
        ("memory_request_gib", pa.float64()), ("memory_used_gib", pa.float64()),
        ("workload_kind", pa.string()), ("workload", pa.string()), ("gpus", pa.int64()),
    ]
)  # fmt: skip
"""One row per pod and day (UTC): its true owner, requests, and what it uses in an ordinary hour between
*start* and *end*; the hours of the day vary around that (container_hours.py). *workload* is null for a
bare pod."""


@dataclass(frozen=True)
class PodDays:
    """
    Pods of some days; the arrays have one entry per pod and day.

    Attributes:
        pods: Each pod once, in the order of its first day.
        pod: Position in *pods*.
        start, end: Seconds since 1970.
        used: Share of the requested cores that an ordinary hour uses.
    """

    pods: Sequence[Pod]
    pod: Ints
    start: Ints
    end: Ints
    used: Floats

    @classmethod
    def of(cls, days: Sequence[Day], cluster: str | None = None) -> Self:
        """The pods of *days*, of one *cluster* or of all."""
        numbers: dict[str, int] = {}
        pods: list[Pod] = []
        rows: list[tuple[int, int, int, float]] = []
        for day in days:
            for (pod, start, end), used in zip(day.placed, day.used.tolist(), strict=True):
                if cluster is not None and pod.cluster.name != cluster:
                    continue
                number = numbers.setdefault(pod.uid, len(pods))
                if number == len(pods):
                    pods.append(pod)
                rows.append((number, start, end, used))
        pod_numbers, starts, ends, uses = zip(*rows, strict=True) if rows else ((), (), (), ())
        number_of, start_of, end_of = (np.array(c, dtype=np.int64) for c in (pod_numbers, starts, ends))
        return cls(pods, number_of, start_of, end_of, np.array(uses, dtype=np.float64))

    def texts(self, of_pods: Sequence[str | None]) -> pa.Array:
        """One text of each pod, for each row."""
        return pa.DictionaryArray.from_arrays(pa.array(self.pod, pa.int32()), pa.array(of_pods, pa.string()))

    @property
    def cores(self) -> Floats:
        """Cores that an ordinary hour uses."""
        requested = np.array([p.template.cores for p in self.pods])[self.pod]
        return np.round(requested * self.used, 4)

    @property
    def memory_gib(self) -> Floats:
        """Memory in use: never far from what it is when nothing happens."""
        requested = np.array([p.template.memory_gib for p in self.pods])[self.pod]
        return np.round(requested * np.minimum(1.0, 0.45 + self.used / 2), 4)


def tabulate_pods(days: PodDays) -> pa.Table:
    """*days* in the schema PODS."""
    if not days.pods:
        return PODS.empty_table()
    pods = days.pods
    requests = np.array([(p.template.cores, p.template.memory_gib) for p in pods])[days.pod]
    columns = {
        "cluster": days.texts([p.cluster.name for p in pods]),
        "namespace": days.texts([p.workload.namespace for p in pods]),
        "pod": days.texts([p.name for p in pods]),
        "pod_uid": days.texts([p.uid for p in pods]),
        "service": days.texts([p.workload.service for p in pods]),
        "node_uid": days.texts([p.node.uid for p in pods]),
        "start": pa.array(days.start * 1_000_000),
        "end": pa.array(days.end * 1_000_000),
        "cpu_request_cores": pa.array(requests[:, 0]),
        "cpu_used_cores": pa.array(days.cores),
        "memory_request_gib": pa.array(requests[:, 1]),
        "memory_used_gib": pa.array(days.memory_gib),
        "workload_kind": days.texts([p.workload.kind if p.owner else None for p in pods]),
        "workload": days.texts([p.workload.name if p.owner else None for p in pods]),
        "gpus": pa.array(np.array([p.workload.gpus for p in pods])[days.pod]),
    }
    return pa.table([columns[f.name].cast(f.type) for f in PODS], schema=PODS)
