"""Parquet to a typed relation: read where it lies when its types are exact, staged otherwise."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.focus.errors import UnreadableFile
from warikan.ingest.csvfile import NoRows
from warikan.ingest.files import BillFile
from warikan.ingest.header import Header, read_header
from warikan.ingest.progress import Meter
from warikan.ingest.relation import Staged, is_native, literal, quote, typed


def read_parquet_header(file: BillFile) -> Header:
    """
    The columns of *file*, without its data.

    Raises:
        UnreadableFile: the footer is damaged.
        NotFocus: its columns are not those of FOCUS.
    """
    try:
        return read_header(pq.read_schema(file.path).names, file.name)
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFile(
            f"{file.name} is a damaged Parquet file: {error}", hint="get it again"
        ) from error


def stage_parquet(
    connection: duckdb.DuckDBPyConnection, file: BillFile, folder: Path, ordinal: int, meter: Meter
) -> Staged:
    """
    As stage_csv, for Parquet; there are no broken rows.

    Raises:
        UnreadableFile: damaged, or without rows.
        NotFocus: its columns are not those of FOCUS.
    """
    link = folder / f"bill-{ordinal}.parquet"
    link.symlink_to(file.path.resolve())
    source = (
        f"read_parquet({literal(str(link))}, file_row_number = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )
    try:
        described = connection.execute(
            f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}"
        ).fetchall()
        names, types = [str(d[0]) for d in described], [str(d[1]) for d in described]
        header = read_header(names, file.name)
        counted = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
        rows = int(counted[0]) if counted else 0
        if not rows:
            raise NoRows(f"{file.name} has columns but no rows", hint="the export is empty: get it again")
        select = typed(header, [quote(n) for n in names], types, source, row="file_row_number + 1")
        if is_native(header, types):
            return Staged(header, f"({select})", rows, link, is_copy=False)
        staged = folder / f"staged-{ordinal}.parquet"
        with meter.step(connection, file.size // 2):
            connection.execute(
                f"COPY ({select}) TO {literal(str(staged))} (FORMAT parquet, COMPRESSION lz4_raw)"
            )
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as error:
        raise UnreadableFile(
            f"{file.name} is a damaged Parquet file: {str(error).splitlines()[0]}", hint="get it again"
        ) from error
    relation = f"(SELECT * FROM read_parquet({literal(str(staged))}, hive_partitioning = false))"
    return Staged(header, relation, rows, staged, is_copy=True)
