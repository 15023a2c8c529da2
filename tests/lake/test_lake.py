"""Opening, columns, files: what every table of the lake promises its readers."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table

from warikan.focus.errors import ConfigError, LakeError
from warikan.lake import Lake, Unit
from warikan.lake.schema import FIELD_ID

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
Put = Callable[..., int | None]
Iceberg = Callable[[Lake, str], Table]
Read = Callable[..., list[tuple[Any, ...]]]

READ_ONLY = """
import sys
from datetime import date
from pathlib import Path
from warikan.lake import Lake

lake = Lake.open(Path(sys.argv[1]), promoted_tags=["team"])
assert len(lake.data_files("charges")) == 1
lake.snapshot("charges"), lake.properties("charges"), lake.loads(), lake.schema("charges")
assert "pyiceberg" not in sys.modules, "PyIceberg was imported"
"""


def test_every_type_comes_back_as_it_went(lake: Lake, put: Put, read: Read, iceberg: Iceberg) -> None:
    """Eighteen decimals, 38 digits, times, maps with nulls, and lists survive to the last digit."""
    put(
        lake,
        "charges",
        "aws",
        MAY,
        BilledCost="-12345678901234567890.123456789012345678",
        ChargePeriodStart="TIMESTAMPTZ '2026-05-31 23:59:59.999999+00'",
        Tags="map {'env': 'prod', 'チーム': NULL}",
        x_Repairs="['a', NULL]",
        x_ChargeKey="1099511627776 * 8388607 + i",
    )
    expected = (
        Decimal("-12345678901234567890.123456789012345678"),
        datetime(2026, 5, 31, 23, 59, 59, 999999, UTC),
        {"env": "prod", "チーム": None},
        ["a", None],
        1099511627776 * 8388607,
    )

    rows = read(
        lake, "charges", "BilledCost, ChargePeriodStart AT TIME ZONE 'UTC', Tags, x_Repairs, x_ChargeKey"
    )
    assert [(expected[0], expected[1].replace(tzinfo=None), *expected[2:])] == rows
    row = iceberg(lake, "charges").scan().to_arrow().to_pylist()[0]
    assert expected == (
        row["BilledCost"],
        row["ChargePeriodStart"],
        dict(row["Tags"]),
        row["x_Repairs"],
        row["x_ChargeKey"],
    )


def test_questions_do_not_import_pyiceberg(new_lake: Callable[[], Lake], put: Put) -> None:
    """Opening a lake that is as it should be, and reading from it, does not wait for PyIceberg's import."""
    lake = Lake.open(new_lake().folder, promoted_tags=["team"])
    put(lake, "charges", "aws", MAY)

    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(lake.folder)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "source",
    [
        "/work/shared/data/x.csv",
        "bills/日本語 の 請求書=1&x?#%41.csv",
        'it\'s "quoted"\\',
        "x" * 63 + "é" * 200,
        "長" * 20_000,
        "null",
        " ",
    ],
    ids=["path", "odd", "quotes", "long", "huge", "null", "space"],
)
def test_any_source_id_is_a_partition_of_its_own(lake: Lake, put: Put, source: str) -> None:
    """The partition is the whole source id, whatever it holds and however long it is."""
    put(lake, "charges", source, MAY, rows=3)
    put(lake, "charges", source + "2", MAY, rows=5)

    assert {(source, MAY, 3), (source + "2", MAY, 5)} == {
        (f.source_id, f.start, f.rows) for f in lake.data_files("charges")
    }
    assert [f.rows for f in lake.data_files("charges", source_ids=[source])] == [3]
    put(lake, "charges", source, MAY, rows=7)
    assert {7, 5} == {f.rows for f in lake.data_files("charges")}


def test_files_are_pruned_by_unit(lake: Lake, put: Put) -> None:
    """Months are half-open; tables that are not split by source give all sources."""
    for month in (MAY, JUNE):
        put(lake, "charges", "aws", month)
        put(lake, "daily_costs", None, month)

    assert [f.start for f in lake.data_files("charges", between=(MAY, JUNE))] == [MAY]
    assert lake.data_files("charges", between=(MAY, JUNE), source_ids=["gcp"]) == []
    assert [
        f.start for f in lake.data_files("daily_costs", between=(JUNE, date(2026, 7, 1)), source_ids=[])
    ] == [JUNE]


def test_promoted_tag_becomes_a_column(lake: Lake, put: Put, read: Read) -> None:
    """A tag key promoted later is a new column, null in earlier files; afterwards it may be absent."""
    put(lake, "charges", "aws", MAY)
    tagged = Lake.open(lake.folder, promoted_tags=["team"])
    put(tagged, "charges", "aws", JUNE, x_Tag_team="'payments'")

    assert read(tagged, "charges", "x_Tag_team") == [("payments",), (None,)]
    for table in ("charges", "allocations", "daily_costs"):
        assert "x_Tag_team" in tagged.schema(table).names
    assert "x_Tag_team" in lake.schema("charges").names
    assert "x_Tag_team" not in lake.schema("loads").names


def test_promoted_tag_in_another_case_is_refused(lake: Lake) -> None:
    """A key that differs from an earlier one only by case would be the same column to DuckDB."""
    Lake.open(lake.folder, promoted_tags=["team"])

    with pytest.raises(ConfigError, match=r"x_Tag_Team.*x_Tag_team"):
        Lake.open(lake.folder, promoted_tags=["Team"])


def test_promoted_tag_never_takes_the_column_of_another(lake: Lake) -> None:
    """A key whose column already holds another key is refused, also when that one is no longer promoted."""
    Lake.open(lake.folder, promoted_tags=["cost-center"])

    with pytest.raises(ConfigError, match="x_Tag_cost_center already holds"):
        Lake.open(lake.folder, promoted_tags=["cost.center"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("* EXCLUDE (Rows)", "Rows is missing"),
        ("*, 1 AS Extra", "Extra is not a column of loads"),
        ("* REPLACE (Rows::INTEGER AS Rows)", "Rows is INTEGER, not BIGINT"),
        ("* REPLACE (BilledCost::DECIMAL(38, 12) AS BilledCost)", r"BilledCost is DECIMAL\(38,12\)"),
        (
            "* REPLACE (LoadedAt::TIMESTAMP AS LoadedAt)",
            "LoadedAt is TIMESTAMP, not TIMESTAMP WITH TIME ZONE",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    lake: Lake, write: Callable[..., Path], connection: duckdb.DuckDBPyConnection, change: str, problem: str
) -> None:
    """A missing, unknown or differently typed column is named; nothing is cast and no file is left."""
    with lake.writing():
        good = write(lake, "loads", None, None)
        path = lake.new_file("loads")
        with pytest.raises(LakeError, match=problem):
            lake.copy(connection, f"SELECT {change} FROM read_parquet('{good}')", "loads", path)

        assert not path.exists()


def test_parquet_carries_the_field_ids(lake: Lake, write: Callable[..., Path]) -> None:
    """Each column, and each part of a map or list, has the id that Iceberg gave it."""
    with lake.writing():
        found = pq.read_schema(write(lake, "charges", "aws", MAY))
    expected = lake.schema("charges")

    def ids(schema: pa.Schema) -> dict[str, str]:
        parts = {f"{f.name}.{p.name}": p for f in schema for p in nested(f.type)}
        return {n: f.metadata[FIELD_ID].decode() for n, f in {**{f.name: f for f in schema}, **parts}.items()}

    assert ids(found) == ids(expected)
    assert len(set(ids(found).values())) == len(expected) + 5
    assert found.names == expected.names


def nested(kind: pa.DataType) -> list[pa.Field]:
    """The fields inside a map or list."""
    if pa.types.is_map(kind):
        return [kind.key_field, kind.item_field]
    return [kind.value_field] if pa.types.is_list(kind) else []


def test_rows_keep_the_order_of_the_query(
    lake: Lake, connection: duckdb.DuckDBPyConnection, write: Callable[..., Path]
) -> None:
    """Files are sorted as the writer asked, over many row groups, and columns may come in any order."""
    with lake.writing():
        one = write(lake, "rejects", "aws", None)
        path = lake.new_file("rejects")
        names = ", ".join(f'"{n}"' for n in reversed(lake.schema("rejects").names) if n != "x_SourceRow")
        numbers = f"SELECT (i * 7919) % 300007 AS x_SourceRow, {names}"
        query = f"{numbers} FROM read_parquet('{one}'), range(300007) r(i) ORDER BY 1"
        written = lake.copy(connection, query, "rejects", path)

        rows = pq.read_table(path)["x_SourceRow"].to_pylist()
        assert written == 300007
        assert list(range(300007)) == rows
        assert pq.ParquetFile(path).metadata.num_row_groups == 3


def test_a_missing_or_damaged_plan_is_made_again(lake: Lake, put: Put) -> None:
    """The plan is a cache: without it, the manifests say the same."""
    put(lake, "charges", "aws", MAY, rows=2)
    put(lake, "charges", "gcp", JUNE, rows=3)
    expected = lake.data_files("charges")
    [plan] = (lake.folder / "lake" / "charges" / "metadata").glob(f"plan-{lake.snapshot('charges')}.json")
    for damage in ("", "{", json.dumps({"version": 1, "snapshot": 5}), "[]"):
        plan.write_text(damage)

        assert expected == Lake.open(lake.folder).data_files("charges")
        assert plan.read_text() != damage


def test_moved_workspace_goes_on(lake: Lake, put: Put, read: Read, iceberg: Iceberg, tmp_path: Path) -> None:
    """A workspace that was moved, even to an odd name, is read and written as before."""
    put(lake, "charges", "aws", MAY, rows=2)
    folder = tmp_path / "移動 #1? 100%41" / ".warikan"
    shutil.move(lake.folder, folder)
    moved = Lake.open(folder, promoted_tags=["team"])
    put(moved, "charges", "gcp", MAY, rows=3)

    assert len(read(moved, "charges", "x_SourceId")) == 5
    assert iceberg(moved, "charges").scan().count() == 5
    assert all(Path(f.path).is_relative_to(folder) for f in moved.data_files("charges"))


def test_copied_workspace_leaves_the_original_alone(lake: Lake, put: Put, tmp_path: Path) -> None:
    """Writing to a copy changes no byte of the original, though its metadata names the original's folder."""
    put(lake, "charges", "aws", MAY, rows=2)
    shutil.copytree(lake.folder, tmp_path / "copy")
    before = {p: p.read_bytes() for p in lake.folder.rglob("*") if p.is_file()}
    copy = Lake.open(tmp_path / "copy")
    for rows in range(3, 16):
        put(copy, "charges", "aws", MAY, rows=rows)
    copy.clean()

    assert [f.rows for f in copy.data_files("charges")] == [15]
    assert before == {p: p.read_bytes() for p in lake.folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("damage", ["catalogue", "metadata"])
def test_damage_is_told_in_a_sentence(lake: Lake, put: Put, damage: str) -> None:
    """A lake whose catalogue or metadata is not readable ends in a LakeError with a way out."""
    put(lake, "charges", "aws", MAY)
    if damage == "catalogue":
        for file in (lake.folder / "lake").glob("catalog.db-*"):
            file.unlink()  # what a log still holds of the pages could be read
        (lake.folder / "lake" / "catalog.db").write_bytes(b"not a database, not at all" * 500)
    else:
        for file in (lake.folder / "lake" / "charges" / "metadata").glob("*.metadata.json"):
            file.write_text("{}")

    with pytest.raises(LakeError, match=r"damaged|cannot be read") as raised:
        Lake.open(lake.folder).data_files("charges")
    assert raised.value.hint is not None


def test_empty_lake_reads_as_empty(lake: Lake) -> None:
    """Before the first commit every table is there, empty."""
    for table in ("charges", "allocations", "daily_costs", "loads", "rejects"):
        assert lake.data_files(table) == []
        assert lake.snapshot(table) is None
        assert lake.properties(table) == {}
    assert lake.loads().num_rows == 0
    assert Unit("aws", MAY) == Unit("aws", date(2026, 5, 1))
