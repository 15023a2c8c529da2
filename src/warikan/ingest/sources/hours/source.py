"""Files of hours: which days they have, and their rows in order, in constant memory."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from warikan.catalog.clusters import FileUsage
from warikan.focus.errors import ConfigError, DataError
from warikan.ingest.hours import SCHEMAS, HourTables, Part
from warikan.ingest.relation import literal, quote
from warikan.ingest.session import open_session
from warikan.ingest.sources.hours.files import HourFile, find_hour_files
from warikan.ingest.usage.days import midnight
from warikan.ingest.usage.origin import origins
from warikan.ingest.usage.source import Request

KIND = "hours"
_MOST_ROWS = 200_000
"""Of one part: days with fewer are read together, a day with more by the hour."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
_LABELLED = ("nodes", "containers", "namespaces")
_MAP = "MAP(VARCHAR, VARCHAR)"


@contextmanager
def open_usage(request: Request) -> "Iterator[HoursSource]":
    """
    The files of *request*.

    Raises:
        UsageError: there are none.
        DataError: one of them is none of ours.
    """
    if not isinstance(request.usage, FileUsage):
        raise ConfigError(f"cluster {request.cluster_id}: usage of files needs a path")
    found, passed = find_hour_files(request.usage.path, request.root)
    files = [_link(file, request.folder / f"hours-{n}.parquet") for n, file in enumerate(found)]
    with open_session(request.folder) as connection:
        yield HoursSource(connection, request.cluster_id, files, passed)


class HoursSource:
    """A UsageSource over files; a day is there when they have coverage of it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        cluster_id: str,
        files: Sequence[HourFile],
        passed: Sequence[str],
    ) -> None:
        self._connection = connection
        self._cluster_id = cluster_id
        self._notes = list(passed)
        self._days_of: dict[HourFile, frozenset[date]] = {}
        self._rows_of: Counter[date] = Counter()
        for table in SCHEMAS:
            of_table = [file for file in files if file.table == table]
            if of_table and table == "labels":
                self._keep_labels(of_table)
            elif of_table:
                self._days_of |= self._find_days(of_table)
        self._has_labels = any(file.table == "labels" for file in files)

    def days(self, start: date | None, end: date | None) -> Mapping[date, str]:
        """
        Days with coverage → digest of the files that have rows of them (not labels: an id is its content).

        Raises:
            DataError: no file has coverage.
        """
        covered = {d for file, days in self._days_of.items() if file.table == "coverage" for d in days}
        if not covered:
            raise DataError(
                f"cluster {self._cluster_id}: no file of hours has coverage",
                hint="*.coverage.parquet is written last: is the folder complete? see docs/clusters.md",
            )
        others = {d for days in self._days_of.values() for d in days} - covered
        if others:
            self._notes.append(
                f"{len(others):,} days from {min(others)} to {max(others)} have rows but no coverage, "
                "so they are not taken in"
            )
        found = origins(KIND, {f"{file.table} {file.digest}": days for file, days in self._days_of.items()})
        return {
            day: origin
            for day, origin in found.items()
            if day in covered and (start is None or day >= start) and (end is None or day < end)
        }

    def notes(self) -> Sequence[str]:
        """Files that were passed over, days without coverage."""
        return self._notes

    def parts(self, start: datetime, end: datetime) -> Iterator[Part]:
        """The hours in ``[start, end)``, many days at a time, or an hour where a day has very many rows."""
        for one, other in self._cuts(start, end):
            yield Part(one, other, self._read(one, other))

    def _find_days(self, files: Sequence[HourFile]) -> dict[HourFile, frozenset[date]]:
        """The days that each of *files* has rows of; how many rows is added to ``_rows_of``."""
        found = self._ask(
            f'SELECT filename, CAST("Hour" AS DATE) AS day, count(*) AS n FROM {_rows(files)} GROUP BY ALL'
        )
        days: dict[str, set[date]] = {}
        for row in found.to_pylist():
            if row["day"] is not None:
                days.setdefault(row["filename"], set()).add(row["day"])
                self._rows_of[row["day"]] += row["n"]
        return {file: frozenset(days.get(str(file.path), ())) for file in files}

    def _keep_labels(self, files: Sequence[HourFile]) -> None:
        """One row of each id, on the disk where they are many: each day asks for its own."""
        self._ask(
            f"""
            CREATE TEMP TABLE known_labels AS SELECT "x_ClusterId", "LabelsId", "Kind",
                arg_min("Labels", content) AS "Labels", arg_min("Annotations", content) AS "Annotations"
            FROM (SELECT *, to_json("Labels")::VARCHAR || to_json("Annotations")::VARCHAR AS content
                FROM {_rows(files)})
            GROUP BY "x_ClusterId", "LabelsId", "Kind"
            """
        )

    def _cuts(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """``[start, end)`` in ranges of days with up to _MOST_ROWS rows, or of an hour."""
        first, rows = start, 0
        day = start.astimezone(UTC).date()
        while (begin := max(midnight(day), start)) < end:
            more = self._rows_of[day]
            if first < begin and rows + more > _MOST_ROWS:
                yield first, begin
                first, rows = begin, 0
            day, rows = day + _DAY, rows + more
            last = min(midnight(day), end)
            if rows > _MOST_ROWS:
                while first < last:
                    yield first, first + _HOUR
                    first += _HOUR
                rows = 0
        if first < end:
            yield first, end

    def _read(self, start: datetime, end: datetime) -> HourTables:
        tables = {"labels": SCHEMAS["labels"].empty_table()}
        for name, schema in SCHEMAS.items():
            files = self._of_days(start.astimezone(UTC).date(), end, name)
            if files:
                tables[name] = self._fetch(schema, f"{_rows(files)} WHERE {_within(start, end)}")
            else:
                tables[name] = schema.empty_table()
        return HourTables(**tables | {"labels": self._labels(tables)})

    def _labels(self, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Those that rows of *tables* name."""
        if not self._has_labels:
            return SCHEMAS["labels"].empty_table()
        ids = pa.concat_tables(tables[name].select(["LabelsId"]) for name in _LABELLED)
        self._connection.register("named", ids)
        try:
            wanted = '"LabelsId" IN (SELECT "LabelsId" FROM named)'
            return self._fetch(SCHEMAS["labels"], f"known_labels WHERE {wanted}")
        finally:
            self._connection.unregister("named")

    def _fetch(self, schema: pa.Schema, rows: str) -> pa.Table:
        columns = ", ".join(
            f"CAST({quote(f.name)} AS {_TYPES.get(str(f.type), _MAP)}) AS {quote(f.name)}" for f in schema
        )
        return self._ask(f"SELECT {columns} FROM {rows}").cast(schema)

    def _of_days(self, first: date, end: datetime, table: str) -> list[HourFile]:
        return [
            file
            for file, days in self._days_of.items()
            if file.table == table and any(first <= day and midnight(day) < end for day in days)
        ]

    def _ask(self, sql: str) -> pa.Table:
        try:
            return self._connection.execute(sql).to_arrow_table()
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except duckdb.Error as error:
            raise DataError(
                f"cluster {self._cluster_id}: its files cannot be read: {str(error).splitlines()[0]}",
                hint="a file is damaged, or was written to meanwhile: make it again",
            ) from error


def _link(file: HourFile, path: Path) -> HourFile:
    """*file* under a name of ours: DuckDB would take a ``[`` in its own for a pattern."""
    path.symlink_to(file.path.resolve())
    return replace(file, path=path)


def _rows(files: Sequence[HourFile]) -> str:
    paths = ", ".join(literal(str(file.path)) for file in files)
    return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false, filename = true)"


def _within(start: datetime, end: datetime) -> str:
    return f"\"Hour\" >= TIMESTAMPTZ '{start.isoformat()}' AND \"Hour\" < TIMESTAMPTZ '{end.isoformat()}'"
