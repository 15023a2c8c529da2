"""How much of each day of each cluster was seen: what the lake has, and what is missing."""

from collections.abc import Collection, Mapping
from datetime import date

import duckdb
import pyarrow as pa

from warikan.ingest.relation import literal
from warikan.ingest.usage.shelf import KeptDay
from warikan.lake import Lake

_DAYS = """
    SELECT "x_ClusterId", CAST("Hour" AS DATE) AS "Day", any_value("Origin") AS "Origin",
        count(*) AS "Hours",
        CAST(sum("NodeMinutes") AS BIGINT) AS "NodeMinutes",
        CAST(sum("PodMinutes") AS BIGINT) AS "PodMinutes",
        CAST(sum("UsageMinutes") AS BIGINT) AS "UsageMinutes",
        CAST(sum(least("NodeMinutes", "PodMinutes", "UsageMinutes")) AS BIGINT) AS "SampledMinutes",
        24 - count(*) FILTER (WHERE "NodeMinutes" > 0 AND "PodMinutes" > 0) AS "MissingHours",
        count(*) FILTER (WHERE least("NodeMinutes", "PodMinutes", "UsageMinutes") < 60) AS "GapHours",
        CAST(sum("UnknownPodSamples") AS BIGINT) AS "UnknownPodSamples",
        count(*) = extract('hour' FROM max("Hour")) + 1 AS "IsContiguous"
    FROM {coverage} GROUP BY ALL
"""
_WITH_PODS = """
    SELECT d.* EXCLUDE ("IsContiguous"), coalesce(p."PodHours", 0) AS "PodHours",
        coalesce(p."ContainerHours", 0) AS "ContainerHours"
    FROM ({days}) d LEFT JOIN (
        SELECT "x_ClusterId", CAST("Hour" AS DATE) AS "Day", count(DISTINCT ("Hour", "PodUid")) AS "PodHours",
            count(*) AS "ContainerHours"
        FROM {containers} GROUP BY ALL
    ) p USING ("x_ClusterId", "Day") ORDER BY "x_ClusterId", "Day"
"""


def coverage(
    lake: Lake, *, between: tuple[date, date] | None = None, clusters: Collection[str] | None = None
) -> pa.Table:
    """
    How much was seen, one row per cluster and day that was taken in, in that order.

    Only days *between* ``[first, end)`` and *clusters*, where given.

    Returns: ``x_ClusterId``, ``Day`` (date), ``Origin``; ``Hours`` that were looked at (24 but for the newest
    day); ``NodeMinutes``, ``PodMinutes``, ``UsageMinutes`` of 1,440 with any sample, ``SampledMinutes`` with
    all three; ``MissingHours`` without nodes or pods; ``GapHours`` with a minute that is not sampled;
    ``UnknownPodSamples``; ``PodHours`` and ``ContainerHours``.
    """
    days = _DAYS.format(coverage=_rows(lake, "kubernetes_coverage", between, clusters))
    containers = _rows(lake, "kubernetes_container_hours", between, clusters)
    return _ask(_WITH_PODS.format(days=days, containers=containers))


def kept_days(lake: Lake, cluster_id: str) -> Mapping[date, KeptDay]:
    """The days of one cluster that were taken in."""
    return days_of(_rows(lake, "kubernetes_coverage", None, [cluster_id]))


def days_of(rows: str) -> dict[date, KeptDay]:
    """The days whose coverage is in *rows*, SQL of a relation of one cluster."""
    found = _ask(_DAYS.format(coverage=rows))
    return {
        row["Day"]: KeptDay(
            row["Origin"] or "",
            row["Hours"],
            row["NodeMinutes"] + row["PodMinutes"] + row["UsageMinutes"],
            row["GapHours"],
            is_contiguous=row["IsContiguous"],
        )
        for row in found.to_pylist()
    }


def _rows(lake: Lake, table: str, between: tuple[date, date] | None, clusters: Collection[str] | None) -> str:
    files = lake.data_files(table, between=between, source_ids=clusters)
    if not files:
        columns = ", ".join(f'CAST(NULL AS {_TYPES[str(f.type)]}) AS "{f.name}"' for f in lake.schema(table))
        return f"(SELECT {columns} WHERE false)"
    paths = ", ".join(literal(f.path) for f in files)
    return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"


_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
"""DuckDB's names of what the two tables have."""


def _ask(sql: str) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).to_arrow_table()
