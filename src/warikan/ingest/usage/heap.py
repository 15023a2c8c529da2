"""Rows of some hours on a heap: in memory up to a number, beyond it in files."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.ingest.hours import SCHEMAS, HourTables

MOST_HELD = 600_000
"""Rows in memory, of all tables: 0.2 GB."""
_DAY_ZERO = date(1970, 1, 1)
_DAY_MICROSECONDS = 86_400_000_000


class Heap:
    """Rows by table, counted by day; files lie in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, list[pa.Table]] = {}
        self._files: dict[str, list[Path]] = {}
        self._coverage: list[pa.Table] = []
        self._counts: dict[date, Counter[str]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget all rows, and remove the files."""
        for path in (p for paths in self._files.values() for p in paths):
            path.unlink()
        self._forget()

    def add(self, tables: HourTables, start: datetime, end: datetime) -> None:
        """Put the rows of *tables* there, the hours in ``[start, end)``; days count also without any."""
        more = {name: getattr(tables, name) for name in SCHEMAS}
        if self._held_rows() + sum(table.num_rows for table in more.values()) > MOST_HELD:
            self._spill()
        for name, table in more.items():
            self._held[name].append(table)
        day = start.astimezone(UTC).date()
        while datetime.combine(day, time(), UTC) < end:
            self._counts.setdefault(day, Counter())
            day += timedelta(days=1)
        for name, table in more.items():
            for day, rows in _rows_by_day(table).items():
                self._counts.setdefault(day, Counter())[name] += rows
        self._coverage.append(more["coverage"])

    def take(self, other: "Heap") -> None:
        """Take all that *other* has, which is empty afterwards."""
        if self._held_rows() + other._held_rows() > MOST_HELD:
            self._spill()
        for name in SCHEMAS:
            self._held[name] += other._held[name]
            self._files[name] += other._files[name]
        self._coverage += other._coverage
        for day, counts in other._counts.items():
            self._counts.setdefault(day, Counter()).update(counts)
        other._forget()

    def begins_before(self, moment: datetime) -> bool:
        """Whether it has a day before the one of *moment*."""
        return any(day < moment.astimezone(UTC).date() for day in self._counts)

    def days(self, wanted: Collection[date]) -> list[date]:
        """Its days that are *wanted*, ascending."""
        return sorted(day for day in self._counts if day in wanted)

    def rows_of(self, day: date) -> Mapping[str, int]:
        """Table → rows of *day*; labels are of no day."""
        return {name: self._counts[day][name] for name in SCHEMAS}

    def all_rows(self, table: str) -> int:
        """Rows of *table*, of all days."""
        return sum(counts[table] for counts in self._counts.values())

    def coverage(self) -> pa.Table:
        """All rows of coverage: at most one for each hour."""
        return pa.concat_tables([SCHEMAS["coverage"].empty_table(), *self._coverage])

    def tables(self) -> dict[str, pa.Table]:
        """What is in memory."""
        return {
            name: pa.concat_tables([SCHEMAS[name].empty_table(), *held]) for name, held in self._held.items()
        }

    def files(self) -> dict[str, tuple[Path, ...]]:
        """What is not: Parquet files; gone after :meth:`clear`."""
        return {name: tuple(paths) for name, paths in self._files.items()}

    def _held_rows(self) -> int:
        return sum(table.num_rows for held in self._held.values() for table in held)

    def _spill(self) -> None:
        for name, table in self.tables().items():
            self._held[name] = []
            if table.num_rows:
                path = self._folder / f"{uuid4().hex}.{name}.parquet"
                pq.write_table(table, path, compression="lz4")
                self._files[name].append(path)

    def _forget(self) -> None:
        self._held = {name: [] for name in SCHEMAS}
        self._files = {name: [] for name in SCHEMAS}
        self._coverage = []
        self._counts = {}


def _rows_by_day(table: pa.Table) -> dict[date, int]:
    if "Hour" not in table.schema.names or not table.num_rows:
        return {}
    days = table["Hour"].cast(pa.int64()).to_numpy() // _DAY_MICROSECONDS
    found, counts = np.unique(days, return_counts=True)
    return {
        _DAY_ZERO + timedelta(days=day): rows
        for day, rows in zip(found.tolist(), counts.tolist(), strict=True)
    }
