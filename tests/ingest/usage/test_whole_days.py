"""Parts to whole days: how they are cut changes nothing, and no row is lost on the way."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_hours import FIRST, HOUR, hour_tables, part

from warikan.focus.errors import DataError
from warikan.ingest.hours import SCHEMAS, HourTables, Part, empty_tables
from warikan.ingest.usage import heap
from warikan.ingest.usage.batch import Batch
from warikan.ingest.usage.days import Limits, gather_days, midnight

HOURS = 60
WIDE = Limits()
ORIGINS = {FIRST.date() + timedelta(days=n): "server" for n in range(4)}


def rows_of(batch: Batch) -> dict[date, dict[str, list[Any]]]:
    """Day → what is there of it, each row once and in one order."""
    found: dict[date, dict[str, list[Any]]] = {}
    with duckdb.connect() as connection, batch.shown(connection):
        connection.execute("SET TimeZone = 'UTC'")
        for day in batch.days:
            one = batch.only([day.day])
            tables = {
                name: connection.execute(f"SELECT * FROM {one.relation(name)}").to_arrow_table()
                for name in SCHEMAS
            }
            assert {name: table.num_rows for name, table in tables.items() if name != "labels"} == {
                name: one.rows(name) for name in SCHEMAS if name != "labels"
            }
            assert tables["coverage"].num_rows == day.hours
            found[day.day] = {n: sorted({str(row) for row in t.to_pylist()}) for n, t in tables.items()}
    return found


def gathered(
    parts: list[Part], origins: dict[date, str] = ORIGINS, limits: Limits = WIDE
) -> dict[date, dict[str, list[Any]]]:
    """Day → its rows."""
    found: dict[date, dict[str, list[Any]]] = {}
    with TemporaryDirectory() as folder:
        for batch in gather_days(parts, origins, Path(folder), limits):
            days = rows_of(batch)
            assert not days.keys() & found.keys()
            found |= days
        assert not list(Path(folder).iterdir())
    return found


def cut(tables: HourTables, start: int, end: int) -> Part:
    """The hours ``[start, end)`` of *tables*, which begin at FIRST."""
    bounds = [pa.scalar(FIRST + n * HOUR, pa.timestamp("us", tz="UTC")) for n in (start, end)]
    hours = {
        name: table.filter((pc.field("Hour") >= bounds[0]) & (pc.field("Hour") < bounds[1]))
        for name in SCHEMAS
        if "Hour" in (table := getattr(tables, name)).schema.names
    }
    return Part(FIRST + start * HOUR, FIRST + end * HOUR, replace(tables, **hours))


@settings(max_examples=20)
@given(
    st.sets(st.integers(1, HOURS - 1), max_size=8),
    st.builds(Limits, st.integers(1, 4), st.integers(1, 200)),
    st.sampled_from([1, 100, 10_000]),
)
def test_how_hours_are_cut_changes_nothing(cuts: set[int], limits: Limits, held: int) -> None:
    """One part or many, across midnight too, batches of any size, in memory or in files: the same days."""
    whole = hour_tables(FIRST, HOURS)
    bounds = [0, *sorted(cuts), HOURS]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heap, "MOST_HELD", held)
        found = gathered([cut(whole, a, b) for a, b in pairwise(bounds)], limits=limits)

    assert found == gathered([cut(whole, 0, HOURS)])


@given(st.integers(1, 5), st.integers(1, 300))
@settings(max_examples=20)
def test_batches_keep_to_their_limits(days: int, rows: int) -> None:
    """No batch has more days, and more containers only where one day has."""
    with TemporaryDirectory() as folder:
        for batch in gather_days([part(FIRST, HOURS)], ORIGINS, Path(folder), Limits(days, rows)):
            assert len(batch.days) <= days
            assert len(batch.days) == 1 or batch.rows("containers") <= rows


def test_each_row_is_in_one_day() -> None:
    """The days of a part have all its rows, each in the day of its hour; the last as far as it goes."""
    days = gathered([part(FIRST, HOURS)])

    assert [str(day) for day in days] == ["2026-09-01", "2026-09-02", "2026-09-03"]
    assert [len(rows["containers"]) for rows in days.values()] == [48, 48, 24]
    assert [len(rows["coverage"]) for rows in days.values()] == [24, 24, 12]


def test_a_batch_comes_when_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are given as soon as they are whole and enough, so that memory and disk hold few."""
    monkeypatch.setattr(heap, "MOST_HELD", 1)
    read: list[int] = []

    def hours() -> Any:
        for n in range(8):
            read.append(n)
            yield part(FIRST + n * 12 * HOUR, 12)

    batches = gather_days(hours(), ORIGINS, tmp_path, Limits(days=2))
    first = next(batches)

    assert ([day.day for day in first.days], read) == (list(ORIGINS)[:2], [0, 1, 2, 3])
    old = set(tmp_path.iterdir())
    assert old
    next(batches)
    assert not old & set(tmp_path.iterdir())


def test_days_before_an_error_come_first(tmp_path: Path) -> None:
    """When reading fails, the days that are whole are given, the one that was begun is not."""

    def hours() -> Any:
        yield part(FIRST, 30)
        raise DataError("the server went away")

    batches = gather_days(hours(), ORIGINS, tmp_path)

    assert [day.day for day in next(batches).days] == [FIRST.date()]
    with pytest.raises(DataError, match="went away"):
        next(batches)


def test_a_day_without_any_rows_is_there(tmp_path: Path) -> None:
    """What a part covers was read, also when there is nothing."""
    (batch,) = gather_days([Part(FIRST, FIRST + 24 * HOUR, empty_tables())], ORIGINS, tmp_path)

    assert [(day.day, day.hours) for day in batch.days] == [(FIRST.date(), 0)]


def test_days_that_nobody_asked_for_are_left_out() -> None:
    """Only days with an origin are gathered."""
    second = FIRST.date() + timedelta(days=1)

    assert list(gathered([part(FIRST, HOURS)], {second: "server"})) == [second]


@pytest.mark.parametrize("hours", [-1, 24])
def test_rows_of_other_hours_are_an_error(hours: int, tmp_path: Path) -> None:
    """A part with a row outside its hours is not cut to size in silence."""
    tables = hour_tables(FIRST + hours * HOUR, 1)
    wrong = Part(FIRST, FIRST + 24 * HOUR, replace(hour_tables(FIRST, 24), nodes=tables.nodes))

    with pytest.raises(DataError, match="nodes of the hours from 2026-09-01T00Z"):
        list(gather_days([wrong], ORIGINS, tmp_path))


def test_midnight_is_utc() -> None:
    """Days begin at 00:00 UTC."""
    assert midnight(FIRST.date()) == FIRST
