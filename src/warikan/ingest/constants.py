"""Columns that have one value throughout a file, told by its Parquet footer: they need not be sorted."""

import duckdb

from warikan.focus.columns import columns_by_id
from warikan.ingest.relation import INSTANT, MONEY, NULL_WORDS, Staged, literal

_WHOLE = 60
"""Characters that no writer cuts in statistics (the shortest limit known is 64 bytes)."""

_TOLD = {("BYTE_ARRAY", "string"), ("BYTE_ARRAY", "json"), ("INT64", "datetime")}
"""(Parquet type, our type) whose statistics are the value itself."""


def find_constants(connection: duckdb.DuckDBPyConnection, staged: Staged) -> dict[str, str]:
    """
    Column of the typed relation → SQL of the one value that it has in every row.

    Only text and times, and columns without any value; Tags and the company names are left to others.
    """
    header = staged.header
    own = (
        {} if staged.is_copy else {name: f"e{i}" for i, name in enumerate(header.names) if i in header.extra}
    )
    own |= {} if staged.is_copy else {header.names[i]: column for column, i in header.focus.items()}
    extras = {f"e{i}" for i in header.extra}
    constants = {}
    for path, stored, low, high, nulls, values in connection.execute(
        f"""SELECT path_in_schema, type, min(stats_min_value), max(stats_max_value),
                   sum(stats_null_count), sum(num_values)
            FROM parquet_metadata({literal(str(staged.path))}) GROUP BY ALL
            HAVING bool_and(coalesce(stats_null_count = num_values OR stats_min_value IS NOT NULL, false))"""
    ).fetchall():
        column = own.get(path, path) if not staged.is_copy else path
        is_read = column in header.focus
        if not is_read and column not in extras:
            continue
        kind = columns_by_id()[column].type if is_read else "string"
        if column != "Tags" and nulls == values:
            constants[column] = f"NULL::{ {'decimal': MONEY, 'datetime': INSTANT}.get(kind, 'VARCHAR') }"
        elif (
            (stored, kind) in _TOLD and nulls == 0 and low == high and column != "Tags" and len(low) <= _WHOLE
        ):
            is_null = low in NULL_WORDS
            constants[column] = literal(None if is_null else low) + (
                f"::{INSTANT}" if kind == "datetime" else ""
            )
    return constants
