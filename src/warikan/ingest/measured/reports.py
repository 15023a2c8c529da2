"""Reports as the hours of one cluster: a day at a time, from views over what was staged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import duckdb

from warikan.focus.errors import DataError
from warikan.ingest.hours import Part
from warikan.ingest.measured.spread import HOUR, reduce_windows
from warikan.ingest.measured.staging import Reading
from warikan.ingest.usage.origin import origins

_DAY = 86_400
_EVER = 1 << 40
"""Seconds: later than any window."""
_ROWS_AT_ONCE = 200_000
"""Of pods; days are reduced together up to so many, but always one whole day."""
_MOST_SHOWN = 3


@dataclass(frozen=True)
class Reports:
    """
    A UsageSource (``warikan.ingest.usage.source``) over the views of a connection.

    Attributes:
        kind: The type of ``usage``; begins the origin of its days.
        tables: Staged tables with ``file``, ``start`` and ``stop``.
        digests: Of the file of each number.
        readings: What became of the rows of each file.
        skipped: Files of the folder that are no report: name and why.
    """

    connection: duckdb.DuckDBPyConnection
    kind: str
    cluster_id: str
    tables: Sequence[str]
    digests: Sequence[str]
    readings: Sequence[Reading]
    skipped: Sequence[tuple[str, str]] = field(default=())

    def days(self, start: date | None, end: date | None) -> Mapping[date, str]:
        """The days with pods, and the digest of the files that have anything of them."""
        see(self.connection, 0, _EVER)
        rows = " UNION ALL ".join(f"SELECT file, start, stop FROM {table}" for table in self.tables)
        found = self.connection.execute(
            f"""
            WITH spans AS (
                SELECT DISTINCT file, start // {_DAY} AS a, (stop - 1) // {_DAY} AS b FROM ({rows})
            ), file_days AS (
                SELECT DISTINCT file, unnest(generate_series(a, b)) AS day FROM spans
            ), pods AS (
                SELECT DISTINCT first // {_DAY} AS a, (greatest(last, first + 1) - 1) // {_DAY} AS b
                FROM pod_windows
            ), pod_days AS (
                SELECT DISTINCT unnest(generate_series(a, b)) AS day FROM pods
            )
            SELECT file, day FROM file_days SEMI JOIN pod_days USING (day) ORDER BY file, day
            """
        ).fetchall()
        of_file: dict[str, list[date]] = {}
        for file, number in found:
            day = date(1970, 1, 1) + timedelta(days=int(number))
            if (start is None or day >= start) and (end is None or day < end):
                of_file.setdefault(self.digests[int(file)], []).append(day)
        return origins(self.kind, of_file)

    def notes(self) -> Sequence[str]:
        """Files that were passed over, rows that were refused, and rows that had to be spread over hours."""
        return tuple(self._notes())

    def require_pods(self, path: str, see_also: str) -> None:
        """
        Refuse what holds no pod at all.

        Raises:
            DataError: nothing at *path* can be used; says what is wrong with most rows.
        """
        see(self.connection, 0, _EVER)
        if self.connection.execute("SELECT 1 FROM pod_windows LIMIT 1").fetchone():
            return
        why = "; ".join(f"{rows:,} rows: {words}" for words, rows in self._refused()[:_MOST_SHOWN])
        raise DataError(
            f"{path}: nothing of the pods of cluster {self.cluster_id}: {why or 'there is no row of any'}",
            hint=f"what is needed: {see_also}",
        )

    def _refused(self) -> list[tuple[str, int]]:
        """What is wrong with rows, most first."""
        counts: dict[str, int] = {}
        for reading in self.readings:
            for words, rows in reading.refused.items():
                counts[words] = counts.get(words, 0) + rows
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def _notes(self) -> Iterator[str]:
        if self.skipped:
            name, why = self.skipped[0]
            more = f", and {len(self.skipped) - 1:,} more" if len(self.skipped) > 1 else ""
            yield f"passed over: {name} ({why}){more}"
        rows = sum(reading.rows for reading in self.readings)
        for words, count in self._refused()[:_MOST_SHOWN]:
            yield f"{count:,} of {rows:,} rows were refused: {words}"
        see(self.connection, 0, _EVER)
        found = self.connection.execute(
            f"SELECT count(*) FROM pod_windows WHERE stop - start > {HOUR}"
        ).fetchone()
        if found and found[0]:
            yield f"{found[0]:,} rows are of windows longer than an hour, spread evenly over its hours"

    def parts(self, start: datetime, end: datetime) -> Iterator[Part]:
        """The hours in ``[start, end)``, some days at a time; days without pods are left out."""
        first = start.astimezone(UTC).date()
        last = (end.astimezone(UTC) - timedelta(microseconds=1)).date() + timedelta(days=1)
        for a, b in self._runs(list(self.days(first, last))):
            begin, stop = max(start, _midnight(a)), min(end, _midnight(b))
            seconds = int(begin.timestamp()), int(stop.timestamp())
            see(self.connection, *seconds)
            yield Part(begin, stop, reduce_windows(self.connection, self.cluster_id, *seconds))

    def _runs(self, days: Sequence[date]) -> Iterator[tuple[date, date]]:
        """*days* (ascending) as ranges ``[first, end)`` that fit into memory, without holes."""
        see(self.connection, 0, _EVER)
        found = self.connection.execute(
            f"SELECT count(*) // greatest(count(DISTINCT first // {_DAY}), 1) FROM pod_windows"
        ).fetchone()
        most = max(_ROWS_AT_ONCE // max(int(found[0]) if found else 0, 1), 1)
        run: list[date] = []
        for day in days:
            if run and (day - run[-1] > timedelta(days=1) or len(run) == most):
                yield run[0], run[-1] + timedelta(days=1)
                run = []
            run.append(day)
        if run:
            yield run[0], run[-1] + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def see(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """Have the views show what touches ``[first, last)`` (seconds since 1970)."""
    connection.execute("SET VARIABLE first = $first", {"first": first})
    connection.execute("SET VARIABLE last = $last", {"last": last})
