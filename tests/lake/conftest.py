"""A lake of its own for each test, copied from one made once, and rows for its tables."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.table import Table

from warikan.lake import Lake, Unit
from warikan.lake.iceberg import load

DUCKDB_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_decimal, "DECIMAL(38, 18)"),
    (pa.types.is_timestamp, "TIMESTAMPTZ"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_date32, "DATE"),
    (pa.types.is_map, "MAP(VARCHAR, VARCHAR)"),
    (pa.types.is_list, "VARCHAR[]"),
)


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake with empty tables."""
    folder = tmp_path_factory.mktemp("empty") / ".warikan"
    Lake.open(folder)
    return folder


@pytest.fixture
def new_lake(empty_lake: Path, tmp_path: Path) -> Callable[[], Lake]:
    """Makes one more lake with empty tables."""
    numbers = iter(range(1_000_000))

    def make() -> Lake:
        folder = tmp_path / f"workspace{next(numbers)}" / ".warikan"
        shutil.copytree(empty_lake, folder)
        return Lake.open(folder)

    return make


@pytest.fixture
def lake(new_lake: Callable[[], Lake]) -> Lake:
    """A lake with empty tables."""
    return new_lake()


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in UTC."""
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


def select(lake: Lake, table: str, rows: int = 1, **values: str) -> str:
    """SQL of *rows* rows of *table*: *values* are SQL expressions over the row number i; the rest is null."""

    def column(field: pa.Field) -> str:
        kind = next(name for matches, name in DUCKDB_TYPES if matches(field.type))
        return f'CAST({values.get(field.name, "NULL")} AS {kind}) AS "{field.name}"'

    return f"SELECT {', '.join(map(column, lake.schema(table)))} FROM range({rows}) r(i)"


@pytest.fixture
def write(connection: duckdb.DuckDBPyConnection) -> Callable[..., Path]:
    """``write(lake, table, source, month, rows, Column="SQL over i")``: a file of one unit, uncommitted."""

    def written(
        lake: Lake, table: str, source: str | None, month: date | None, rows: int = 1, **values: str
    ) -> Path:
        if source is not None:
            quoted = source.replace("'", "''")
            values["x_SourceId"] = f"'{quoted}'"
        if month is not None:
            values["BillingPeriodStart"] = f"TIMESTAMPTZ '{month} 00:00:00+00'"
        path = lake.new_file(table)
        lake.copy(connection, select(lake, table, rows, **values), table, path)
        return path

    return written


@pytest.fixture
def put(write: Callable[..., Path]) -> Callable[..., int | None]:
    """As ``write``, in place of its unit."""

    def replaced(
        lake: Lake, table: str, source: str | None, month: date | None, rows: int = 1, **values: str
    ) -> int | None:
        with lake.writing():
            file = write(lake, table, source, month, rows, **values)
            return lake.replace(table, [Unit(source, month)], [file])

    return replaced


@pytest.fixture
def iceberg() -> Callable[[Lake, str], Table]:
    """``iceberg(lake, table)``: the table as PyIceberg sees it."""
    return lambda lake, table: load(lake._snapshots.catalog, table)


@pytest.fixture
def read(connection: duckdb.DuckDBPyConnection) -> Callable[..., list[tuple[Any, ...]]]:
    """``read(lake, table, "SQL expressions")``: the rows of a table, sorted, by DuckDB over its files."""

    def rows(lake: Lake, table: str, columns: str) -> list[tuple[Any, ...]]:
        files = [f.path for f in lake.data_files(table)]
        if not files:
            return []
        query = (
            f"SELECT {columns} FROM read_parquet(?, union_by_name=true, hive_partitioning=false) ORDER BY ALL"
        )
        return connection.execute(query, [files]).fetchall()

    return rows
