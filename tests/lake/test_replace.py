"""Commits: what one replaces, what it leaves alone, what it refuses."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation

from warikan.focus.errors import LakeError
from warikan.lake import Lake, Unit, table_spec

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
UNITS = [Unit(source, month) for source in ("aws", "gcp/x.csv", "長") for month in (MAY, JUNE)]
Write = Callable[..., Path]
Iceberg = Callable[[Lake, str], Table]
Read = Callable[..., list[tuple[Any, ...]]]

contents = st.dictionaries(st.sampled_from(UNITS), st.lists(st.integers(0, 4), max_size=2), min_size=1)
"""Unit → rows of each of its new files; an empty list removes the unit."""


def commit(lake: Lake, write: Write, change: dict[Unit, list[int]], label: str) -> None:
    """Replace the units of *change* by files whose rows carry *label*."""
    with lake.writing():
        files = [
            write(lake, "charges", unit.source_id, unit.start, rows, x_LoadId=f"'{label}'")
            for unit, sizes in change.items()
            for rows in sizes
        ]
        lake.replace("charges", change.keys(), files, properties={"label": label})


def units_of(lake: Lake, read: Read) -> dict[Unit, tuple[str, int]]:
    """Unit → (label, rows) as the rows themselves say."""
    columns = "x_SourceId, BillingPeriodStart::TIMESTAMP::DATE, x_LoadId"
    found: dict[Unit, tuple[str, int]] = {}
    for source, month, label in read(lake, "charges", columns):
        before, rows = found.get(Unit(source, month), (label, 0))
        assert label == before, "a unit holds rows of two commits"
        found[Unit(source, month)] = (label, rows + 1)
    return found


@settings(max_examples=12)
@given(changes=st.lists(contents, min_size=1, max_size=4), again=st.booleans())
def test_each_unit_holds_what_it_was_last_given(
    new_lake: Callable[[], Lake],
    write: Write,
    read: Read,
    iceberg: Iceberg,
    changes: list[dict[Unit, list[int]]],
    again: bool,
) -> None:
    """Replacing a unit replaces all of it and nothing else, and doing it twice is doing it once."""
    lake, expected = new_lake(), dict[Unit, tuple[str, int]]()
    for number, change in enumerate(changes):
        for _ in range(2 if again else 1):
            commit(lake, write, change, str(number))
        expected = {u: c for u, c in expected.items() if u not in change}
        expected |= {u: (str(number), sum(sizes)) for u, sizes in change.items() if sum(sizes)}

    assert expected == units_of(lake, read)
    assert {"label": str(len(changes) - 1)} == lake.properties("charges")
    table = iceberg(lake, "charges")
    assert sorted(f.path for f in lake.data_files("charges")) == sorted(
        task.file.file_path.replace(table.location(), str(lake.folder / "lake" / "charges"))
        for task in table.scan().plan_files()
    )


def test_no_units_means_append(lake: Lake, write: Write, read: Read) -> None:
    """Without units nothing goes."""
    for _ in range(2):
        with lake.writing():
            lake.replace("rejects", [], [write(lake, "rejects", "aws", None, 2)])

    assert read(lake, "rejects", "x_SourceId") == [("aws",)] * 4


def test_properties_come_with_the_commit_and_stay(lake: Lake, write: Write) -> None:
    """The newest value of each key counts, an empty one removes it; a commit may be of properties alone."""
    with lake.writing():
        file = write(lake, "charges", "aws", MAY)
        first = lake.replace("charges", [Unit("aws", MAY)], [file], properties={"a": "1", "b": "ü\n"})
        assert first == lake.replace("charges", [], [], properties={"a": "2"})
        assert lake.properties("charges") == {"a": "2", "b": "ü\n"}
        assert first == lake.replace("charges", [], [], properties={"b": "", "never": ""})

    assert Lake.open(lake.folder).properties("charges") == {"a": "2"}
    assert lake.properties("loads") == {}


def test_nothing_to_do_commits_nothing(lake: Lake, write: Write) -> None:
    """No files, no rows, no new property: no snapshot."""
    with lake.writing():
        lake.replace("charges", [], [], properties={"a": "1"})
        empty = write(lake, "charges", "aws", MAY, 0)

        assert lake.replace("charges", [Unit("aws", MAY)], [empty], properties={"a": "1"}) is None
    assert lake.snapshot("charges") is None
    assert not empty.exists()


def test_what_does_not_fit_is_refused_and_changes_nothing(lake: Lake, write: Write, tmp_path: Path) -> None:
    """Each misuse is named, and the table is as before."""
    may = Unit("aws", MAY)
    with lake.writing():
        kept = write(lake, "charges", "aws", MAY, 2)
        lake.replace("charges", [may], [kept], properties={"a": "1"})
    before = (lake.snapshot("charges"), lake.data_files("charges"), lake.properties("charges"))
    both = "TIMESTAMPTZ '2026-05-31 12:00:00+00' + i * INTERVAL 12 HOUR"
    with lake.writing():
        outside = tmp_path / "outside.parquet"
        outside.write_bytes(kept.read_bytes())
        broken = lake.new_file("charges")
        broken.write_bytes(kept.read_bytes()[:-9])
        cases: list[tuple[str, list[Unit], list[Path], str]] = [
            ("charges", [may], [write(lake, "charges", "gcp", MAY)], "not being replaced"),
            (
                "charges",
                [may],
                [write(lake, "charges", "aws", None, 2, BillingPeriodStart=both)],
                "more than one billing month",
            ),
            (
                "charges",
                [may],
                [write(lake, "charges", "aws", None)],
                "more than one billing month, or of none",
            ),
            ("charges", [may], [write(lake, "charges", None, MAY)], "more than one source, or of none"),
            (
                "charges",
                [may],
                [write(lake, "charges", None, MAY, 2, x_SourceId="repeat('x', 90) || i")],
                "more than one source",
            ),
            ("charges", [may], [kept], "already in the table"),
            ("charges", [may], [outside], "is not in"),
            ("charges", [may], [broken], "not a Parquet file"),
            ("charges", [may], [lake.new_file("charges")], "not a Parquet file"),
            ("charges", [Unit("aws", None)], [], "is no unit of charges"),
            ("charges", [Unit("aws", date(2026, 5, 2))], [], "first day"),
            ("daily_costs", [may], [], "is no unit of daily_costs"),
            ("nothing", [may], [], "no table"),
        ]
        for table, units, files, problem in cases:
            with pytest.raises(LakeError, match=problem):
                lake.replace(table, units, files, properties={"a": "2"})
        with pytest.raises(LakeError, match="begin with _"):
            lake.replace("charges", [may], [], properties={"_a": "2"})

    assert before == (lake.snapshot("charges"), lake.data_files("charges"), lake.properties("charges"))
    assert [kept] == list((lake.folder / "lake" / "charges" / "data").iterdir())


def test_writing_is_asked_for(lake: Lake) -> None:
    """A commit outside `writing()` is refused: a cleaning writer would remove its files."""
    with pytest.raises(LakeError, match=r"new_file.*writing\(\)"):
        lake.new_file("charges")
    with pytest.raises(LakeError, match=r"replace.*writing\(\)"):
        lake.replace("charges", [], [])


def test_history_is_read_and_bounded(lake: Lake, put: Callable[..., int | None], iceberg: Iceberg) -> None:
    """Earlier snapshots are read as they were; what is kept does not grow for ever."""
    history = table_spec("daily_costs").history
    ids = [put(lake, "daily_costs", None, MAY, rows) for rows in range(1, 46)]
    put(lake, "daily_costs", None, JUNE, 100)

    [file] = lake.data_files("daily_costs", snapshot=ids[-5])
    assert (file.rows, file.start) == (41, MAY)
    assert Path(file.path).exists()
    assert {45, 100} == {f.rows for f in lake.data_files("daily_costs")}
    with pytest.raises(LakeError, match="no snapshot"):
        lake.data_files("daily_costs", snapshot=ids[0])
    with lake.writing():
        folder = lake.folder / "lake" / "daily_costs"
        assert len(list((folder / "data").iterdir())) <= 2 * history + 1
        assert len(list((folder / "metadata").glob("*.metadata.json"))) <= 11
    table = iceberg(lake, "daily_costs")
    snapshot = table.current_snapshot()
    assert snapshot is not None
    assert len(snapshot.manifests(table.io)) <= 17


def test_removing_a_snapshot_keeps_the_files_that_others_share(
    lake: Lake, put: Callable[..., int | None], read: Read
) -> None:
    """A file written long ago and never replaced outlives the snapshot that brought it."""
    put(lake, "daily_costs", None, JUNE, 7)
    for rows in range(1, 26):
        put(lake, "daily_costs", None, MAY, rows)
    with lake.writing():
        lake.clean()

    assert len(read(lake, "daily_costs", "x_SourceId")) == 7 + 25


def test_clean_removes_only_what_nothing_names(
    lake: Lake, put: Callable[..., int | None], write: Write
) -> None:
    """Leftovers go and are counted; committed files, history and files being written stay."""
    put(lake, "charges", "aws", MAY, 2)
    put(lake, "charges", "aws", MAY, 3)
    tables = lake.folder / "lake"
    named = {p for p in tables.rglob("*") if p.is_file()}
    (tables / "charges" / "data" / "left.parquet").write_bytes(b"12345")
    (tables / "loads" / "metadata" / "left-m0.avro").write_bytes(b"123")
    with lake.writing():
        fresh = write(lake, "charges", "gcp", MAY)
        report = lake.clean()
        assert fresh.exists()

    assert (report.files, report.bytes) == (2, 8)
    assert named == {p for p in tables.rglob("*") if p.is_file()}


def test_an_error_while_writing_leaves_no_trace_after_the_next_writer(lake: Lake, write: Write) -> None:
    """Files of a session that failed are gone once the next one has begun."""
    with suppress(ZeroDivisionError), lake.writing():
        left = write(lake, "charges", "aws", MAY)
        raise ZeroDivisionError
    assert left.exists()
    with lake.writing():
        assert not left.exists()


def test_summary_of_a_commit_tells_what_it_did(
    lake: Lake, put: Callable[..., int | None], iceberg: Iceberg
) -> None:
    """Other engines see files and rows added and removed in the snapshot's summary."""
    put(lake, "charges", "aws", MAY, 2)
    put(lake, "charges", "aws", MAY, 5)
    snapshot = iceberg(lake, "charges").current_snapshot()
    assert snapshot is not None
    summary = snapshot.summary
    assert summary is not None

    assert [summary[k] for k in ("added-records", "deleted-records", "total-records")] == ["5", "2", "5"]
    assert summary.operation == Operation.OVERWRITE
