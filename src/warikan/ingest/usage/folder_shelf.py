"""Days into a folder of files, for a cluster that the lake's machine cannot reach."""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb

from warikan.focus.errors import DataError
from warikan.ingest.hours import SCHEMAS, HourTables
from warikan.ingest.relation import literal, quote
from warikan.ingest.usage.batch import Batch
from warikan.ingest.usage.check import KEYS
from warikan.ingest.usage.coverage import days_of
from warikan.ingest.usage.shelf import KeptDay, read_table


class FolderShelf:
    """
    ``<folder>/<cluster>/<day>.<table>.parquet``, which ``usage: {type: hours}`` reads.

    A day is there when its coverage is: that of a day that is replaced goes first, the new one comes last.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def kept(self, cluster_id: str) -> Mapping[date, KeptDay]:
        """The days of a cluster that are there, whole."""
        paths = sorted((self._folder / cluster_id).glob("*.coverage.parquet"))
        if not paths:
            return {}
        listed = ", ".join(literal(str(path)) for path in paths)
        rows = f"(SELECT *, '' AS \"Origin\" FROM read_parquet([{listed}], hive_partitioning = false))"
        try:
            return days_of(rows)
        except duckdb.Error as error:
            raise DataError(
                f"{self._folder / cluster_id} has coverage that cannot be read: {str(error).splitlines()[0]}",
                hint="remove the damaged file; its day is then read again",
            ) from error

    def hours(self, cluster_id: str, day: date) -> HourTables:
        """What is there of *day*."""
        paths = {name: self._folder / cluster_id / f"{day}.{name}.parquet" for name in SCHEMAS}
        return HourTables(
            **{name: read_table(name, [str(path)] if path.exists() else []) for name, path in paths.items()}
        )

    def keep(self, cluster_id: str, batch: Batch, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the days of *batch* there; see :class:`warikan.ingest.usage.shelf.Shelf`."""
        folder = self._folder / cluster_id
        folder.mkdir(parents=True, exist_ok=True)
        for day in batch.days:
            one = batch.only([day.day])
            coverage = folder / f"{day.day}.coverage.parquet"
            coverage.unlink(missing_ok=True)
            for table in sorted(SCHEMAS, key=lambda name: name == "coverage"):
                self._write(connection, one, table, folder / f"{day.day}.{table}.parquet")

    def _write(self, connection: duckdb.DuckDBPyConnection, day: Batch, table: str, path: Path) -> None:
        """One file, whole or not there; none for a table without rows."""
        if not day.rows(table):
            path.unlink(missing_ok=True)
            return
        keys = ", ".join(f"{quote(name)} NULLS FIRST" for name in KEYS.get(table, ("LabelsId",)))
        part = path.with_name(f".{path.name}.{uuid4().hex}.part")
        try:
            connection.execute(
                f"COPY (SELECT DISTINCT * FROM {day.relation(table)} ORDER BY {keys}) "
                f"TO {literal(str(part))} (FORMAT parquet, COMPRESSION zstd)"
            )
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
