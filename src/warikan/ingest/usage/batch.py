"""Some whole days of one cluster together: what is checked, and kept, in one statement for each table."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warikan.ingest.hours import SCHEMAS
from warikan.ingest.relation import literal, quote

LABELLED = ("nodes", "containers", "namespaces")
"""Tables whose rows name labels."""


@dataclass(frozen=True)
class Day:
    """
    All hours of one cluster in one day (UTC), or those until now.

    Attributes:
        origin: See :meth:`warikan.ingest.usage.source.UsageSource.days`.
        coverage: Its rows of coverage: at most one for each hour.
        rows: Field of :class:`HourTables` → number of its rows; labels are of no day.
    """

    day: date
    origin: str
    coverage: pa.Table
    rows: Mapping[str, int]

    @property
    def hours(self) -> int:
        """Hours that were looked at, also where nothing was found."""
        return int(self.coverage.num_rows)

    @property
    def minutes(self) -> int:
        """Minutes with nodes, with pods and with usage, added up: more is a better look at the same day."""
        names = ("NodeMinutes", "PodMinutes", "UsageMinutes")
        return sum(int(pc.sum(self.coverage[name]).as_py() or 0) for name in names)


@dataclass(frozen=True)
class Batch:
    """
    Days of one cluster, ascending, with their rows.

    Attributes:
        tables: Field of :class:`HourTables` → rows in memory, of *days* and perhaps of others.
        files: Field → Parquet files with more of them.
        is_part: Labels are only those that rows of *days* name, not all that are there.
    """

    days: tuple[Day, ...]
    tables: Mapping[str, pa.Table]
    files: Mapping[str, tuple[Path, ...]]
    is_part: bool = False

    def rows(self, table: str) -> int:
        """Rows of *table* in its days; of labels all that are there."""
        if "Hour" in SCHEMAS[table].names:
            return sum(day.rows[table] for day in self.days)
        return int(self.tables[table].num_rows) + len(self.files[table])

    def only(self, days: Collection[date]) -> "Batch":
        """Those of its days that are in *days*."""
        left = tuple(day for day in self.days if day.day in days)
        return self if len(left) == len(self.days) else replace(self, days=left, is_part=True)

    @contextmanager
    def shown(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Let queries of *connection* see :meth:`relation`."""
        # A scan of Arrow is given filters of joins that it cannot do (Bloom filters, DuckDB 1.5.6).
        connection.execute("SET disabled_optimizers = 'join_filter_pushdown'")
        for name, table in self.tables.items():
            connection.register(f"held_{name}", table)
        try:
            yield
        finally:
            for name in self.tables:
                connection.unregister(f"held_{name}")
            connection.execute("RESET disabled_optimizers")

    def relation(self, table: str) -> str:
        """SQL of the rows of *table* in its days, in no order; of labels each perhaps several times."""
        rows = self._all(table)
        if "Hour" in SCHEMAS[table].names:
            return f"(SELECT * FROM {rows} WHERE {self._within()})" if self._has_others(table) else rows
        if not self.is_part:
            return rows
        named = " UNION ALL ".join(f'SELECT "LabelsId" FROM {self.relation(name)}' for name in LABELLED)
        return f'(SELECT * FROM {rows} WHERE "LabelsId" IN ({named}))'

    def _has_others(self, table: str) -> bool:
        """Whether there may be rows of other days."""
        return bool(self.files[table]) or self.tables[table].num_rows != self.rows(table)

    def _all(self, table: str) -> str:
        if not self.files[table]:
            return f"held_{table}"
        columns = ", ".join(map(quote, SCHEMAS[table].names))
        paths = ", ".join(literal(str(path)) for path in self.files[table])
        read = f"read_parquet([{paths}], hive_partitioning = false)"
        return f"(SELECT {columns} FROM held_{table} UNION ALL SELECT {columns} FROM {read})"

    def _within(self) -> str:
        ranges = [
            f"\"Hour\" >= TIMESTAMPTZ '{first} 00:00:00+00' AND \"Hour\" < TIMESTAMPTZ '{end} 00:00:00+00'"
            for first, end in runs([day.day for day in self.days])
        ]
        return " OR ".join(f"({one})" for one in ranges) or "false"


def runs(days: Collection[date]) -> Iterator[tuple[date, date]]:
    """*days* (ascending) as ranges ``[first, end)`` without holes."""
    start = end = None
    for day in days:
        if day != end:
            if start is not None and end is not None:
                yield start, end
            start = day
        end = day + timedelta(days=1)
    if start is not None and end is not None:
        yield start, end
