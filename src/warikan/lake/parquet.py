"""Parquet files of the lake: written by DuckDB with field ids, looked at before they are committed."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warikan.focus.errors import LakeError
from warikan.lake.plan import DataFile
from warikan.lake.schema import FIELD_ID, IcebergField, duckdb_type, field_ids, literal
from warikan.lake.spec import TableSpec, TimePartition
from warikan.lake.tables import may_be_absent

ROW_GROUP = 122_880
"""Rows of a row group: DuckDB's own default, measured best in research/stack.md section 3."""
_WHOLE = 60
"""Characters of a string that no writer cuts in statistics (the shortest limit known is 64 bytes)."""


def write(
    connection: duckdb.DuckDBPyConnection, select: str, table: str, fields: Sequence[IcebergField], path: Path
) -> int:
    """
    Write the rows of *select* to *path* in their order, with the ids of *fields*; returns their number.

    Raises:
        LakeError: *select* has not the columns of *fields* (see ``may_be_absent``), others, or another type;
            nothing is cast here.
    """
    present = check_columns(connection, select, table, fields)
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, FIELD_IDS {field_ids(present)}"
    try:
        row = connection.execute(f"COPY ({select}) TO {literal(str(path))} ({options})").fetchone()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return int(row[0]) if row else 0


def check_columns(
    connection: duckdb.DuckDBPyConnection, select: str, table: str, fields: Sequence[IcebergField]
) -> list[IcebergField]:
    """
    Those of *fields* that *select* has.

    Raises:
        LakeError: as :func:`write`.
    """
    delivered = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {select}").fetchall()}
    expected = {f["name"]: f for f in fields}
    wrong = [f"{name} is not a column of {table}" for name in delivered if name not in expected]
    for name, field in expected.items():
        if name not in delivered:
            if not may_be_absent(name):
                wrong.append(f"{name} is missing")
        elif delivered[name] != duckdb_type(field):
            wrong.append(f"{name} is {delivered[name]}, not {duckdb_type(field)}")
    if wrong:
        raise LakeError(f"rows for the table {table} do not fit: {'; '.join(wrong)}")
    return [f for name, f in expected.items() if name in delivered]


def describe(path: Path, spec: TableSpec, fields: Sequence[IcebergField]) -> tuple[DataFile, pq.FileMetaData]:
    """
    What the Parquet file at *path* holds, and its footer.

    Raises:
        LakeError: it is not a Parquet file, its columns or field ids are not those of the table, or its
            rows are of more than one unit or of none.
    """
    try:
        with pa.OSFile(str(path)) as bytes_, pq.ParquetFile(bytes_) as file:
            footer = file.metadata
            _check_ids(path, spec.name, file.schema_arrow, fields)
            rows = footer.num_rows
            source_id = _only_source(file, path, spec.source) if spec.source and rows else None
            start = _only_start(file, path, spec.time) if spec.time and rows else None
    except (OSError, pa.ArrowException) as error:
        raise LakeError(f"{path} is not a Parquet file that can be committed: {error}") from error
    return DataFile(str(path), source_id, start, rows, path.stat().st_size), footer


def _check_ids(path: Path, table: str, schema: pa.Schema, fields: Sequence[IcebergField]) -> None:
    expected = {f["name"]: str(f["id"]) for f in fields}
    for field in schema:
        found = (field.metadata or {}).get(FIELD_ID, b"none").decode()
        if expected.get(field.name) != found:
            raise LakeError(
                f"{path} cannot join the table {table}: column {field.name} has field id {found}, "
                f"the table says {expected.get(field.name, 'no such column')}; write it with Lake.copy"
            )


def _only_source(file: pq.ParquetFile, path: Path, name: str) -> str:
    low, high = _bounds(file, name)
    # Writers may cut long strings in statistics, so they are believed only where nothing can have been cut.
    if not isinstance(low, str) or low != high or len(low) > _WHOLE:
        column = file.read(columns=[name])[name]
        low, high = pc.min_max(column).as_py().values() if column.null_count == 0 else (None, None)
    if low is None or low != high:
        raise LakeError(f"{path} has rows of more than one source, or of none: {low!r} to {high!r}")
    return str(low)


def _only_start(file: pq.ParquetFile, path: Path, time: TimePartition) -> date:
    low, high = _bounds(file, time.column)
    if isinstance(low, datetime) and isinstance(high, datetime) and time.start_of(low) == time.start_of(high):
        return time.start_of(low)
    what = "billing month" if time.column == "BillingPeriodStart" else time.length
    raise LakeError(f"{path} has rows of more than one {what}, or of none: {low} to {high}")


def _bounds(file: pq.ParquetFile, column: str) -> tuple[object, object]:
    """Smallest and largest value of *column*; (None, None) where the footer cannot tell or one is null."""
    footer = file.metadata
    index = next((i for i in range(footer.num_columns) if footer.schema.column(i).path == column), -1)
    if index < 0:
        return None, None
    lows, highs = [], []
    for group in range(footer.num_row_groups):
        statistics = footer.row_group(group).column(index).statistics
        if statistics is None or not statistics.has_min_max or statistics.null_count != 0:
            return None, None
        lows.append(statistics.min)
        highs.append(statistics.max)
    return min(lows), max(highs)
