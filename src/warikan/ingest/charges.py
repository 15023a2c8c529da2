"""Rows of `charges`: the SELECT of one unit of write (source, billing month) over its bill files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from warikan.focus.columns import list_columns
from warikan.ingest.bill import IS_GOOD, Bill, column
from warikan.ingest.conversion import COLUMNS as NAME_COLUMNS
from warikan.ingest.native import PART_BITS
from warikan.ingest.relation import literal, quote
from warikan.lake import may_be_absent, tag_column

ORDER = '"SubAccountId", "ServiceName", "ResourceId", "ChargePeriodStart", "x_ChargeKey"'
_KEY_BITS = 40
"""x_ChargeKey = file ordinal << 40 | place in an array of the row << 33 | row in the file."""


@dataclass(frozen=True)
class Identity:
    """What all charges of a load share."""

    source_id: str
    load_id: str
    promoted_tags: tuple[str, ...]


def create_names(connection: duckdb.DuckDBPyConnection, bill: Bill) -> None:
    """The table ``names_<ordinal>``: company names as found (n0..n3) and as converted (m0..m3)."""
    columns = ", ".join(f"{prefix}{i} VARCHAR" for prefix in "nm" for i in range(len(NAME_COLUMNS)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE names_{bill.ordinal} ({columns})")
    rows = [(*found, *converted) for found, converted in bill.names.items()]
    if rows:
        connection.executemany(f"INSERT INTO names_{bill.ordinal} VALUES ({', '.join('?' * 8)})", rows)


def select_charges(bills: Sequence[Bill], month: date, identity: Identity) -> str:
    """
    The rows of `charges` of *month* from *bills*, sorted; see lake/tables.py for the columns.

    What is the same for all rows, and what follows from other columns, is added after the sort, which then
    moves less (a fifth of the work for a one-provider bill). Columns that are null throughout are left out.
    """
    focus = {c.id: {value for bill in bills for value in [_value(bill, c.id)]} for c in list_columns()}
    constants = {
        name: next(iter(values))
        for name, values in focus.items()
        if len(values) == 1 and all(_is_constant(bill, name) for bill in bills)
    }
    extras = list(dict.fromkeys(name for bill in bills for name in _extras(bill)))
    sorted_columns = [name for name in focus if name not in constants]
    parts = " UNION ALL ".join(_rows(bill, month, sorted_columns, extras) for bill in bills)
    order = ", ".join(name for name in ORDER.split(", ") if name.strip('"') not in constants)
    tags = constants.get("Tags", 'e."Tags"')
    is_repaired = any(bill.repairs.firings for bill in bills)
    outer = [
        *(
            f"{constants.get(name, 'e.' + quote(name))} AS {quote(name)}"
            for name in focus
            if not (_is_null(constants.get(name)) and may_be_absent(name))
        ),
        f"{literal(identity.source_id)} AS x_SourceId",
        f"{literal(identity.load_id)} AS x_LoadId",
        f"{_by_file(bills, {b.ordinal: b.file.name for b in bills})} AS x_SourceFile",
        f"(e.x_ChargeKey & {(1 << PART_BITS) - 1})::BIGINT AS x_SourceRow",
        "e.x_ChargeKey AS x_ChargeKey",
        *([f"{_extra_map(extras)} AS x_Extra"] if extras else []),
        *(["e._repairs AS x_Repairs"] if is_repaired else []),
        f"{_by_file(bills, {b.ordinal: b.header.version for b in bills})} AS x_FocusVersion",
        *(f"({tags})[{literal(k)}] AS {quote(tag_column(k))}" for k in dict.fromkeys(identity.promoted_tags)),
    ]
    return f"SELECT {', '.join(outer)} FROM (SELECT * FROM ({parts}) ORDER BY {order}) e"


def _by_file(bills: Sequence[Bill], values: Mapping[int, str]) -> str:
    """The value of the file that a row comes from."""
    if len(set(values.values())) == 1:
        return literal(next(iter(values.values())))
    cases = " ".join(f"WHEN {bill.ordinal} THEN {literal(values[bill.ordinal])}" for bill in bills)
    return f"CASE e.x_ChargeKey >> {_KEY_BITS} {cases} END"


def _is_null(constant: str | None) -> bool:
    return constant is not None and constant.startswith("NULL")


def _value(bill: Bill, name: str) -> str:
    """SQL of FOCUS column *name* in the relation of *bill*, converted."""
    if name in NAME_COLUMNS and bill.names:
        place = NAME_COLUMNS.index(name)
        return literal(next(iter(bill.names.values()))[place]) if len(bill.names) == 1 else f"n.m{place}"
    value = bill.constants.get(name, column(bill.header, name))
    if name == "BillingCurrency":
        return f"to_currency({value})"
    if name == "Tags" and bill.has_text_tags:
        return f"{'any_tags' if bill.has_odd_tags else 'plain_tags'}({value})"
    return value


def _is_constant(bill: Bill, name: str) -> bool:
    if name in NAME_COLUMNS and bill.names:
        return len(bill.names) == 1
    return name not in bill.header.focus or name in bill.constants


def _rows(bill: Bill, month: date, columns: Sequence[str], extras: Sequence[str]) -> str:
    """The good rows of one file and month, unsorted."""
    own = _extras(bill)
    values = [
        *(f"{_value(bill, name)} AS {quote(name)}" for name in columns),
        f"({bill.ordinal << _KEY_BITS} + _row)::BIGINT AS x_ChargeKey",
        *(f"{own.get(name, 'NULL::VARCHAR')} AS x{i}" for i, name in enumerate(extras)),
        f"{bill.repairs.marks} AS _repairs",
    ]
    join = ""
    if len(bill.names) > 1:
        matches = " AND ".join(
            f"{column(bill.header, c)} IS NOT DISTINCT FROM n.n{i}" for i, c in enumerate(NAME_COLUMNS)
        )
        join = f" LEFT JOIN names_{bill.ordinal} n ON {matches}"
    return f"SELECT {', '.join(values)} FROM {bill.relation}{join} WHERE {_condition(bill, month)}"


def _condition(bill: Bill, month: date) -> str:
    """Which rows are good and of *month*; nothing is asked again that holds for the whole file."""
    are_good = all(part.is_good for part in bill.slices)
    is_one_month = {part.month for part in bill.slices if part.is_good} == {month}
    return (
        " AND ".join([*([] if are_good else [IS_GOOD]), *([] if is_one_month else [_in_month(month)])])
        or "true"
    )


def _in_month(month: date) -> str:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (
        f"\"BillingPeriodStart\" >= TIMESTAMPTZ '{month} 00:00:00+00' "
        f"AND \"BillingPeriodStart\" < TIMESTAMPTZ '{following} 00:00:00+00'"
    )


def _extras(bill: Bill) -> dict[str, str]:
    """Header name → SQL, for the columns that are not FOCUS and have a value in some row."""
    names = bill.header.names
    extras = {
        names[i] or f"column {i + 1}": bill.constants.get(f"e{i}", f"e{i}")
        for i in bill.header.extra
        if not _is_null(bill.constants.get(f"e{i}"))
    }
    extras |= bill.repairs.extras
    if bill.has_odd_tags:
        # What is no tags in any form is not lost: it stays here as it was.
        extras["Tags"] = 'CASE WHEN any_tags("Tags") IS NULL THEN "Tags" END'
    return extras


def _extra_map(names: Sequence[str]) -> str:
    """Header name → text of the columns that are not FOCUS, without nulls; NULL when all are null."""
    if len(names) == 1:
        return f"CASE WHEN e.x0 IS NOT NULL THEN MAP {{{literal(names[0])}: e.x0}} END"
    is_any = " OR ".join(f"e.x{i} IS NOT NULL" for i in range(len(names)))
    pairs = ", ".join(f"{{'key': {literal(name)}, 'value': e.x{i}}}" for i, name in enumerate(names))
    return (
        f"CASE WHEN {is_any} THEN map_from_entries(list_filter([{pairs}], lambda x: x.value IS NOT NULL)) END"
    )
