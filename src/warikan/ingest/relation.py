"""
A bill as a typed table: the SQL that turns what a file has into FOCUS types.

The typed relation of a file has, under their FOCUS ids, the columns it has (decimal → DECIMAL(38, 18),
datetime → TIMESTAMPTZ, string and JSON → VARCHAR, Tags → VARCHAR or MAP), ``e<i>`` for its other columns
(VARCHAR), and

- ``_row``: where the reader knows it, the data row in the file, from 1;
- ``_bad``: STRUCT(column, value, reason)[] of the values that could not be typed; NULL when none;
- ``_raw_cost``: BilledCost as found, where ``_bad`` is not NULL;
- ``_rounded``, ``_rounding``: how many values were rounded, and what that added in units of 10^-36.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warikan.focus.columns import columns_by_id
from warikan.ingest.header import Header

MONEY = "DECIMAL(38,18)"
INSTANT = "TIMESTAMP WITH TIME ZONE"
TEXT_MAP = "MAP(VARCHAR, VARCHAR)"
_NULL_WORDS = ("NULL", "null")
_SAFE_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
_REASONS = {
    "decimal": "not a decimal number with up to 20 digits before the point",
    "datetime": "not a date or time (ISO 8601, 1990 to 2199)",
}


def quote(name: str) -> str:
    """*name* as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """*text* as a quoted SQL string."""
    return "NULL::VARCHAR" if text is None else "'" + text.replace("'", "''") + "'"


def is_native(header: Header, types: Sequence[str]) -> bool:
    """Whether no value of the file can fail to be typed, so that it can be read without staging."""
    known = columns_by_id()
    return all(
        _is_safe_decimal(types[index])
        if known[column].type == "decimal"
        else types[index].startswith(("TIMESTAMP", "DATE"))
        if known[column].type == "datetime"
        else True
        for column, index in header.focus.items()
    )


def _is_safe_decimal(kind: str) -> bool:
    if kind in _SAFE_INTEGERS:
        return True
    if not kind.startswith("DECIMAL("):
        return False
    width, scale = map(int, kind.removeprefix("DECIMAL(").rstrip(")").split(","))
    return scale <= 18 and width - scale <= 20


@dataclass(frozen=True)
class _Checked:
    """A column whose values may fail: what is looked at, and what it becomes."""

    column: str
    kind: str
    found: str
    value: str


def typed(
    header: Header, references: Sequence[str], types: Sequence[str], source: str, *, row: str | None = None
) -> str:
    """
    The typed relation of *source*.

    Args:
        header: Its columns.
        references: How SQL in *source* names each column of *header*.
        types: DuckDB type of each.
        source: What stands after FROM.
        row: The data row in the file, carried as ``_row``.
    """
    known = columns_by_id()
    plain, checked = {}, []
    for column, index in header.focus.items():
        reference, kind, wanted = references[index], types[index], known[column].type
        if wanted == "datetime":
            is_time = kind.startswith(("TIMESTAMP", "DATE"))
            found = reference if is_time else _text(reference, kind)
            value = f"in_range({reference}::TIMESTAMPTZ)" if is_time else f"to_utc({found})"
            checked.append(_Checked(column, wanted, found, value))
        elif wanted == "decimal" and not _is_safe_decimal(kind):
            found = _text(reference, kind)
            checked.append(_Checked(column, wanted, found, f"to_decimal({found})"))
        elif wanted == "decimal":
            plain[quote(column)] = f"{reference}::{MONEY}"
        else:
            plain[quote(column)] = (_tags if column == "Tags" else _text)(reference, kind)
    plain |= {f"e{i}": _text(references[i], types[i]) for i in header.extra}
    if row is not None:
        plain["_row"] = row
    return _with_defects(plain, checked, source)


def _with_defects(plain: Mapping[str, str], checked: Sequence[_Checked], source: str) -> str:
    """Type the *checked* columns and note what failed."""
    inner = [f"{value} AS {name}" for name, value in plain.items()]
    inner += [f"{c.found} AS t{n}" for n, c in enumerate(checked)]
    inner += [f"{c.value} AS {quote(c.column)}" for c in checked]
    failed = [f"({quote(c.column)} IS NULL AND t{n} IS NOT NULL)" for n, c in enumerate(checked)]
    defects = ", ".join(
        f"CASE WHEN {failed[n]} THEN {{'column': {literal(c.column)}, 'value': left(t{n}::VARCHAR, 500), "
        f"'reason': {literal(_REASONS[c.kind])}}} END"
        for n, c in enumerate(checked)
    )
    is_bad = " OR ".join(failed)
    cost = next((f"t{n}" for n, c in enumerate(checked) if c.column == "BilledCost"), '"BilledCost"')
    roundings = [f"rounding_of(t{n})" for n, c in enumerate(checked) if c.kind == "decimal"]
    outer = [
        *plain,
        *(quote(c.column) for c in checked),
        f"CASE WHEN {is_bad} THEN list_filter([{defects}], lambda d: d IS NOT NULL) END AS _bad",
        f"CASE WHEN {is_bad} THEN left({cost}::VARCHAR, 500) END AS _raw_cost",
        f"({' + '.join(f'({r} IS NOT NULL)::UTINYINT' for r in roundings) or '0'})::UTINYINT AS _rounded",
        f"({' + '.join(f'coalesce({r}, 0::HUGEINT)' for r in roundings) or '0'})::HUGEINT AS _rounding",
    ]
    return f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM {source})"


def _text(reference: str, kind: str) -> str:
    """*reference* as text; what exports write for "no value" is NULL."""
    if kind == "VARCHAR":
        words = ", ".join(literal(word) for word in ("", *_NULL_WORDS))
        return f"CASE WHEN {reference} IN ({words}) THEN NULL ELSE {reference} END"
    if kind == "JSON":
        return f"nullif({reference}::VARCHAR, 'null')"
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"to_json({reference})::VARCHAR"
    return f"{reference}::VARCHAR"


def _tags(reference: str, kind: str) -> str:
    """Text stays text until the write (dictionary-encoded, so each value is parsed about once)."""
    if kind.upper().replace(" ", "") == "MAP(VARCHAR,VARCHAR)":
        return reference
    if kind.startswith("MAP"):
        return f"plain_tags(to_json({reference})::VARCHAR)"
    if kind.startswith("STRUCT"):
        return f"struct_tags({reference})"
    return _text(reference, kind)
