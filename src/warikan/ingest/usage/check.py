"""What hours can be at all: checked for the days of any source, before they are kept."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa

from warikan.focus.errors import DataError
from warikan.ingest.hours import SCHEMAS
from warikan.ingest.relation import literal, quote
from warikan.ingest.usage.batch import LABELLED, Batch

KEYS = {
    "nodes": ("Hour", "NodeUid"),
    "containers": ("Hour", "NodeUid", "PodUid", "Container"),
    "volumes": ("Hour", "PersistentVolume", "PodUid"),
    "load_balancers": ("Hour", "Namespace", "Service", "LoadBalancer", "PodUid"),
    "namespaces": ("Hour", "Namespace"),
    "coverage": ("Hour",),
}
"""What a row of each table is one of; labels are known by their content."""
_MAY_BE_NULL = {
    "PodUid": ("volumes", "load_balancers"),
    "Namespace": ("load_balancers",),
    "LoadBalancer": ("load_balancers",),
}
_UNKNOWN = ("CpuUsage", "MemoryUsage", "GpuUsage", "TransmitBytes", "ReceiveBytes", "Bytes", "SampledMinutes")
"""Amounts that a source need not know."""
_MOST = 10**18
"""Of any amount: 250 TiB of memory for an hour."""
_LONGEST = 4096
"""Bytes of a text; of labels 64 times as many."""


def check_batch(
    connection: duckdb.DuckDBPyConnection, cluster_id: str, batch: Batch
) -> dict[date, DataError]:
    """
    The days of *batch* with rows that cannot be, each with an error that says how many rows of which table.

    Of another cluster, a key that is missing or there twice, an amount below 0, missing or beyond 10^18, an
    hour that is none, a text that is too long. Wrong labels are an error of each day that names them.
    """
    refused: dict[date, DataError] = {}
    for table, schema in SCHEMAS.items():
        if not batch.rows(table):
            continue
        wrongs = _wrongs(table, schema, cluster_id)
        keys = KEYS.get(table, ())
        # Equal keys have equal hashes: as many hashes as rows, and no key is there twice.
        hashes = f"count(*) - count(DISTINCT hash({', '.join(map(quote, keys))}))" if keys else "0"
        asked = ", ".join([*(f"count(*) FILTER (WHERE {condition})" for condition, _ in wrongs), hashes])
        *counts, repeated = (
            connection.execute(f"SELECT {asked} FROM {batch.relation(table)}").fetchone() or ()
        )
        for (condition, words), count in zip(wrongs, counts, strict=True):
            if count:
                for day, rows in _days_with(connection, batch, table, condition):
                    refused.setdefault(day, _refused(cluster_id, day, table, f"{rows:,} rows {words}"))
        if repeated:
            for day, words in _repeated(connection, batch, table, keys):
                refused.setdefault(day, _refused(cluster_id, day, table, words))
    return refused


def _days_with(
    connection: duckdb.DuckDBPyConnection, batch: Batch, table: str, condition: str
) -> list[tuple[date, int]]:
    """Days with rows of *table* that meet *condition*, and how many."""
    rows = f"SELECT * FROM {batch.relation(table)} WHERE {condition}"
    if table != "labels":
        return connection.execute(
            f'SELECT CAST("Hour" AS DATE) AS day, count(*) FROM ({rows}) GROUP BY day ORDER BY day'
        ).fetchall()
    named = " UNION ".join(
        f'SELECT DISTINCT CAST("Hour" AS DATE) AS day, "LabelsId" FROM {batch.relation(name)}'
        for name in LABELLED
    )
    found = connection.execute(
        f"""
        WITH wrong AS (SELECT DISTINCT "LabelsId" FROM ({rows}))
        SELECT day, count(*) FROM ({named}) JOIN wrong USING ("LabelsId") GROUP BY day ORDER BY day
        """
    ).fetchall()
    # Wrong labels that nobody names tell that the source is wrong.
    return found or [(day.day, 1) for day in batch.days]


def _wrongs(table: str, schema: pa.Schema, cluster_id: str) -> list[tuple[str, str]]:
    """Conditions that no row may meet, with what is said of rows that do."""
    wrongs = [(f'"x_ClusterId" IS DISTINCT FROM {literal(cluster_id)}', "are of another cluster")]
    if "Hour" in schema.names:
        # Of the day it is: Batch.relation takes rows by their hour.
        hour = 'epoch_us("Hour") % 3600000000 <> 0'
        wrongs.append((hour, "have no whole hour of the day"))
    wrongs += [
        (f"coalesce(CAST({quote(name)} AS VARCHAR), '') = ''", f"have no {name}")
        for name in KEYS.get(table, ("LabelsId", "Kind"))
        if table not in _MAY_BE_NULL.get(name, ())
    ]
    for field in schema:
        column = quote(field.name)
        if pa.types.is_integer(field.type):
            unknown = "" if field.name in _UNKNOWN else f" OR {column} IS NULL"
            wrongs.append(
                (f"{column} < 0 OR {column} > {_MOST}{unknown}", f"have an impossible {field.name}")
            )
        elif pa.types.is_map(field.type):
            long = f"strlen(CAST({column} AS VARCHAR)) > {64 * _LONGEST}"
            wrongs.append((long, f"have {field.name} that are too long"))
        elif pa.types.is_string(field.type):
            wrongs.append((f"strlen({column}) > {_LONGEST}", f"have a {field.name} that is too long"))
    return wrongs


def _repeated(
    connection: duckdb.DuckDBPyConnection, batch: Batch, table: str, keys: tuple[str, ...]
) -> list[tuple[date, str]]:
    """Days with a key that is there twice, and the first such key of each."""
    columns = ", ".join(map(quote, keys))
    texts = ", ".join(f"coalesce(CAST({quote(key)} AS VARCHAR), 'none')" for key in keys)
    found = connection.execute(
        f"""
        SELECT CAST("Hour" AS DATE) AS day, count(*), {texts} FROM {batch.relation(table)}
        GROUP BY {columns} HAVING count(*) > 1
        QUALIFY row_number() OVER (PARTITION BY CAST("Hour" AS DATE) ORDER BY {columns}) = 1 ORDER BY day
        """
    ).fetchall()
    return [(day, _same(rows, keys, values)) for day, rows, *values in found]


def _same(rows: int, keys: Sequence[str], values: Sequence[str]) -> str:
    key = ", ".join(f"{name} {value}" for name, value in zip(keys, values, strict=True))
    return f"{rows:,} rows are of the same {key}"[:600]


def _refused(cluster_id: str, day: date, table: str, words: str) -> DataError:
    return DataError(
        f"cluster {cluster_id}, {day}, {table}: {words}; the day was not taken in",
        hint="if they are files, are some there twice? make them again; the lake is as it was",
    )
