"""
A staged native bill as FOCUS charges: the SQL of its mapping, over its typed columns.

The relation that comes out is as that of a FOCUS file (relation.py), and has beside it, for the proof,
``_account``, ``_reason``, ``_skip`` (why a row is no charge; NULL: it is one) and ``_native_<metric>``.
"""

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.ingest.defects import MAX_PARTS, defects_sql
from warikan.ingest.flavours import (
    add_file,
    add_things,
    create_flavours,
    create_things,
    flavoured,
    settle_flavours,
    with_flavours,
)
from warikan.ingest.header import Header
from warikan.ingest.mapping import Also, Mapping
from warikan.ingest.relation import INSTANT, MONEY, TEXT_MAP, Staged, literal, quote

PART_BITS = 33
"""``_row`` of what an element of an array becomes: its place in the array << 33 | row in the file."""
_HAS_COLUMN = re.compile(r"has_column\('(\w+)'\)")
_KINDS = {"decimal": MONEY, "datetime": INSTANT, "map": TEXT_MAP}


@dataclass(frozen=True)
class Converted:
    """
    A native bill as FOCUS.

    Attributes:
        staged: Its charges, as if the file were FOCUS.
        wide: The same and the rows that are no charges, with the columns of the proof.
        notes: What the mapping says of rows, and of how many.
    """

    staged: Staged
    wide: str
    mapping: Mapping
    notes: tuple[tuple[str, int], ...]


def convert_native(
    connection: duckdb.DuckDBPyConnection, staged: Staged, mapping: Mapping, name: str, ordinal: int
) -> Converted:
    """
    The FOCUS charges of the native bill *staged*, called *name*.

    One row per charge; a row that has no place in FOCUS by the provider's own rules is in ``wide`` alone.
    Where the mapping has flavours, `find_flavours` must have seen all files of the load.
    """
    create_lookups(connection, mapping)
    mapping = _located(mapping, staged)
    extras = [f"e{i}" for i in staged.header.extra]
    base = _with_lookups(native_columns(staged, mapping, name, ordinal), mapping)
    ours = [c for c in mapping.focus_columns if c.startswith("x_")]
    first = len(staged.header.names)
    own = {c: f"e{first + i}" for i, c in enumerate(ours)}
    said = {c: staged.header.names[i] for c, i in staged.header.focus.items()}
    parts = [_charges(base, mapping, extras, own, said, also) for also in (None, *mapping.also)]
    path = staged.path.parent / f"converted-{ordinal}.parquet"
    # Written once: the proof, the repairs, the sums and the load each read it.
    # Small row groups: of a hundred columns, larger ones take four times as long (DuckDB 1.5.6).
    options = "FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480"
    connection.execute(f"COPY ({' UNION ALL '.join(parts)}) TO {literal(str(path))} ({options})")
    wide = f"(SELECT * FROM read_parquet({literal(str(path))}, hive_partitioning = false))"
    names = (*staged.header.names, *ours)
    header = Header(
        names,
        {column: -1 for column in mapping.focus_columns if not column.startswith("x_")},
        (*staged.header.extra, *range(first, len(names))),
        mapping.focus,
    )
    relation = f"(SELECT * EXCLUDE (_skip, _note) FROM {wide} WHERE _skip IS NULL)"
    charges = replace(staged, header=header, relation=relation, path=path, is_copy=True)
    noted = f"SELECT _note, count(*) FROM {wide} WHERE _note IS NOT NULL GROUP BY _note ORDER BY _note"
    notes = connection.execute(noted).fetchall() if mapping.notes else []
    return Converted(charges, wide, mapping, tuple((str(text), int(rows)) for text, rows in notes))


def create_lookups(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """The tables that *mapping* joins, once a connection."""
    for lookup in mapping.lookups:
        table = _lookup_table(mapping, lookup.name)
        columns = ", ".join(f"{quote(c)} VARCHAR" for c in lookup.rows[0])
        if connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = $name", {"name": table}
        ).fetchone():
            continue
        connection.execute(f"CREATE TEMP TABLE {quote(table)} ({columns})")
        if lookup.rows[1:]:
            # All at once: DuckDB takes 2 ms for each row of executemany.
            marks = ", ".join(["unnest(?::VARCHAR[])"] * len(lookup.rows[0]))
            values = [[value or None for value in column] for column in zip(*lookup.rows[1:], strict=True)]
            connection.execute(f"INSERT INTO {quote(table)} SELECT {marks}", values)


def find_flavours(
    connection: duckdb.DuckDBPyConnection, bills: Dictionary[int, tuple[Staged, Mapping, str]]
) -> None:
    """
    The tables of the flavours of all native files of a load.

    Args:
        bills: Ordinal → (staged, mapping, name); all of one source type.

    Raises:
        DuplicateContent: nothing tells what a file is.
    """
    create_flavours(connection)
    mapping = next(mapping for _, mapping, _ in bills.values())
    bases = {
        o: native_columns(staged, _located(form, staged), name) for o, (staged, form, name) in bills.items()
    }
    for ordinal, (_, form, name) in bills.items():
        add_file(connection, bases[ordinal], form, name, ordinal)
    create_things(connection, mapping)
    if settle_flavours(connection, {ordinal: name for ordinal, (_, _, name) in bills.items()}):
        add_things(connection, bases, mapping)


def _lookup_table(mapping: Mapping, name: str) -> str:
    return f"lookup_{mapping.source_type}_{mapping.version}_{name}"


def native_columns(staged: Staged, mapping: Mapping, name: str, ordinal: int | None = None) -> str:
    """The native columns, all of them, and the terms; with *ordinal* also what the file's flavours say."""
    there = _columns_of(staged)
    absent = [
        f"NULL::{_KINDS.get(column.type, 'VARCHAR')} AS {quote(column.id)}"
        for column in mapping.columns.values()
        if column.id not in there
    ]
    sql = f"SELECT {', '.join(['*', *absent, f'{literal(name)} AS file_name'])} FROM {staged.relation}"
    has_flavours = mapping.flavours is not None and ordinal is not None
    late = {term for term, said in mapping.terms.items() if "flavour" in said}
    for term, said in mapping.terms.items():
        if term not in late:
            sql = f"SELECT *, {said} AS {quote(term)} FROM ({sql})"
    if has_flavours and ordinal is not None:
        sql = with_flavours(sql, mapping, ordinal)
        for term in (t for t in mapping.terms if t in late):
            sql = f"SELECT *, {flavoured(mapping.terms[term])} AS {quote(term)} FROM ({sql})"
    return f"({sql})"


def _columns_of(staged: Staged) -> set[str]:
    return {*staged.header.focus, *(staged.header.native.families if staged.header.native else ())}


def _located(mapping: Mapping, staged: Staged) -> Mapping:
    """*mapping* with ``has_column('x')`` of its terms and notes answered for a file: no work per row."""
    there = _columns_of(staged)

    def answered(said: Dictionary[str, str]) -> dict[str, str]:
        return {
            key: _HAS_COLUMN.sub(lambda found: "true" if found[1] in there else "false", sql)
            for key, sql in said.items()
        }

    return replace(mapping, terms=answered(mapping.terms), notes=answered(mapping.notes))


def _with_lookups(sql: str, mapping: Mapping) -> str:
    """The native columns with a struct for each lookup: NULLs where its table has no such row."""
    for lookup in mapping.lookups:
        table = quote(_lookup_table(mapping, lookup.name))
        keys = " AND ".join(f"l.{quote(column)} = k{i}" for i, column in enumerate(lookup.on))
        made = ", ".join(f"{on} AS k{i}" for i, on in enumerate(lookup.on.values()))
        dropped = ", ".join(f"k{i}" for i in range(len(lookup.on)))
        sql = (
            f"(SELECT n.* EXCLUDE ({dropped}), l AS {quote(lookup.name)} "
            f"FROM (SELECT *, {made} FROM {sql}) n LEFT JOIN {table} l ON {keys})"
        )
    return sql


def _charges(
    base: str,
    mapping: Mapping,
    extras: Sequence[str],
    own: Dictionary[str, str],
    names: Dictionary[str, str],
    also: Also | None,
) -> str:
    """
    One SELECT: the rows themselves, or what the elements of one of their arrays become.

    Args:
        own: Column of ours → where it is kept.
        names: Native column → as the file calls it.
    """
    columns = {**mapping.focus_columns, **(also.focus_columns if also else {})}
    is_first = also is None
    proof = {
        metric: (mapping.proof[metric].sql if is_first else (also.proof if also else {}).get(metric, "0"))
        for metric in COST_METRICS
        if metric in mapping.proof
    }
    selected = [
        *(f"{_typed_as(c, flavoured(sql))} AS {own.get(c, quote(c))}" for c, sql in columns.items()),
        *extras,
        "_row" if is_first else f"((_part << {PART_BITS}) + _row)::BIGINT AS _row",
        f"{defects_sql(mapping, names, also)} AS _bad",
        "_raw_cost" if is_first else "NULL::VARCHAR AS _raw_cost",
        "_rounded" if is_first else "0::UTINYINT AS _rounded",
        "_rounding" if is_first else "0::DECIMAL(38,0) AS _rounding",
        f"({mapping.account})::VARCHAR AS _account",
        f"({mapping.reason})::VARCHAR AS _reason",
        f"{_cases(mapping.skip)} AS _skip",
        f"{_cases(mapping.notes) if is_first else 'NULL::VARCHAR'} AS _note",
        *(f"({flavoured(sql)})::{MONEY} AS {quote('_native_' + metric)}" for metric, sql in proof.items()),
    ]
    source = base if also is None else _elements(base, also)
    return f"SELECT {', '.join(selected)} FROM {source}"


def _typed_as(column: str, sql: str) -> str:
    if column == "Tags":
        return f"({sql})"
    known = columns_by_id().get(column)
    if known is not None and known.type == "decimal":
        return f"try_cast(({sql}) AS {MONEY})"
    return f"({sql})::{INSTANT if known is not None and known.type == 'datetime' else 'VARCHAR'}"


def _cases(said: Dictionary[str, str]) -> str:
    """The first text whose condition a row fulfils."""
    if not said:
        return "NULL::VARCHAR"
    cases = " ".join(f"WHEN {flavoured(sql)} THEN {literal(why)}" for why, sql in said.items())
    return f"CASE {cases} END"


def _elements(base: str, also: Also) -> str:
    """One row per element, named ``it``."""
    each = quote(also.each)
    return (
        f"(SELECT *, unnest(from_json({each}, '[\"JSON\"]')) AS it, "
        f"generate_subscripts(from_json({each}, '[\"JSON\"]'), 1) AS _part "
        f"FROM {base} WHERE {each} IS NOT NULL AND json_valid({each}) AND json_type({each}) = 'ARRAY' "
        f"AND json_array_length({each}) BETWEEN 1 AND {MAX_PARTS})"
    )
