"""Files of the lake as DuckDB can copy them in order on all processors, whatever columns each has."""

from collections.abc import Collection, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.scratch import Scratch
from warikan.engine.column import TAG_PREFIX
from warikan.engine.views import columns_of_file, duckdb_type, tag_key
from warikan.lake.schema import literal, quote


def read_files(scratch: Scratch, name: str, paths: Sequence[str], schema: pa.Schema) -> ir.Table:
    """
    The rows of *paths* (at least one) with the columns of *schema*, as ``Engine.table`` gives them.

    A column that a file does not have is null, a promoted tag is taken from Tags. The table is the same
    expression for all files, so that what is built on it is built once. With a schema of its own, as the
    engine reads, DuckDB 1.5 would copy a file on one processor only (1 M charges: 3.1 s, else 1.8 s).

    Args:
        name: Of the view in *scratch*; used again, it is replaced.
    """
    groups: dict[frozenset[str], list[str]] = {}
    for path in paths:
        groups.setdefault(columns_of_file(path) & set(schema.names), []).append(path)
    selects = (_select(files, present, schema) for present, files in groups.items())
    return scratch.view(name, " UNION ALL ".join(selects), ibis.Schema.from_pyarrow(schema))


def list_present(paths: Sequence[str], schema: pa.Schema) -> frozenset[str]:
    """Columns of *schema* that ``read_files`` finds in *paths*; the others are null in every row."""
    found = frozenset().union(*(columns_of_file(path) for path in paths))
    tags = [name for name in schema.names if name.startswith(TAG_PREFIX) and "Tags" in found]
    return found.union(tags)


def _select(paths: Sequence[str], present: Collection[str], schema: pa.Schema) -> str:
    columns = ", ".join(f"{column_in(field, present)} AS {quote(field.name)}" for field in schema)
    files = ", ".join(map(literal, paths))
    return f"SELECT {columns} FROM read_parquet([{files}], hive_partitioning = false)"


def column_in(field: pa.Field, present: Collection[str]) -> str:
    """SQL of the column *field* in a file that has the columns *present*: its own, of Tags, or null."""
    if field.name in present:
        return quote(field.name)
    if field.name.startswith(TAG_PREFIX) and "Tags" in present:
        return f"map_extract_value(Tags, {literal(tag_key(field))})"
    return f"NULL::{duckdb_type(field.type)}"
