"""Days into the lake: a few commits for many days, in an order that no kill can turn into a lie."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from warikan.ingest.hours import SCHEMAS, HourTables
from warikan.ingest.relation import literal, quote
from warikan.ingest.usage.batch import Batch
from warikan.ingest.usage.coverage import kept_days
from warikan.ingest.usage.shelf import KeptDay, read_table
from warikan.lake import Lake, Unit

COVERAGE, LABELS = "kubernetes_coverage", "kubernetes_labels"
TABLES = {
    "nodes": ("kubernetes_node_hours", "Hour, NodeUid"),
    "containers": ("kubernetes_container_hours", "Hour, Namespace, Pod, PodUid, Container, NodeUid"),
    "volumes": ("kubernetes_volume_hours", "Hour, PersistentVolume, PodUid"),
    "load_balancers": ("kubernetes_load_balancer_hours", "Hour, Namespace, Service, LoadBalancer, PodUid"),
    "namespaces": ("kubernetes_namespace_hours", "Hour, Namespace"),
}
"""Field of HourTables → its table in the lake and the order of its rows."""
_MOST_LABEL_FILES = 30
"""Of one cluster; from then on they are written into one."""


class LakeShelf:
    """
    The tables ``kubernetes_*``.

    A day is in the lake when its coverage is: the coverage of days that are replaced goes first, that of the
    new ones comes last, and readers look only at days that have it. Labels come before the rows that name
    them. The lake is locked for one :meth:`keep`, not while a server is read.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def kept(self, cluster_id: str) -> Mapping[date, KeptDay]:
        """The days of a cluster that are there, whole."""
        return kept_days(self._lake, cluster_id)

    def hours(self, cluster_id: str, day: date) -> HourTables:
        """What is there of *day*, without its labels."""
        between = (day, day + timedelta(days=1))
        tables = {"labels": SCHEMAS["labels"].empty_table()}
        for field, table in {**{f: t for f, (t, _) in TABLES.items()}, "coverage": COVERAGE}.items():
            files = self._lake.data_files(table, between=between, source_ids=[cluster_id])
            tables[field] = read_table(field, [file.path for file in files])
        return HourTables(**tables)

    def keep(self, cluster_id: str, batch: Batch, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the days of *batch* there; see :class:`warikan.ingest.usage.shelf.Shelf`."""
        with self._lake.writing():
            self._lake.expect_commit()
            units = [Unit(cluster_id, day.day) for day in batch.days]
            written = {
                table: self._write(connection, batch, field, table, order)
                for field, (table, order) in TABLES.items()
            }
            coverage = self._lake.copy_by_day(connection, _with_origins(batch), COVERAGE)
            self._add_labels(connection, cluster_id, batch)
            self._lake.replace(COVERAGE, units, [])
            for table, files in written.items():
                self._lake.replace(table, units, files)
            self._lake.replace(COVERAGE, units, coverage)

    def _write(
        self, connection: duckdb.DuckDBPyConnection, batch: Batch, field: str, table: str, order: str
    ) -> list[Path]:
        if not batch.rows(field):
            return []
        keys = ", ".join(f"{quote(name)} NULLS FIRST" for name in order.split(", "))
        return self._lake.copy_by_day(connection, f"FROM {batch.relation(field)} ORDER BY {keys}", table)

    def _add_labels(self, connection: duckdb.DuckDBPyConnection, cluster_id: str, batch: Batch) -> None:
        """Those that the cluster does not have yet; equal ids have equal contents."""
        columns = ", ".join(map(quote, SCHEMAS["labels"].names))
        present = [f.path for f in self._lake.data_files(LABELS, source_ids=[cluster_id])]
        known = f'SELECT "LabelsId" FROM {_files(present)}' if present else "SELECT NULL WHERE false"
        fresh = f'SELECT {columns} FROM {batch.relation("labels")} WHERE "LabelsId" NOT IN ({known})'
        is_many = len(present) >= _MOST_LABEL_FILES
        if is_many:
            fresh = f"SELECT {columns} FROM {_files(present)} UNION ALL {fresh}"
        path = self._lake.new_file(LABELS)
        rows = self._lake.copy(connection, _each_once(fresh), LABELS, path)
        if rows:
            self._lake.replace(LABELS, [Unit(cluster_id, None)] if is_many else [], [path])


def _with_origins(batch: Batch) -> str:
    """SQL of the coverage of *batch*, each row with the origin of its day."""
    origins = ", ".join(f"(DATE '{day.day}', {literal(day.origin)})" for day in batch.days)
    return f"""
        SELECT c.*, o.origin AS "Origin" FROM {batch.relation("coverage")} c
        JOIN (VALUES {origins}) o(day, origin) ON CAST(c."Hour" AS DATE) = o.day ORDER BY c."Hour"
    """


def _files(paths: Sequence[str]) -> str:
    listed = ", ".join(map(literal, paths))
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _each_once(rows: str) -> str:
    """One row of each LabelsId, the same one in any order."""
    content = 'CAST(to_json("Labels") AS VARCHAR) || CAST(to_json("Annotations") AS VARCHAR)'
    picked = ", ".join(
        f"arg_min({column}, _content) AS {column}" for column in map(quote, ("Kind", "Labels", "Annotations"))
    )
    return f"""
        SELECT "x_ClusterId", "LabelsId", {picked}
        FROM (SELECT *, coalesce({content}, '') AS _content FROM ({rows}))
        GROUP BY "x_ClusterId", "LabelsId" ORDER BY "LabelsId"
    """
