"""Hours of a made cluster, as tables and as files, and the lake read back."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.catalog.clusters import FileUsage
from warikan.ingest.hours import SCHEMAS, HourTables, Part
from warikan.ingest.progress import Progress
from warikan.ingest.usage.collect import Asked, collect_cluster
from warikan.ingest.usage.report import ClusterReport
from warikan.ingest.usage.shelf import Shelf
from warikan.ingest.usage.source import Request, open_source
from warikan.lake import Lake

FIRST = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LAKE_TABLES = {
    "nodes": "kubernetes_node_hours",
    "containers": "kubernetes_container_hours",
    "volumes": "kubernetes_volume_hours",
    "load_balancers": "kubernetes_load_balancer_hours",
    "namespaces": "kubernetes_namespace_hours",
    "coverage": "kubernetes_coverage",
    "labels": "kubernetes_labels",
}


def hour_tables(
    start: datetime, hours: int, *, cluster: str = "c1", pods: int = 2, version: int = 1, minutes: int = 60
) -> HourTables:
    """*hours* hours: one node, *pods* pods, a volume; *version* is in what can differ."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for hour in (start + n * HOUR for n in range(hours)):
        at = {"x_ClusterId": cluster, "Hour": hour}
        seen = {"NodeMinutes": minutes, "PodMinutes": minutes, "UsageMinutes": minutes}
        rows["coverage"].append(at | seen | {"UnknownPodSamples": 0})
        if not minutes:
            continue
        rows["nodes"].append(at | {"NodeUid": "n", "NodeName": "node", "CpuCapacity": 4000 * 3600})
        rows["namespaces"].append(at | {"Namespace": "shop", "LabelsId": "space"})
        rows["volumes"].append(
            at | {"PersistentVolume": "pv", "CapacityBytes": 1 << 30, "MountSeconds": 3600}
        )
        rows["containers"] += [
            at
            | {
                "NodeUid": "n",
                "PodUid": f"p{pod}",
                "Namespace": "shop",
                "Pod": f"web-{pod}",
                "Container": "web",
            }
            | {"RunSeconds": 3600, "CpuUsage": version, "LabelsId": f"labels-{version}"}
            for pod in range(pods)
        ]
    rows["labels"] = [
        {"x_ClusterId": cluster, "LabelsId": name, "Kind": "pod", "Labels": [("v", name)], "Annotations": []}
        for name in ("space", f"labels-{version}")
    ]
    return HourTables(**{name: _table(name, rows[name]) for name in SCHEMAS})


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """*rows* with 0 for every amount that a row must have and does not say."""
    schema = SCHEMAS[name]
    zeros = {f.name: 0 for f in schema if f.type == pa.int64()}
    return pa.Table.from_pylist([zeros | row for row in rows], schema=schema)


def part(start: datetime, hours: int, **more: Any) -> Part:
    """The same as a part."""
    return Part(start, start + hours * HOUR, hour_tables(start, hours, **more))


def with_rows(tables: HourTables, name: str, change: Mapping[str, Any]) -> HourTables:
    """*tables* whose first row of *name* has other values."""
    rows = getattr(tables, name).to_pylist()
    rows[0] |= change
    return replace(tables, **{name: pa.Table.from_pylist(rows, schema=SCHEMAS[name])})


def with_versions(tables: HourTables, version: int) -> HourTables:
    """*tables* with *version* in a column of each table that has hours."""
    columns = {
        "nodes": ("CpuCapacity", version),
        "volumes": ("CapacityBytes", version),
        "coverage": ("UnknownPodSamples", version),
        "namespaces": ("LabelsId", f"labels-{version}"),
    }
    changed = {}
    for name, (column, value) in columns.items():
        table: pa.Table = getattr(tables, name)
        place = table.schema.names.index(column)
        values = pa.array([value] * table.num_rows, table.schema.field(column).type)
        changed[name] = table.set_column(place, column, values)
    return replace(tables, **changed)


def write_files(folder: Path, stem: str, tables: HourTables) -> None:
    """``<stem>.<table>.parquet`` in *folder*, those without rows left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f.name for f in fields(HourTables)):
        table: pa.Table = getattr(tables, name)
        if table.num_rows:
            pq.write_table(table, folder / f"{stem}.{name}.parquet")


def write_days(folder: Path, days: int, **more: Any) -> None:
    """Files of *days* days, named by the day."""
    for n in range(days):
        start = FIRST + n * 24 * HOUR
        write_files(folder, f"{start:%Y-%m-%d}", hour_tables(start, 24, **more))


def take_files(
    folder: Path,
    shelf: Shelf,
    *,
    cluster: str = "c1",
    start: date | None = None,
    end: date | None = None,
    again: bool = False,
    progress: Progress | None = None,
) -> ClusterReport:
    """Collect the files in *folder*."""
    temporary = Path(mkdtemp(dir=folder.parent))
    usage = FileUsage(type="hours", path=str(folder))
    request = Request(cluster, usage, folder.parent, temporary, {}, NOW)
    with ExitStack() as stack:
        source = stack.enter_context(open_source(request))
        asked = Asked(start, end, again=again, now=NOW)
        return collect_cluster(source, shelf, cluster, asked, temporary, progress)


def in_lake(lake: Lake, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table (its field of HourTables), sorted."""
    files = [f.path for f in lake.data_files(LAKE_TABLES[name])]
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY ALL"
        found = connection.execute(query, [files]).to_arrow_table()
    return [tuple(row.values()) for row in found.to_pylist()]


def everything(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables of clusters."""
    return {name: in_lake(lake, name) for name in LAKE_TABLES}


def days_in(lake: Lake, name: str = "coverage") -> list[str]:
    """The days that a table has, each once."""
    return sorted({str(row[0]) for row in in_lake(lake, name, 'CAST("Hour" AS DATE)')})
