"""What was there in some hours of a cluster, before it becomes tables or series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from warikan.estate.balancers import Balancer
from warikan.estate.claims import Volume
from warikan.estate.clusters import Cluster, Node
from warikan.estate.container_hours import ContainerHours
from warikan.estate.numbers import repeat_rows
from warikan.estate.object_labels import Labelled, label_namespace, label_node, label_pod
from warikan.estate.scheduling import HOUR
from warikan.estate.timeline import Ints

Columns = Mapping[str, pa.Array | Ints]
"""Of a table: texts and numbers by their name; moments are seconds since 1970."""


@dataclass(frozen=True)
class ClusterHours:
    """
    What was there in the hours ``[start, end)`` of one cluster.

    Attributes:
        start, end: Seconds since 1970, whole hours within the cluster's life.
        nodes, volumes, balancers: Of the cluster, by uid, name, and namespace and name; those that live at
            other times add nothing.
        containers: Their rows lie in these hours.
    """

    cluster: Cluster
    start: int
    end: int
    nodes: Sequence[Node]
    volumes: Sequence[Volume]
    balancers: Sequence[Balancer]
    containers: ContainerHours

    @cached_property
    def pod_labels(self) -> list[Labelled]:
        """Of each of the pods, in their order."""
        return [label_pod(p) for p in self.containers.pods]

    @cached_property
    def pod_ends(self) -> list[int]:
        """When each of the pods is last seen, seconds since 1970."""
        ends = np.zeros(len(self.containers.pods), dtype=np.int64)
        np.maximum.at(ends, self.containers.pod, self.containers.end)
        found: list[int] = ends.tolist()
        return found

    @property
    def hours(self) -> Ints:
        """The first second of each hour."""
        return np.arange(self.start, self.end, HOUR, dtype=np.int64)

    @property
    def namespaces(self) -> list[str]:
        """All namespaces that have pods, sorted."""
        return sorted({p.workload.namespace for p in self.containers.pods})

    def labels(self) -> list[Labelled]:
        """The labels of everything."""
        seen = [n for n in self.nodes if n.first * HOUR < self.end and self.start < n.last * HOUR]
        spaces = [label_namespace(name) for name in self.namespaces]
        return [*self.pod_labels, *spaces, *(label_node(n) for n in seen)]


def texts(values: Sequence[str | None], number: Ints) -> pa.Array:
    """The text of that number, for each row; -1 is null."""
    codes: dict[str, int] = {}
    code = np.array([-1 if v is None else codes.setdefault(v, len(codes)) for v in (*values, None)])[number]
    # Arrow writes a dictionary that holds a null not at all, and one with a text twice not always alike.
    indices = pa.array(code, pa.int32(), mask=code < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(codes), pa.string()))


def live_hours(first: Sequence[int], last: Sequence[int], there: ClusterHours) -> tuple[Ints, Ints]:
    """One row per object (hours since 1970 ``[first, last)``) and hour, by hour: its number and the hour."""
    a = np.maximum(np.array(first, dtype=np.int64) * HOUR, there.start)
    b = np.minimum(np.array(last, dtype=np.int64) * HOUR, there.end)
    number, nth = repeat_rows(np.clip((b - a) // HOUR, 0, None))
    hour = a[number] + nth * HOUR
    order = np.lexsort((number, hour))
    return number[order], hour[order]
