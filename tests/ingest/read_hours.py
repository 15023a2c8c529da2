"""Opens any source of hours as ``warikan collect`` does, has its days checked, and gives their rows."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from warikan.catalog.clusters import FileUsage, Usage
from warikan.ingest.hours import HourTables
from warikan.ingest.usage.check import check_batch
from warikan.ingest.usage.days import gather_days, midnight
from warikan.ingest.usage.source import Request, open_source

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


class Hours:
    """What a source gave: rows by field of HourTables, its days, its notes, what became of its rows."""

    def __init__(self, rows: Rows, days: Mapping[date, str], notes: tuple[str, ...], readings: Any) -> None:
        self.rows, self.days, self.notes, self.readings = rows, days, notes, readings

    def __getattr__(self, name: str) -> list[dict[str, Any]]:
        return self.rows[name]

    def total(self, table: str, column: str) -> int:
        """The sum of an amount."""
        return sum(row[column] or 0 for row in self.rows[table])


def read_files(
    kind: str, path: str | Path, *, cluster_id: str = "prod", names: tuple[str, ...] = ()
) -> Hours:
    """All hours of the files at *path*."""
    return read_hours(FileUsage(type=kind, path=str(path)), cluster_id=cluster_id, names=names)


def read_hours(
    usage: Usage,
    *,
    cluster_id: str = "prod",
    names: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    environment: Mapping[str, str] | None = None,
) -> Hours:
    """All hours in ``[since, until)`` of *usage*, each day checked before it is given."""
    found: Rows = {field.name: [] for field in fields(HourTables)}
    with TemporaryDirectory() as folder, TemporaryDirectory() as kept, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        request = Request(cluster_id, usage, Path.cwd(), Path(folder), environment or {}, NOW, names=names)
        with open_source(request) as source:
            days = source.days(since, until)
            first, end = min(days), max(days) + timedelta(days=1)
            parts = source.parts(midnight(first), midnight(end))
            for batch in gather_days(parts, days, Path(kept)):
                with batch.shown(connection):
                    refused = check_batch(connection, cluster_id, batch)
                    for error in refused.values():
                        raise error
                    for name in found:
                        rows = connection.execute(f"SELECT * FROM {batch.relation(name)}")
                        found[name] += rows.to_arrow_table().to_pylist()
            return Hours(found, days, tuple(source.notes()), getattr(source, "readings", None))


def hour(text: str) -> datetime:
    """``2026-10-01T05`` as an hour."""
    return datetime.fromisoformat(text + ":00+00:00")
