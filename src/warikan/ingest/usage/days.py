"""Parts of some hours gathered to batches of whole days; what memory should not hold is on the disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from warikan.focus.errors import DataError, WarikanError
from warikan.ingest.hours import SCHEMAS, HourTables, Part
from warikan.ingest.usage.batch import Batch, Day
from warikan.ingest.usage.heap import Heap

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Of a batch: its days, and its rows of containers where it has more than one day."""

    days: int = 31
    rows: int = 400_000


def midnight(day: date) -> datetime:
    """Its first moment, UTC."""
    return datetime.combine(day, time(), UTC)


def gather_days(
    parts: Iterable[Part], origins: Mapping[date, str], folder: Path, limits: Limits = Limits()
) -> Iterator[Batch]:
    """
    The days of *parts* in batches, each as soon as *limits* are reached or there are no more parts.

    When reading *parts* fails, the days that are whole come first, and then the error.

    Args:
        parts: In order; hours of days that are not in *origins* are left out.
        origins: Day → its origin.
        folder: For files; those of a batch are gone when the next one is asked for.

    Raises:
        DataError: a part has rows outside its own hours.
    """
    whole, growing = Heap(folder), Heap(folder)
    try:
        for part in parts:
            _check_hours(part)
            cut = midnight(part.end.astimezone(UTC).date())
            if part.start < cut:
                rows = part.tables.containers.num_rows + growing.all_rows("containers")
                if whole.all_rows("containers") + rows > limits.rows:
                    yield from _batches(whole, origins, limits)
                growing.add(_hours_of(part, part.start, cut), part.start, cut)
                whole.take(growing)
                if len(whole.days(origins)) >= limits.days or whole.all_rows("containers") >= limits.rows:
                    yield from _batches(whole, origins, limits)
            elif growing.begins_before(midnight(part.start.astimezone(UTC).date())):
                # Of a day that its source does not have to the end.
                whole.take(growing)
            if cut < part.end:
                start = max(cut, part.start)
                growing.add(_hours_of(part, start, part.end), start, part.end)
    except WarikanError:
        yield from _batches(whole, origins, limits)
        raise
    whole.take(growing)
    yield from _batches(whole, origins, limits)


def _batches(whole: Heap, origins: Mapping[date, str], limits: Limits) -> Iterator[Batch]:
    """All days of *whole*, which is empty afterwards."""
    coverage, tables, files = whole.coverage(), whole.tables(), whole.files()
    days = [Day(day, origins[day], _of_day(coverage, day), whole.rows_of(day)) for day in whole.days(origins)]
    for some in _cut(days, limits):
        yield Batch(tuple(some), tables, files)
    whole.clear()


def _cut(days: Sequence[Day], limits: Limits) -> Iterator[list[Day]]:
    some: list[Day] = []
    rows = 0
    for day in days:
        more = day.rows["containers"]
        if some and (len(some) >= limits.days or rows + more > limits.rows):
            yield some
            some, rows = [], 0
        some.append(day)
        rows += more
    if some:
        yield some


def _hours_of(part: Part, start: datetime, end: datetime) -> HourTables:
    """The rows of *part* in ``[start, end)``; labels whole, as they have no hour."""
    if start <= part.start and part.end <= end:
        return part.tables
    cut = {name: _between(getattr(part.tables, name), start, end) for name in SCHEMAS}
    return HourTables(**cut)


def _of_day(table: pa.Table, day: date) -> pa.Table:
    return _between(table, midnight(day), midnight(day + _DAY))


def _between(table: pa.Table, start: datetime, end: datetime) -> pa.Table:
    if "Hour" not in table.schema.names:
        return table
    hour = table["Hour"]
    return table.filter(pc.and_(_at_least(hour, start), pc.invert(_at_least(hour, end))))


def _check_hours(part: Part) -> None:
    for name in SCHEMAS:
        table: pa.Table = getattr(part.tables, name)
        if "Hour" not in table.schema.names or not table.num_rows:
            continue
        hour = table["Hour"]
        least, most = pc.min_max(hour).as_py().values()
        if hour.null_count or least < part.start or most >= part.end:
            raise DataError(
                f"{name} of the hours from {part.start:%Y-%m-%dT%H}Z to {part.end:%Y-%m-%dT%H}Z have rows of "
                "other hours"
            )


def _at_least(hour: pa.ChunkedArray, moment: datetime) -> pa.ChunkedArray:
    return pc.greater_equal(hour, pa.scalar(moment, pa.timestamp("us", tz="UTC")))
