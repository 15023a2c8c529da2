"""Parquet to a typed relation: read where it lies when its types are exact, staged otherwise."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.focus.errors import UnreadableFile
from warikan.ingest.csvfile import NoRows
from warikan.ingest.files import BillFile
from warikan.ingest.header import Header
from warikan.ingest.progress import Meter
from warikan.ingest.relation import Staged, first_line, is_native, literal, quote, typed

_MAX_DEPTH = 5


def parquet_names(file: BillFile, *, is_flat: bool) -> list[str]:
    """
    The columns of *file*, without its data; unless *is_flat*, a struct is its leaves: ``service.id``.

    Raises:
        UnreadableFile: the footer is damaged.
    """
    try:
        schema = pq.read_schema(file.path)
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFile(
            f"{file.name} is a damaged Parquet file: {str(error).replace(str(file.path), file.name)}",
            hint="get it again",
        ) from error
    return list(schema.names) if is_flat else [".".join(path) for path in _leaves(schema)]


def _leaves(schema: pa.Schema) -> list[tuple[str, ...]]:
    """The path to each column that is no struct, in the order of the file."""

    def below(path: tuple[str, ...], kind: pa.DataType) -> list[tuple[str, ...]]:
        if not pa.types.is_struct(kind) or len(path) >= _MAX_DEPTH or not kind.num_fields:
            return [path]
        inner = [kind.field(i) for i in range(kind.num_fields)]
        return [leaf for one in inner for leaf in below((*path, one.name), one.type)]

    return [leaf for one in schema for leaf in below((one.name,), one.type)]


def stage_parquet(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    header: Header,
    folder: Path,
    ordinal: int,
    meter: Meter,
) -> Staged:
    """
    As stage_csv, for Parquet; there are no broken rows.

    Raises:
        UnreadableFile: damaged, or without rows.
    """
    link = folder / f"bill-{ordinal}.parquet"
    link.symlink_to(file.path.resolve())
    source = (
        f"read_parquet({literal(str(link))}, file_row_number = true, binary_as_string = true, "
        "hive_partitioning = false)"
    )
    try:
        references = _references(file, header)
        described = connection.execute(f"DESCRIBE SELECT {', '.join(references)} FROM {source}").fetchall()
        types = [str(d[1]) for d in described]
        counted = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
        rows = int(counted[0]) if counted else 0
        if not rows:
            raise NoRows(f"{file.name} has columns but no rows", hint="the export is empty: get it again")
        select = typed(header, references, types, source, row="file_row_number + 1")
        # A native bill's numbers are asked for by many columns, and again by its proof: they are typed once.
        if header.native is None and is_native(header, types):
            return Staged(header, f"({select})", rows, link, is_copy=False)
        staged = folder / f"staged-{ordinal}.parquet"
        with meter.step(connection, file.size // 2):
            connection.execute(
                f"COPY ({select}) TO {literal(str(staged))} "
                "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480)"
            )
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as error:
        raise UnreadableFile(
            f"{file.name} is a damaged Parquet file: {first_line(error, link, file.name)}",
            hint="get it again",
        ) from error
    relation = f"(SELECT * FROM read_parquet({literal(str(staged))}, hive_partitioning = false))"
    return Staged(header, relation, rows, staged, is_copy=True)


def _references(file: BillFile, header: Header) -> list[str]:
    """How SQL names each column of *header*."""
    if header.native is None:
        return [quote(name) for name in header.names]
    return [".".join(map(quote, path)) for path in _leaves(pq.read_schema(file.path))]
