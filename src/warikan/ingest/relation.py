"""
A bill as a typed table: the SQL that turns what a file has into FOCUS types.

The typed relation of a file has, under their FOCUS ids, the columns it has (decimal → DECIMAL(38, 18),
datetime → TIMESTAMPTZ, string and JSON → VARCHAR, Tags → VARCHAR or MAP), ``e<i>`` for its other columns
(VARCHAR), and

- ``_row``: where the reader knows it, the data row in the file, from 1;
- ``_bad``: STRUCT(column, value, reason)[] of the values that could not be typed, the column of a native
  bill as its file has it; NULL when none;
- ``_raw_cost``: BilledCost as found, where ``_bad`` is not NULL;
- ``_rounded``, ``_rounding``: how many values were rounded, and what that added in units of 10^-36.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warikan.ingest.header import Header

MONEY = "DECIMAL(38,18)"
INSTANT = "TIMESTAMP WITH TIME ZONE"
CLEAN_TEXT = "CLEAN TEXT"
"""Type of a text column whose reader already made nulls of what exports write for "no value"."""
TEXT_MAP = "MAP(VARCHAR, VARCHAR)"
NULL_WORDS = ("", "NULL", "null")
_INTEGERS = {u + size + "INT" for u in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
}
_TIMES = ("TIMESTAMP", "DATE")
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


def first_line(error: duckdb.Error, link: Path, name: str) -> str:
    """What DuckDB says of the file *name*, which it read by *link*."""
    return str(error).splitlines()[0].replace(str(link), name)


@dataclass(frozen=True)
class Staged:
    """
    A bill that can be queried.

    Attributes:
        relation: The typed relation, with ``_row``.
        rows: Data rows in the file.
        path: The Parquet file behind *relation*: a staged copy, or the bill itself.
        is_copy: Which of the two.
        broken: Rows that could not be told apart into columns: in the table ``broken_<ordinal>``.
    """

    header: Header
    relation: str
    rows: int
    path: Path
    is_copy: bool
    broken: int = 0


def is_native(header: Header, types: Sequence[str]) -> bool:
    """Whether its decimals and times are numbers and times already, so that reading it twice costs little."""
    return all(
        (header.type_of(column) == "decimal" and (_is_exact(types[index]) or types[index] == "DOUBLE"))
        or (header.type_of(column) == "datetime" and types[index].startswith(_TIMES))
        or header.type_of(column) in ("string", "json", "map")
        for column, index in header.focus.items()
    )


def _is_exact(kind: str) -> bool:
    """An integer, or a decimal of up to 18 places: a cast is exact, or fails on too many digits."""
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").split(",")[1]) <= 18
    return kind in _INTEGERS


def _can_fail(kind: str) -> bool:
    """Whether the cast of an exact *kind* may meet more than 20 digits before the point."""
    if not kind.startswith("DECIMAL("):
        return "HUGE" in kind
    width, scale = map(int, kind.removeprefix("DECIMAL(").rstrip(")").split(","))
    return width - scale > 20


@dataclass(frozen=True)
class _Checked:
    """A column whose values may fail: as a reject names it, what is looked at, and what it becomes."""

    column: str
    said: str
    found: str
    value: str = ""
    wanted: str = "decimal"
    is_number: bool = False
    is_double: bool = False


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
    plain, checked = {}, []
    for column, index in header.focus.items():
        reference, kind, wanted = references[index], types[index], header.type_of(column)
        said = header.names[index] if header.native else column
        if wanted == "datetime":
            found = reference if kind.startswith(_TIMES) else _text(reference, kind)
            form = header.native.formats.get(column) if header.native else None
            checked.append(_Checked(column, said, found, _time(found, kind, form), wanted))
        elif wanted == "decimal" and kind == "DOUBLE":
            checked.append(_Checked(column, said, reference, is_number=True, is_double=True))
        elif wanted == "decimal" and not _is_exact(kind):
            number = _number(header, column, _text(reference, kind))
            checked.append(_Checked(column, said, number, is_number=True))
        elif wanted == "decimal" and _can_fail(kind):
            checked.append(_Checked(column, said, reference, f"try_cast({reference} AS {MONEY})"))
        elif wanted == "decimal":
            plain[quote(column)] = f"{reference}::{MONEY}"
        else:
            plain[quote(column)] = _words(column, wanted, reference, kind)
    if header.native:
        for column, members in header.native.families.items():
            plain[quote(column)] = _family([(k, _text(references[i], types[i])) for k, i in members])
    plain |= {f"e{i}": _text(references[i], types[i]) for i in header.extra}
    if row is not None:
        plain["_row"] = row
    return _with_defects(plain, checked, source, header.native.cost if header.native else "BilledCost")


def _time(found: str, kind: str, form: str | None) -> str:
    if not kind.startswith(_TIMES):
        if form is not None:
            other = f"naive_utc(try_strptime({found}, {literal(form)}))"
            return f"CASE WHEN to_utc({found}) IS NOT NULL THEN to_utc({found}) ELSE {other} END"
        return f"to_utc({found})"
    return f"in_range({found})" if kind == INSTANT else f"naive_utc({found}::TIMESTAMP)"


def _with_defects(plain: Mapping[str, str], checked: Sequence[_Checked], source: str, cost: str) -> str:
    """
    Type the *checked* columns and note what failed.

    In steps, each a query over the one before, as a macro that is given a name is run once and one that is
    given an expression may be run at each mention: ``t<n>`` what was found; ``s<n>`` whether a double is
    short; ``v<n>`` its text where it is not; ``_plain`` whether all numbers are plain. In few rows they are
    not, and those are taken apart in ``_odd``, one list for all, as each mention of ``to_decimal`` costs 5 ms
    of planning. Then the values, then the defects.
    """
    numbers = [n for n, c in enumerate(checked) if c.is_number]
    doubles = [n for n in numbers if checked[n].is_double]
    found = [
        *(f"{v} AS {name}" for name, v in plain.items()),
        *(f"{c.found} AS t{n}" for n, c in enumerate(checked)),
        *(f"{c.value} AS {quote(c.column)}" for c in checked if not c.is_number),
    ]
    plainness = [
        f"coalesce(is_plain_double(t{n}, s{n}), true)" if n in doubles else f"coalesce(is_plain(t{n}), true)"
        for n in numbers
    ]
    texts = ", ".join(f"t{n}::VARCHAR" for n in numbers)
    apart = "lambda v: {'value': to_decimal(v), 'rounding': rounding_of(v)}"
    values = [
        f"CASE WHEN NOT _plain THEN _odd[{place}].value {_value_of(n, is_double=n in doubles)} END "
        f"AS {quote(checked[n].column)}"
        for place, n in enumerate(numbers, start=1)
    ]
    sql = f"SELECT {', '.join(found)} FROM {source}"
    for more in (
        [f"is_short_double(t{n}) AS s{n}" for n in doubles],
        [f"CASE WHEN NOT s{n} THEN t{n}::VARCHAR END AS v{n}" for n in doubles],
        [f"{' AND '.join(plainness) or 'true'} AS _plain"],
        [f"CASE WHEN NOT _plain THEN list_transform([{texts}], {apart}) END AS _odd"] if numbers else [],
        values,
    ):
        sql = f"SELECT {', '.join(['*', *more])} FROM ({sql})" if more else sql
    columns = [*plain, *(quote(c.column) for c in checked), *_notes(checked, cost, has_numbers=bool(numbers))]
    return f"SELECT {', '.join(columns)} FROM ({sql})"


def _value_of(n: int, *, is_double: bool) -> str:
    """The branches of a CASE for a plain number."""
    short = f"WHEN s{n} THEN try_cast(t{n} AS DECIMAL(18, 12))::{MONEY} " if is_double else ""
    return f"{short}ELSE plain_decimal({'v' if is_double else 't'}{n})"


def _notes(checked: Sequence[_Checked], cost_column: str, *, has_numbers: bool) -> list[str]:
    """``_bad``, ``_raw_cost`` (of *cost_column*; "": there is none), ``_rounded`` and ``_rounding``."""
    if not checked:
        return [
            'NULL::STRUCT("column" VARCHAR, "value" VARCHAR, reason VARCHAR)[] AS _bad',
            "NULL::VARCHAR AS _raw_cost",
            "0 AS _rounded",
            "0::DECIMAL(38,0) AS _rounding",
        ]
    failed = [
        # As the value is null, without making it: what only needs _bad is spared the work.
        f"coalesce(NOT abs(t{n}) < 1e20, false)"
        if c.is_double
        else f"({quote(c.column)} IS NULL AND t{n} IS NOT NULL)"
        for n, c in enumerate(checked)
    ]
    defects = ", ".join(
        f"CASE WHEN {failed[n]} THEN {{'column': {literal(c.said)}, 'value': left(t{n}::VARCHAR, 500), "
        f"'reason': {literal(_REASONS[c.wanted])}}} END"
        for n, c in enumerate(checked)
    )
    is_bad = " OR ".join(failed)
    otherwise = quote(cost_column) if cost_column == "BilledCost" else "NULL"
    cost = next((f"t{n}" for n, c in enumerate(checked) if c.column == cost_column), otherwise)
    rounding = "list_transform(_odd, lambda o: o.rounding)"
    rounded, added = (f"list_count({rounding})", f"list_sum({rounding})") if has_numbers else ("0", "0")
    return [
        f"CASE WHEN {is_bad} THEN list_filter([{defects}], lambda d: d IS NOT NULL) END AS _bad",
        f"CASE WHEN {is_bad} THEN left({cost}::VARCHAR, 500) END AS _raw_cost",
        f"CASE WHEN _plain THEN 0 ELSE {rounded} END::UTINYINT AS _rounded",
        # Not HUGEINT, which DuckDB writes to Parquet as DOUBLE (1.5.6).
        f"CASE WHEN _plain THEN 0 ELSE coalesce({added}, 0) END::DECIMAL(38,0) AS _rounding",
    ]


def _text(reference: str, kind: str) -> str:
    """*reference* as text; what exports write for "no value" is NULL."""
    if kind == CLEAN_TEXT:
        return reference
    if kind == "VARCHAR":
        words = ", ".join(map(literal, NULL_WORDS))
        return f"CASE WHEN {reference} IN ({words}) THEN NULL ELSE {reference} END"
    if kind == "JSON":
        return f"nullif({reference}::VARCHAR, 'null')"
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"to_json({reference})::VARCHAR"
    return f"{reference}::VARCHAR"


def _number(header: Header, column: str, text: str) -> str:
    """*text* with a decimal point."""
    if header.native is None or column not in header.native.commas:
        return text
    # A sign of thousands elsewhere than before three digits is no number: it stays, and is rejected.
    is_one = (
        f"regexp_full_match({text}, '[+-]?[0-9]{{1,3}}([. ][0-9]{{3}})*(,[0-9]*)?|[+-]?[0-9]*(,[0-9]*)?')"
    )
    plain = f"replace(replace(replace({text}, '.', ''), ' ', ''), ',', '.')"
    return f"CASE WHEN {is_one} THEN {plain} WHEN {text} IS NOT NULL THEN 'not a number: ' || {text} END"


def _words(column: str, wanted: str, reference: str, kind: str) -> str:
    if wanted == "map":
        return _map(_tags(reference, kind), kind)
    return (_tags if column == "Tags" else _text)(reference, kind)


def _family(members: Sequence[tuple[str, str]]) -> str:
    """The columns of one family as a map, without empty ones; NULL when all are."""
    pairs = ", ".join(f"{{'key': {literal(key)}, 'value': {value}}}" for key, value in members)
    is_any = " OR ".join(f"{value} IS NOT NULL" for _, value in members)
    entries = f"list_filter([{pairs}], lambda x: x.value IS NOT NULL)"
    return f"CASE WHEN {is_any} THEN map_from_entries({entries}) END"


def _map(value: str, kind: str) -> str:
    """Text is taken apart: a native bill's maps are read by the SQL of its mapping."""
    is_map = kind.startswith("MAP") or (kind.startswith("STRUCT") and not kind.endswith("]"))
    return value if is_map else f"any_tags({value})"


def _tags(reference: str, kind: str) -> str:
    """Text stays text until the write (dictionary-encoded, so each value is parsed about once)."""
    if kind.upper().replace(" ", "") == "MAP(VARCHAR,VARCHAR)":
        return reference
    if kind.startswith("MAP"):
        return f"plain_tags(to_json({reference})::VARCHAR)"
    if kind.startswith("STRUCT") and not kind.endswith("]"):
        return f"struct_tags({reference})"
    return _text(reference, kind)
