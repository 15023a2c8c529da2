"""Filters over rows: DuckDB agrees with two-valued logic, row by row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
from filters import SCHEMA, conditions, holds, tables
from hypothesis import given, settings

from warikan.engine.column import MapValue
from warikan.engine.condition import Comparison, Condition
from warikan.engine.connection import connect
from warikan.engine.filter import Filter, parse_filter
from warikan.engine.predicate import operand_value
from warikan.engine.statements import to_sql


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One database for all examples."""
    folder: Path = tmp_path_factory.mktemp("spill")
    with connect(folder, threads=1) as connection:
        yield connection


def _kept(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], chosen: Filter) -> list[int]:
    numbers = pa.array(range(len(rows)), pa.int64())
    connection.register("arrow_rows", pa.Table.from_pylist(rows, SCHEMA).append_column("number", numbers))
    connection.execute("CREATE OR REPLACE TEMP TABLE rows_here AS SELECT * FROM arrow_rows")
    table = ibis.table(
        ibis.Schema.from_pyarrow(SCHEMA.append(pa.field("number", pa.int64()))), name="rows_here"
    )
    sql = to_sql(table.filter(chosen.to_expression(table)).select("number"))
    return sorted(connection.execute(sql).to_arrow_table()["number"].to_pylist())


@settings(max_examples=60)  # each runs a query
@given(tables, conditions)
def test_a_filter_keeps_exactly_the_rows_it_says(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], condition: Condition
) -> None:
    """The SQL that runs means what the condition means, nulls and hostile text included."""
    expected = [i for i, row in enumerate(rows) if holds(condition, row)]

    assert expected == _kept(connection, rows, Filter(condition))


@settings(max_examples=60)  # each runs a query
@given(tables, conditions)
def test_a_filter_and_its_complement_partition_the_rows(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], condition: Condition
) -> None:
    """Each row lies in exactly one of the two: no row is lost to null."""
    both = _kept(connection, rows, Filter(condition)) + _kept(connection, rows, Filter(condition).negate())

    assert list(range(len(rows))) == sorted(both)


def test_not_equal_keeps_what_has_no_value() -> None:
    """``<> 'prod'`` is everything but prod, untagged rows too."""
    assert isinstance(parse_filter("Tags['env'] <> 'prod'", SCHEMA).condition, Comparison)
    assert holds(parse_filter("Tags['env'] <> 'prod'", SCHEMA).condition, {"Tags": None})


def test_a_map_value_is_read_where_it_costs_least() -> None:
    """From a projected column of its very name, else its promoted column, else the map."""
    tag = MapValue("Tags", "team", "x_Tag_team")
    table = ibis.table(
        {"Tags": "map<string, string>", "x_Tag_team": "string", "Tags['team']": "string"}, name="t"
    )

    assert operand_value(tag, table).get_name() == "Tags['team']"
    assert operand_value(tag, table.drop("Tags['team']")).get_name() == "x_Tag_team"
    assert "MAP_EXTRACT_VALUE" in to_sql(operand_value(tag, table.select("Tags")))
