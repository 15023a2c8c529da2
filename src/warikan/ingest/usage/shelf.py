"""Where days are kept: the lake, or a folder of files. collect.py asks a shelf what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.ingest.hours import SCHEMAS, HourTables
from warikan.ingest.usage.batch import Batch


@dataclass(frozen=True)
class KeptDay:
    """
    A day that is kept whole.

    Attributes:
        origin: What it was read from; empty where that is not known.
        hours: Hours that were looked at; 24 but for the newest day.
        minutes: As :attr:`warikan.ingest.usage.batch.Day.minutes`.
        gaps: Hours in which a minute had no node, no pod or no usage.
        is_contiguous: The hours are the first ones of the day.
    """

    origin: str
    hours: int
    minutes: int
    gaps: int
    is_contiguous: bool = True


class Shelf(Protocol):
    """Keeps days of clusters, each whole: a process killed at any moment leaves no day that looks whole."""

    def kept(self, cluster_id: str) -> Mapping[date, KeptDay]:
        """The days of a cluster that are there, whole."""
        ...

    def hours(self, cluster_id: str, day: date) -> HourTables:
        """What is there of a *day* that is kept; labels may be left out, as they are there."""
        ...

    def keep(self, cluster_id: str, batch: Batch, connection: duckdb.DuckDBPyConnection) -> None:
        """
        Put the days of *batch* there, each in place of what was there of it; they are checked.

        *connection* sees the batch (:meth:`warikan.ingest.usage.batch.Batch.shown`).

        Raises:
            LakeError: the lake is being written by another process.
        """
        ...


def read_table(field: str, paths: Sequence[str]) -> pa.Table:
    """The rows of *field* of HourTables in the files at *paths*, which may have other columns besides."""
    schema = SCHEMAS[field]
    tables = [schema.empty_table()]
    for path in paths:
        # Not pq.read_table, which imports pyarrow.dataset and pandas.
        with pq.ParquetFile(path) as file:
            tables.append(file.read(columns=schema.names).select(schema.names).cast(schema))
    return pa.concat_tables(tables)
