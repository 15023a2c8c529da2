"""
What is wrong with a value that is not null: SQL that is true for a bad one, false or null for a good one.

The type of a column decides what must be looked at: a number that is stored as a number has no format that
could be wrong. The answers ``"true"`` and ``"false"`` are about every value of the column.
"""

from typing import Any

from warikan.conformance.rules import read_table
from warikan.focus.columns import iso_currencies
from warikan.ingest.relation import literal

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", *_INTEGERS, *(f"U{name}" for name in _INTEGERS))
_TIMES = ("TIMESTAMP", "DATE")
_NUMERIC = "-?([0-9]*[.])?[0-9]+([eE]-?[0-9]+)?"
_TIME = "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]([.]0+)?Z"
_REPLACEMENT = "chr(65533)"
"""What a decoder writes for bytes that are no text."""
_TIME_UNIT = "(?:Year|Month|Day|Hour|Minute|Second)"
_COUNTED = "[A-Za-z][A-Za-z0-9]*(?: +[A-Za-z][A-Za-z0-9]*)*"
_UNIT = f"(?:[0-9]+ )?{_COUNTED}|{_COUNTED}-{_TIME_UNIT}s|{_COUNTED}/(?:{_TIME_UNIT}|[0-9]+ {_TIME_UNIT}s)"
"""Counts, sizes and times alike are words; a size is one, too."""


def bad_type(kind: str, sql: str, found: str) -> str:
    """Whether a value of a column of the DuckDB type *found* is not of the FOCUS type *kind*."""
    if kind == "string":
        return "false" if found == "VARCHAR" or found.startswith(("ENUM", "UUID")) else "true"
    natives = _NUMBERS if kind == "decimal" else _TIMES
    if found.startswith(natives):
        return "false"
    if found != "VARCHAR":
        return "true"
    if kind == "decimal":
        return f"try_cast({sql} AS DOUBLE) IS NULL"
    return f"try_cast({sql} AS TIMESTAMP) IS NULL"


def bad_format(kind: str, sql: str, found: str) -> str:
    """Whether a value of a column of the DuckDB type *found* is not written as the format *kind* says."""
    if kind in ("key-value", "json-object"):
        return _bad_object(sql, found, is_flat=kind == "key-value")
    if found != "VARCHAR":
        return _bad_native(kind, sql, found)
    if kind == "numeric":
        return f"NOT regexp_full_match({sql}, {literal(_NUMERIC)})"
    if kind == "datetime":
        return f"NOT regexp_full_match({sql}, {literal(_TIME)}) OR try_cast({sql} AS TIMESTAMP) IS NULL"
    if kind == "string":
        return f"contains({sql}, {_REPLACEMENT})"
    if kind == "unit":
        return f"NOT regexp_full_match({sql}, {literal(_UNIT)})"
    return _bad_currency(sql)


def _bad_native(kind: str, sql: str, found: str) -> str:
    """Values that are no text: a type of the right kind has no format to get wrong."""
    if kind == "numeric":
        if found in ("DOUBLE", "FLOAT"):
            return f"NOT isfinite({sql})"
        return "false" if found.startswith(_NUMBERS) else "true"
    if kind == "datetime":
        return "false" if found.startswith(_TIMES) else "true"
    return "false" if kind == "string" else "true"


def _bad_currency(sql: str) -> str:
    """Misspelt national codes; any other word may be a virtual currency."""
    codes = ", ".join(map(literal, sorted(iso_currencies())))
    return f"trim({sql}) = '' OR ({sql} NOT IN ({codes}) AND upper(trim({sql})) IN ({codes}))"


def _bad_object(sql: str, found: str, *, is_flat: bool) -> str:
    """Not a JSON object, or, if it should be flat, one whose values are objects or arrays."""
    if found.startswith(("MAP", "STRUCT")) and not found.endswith("[]"):
        inner = found[found.index("(") :]
        is_nested = any(word in inner for word in ("MAP", "STRUCT", "[]"))
        return "true" if is_flat and is_nested else "false"
    if found not in ("VARCHAR", "JSON"):
        return "true"
    text = sql if found == "VARCHAR" else f"{sql}::VARCHAR"
    is_object = f"CASE WHEN json_valid({text}) THEN json_type({text}) = 'OBJECT' ELSE false END"
    if not is_flat:
        return f"NOT ({is_object})"
    # Only what has a second brace or a bracket can be nested; most tags have neither.
    kinds = f"list_transform(json_extract({text}, '$.*'), lambda v: json_type(v))"
    return (
        f"CASE WHEN NOT ({is_object}) THEN true "
        f"WHEN contains({text}, '[') OR contains(substr({text}, 2), '{{') "
        f"THEN list_has_any({kinds}, ['OBJECT', 'ARRAY']) ELSE false END"
    )


def bad_shape(column: str, text: str) -> str:
    """Whether the JSON in *text* lacks what the published schema of *column* requires."""
    shape: dict[str, Any] = read_table("tables/columns.json")["shapes"][column]
    checks = [f"json_extract({text}, {_path(name)}) IS NULL" for name in shape["required"]]
    for array, element in shape["arrays"].items():
        is_there = f"json_extract({text}, {_path(array)}) IS NOT NULL"
        lacking = " OR ".join(
            f"json_type(json_extract(e, {_path(name)})) NOT IN ({_json_types(element['types'].get(name))}) "
            f"OR json_extract(e, {_path(name)}) IS NULL"
            for name in element["required"]
        )
        elements = f"json_extract({text}, {literal(f'$.{array}[*]')})"
        checks += [
            f"({is_there} AND coalesce(json_array_length({text}, {_path(array)}), 0) = 0)",
            f"len(list_filter({elements}, lambda e: {lacking or 'false'})) > 0",
        ]
    bad = " OR ".join(f"coalesce({check}, false)" for check in checks) or "false"
    return f"CASE WHEN NOT json_valid({text}) THEN true ELSE {bad} END"


def _path(name: str) -> str:
    return literal(f"$.{name}")


def _json_types(kind: str | list[str] | None) -> str:
    """DuckDB's names of the JSON Schema types in *kind*."""
    names = {
        "string": ["VARCHAR"],
        "number": ["BIGINT", "UBIGINT", "DOUBLE"],
        "array": ["ARRAY"],
        "object": ["OBJECT"],
        "boolean": ["BOOLEAN"],
        "null": ["NULL"],
    }
    kinds = [kind] if isinstance(kind, str) else kind or list(names)
    return ", ".join(literal(n) for k in kinds for n in names[k])
