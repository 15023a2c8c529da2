"""Files of hours into the lake: once is twice, late files count, and a broken day harms no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_hours import (
    FIRST,
    HOUR,
    LAKE_TABLES,
    days_in,
    everything,
    hour_tables,
    in_lake,
    take_files,
    with_rows,
    write_days,
    write_files,
)

from warikan.focus.errors import DataError, UnreadableFile, UsageError
from warikan.ingest.hours import SCHEMAS, HourTables, concat_tables
from warikan.ingest.usage import collect as collecting
from warikan.ingest.usage.coverage import coverage
from warikan.ingest.usage.folder_shelf import FolderShelf
from warikan.ingest.usage.lake_shelf import LakeShelf
from warikan.lake import Lake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three days of files."""
    write_days(tmp_path / "hours", 3)
    return tmp_path / "hours"


def snapshots(lake: Lake) -> dict[str, int | None]:
    """The newest commit of each table of clusters."""
    return {table: lake.snapshot(table) for table in LAKE_TABLES.values()}


def test_every_row_is_there(folder: Path, lake: Lake) -> None:
    """The lake has the rows of the files in all tables; the report says how many."""
    report = take_files(folder, LakeShelf(lake))

    whole = hour_tables(FIRST, 72)
    assert {name: len(rows) for name, rows in everything(lake).items()} == {
        name: getattr(whole, name).num_rows for name in LAKE_TABLES
    }
    assert (len(report.days), report.node_hours, report.container_hours) == (3, 72, 144)
    assert (report.hours, report.sampled_minutes, report.gaps, report.error) == (72, 72 * 60, (), None)
    assert in_lake(lake, "labels", "DISTINCT \"Labels\"['v']") == [("labels-1",), ("space",)]


def test_taking_in_twice_is_taking_in_once(folder: Path, lake: Lake) -> None:
    """The second time nothing is read, written or committed."""
    take_files(folder, LakeShelf(lake))
    before = snapshots(lake)

    report = take_files(folder, LakeShelf(lake))

    assert (report.days, report.unchanged, report.error) == ((), 3, None)
    assert snapshots(lake) == before


def test_again_changes_no_row(folder: Path, lake: Lake) -> None:
    """With *again* the days are replaced by the same."""
    take_files(folder, LakeShelf(lake))
    before = everything(lake)

    report = take_files(folder, LakeShelf(lake), again=True)

    assert len(report.days) == 3
    assert everything(lake) == before


def test_only_what_changed_is_read(folder: Path, lake: Lake) -> None:
    """A restated day and a late one are taken in; the others stay; a day whose files are gone stays too."""
    take_files(folder, LakeShelf(lake))
    second, fourth = FIRST + 24 * HOUR, FIRST + 72 * HOUR
    write_files(folder, "2026-09-02", hour_tables(second, 24, version=2, pods=1))
    write_files(folder, "2026-09-04", hour_tables(fourth, 5))
    for path in folder.glob("2026-09-01*"):
        path.unlink()

    report = take_files(folder, LakeShelf(lake))

    assert [str(day) for day in report.days] == ["2026-09-02", "2026-09-04"]
    assert days_in(lake) == ["2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04"]
    usage = in_lake(lake, "containers", 'DISTINCT CAST("Hour" AS DATE)::VARCHAR AS d, "CpuUsage"')
    assert usage == [("2026-09-01", 1), ("2026-09-02", 2), ("2026-09-03", 1), ("2026-09-04", 1)]
    assert len(in_lake(lake, "labels")) == 3


def test_how_files_are_cut_changes_nothing(folder: Path, lake: Lake, tmp_path: Path) -> None:
    """One file of three days, or of nine hours each, is the same as a file of each day."""
    take_files(folder, LakeShelf(lake))
    expected = everything(lake)
    one, many = tmp_path / "one", tmp_path / "many"
    write_files(one, "all", hour_tables(FIRST, 72))
    for n in range(0, 72, 9):
        write_files(many, f"hours-{n}", hour_tables(FIRST + n * HOUR, 9))

    for other in (one, many):
        report = take_files(other, LakeShelf(lake), again=True)
        assert (len(report.days), report.error) == (3, None)
        found = everything(lake)
        assert found.keys() == expected.keys()
        # The last column of coverage says from which files it is.
        assert [r[:-1] for r in found.pop("coverage")] == [r[:-1] for r in expected["coverage"]]
        assert found == {k: v for k, v in expected.items() if k != "coverage"}


def test_a_day_of_very_many_rows_is_read_by_the_hour(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a day is too large for memory it is read in parts: the same rows."""
    folder = tmp_path / "hours"
    write_days(folder, 1)
    take_files(folder, LakeShelf(lake))
    expected = everything(lake)
    monkeypatch.setattr("warikan.ingest.sources.hours.source._MOST_ROWS", 10)
    monkeypatch.setattr(collecting, "MOST_ROWS", 10)

    take_files(folder, LakeShelf(lake), again=True)

    assert everything(lake) == expected


def test_clusters_do_not_touch_each_other(folder: Path, lake: Lake, tmp_path: Path) -> None:
    """Two clusters with the same days, uids and labels keep their own."""
    take_files(folder, LakeShelf(lake))
    write_days(tmp_path / "other", 2, cluster="c2", version=7)

    take_files(tmp_path / "other", LakeShelf(lake), cluster="c2")

    counts = in_lake(lake, "containers", 'DISTINCT "x_ClusterId", "CpuUsage"')
    assert counts == [("c1", 1), ("c2", 7)]
    assert len(in_lake(lake, "labels")) == 4


def test_days_asked_for(folder: Path, lake: Lake) -> None:
    """From and until choose days; the rest comes when it is asked for."""
    first = take_files(folder, LakeShelf(lake), start=date(2026, 9, 2), end=date(2026, 9, 3))
    rest = take_files(folder, LakeShelf(lake))

    assert [str(day) for day in first.days] == ["2026-09-02"]
    assert [str(day) for day in rest.days] == ["2026-09-01", "2026-09-03"]


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "of another cluster": ("nodes", {"x_ClusterId": "c2"}),
    "have no NodeUid": ("nodes", {"NodeUid": ""}),
    "have no PodUid": ("containers", {"PodUid": None}),
    "have an impossible CpuCapacity": ("nodes", {"CpuCapacity": -1}),
    "have an impossible RunSeconds": ("containers", {"RunSeconds": None}),
    "have an impossible MemoryUsage": ("containers", {"MemoryUsage": 2 * 10**18}),
    "have no whole hour of the day": ("volumes", {"Hour": FIRST + 24.5 * HOUR}),
    "are of the same Hour": ("containers", {"PodUid": "p1"}),
    "have a Pod that is too long": ("containers", {"Pod": "x" * 5000}),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_a_day_that_cannot_be_is_left_out(words: str, folder: Path, lake: Lake) -> None:
    """The other days are taken in, and the error says which table of which day has how many such rows."""
    table, change = WRONG[words]
    wrong = with_rows(hour_tables(FIRST + 24 * HOUR, 24), table, change)
    for path in folder.glob("2026-09-02*"):
        path.unlink()
    write_files(folder, "2026-09-02", wrong)

    report = take_files(folder, LakeShelf(lake))

    assert report.error is not None
    assert words in report.error.message
    assert f"cluster c1, 2026-09-02, {table}" in report.error.message
    assert days_in(lake) == days_in(lake, "nodes") == ["2026-09-01", "2026-09-03"]


def test_labels_that_cannot_be(tmp_path: Path, lake: Lake) -> None:
    """A quarter of a million characters are no labels."""
    tables = with_rows(hour_tables(FIRST, 24), "labels", {"Labels": [("k", "x" * 300_000)]})
    write_files(tmp_path / "hours", "x", tables)

    report = take_files(tmp_path / "hours", LakeShelf(lake))

    assert report.error is not None
    assert "cluster c1, 2026-09-01, labels: 1 rows have Labels that are too long" in report.error.message
    assert days_in(lake) == []


def test_twice_in_different_files_is_an_error(folder: Path, lake: Lake) -> None:
    """A copy of a file counts once; another file with the same rows makes the day impossible."""
    copy = folder / "copy of 2026-09-01.nodes.parquet"
    copy.write_bytes((folder / "2026-09-01.nodes.parquet").read_bytes())
    same = take_files(folder, LakeShelf(lake))
    pq.write_table(pq.read_table(copy), copy, compression="none")

    other = take_files(folder, LakeShelf(lake))

    assert (len(same.days), same.error) == (3, None)
    assert other.error is not None
    assert "2 rows are of the same Hour 2026-09-01 00:00:00+00, NodeUid n" in other.error.message
    assert days_in(lake) == ["2026-09-01", "2026-09-02", "2026-09-03"]


def test_days_without_coverage_are_not_taken_in(folder: Path, lake: Lake) -> None:
    """Coverage is written last: a day without it was not copied whole, and that is said."""
    (folder / "2026-09-02.coverage.parquet").unlink()
    (folder / "readme.txt").write_text("notes")

    report = take_files(folder, LakeShelf(lake))

    assert days_in(lake) == ["2026-09-01", "2026-09-03"]
    assert report.notes == (
        "passed over, not named as hours: hours/readme.txt",
        "1 days from 2026-09-02 to 2026-09-02 have rows but no coverage, so they are not taken in",
    )
    for path in folder.glob("*.coverage.parquet"):
        path.unlink()
    none = take_files(folder, LakeShelf(lake))
    assert isinstance(none.error, DataError)
    assert "no file of hours has coverage" in none.error.message


def rename(table: pa.Table) -> pa.Table:
    """Without the first of its columns, and with another."""
    return table.rename_columns(["Another", *table.schema.names[1:]])


def text(table: pa.Table) -> pa.Table:
    """With numbers as text."""
    return table.set_column(
        table.schema.names.index("UpSeconds"), "UpSeconds", pa.array(["1"] * table.num_rows)
    )


def naive(table: pa.Table) -> pa.Table:
    """With times of no zone."""
    return table.set_column(1, "Hour", table["Hour"].cast(pa.timestamp("us")))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (rename, "it has no x_ClusterId; Another is not known"),
        (text, "UpSeconds is string, not int64"),
        (naive, r"Hour is timestamp\[us\], not timestamp\[us, tz=UTC\]"),
    ],
)
def test_files_of_another_shape(
    damage: Callable[[pa.Table], pa.Table], words: str, folder: Path, lake: Lake
) -> None:
    """Columns and types are those of the table, or the file is refused by name."""
    path = folder / "2026-09-02.nodes.parquet"
    pq.write_table(damage(pq.read_table(path)), path)

    with pytest.raises(
        UnreadableFile, match=rf"hours/2026-09-02.nodes.parquet is not a file of nodes: {words}"
    ):
        take_files(folder, LakeShelf(lake))


def test_damaged_files(folder: Path, lake: Lake) -> None:
    """Garbage is told by its footer; pages that are broken end the collection, with the days before kept."""
    (folder / "2026-09-03.nodes.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(UnreadableFile, match="is not a Parquet file, or damaged"):
        take_files(folder, LakeShelf(lake))

    path = folder / "2026-09-03.nodes.parquet"
    pq.write_table(hour_tables(FIRST + 48 * HOUR, 24).nodes, path, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[200:600] = b"\xff" * 400
    path.write_bytes(content)
    try:
        report = take_files(folder, LakeShelf(lake))
    except DataError:
        assert days_in(lake) == []
    else:
        assert report.error is not None
        assert "2026-09-03" not in days_in(lake)


def test_nothing_there(tmp_path: Path, lake: Lake) -> None:
    """A folder without any, or of other files, is told what is wanted."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no files"):
        take_files(tmp_path / "empty", LakeShelf(lake))
    (tmp_path / "empty" / "bill.csv").write_text("x")
    with pytest.raises(UsageError, match="has no files of hours"):
        take_files(tmp_path / "empty", LakeShelf(lake))


def test_names_that_look_like_patterns(folder: Path, lake: Lake) -> None:
    """A file is read by its name, whatever is in it."""
    for path in folder.glob("2026-09-02*"):
        path.rename(folder / path.name.replace("2026-09-02", "copy [1] of *'?"))

    report = take_files(folder, LakeShelf(lake))

    assert (report.error, len(report.days), len(in_lake(lake, "containers"))) == (None, 3, 144)


def test_types_that_are_as_good(folder: Path, lake: Lake) -> None:
    """Large and dictionary-encoded text, small integers and other zones are what they say."""
    path = folder / "2026-09-02.containers.parquet"
    table = pq.read_table(path)
    table = table.set_column(2, "NodeUid", table["NodeUid"].dictionary_encode())
    table = table.set_column(3, "PodUid", table["PodUid"].cast(pa.large_string()))
    table = table.set_column(1, "Hour", table["Hour"].cast(pa.timestamp("ms", tz="Asia/Tokyo")))
    place = table.schema.names.index("RunSeconds")
    table = table.set_column(place, "RunSeconds", table["RunSeconds"].cast(pa.int16()))
    pq.write_table(table, path)

    report = take_files(folder, LakeShelf(lake))

    assert (report.error, len(report.days), len(in_lake(lake, "containers"))) == (None, 3, 144)


def test_labels_are_merged(tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """New ids are added, known ones are not written again, and many small files become one."""
    monkeypatch.setattr("warikan.ingest.usage.lake_shelf._MOST_LABEL_FILES", 3)
    for version in range(1, 6):
        folder = tmp_path / f"v{version}"
        write_days(folder, 1, version=version)
        take_files(folder, LakeShelf(lake))
        assert len(lake.data_files("kubernetes_labels")) <= 3

    assert [row[0] for row in in_lake(lake, "labels", '"LabelsId"')] == [
        *(f"labels-{n}" for n in range(1, 6)),
        "space",
    ]


def test_coverage_says_what_was_seen(tmp_path: Path, lake: Lake) -> None:
    """Minutes of 1,440, missing hours, pod-hours, and where a gap is."""
    hours = concat_tables(
        [
            hour_tables(FIRST, 10),
            hour_tables(FIRST + 10 * HOUR, 2, minutes=0),
            hour_tables(FIRST + 12 * HOUR, 1, minutes=45),
            hour_tables(FIRST + 13 * HOUR, 11),
        ]
    )
    write_files(tmp_path / "hours", "x", hours)

    report = take_files(tmp_path / "hours", LakeShelf(lake))
    (row,) = coverage(lake).to_pylist()

    assert [(gap.start, gap.end) for gap in report.gaps] == [(FIRST + 10 * HOUR, FIRST + 13 * HOUR)]
    assert (row["x_ClusterId"], row["Day"], row["Hours"]) == ("c1", FIRST.date(), 24)
    assert row["SampledMinutes"] == row["NodeMinutes"] == 21 * 60 + 45
    assert (row["MissingHours"], row["GapHours"]) == (2, 3)
    assert (row["PodHours"], row["ContainerHours"]) == (44, 44)
    assert row["Origin"].startswith("hours:")
    assert coverage(lake, clusters=["c2"]).num_rows == 0
    assert coverage(lake, between=(date(2026, 9, 2), date(2026, 9, 3))).num_rows == 0


def test_a_folder_is_as_good_as_the_lake(folder: Path, lake: Lake, tmp_path: Path) -> None:
    """Written as files and read from there: the same rows; a day that is there is not written again."""
    take_files(folder, LakeShelf(lake))
    expected = everything(lake)
    out = FolderShelf(tmp_path / "out")

    first = take_files(folder, out)
    take_files(tmp_path / "out" / "c1", LakeShelf(lake), again=True)

    assert len(first.days) == 3
    assert sorted(p.name for p in (tmp_path / "out" / "c1").glob("2026-09-01*")) == [
        f"2026-09-01.{table}.parquet"
        for table in ("containers", "coverage", "labels", "namespaces", "nodes", "volumes")
    ]
    found = everything(lake)
    del found["coverage"], expected["coverage"]
    assert found == expected
    assert [(k.hours, k.minutes) for k in out.kept("c1").values()] == [(24, 24 * 180)] * 3


def test_a_folder_with_damaged_coverage(tmp_path: Path) -> None:
    """The file to remove is named."""
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / "2026-09-01.coverage.parquet").write_bytes(b"nothing")

    with pytest.raises(DataError, match="c1 has coverage that cannot be read"):
        FolderShelf(tmp_path).kept("c1")


def test_order_of_rows_changes_nothing(tmp_path: Path, lake: Lake) -> None:
    """Rows in any order become the same files, byte for byte."""
    write_files(tmp_path / "a", "x", hour_tables(FIRST, 24, pods=20))
    take_files(tmp_path / "a", LakeShelf(lake))
    before = [Path(f.path).read_bytes() for f in lake.data_files("kubernetes_container_hours")]
    tables = hour_tables(FIRST, 24, pods=20)
    turned = {n: getattr(tables, n).sort_by([(SCHEMAS[n].names[2], "descending")]) for n in SCHEMAS}
    write_files(tmp_path / "b", "x", replace(tables, **turned))

    take_files(tmp_path / "b", LakeShelf(lake))

    assert [Path(f.path).read_bytes() for f in lake.data_files("kubernetes_container_hours")] == before
    with duckdb.connect() as connection:
        path = lake.data_files("kubernetes_container_hours")[0].path
        sql = f'SELECT list("Hour") = list_sort(list("Hour")) FROM read_parquet(\'{path}\')'
        assert connection.execute(sql).fetchone() == (True,)
    assert isinstance(tables, HourTables)
