"""Parquet bills in the types that exporters choose."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_cases import ROW, Loader, charges

from warikan.lake import Lake

MONTH = datetime(2026, 10, 1, tzinfo=UTC)


def write(path: Path, columns: dict[str, pa.Array], rows: int = 1) -> None:
    """ROW as Parquet, with *columns* in place of or beside its own."""
    table = {name: pa.array([value] * rows) for name, value in ROW.items()} | columns
    pq.write_table(pa.table(table), path)


def loaded(
    take: Loader, lake: Lake, tmp_path: Path, columns: dict[str, pa.Array], rows: int = 1
) -> list[Any]:
    """The charges of such a file."""
    write(tmp_path / "bill.parquet", columns, rows)
    assert take("bill.parquet").rejected_rows == 0
    return charges(lake)


@pytest.mark.parametrize(
    ("array", "exact"),
    [
        (pa.array(["1.5e-7"]), "0.00000015"),
        (pa.array([0.1], pa.float64()), "0.1"),
        (pa.array([4e-07], pa.float64()), "0.0000004"),
        (pa.array([123456.789], pa.float64()), "123456.789"),
        (pa.array([1e16], pa.float64()), "10000000000000000"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([7], pa.int64()), "7"),
        (pa.array([Decimal("1.23")], pa.decimal128(38, 2)), "1.23"),
        (pa.array([Decimal("-1.5")], pa.decimal128(10, 4)), "-1.5"),
        (pa.array([Decimal("0.0000000000000000015")], pa.decimal128(30, 19)), "0.000000000000000002"),
        (pa.array([Decimal("1.5")]).dictionary_encode(), "1.5"),
    ],
)
def test_types_of_money(array: pa.Array, exact: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A double counts as the shortest decimal that it prints as; decimals of any width are exact."""
    (row,) = loaded(take, lake, tmp_path, {"BilledCost": array})
    assert Decimal(exact) == row["BilledCost"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([MONTH], pa.timestamp("us", tz="UTC")),
        pa.array([MONTH], pa.timestamp("ns", tz="Asia/Tokyo")),
        pa.array([MONTH.replace(tzinfo=None)], pa.timestamp("ms")),
        pa.array([date(2026, 10, 1)]),
        pa.array(["2026-10-01 09:00:00+09"]),
    ],
)
def test_types_of_time(array: pa.Array, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Timestamps with and without zone, days and text are the same instant in UTC."""
    (row,) = loaded(take, lake, tmp_path, {"BillingPeriodStart": array, "ChargePeriodStart": array})
    assert [row["BillingPeriodStart"], row["ChargePeriodStart"]] == [MONTH, MONTH]


@pytest.mark.parametrize(
    ("array", "tags"),
    [
        (
            pa.array([[("team", "a"), ("n", None)]], pa.map_(pa.string(), pa.string())),
            {"team": "a", "n": None},
        ),
        (pa.array([[("team", 5)]], pa.map_(pa.string(), pa.int64())), {"team": "5"}),
        (pa.array([{"team": "a", "env": None}]), {"team": "a"}),
        (
            pa.array([[{"key": "team", "value": "a"}, {"key": "env", "value": "x"}]]),
            {"team": "a", "env": "x"},
        ),
        (pa.array(['{"team": "a"}']), {"team": "a"}),
    ],
)
def test_types_of_tags(array: pa.Array, tags: dict, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Map, struct, list of pairs and JSON text are one map."""
    (row,) = loaded(take, lake, tmp_path, {"Tags": array})
    assert tags == row["Tags"]
    assert tags.get("team") == row["x_Tag_team"]


def test_nested_columns(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Structs are kept as JSON text, FOCUS columns and others alike; account numbers stay digits."""
    columns = {
        "SkuPriceDetails": pa.array([{"OS": "Linux", "n": 2}]),
        "x_Own": pa.array([{"a": [1, 2]}]),
        "SubAccountId": pa.array([123456789012], pa.int64()),
        "ResourceId": pa.array([b"r-1"], pa.binary()),
    }
    (row,) = loaded(take, lake, tmp_path, columns)
    assert row["SkuPriceDetails"] == '{"OS":"Linux","n":2}'
    assert row["x_Extra"] == {"x_Own": '{"a":[1,2]}'}
    assert (row["SubAccountId"], row["ResourceId"]) == ("123456789012", "r-1")


def test_rows_are_numbered_and_rejected(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Over many row groups each charge keeps the number of its row, and bad rows are those that are bad."""
    count = 5000
    costs = [Decimal(i) if i % 1000 else None for i in range(1, count + 1)]
    columns = {
        "BilledCost": pa.array(costs, pa.decimal128(38, 4)),
        "EffectiveCost": pa.array([Decimal(1)] * (count - 1) + [Decimal(10) ** 30], pa.decimal128(38, 4)),
    }
    table = {name: pa.array([value] * count) for name, value in ROW.items()} | columns
    for name in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"):
        table[name] = pa.array([MONTH] * count)
    for name in ("ListCost", "ContractedCost"):
        table[name] = pa.array([1] * count)
    pq.write_table(pa.table(table), tmp_path / "bill.parquet", row_group_size=700)

    report = take("bill.parquet")

    assert (count - 5, 5) == (report.rows, report.rejected_rows)
    assert sorted({r["x_SourceRow"] for r in charges(lake, table="rejects")}) == [
        1000,
        2000,
        3000,
        4000,
        5000,
    ]
    assert all(r["BilledCost"] == r["x_SourceRow"] for r in charges(lake))


def test_parquet_and_csv_are_the_same(take: Loader, lake: Lake, tmp_path: Path, data: Path) -> None:
    """The real bill as Parquet of texts gives the same charges as the CSV that it came from."""
    import duckdb

    source = data / "focus" / "focus_1_0_real_anonymised.csv"
    duckdb.sql(f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{tmp_path / 'bill.parquet'}'")
    take(source, "csv")
    take("bill.parquet", "parquet")
    ours = {"x_SourceId", "x_LoadId", "x_SourceFile"}
    rows = [{k: v for k, v in row.items() if k not in ours} for row in charges(lake)]
    assert rows[:1000] == rows[1000:]
