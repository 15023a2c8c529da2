"""Tables of the lake as expressions: what they promise when files differ in age, month and source."""

import threading
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from small_lake import NOW, fill, lake_of, open_engine, slice_of

from warikan.engine.column import kind_of
from warikan.engine.connection import connect
from warikan.engine.engine import Engine
from warikan.engine.query import Query
from warikan.lake import Lake, tables

TEAMS = [("team", "pay"), ("app.io/name", "shop")]


@pytest.mark.parametrize("name", list(tables()))
def test_a_table_without_files_is_empty_and_typed(tmp_path: Path, name: str) -> None:
    """Its columns are those of the lake, so that an expression over it needs no special case."""
    engine = open_engine(tmp_path)
    rows = engine.to_arrow(engine.table(name))
    expected = lake_of(tmp_path).schema(name)

    assert (rows.num_rows, rows.schema.names) == (0, expected.names)
    assert all(
        kind_of(one.type) == kind_of(other.type) for one, other in zip(rows.schema, expected, strict=True)
    )


def test_a_table_has_every_value_as_it_was_written(tmp_path: Path) -> None:
    """Types, nulls, maps and 18 decimals come back."""
    row = slice_of("2026-11-01T05:00", "-0.000000000000000001", Tags=TEAMS, ResourceId="r")
    engine = open_engine(tmp_path, [row])
    read = engine.to_arrow(engine.table("allocations")).to_pylist()[0]

    assert {k: v for k, v in row.items() if not k.startswith("x_Tag_")} == {
        k: v for k, v in read.items() if v is not None
    }


def test_tables_can_be_cut_by_month_and_source(tmp_path: Path) -> None:
    """Months are billing months, the end is exclusive."""
    rows = [slice_of(f"2026-{m}-05", m, x_SourceId=s) for m in ("09", "10", "11") for s in ("a", "b")]
    engine = open_engine(tmp_path, rows)
    table = engine.table("allocations", months=(date(2026, 9, 1), date(2026, 11, 1)), source_ids={"a"})

    assert sorted(engine.to_arrow(table)["EffectiveCost"].to_pylist()) == [Decimal(9), Decimal(10)]


def test_a_charge_outside_its_billing_month_is_found(tmp_path: Path) -> None:
    """A correction billed in November for October belongs to October's charges."""
    november = slice_of("2026-11-01", 1)["BillingPeriodStart"]
    engine = open_engine(tmp_path, [slice_of("2026-10-15", "3", BillingPeriodStart=november)])
    answer = engine.run(Query(period="2026-10"), now=NOW)

    assert [a.totals["EffectiveCost"] for a in answer.answers] == [Decimal(3)]


def test_a_tag_that_is_promoted_later_has_its_values_everywhere(tmp_path: Path) -> None:
    """Rows from before the promotion are read from the map, so no filter changes its meaning."""
    open_engine(tmp_path, [slice_of("2026-10-01", "1", Tags=TEAMS)])
    lake = Lake.open(tmp_path / ".warikan", promoted_tags=["team", "app.io/name"])
    new = slice_of("2026-11-01", "2", Tags=[("team", "web")], x_Tag_app_io_name=None)
    fill(lake, "allocations", [new])
    engine = Engine(lake, threads=1)
    table = engine.to_arrow(engine.table("allocations").order_by("ChargePeriodStart"))
    by_team = engine.run(Query(by=("Tags['team']",), period="2026-10..2026-12"), now=NOW)
    by_name = engine.run(Query(by=("Tags['app.io/name']",), period="2026-10..2026-12"), now=NOW)

    assert table["x_Tag_team"].to_pylist() == ["pay", "web"]
    assert table["x_Tag_app_io_name"].to_pylist() == ["shop", None]
    # the days from before the promotion cannot tell the teams apart
    assert by_team.table == "allocations"
    assert by_team.answers[0].rows["Tags['team']"].to_pylist() == ["web", "pay"]
    assert by_name.answers[0].rows["Tags['app.io/name']"].to_pylist() == [None, "shop"]


def test_two_keys_with_one_column_name_are_not_mixed_up(tmp_path: Path) -> None:
    """``a_b`` is not ``a-b``, though the column of ``a-b`` is called x_Tag_a_b."""
    row = slice_of("2026-11-01", "1", Tags=[("a-b", "dash"), ("a_b", "line")])
    engine = open_engine(tmp_path, [row | {"x_Tag_a_b": "dash"}], tags=["a-b"])
    answers = [engine.run(Query(by=(f"Tags['{k}']",), period="all"), now=NOW) for k in ("a-b", "a_b")]

    assert [a.answers[0].rows[0].to_pylist() for a in answers] == [["dash"], ["line"]]


def test_an_earlier_snapshot_can_be_read(tmp_path: Path) -> None:
    """An expression keeps its snapshot when a commit comes in between."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1")])
    lake = lake_of(tmp_path)
    before, first = engine.table("allocations"), lake.snapshot("allocations")
    fill(lake, "allocations", [slice_of("2026-11-01", "2")])
    tables_now = [before, engine.table("allocations"), engine.table("allocations", snapshot=first)]

    assert [engine.to_arrow(t)["EffectiveCost"].to_pylist() for t in tables_now] == [[1], [2], [1]]


def test_loads_are_what_is_in_force(tmp_path: Path) -> None:
    """The log, with what the newest load has not yet written into it."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1"), slice_of("2026-10-01", "1")])
    rows = engine.to_arrow(engine.table("loads").order_by("BillingMonth"))

    assert rows["BillingMonth"].to_pylist() == [date(2026, 10, 1), date(2026, 11, 1)]


def test_rows_from_arrow_can_be_joined(tmp_path: Path) -> None:
    """A small table of one's own stands beside those of the lake."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1", ServiceName="a")])
    names = engine.from_arrow(pa.table({"ServiceName": ["a"], "nick": ["A"]}))
    joined = engine.table("allocations").join(names, "ServiceName").select("nick", "EffectiveCost")

    assert engine.to_arrow(joined).to_pylist() == [{"nick": "A", "EffectiveCost": Decimal(1)}]
    assert engine.sql(joined).startswith("SELECT")


def test_threads_share_an_engine(tmp_path: Path) -> None:
    """Questions at the same time do not see each other's cells."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", c, ServiceName=c) for c in "123456"])
    found: dict[str, list[Decimal]] = {}

    def ask(name: str) -> None:
        query = Query(where=f"ServiceName = '{name}'", period="all")
        found[name] = [engine.run(query, now=NOW).answers[0].totals["EffectiveCost"] for _ in range(3)]

    threads = [threading.Thread(target=ask, args=(name,)) for name in "123456"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {name: [Decimal(name)] * 3 for name in "123456"}


@pytest.mark.parametrize(
    "sql",
    [
        "SET threads = 1",
        "SET TimeZone = 'Asia/Tokyo'",
        "LOAD httpfs",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "SELECT * FROM python_variable",
    ],
)
def test_the_database_is_closed(tmp_path: Path, sql: str) -> None:
    """No setting changes, nothing comes from the network or from Python's variables."""
    python_variable = pa.table({"a": [1]})
    with connect(tmp_path) as connection, pytest.raises(duckdb.Error):
        connection.execute(sql)
    assert python_variable.num_rows == 1


def test_times_are_utc_whatever_the_machine(tmp_path: Path) -> None:
    """Every cursor shows UTC."""
    with connect(tmp_path) as connection, connection.cursor() as cursor:
        row = cursor.execute("SELECT (TIMESTAMPTZ '2026-11-01 05:00:00+09')::VARCHAR").fetchone()

    assert row == ("2026-10-31 20:00:00+00",)
