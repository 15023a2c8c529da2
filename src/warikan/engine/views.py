"""Views: a table of the lake as it was in one snapshot, as a name that DuckDB knows."""

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from uuid import uuid4

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.engine.column import TAG_PREFIX
from warikan.lake.schema import literal, quote

_DUCKDB = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
}
_KEPT = 256
"""Views that are kept; an expression over an older one must be made again."""


class Views:
    """
    The views of one database. Safe to use from several threads.

    A view reads columns by their field ids, so files from before a column was added can be read with
    those from after; the column is null there, except a promoted tag, which is taken from Tags.
    """

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._cursor = cursor
        self._names: dict[tuple[object, ...], str] = {}
        self._lock = threading.Lock()

    def of_files(self, table: str, schema: pa.Schema, paths: Sequence[str]) -> str:
        """The name of a view with *schema* over the files at *paths*; empty when there are none."""
        return self._named(table, (tuple(schema.names), tuple(paths)), lambda: files_query(schema, paths))

    def of_rows(self, table: str, rows: pa.Table, key: object) -> str:
        """The name of a table with these few *rows*; *key* tells them from others."""

        def make(name: str, cursor: duckdb.DuckDBPyConnection) -> None:
            cursor.register("rows_to_keep", rows)
            cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM rows_to_keep")
            cursor.unregister("rows_to_keep")

        return self._made(table, (key,), make)

    def _named(self, table: str, key: tuple[object, ...], query: Callable[[], str]) -> str:
        def make(name: str, cursor: duckdb.DuckDBPyConnection) -> None:
            cursor.execute(f"CREATE VIEW {name} AS {query()}")

        return self._made(table, key, make)

    def _made(
        self, table: str, key: tuple[object, ...], make: Callable[[str, duckdb.DuckDBPyConnection], None]
    ) -> str:
        with self._lock:
            name = self._names.get((table, *key))
            if name is None:
                name = f"{table}_{uuid4().hex}"
                with self._cursor() as cursor:
                    make(name, cursor)
                self._names[table, *key] = name
                if len(self._names) > _KEPT:
                    self._forget_oldest()
            return name

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._names))
        name = self._names.pop(oldest)
        with self._cursor() as cursor:
            kind = "TABLE" if len(oldest) == len(("table", "key")) else "VIEW"
            cursor.execute(f"DROP {kind} {name}")


def files_query(schema: pa.Schema, paths: Sequence[str]) -> str:
    """A query that reads *paths* with the columns of *schema*."""
    if not paths:
        columns = ", ".join(f"NULL::{duckdb_type(f.type)} AS {quote(f.name)}" for f in schema)
        return f"SELECT {columns} WHERE false"
    tags = [name for name in schema.names if name.startswith(TAG_PREFIX)]
    if not tags or "Tags" not in schema.names:
        return _scan(schema, paths)
    groups: dict[frozenset[str], list[str]] = {}
    for path in paths:
        groups.setdefault(frozenset(tags) - columns_of_file(path), []).append(path)
    return " UNION ALL ".join(_scan(schema, of_group, missing) for missing, of_group in groups.items())


@lru_cache(maxsize=10_000)
def schema_of_file(path: str) -> ibis.Schema:
    """The columns that a Parquet file has; looked up once, as our files never change."""
    return ibis.Schema.from_pyarrow(pq.read_schema(path))


def columns_of_file(path: str) -> frozenset[str]:
    """The names of the columns that a file has."""
    return frozenset(schema_of_file(path).names)


def tag_key(field: pa.Field) -> str:
    """The tag key that a promoted column holds: its doc says it, else its name."""
    doc = (field.metadata or {}).get(b"doc", b"").decode()
    if doc.startswith("Tags['") and doc.endswith("']"):
        return str(doc[len("Tags['") : -len("']")])
    return str(field.name.removeprefix(TAG_PREFIX))


def _scan(schema: pa.Schema, paths: Sequence[str], missing: frozenset[str] = frozenset()) -> str:
    fields = ", ".join(
        f"{int(f.metadata[b'PARQUET:field_id'])}: "
        f"{{name: {literal(f.name)}, type: {literal(duckdb_type(f.type))}, default_value: NULL}}"
        for f in schema
    )
    columns = ", ".join(
        f"map_extract_value(Tags, {literal(tag_key(schema.field(n)))}) AS {quote(n)}"
        if n in missing
        else quote(n)
        for n in schema.names
    )
    files = ", ".join(literal(p) for p in paths)
    return (
        f"SELECT {columns} FROM read_parquet([{files}], hive_partitioning = false, schema = MAP {{{fields}}})"
    )


def duckdb_type(type_: pa.DataType) -> str:
    """The name that DuckDB has for an Arrow type of the lake."""
    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision},{type_.scale})"
    if pa.types.is_timestamp(type_):
        return "TIMESTAMP WITH TIME ZONE"
    if pa.types.is_map(type_):
        return f"MAP({duckdb_type(type_.key_type)}, {duckdb_type(type_.item_type)})"
    if pa.types.is_list(type_):
        return f"{duckdb_type(type_.value_type)}[]"
    return _DUCKDB[type_]
