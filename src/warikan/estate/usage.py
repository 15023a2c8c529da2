"""Cluster usage as files: for each cluster and month the hour tables that a collector would have kept."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.estate.cluster_hours import ClusterHours
from warikan.estate.clusters import Cluster
from warikan.estate.container_hours import measure_hours
from warikan.estate.hour_tables import tabulate_hours
from warikan.estate.object_labels import Labelled, tabulate_labels
from warikan.estate.pods import PodDays
from warikan.estate.scheduling import HOUR, Day
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Month, hours_since_epoch
from warikan.ingest.hours import SCHEMAS

FOLDER = "usage"
USAGE_MONTHS = 2
"""The upgrade from blue to green is in the month before the last: this shows both of it."""
_PODS_AT_ONCE = 20_000
"""Pods times days that are held as hours together."""


def list_cluster_hours(estate: Estate, cluster: Cluster, days: Sequence[Day]) -> Iterator[ClusterHours]:
    """The hours of *cluster* in *days*, as many days at a time as fit in memory."""
    first, last = estate.plan.life(cluster)
    there = [d for d in days if first <= hours_since_epoch(d.day) < last]
    return (hours_of_days(estate, cluster, some) for some in _cut(there))


def hours_of_days(estate: Estate, cluster: Cluster, days: Sequence[Day]) -> ClusterHours:
    """The hours of *cluster* in *days*, which follow each other; it runs on all of them."""
    start, end = hours_since_epoch(days[0].day), hours_since_epoch(days[-1].day) + 24
    nodes = [n for n in estate.nodes if n.cluster is cluster and n.first < end and start < n.last]
    balancers = [b for b in estate.balancers if b.cluster is cluster]
    return ClusterHours(
        cluster=cluster,
        start=start * HOUR,
        end=end * HOUR,
        nodes=sorted(nodes, key=lambda n: n.uid),
        volumes=sorted((v for v in estate.volumes if v.cluster is cluster), key=lambda v: v.name),
        balancers=sorted(balancers, key=lambda b: (b.workload.namespace, b.workload.name)),
        containers=measure_hours(estate.seed, PodDays.of(days, cluster.name)),
    )


def _cut(days: Sequence[Day]) -> Iterator[Sequence[Day]]:
    waiting: list[Day] = []
    pods = 0
    for day in days:
        waiting.append(day)
        pods += len(day.placed)
        if pods >= _PODS_AT_ONCE:
            yield waiting
            waiting, pods = [], 0
    if waiting:
        yield waiting


class UsageFiles:
    """
    The files of one cluster and month: ``usage/<cluster>/<YYYY-MM>.<table>.parquet``.

    Attributes:
        rows: Written so far, by table.
    """

    def __init__(self, folder: Path, cluster: Cluster, month: Month) -> None:
        self._cluster = cluster
        self._labels: dict[str, Labelled] = {}
        self._open_files = ExitStack()
        self.rows = dict.fromkeys(SCHEMAS, 0)
        home = folder / FOLDER / cluster.name
        home.mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._paths = {name: home / f"{month.label}.{name}.parquet" for name in SCHEMAS}

    def write(self, there: ClusterHours) -> None:
        """Append some hours, which come after those before."""
        self._labels |= {o.id: o for o in there.labels()}
        for name, table in tabulate_hours(there).items():
            self._write(name, table)

    def _write(self, name: str, table: pa.Table) -> None:
        if name not in self._writers:
            # Without Arrow's own schema in the file a reader sees plain texts, however they are encoded.
            writer = pq.ParquetWriter(
                self._paths[name], table.schema, compression="zstd", version="2.6", store_schema=False
            )
            self._writers[name] = self._open_files.enter_context(writer)
        self._writers[name].write_table(table)
        self.rows[name] += table.num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._write("labels", tabulate_labels(self._cluster.name, self._labels.values()))
        self._open_files.close()
