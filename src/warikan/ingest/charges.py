"""Rows of `charges`: the SELECT of one unit of write (source, billing month) over its bill files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from warikan.focus.columns import list_columns
from warikan.ingest.bill import IS_GOOD, MONTH, Bill, column
from warikan.ingest.conversion import COLUMNS as NAME_COLUMNS
from warikan.ingest.relation import TEXT_MAP, literal, quote
from warikan.lake import tag_column

ORDER = '"SubAccountId", "ServiceName", "ResourceId", "ChargePeriodStart", "x_ChargeKey"'
_KEY_BITS = 40
"""x_ChargeKey = file ordinal << 40 | row in the file."""


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
    moves less (a fifth of the work for a one-provider bill).
    """
    constants = _constants(bills)
    sorted_columns = [c.id for c in list_columns() if c.id not in constants]
    parts = " UNION ALL ".join(_rows(bill, month, sorted_columns) for bill in bills)
    extra = "e.x_Extra" if any(_extra(bill) for bill in bills) else f"NULL::{TEXT_MAP}"
    inner = f"SELECT * FROM ({parts}) ORDER BY {_order(constants)}"
    outer = [
        *(f"{constants.get(c.id, 'e.' + quote(c.id))} AS {quote(c.id)}" for c in list_columns()),
        f"{literal(identity.source_id)} AS x_SourceId",
        f"{literal(identity.load_id)} AS x_LoadId",
        f"{_by_file(bills, {b.ordinal: b.file.name for b in bills})} AS x_SourceFile",
        f"(e.x_ChargeKey & {(1 << _KEY_BITS) - 1})::BIGINT AS x_SourceRow",
        "e.x_ChargeKey AS x_ChargeKey",
        "NULL::VARCHAR[] AS x_Repairs",
        f"{extra} AS x_Extra",
        f"{_by_file(bills, {b.ordinal: b.header.version for b in bills})} AS x_FocusVersion",
        *(
            f"{constants.get('Tags', 'e.' + quote('Tags'))}[{literal(key)}] AS {quote(tag_column(key))}"
            for key in dict.fromkeys(identity.promoted_tags)
        ),
    ]
    return f"SELECT {', '.join(outer)} FROM ({inner}) e"


def _constants(bills: Sequence[Bill]) -> dict[str, str]:
    """FOCUS column → SQL, for the columns that no file has and no conversion fills."""
    filled = set(NAME_COLUMNS) if any(bill.names for bill in bills) else set()
    present = {c for bill in bills for c in bill.header.focus} | filled
    return {c.id: column(bills[0].header, c.id) for c in list_columns() if c.id not in present}


def _order(constants: Mapping[str, str]) -> str:
    return ", ".join(name for name in ORDER.split(", ") if name.strip('"') not in constants)


def _by_file(bills: Sequence[Bill], values: Mapping[int, str]) -> str:
    """The value of the file that a row comes from."""
    if len(set(values.values())) == 1:
        return literal(next(iter(values.values())))
    cases = " ".join(f"WHEN {bill.ordinal} THEN {literal(values[bill.ordinal])}" for bill in bills)
    return f"CASE e.x_ChargeKey >> {_KEY_BITS} {cases} END"


def _rows(bill: Bill, month: date, columns: Sequence[str]) -> str:
    """The good rows of one file and month, unsorted."""
    converted = {c: f"n.m{i}" for i, c in enumerate(NAME_COLUMNS)} if bill.names else {}
    values = []
    for name in columns:
        value = column(bill.header, name)
        if name == "BillingCurrency":
            value = f"to_currency({value})"
        elif name == "Tags" and bill.has_text_tags:
            value = f"{'any_tags' if bill.has_odd_tags else 'plain_tags'}({value})"
        values.append(f"{converted.get(name, value)} AS {quote(name)}")
    key = f"({bill.ordinal << _KEY_BITS} + _row)::BIGINT AS x_ChargeKey"
    extra = f"{_extra(bill) or f'NULL::{TEXT_MAP}'} AS x_Extra"
    join = ""
    if bill.names:
        matches = " AND ".join(
            f"{column(bill.header, c)} IS NOT DISTINCT FROM n.n{i}" for i, c in enumerate(NAME_COLUMNS)
        )
        join = f" LEFT JOIN names_{bill.ordinal} n ON {matches}"
    where = f"{IS_GOOD} AND {_month_filter(month)}"
    return f"SELECT {', '.join([*values, key, extra])} FROM {bill.relation}{join} WHERE {where}"


def _month_filter(month: date) -> str:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (
        f"\"BillingPeriodStart\" >= TIMESTAMPTZ '{month} 00:00:00+00' "
        f"AND \"BillingPeriodStart\" < TIMESTAMPTZ '{following} 00:00:00+00'"
    )


def _extra(bill: Bill) -> str:
    """Header name → text of the columns that are not FOCUS, without nulls; NULL when all are null."""
    entries = [
        (bill.header.names[i] or f"column {i + 1}", f"e{i}") for i in bill.header.extra
    ]
    if bill.has_odd_tags:
        # What is no tags in any form is not lost: it stays here as it was.
        entries.append(("Tags", 'CASE WHEN any_tags("Tags") IS NULL THEN "Tags" END'))
    if not entries:
        return ""
    is_any = " OR ".join(f"{value} IS NOT NULL" for _, value in entries)
    if len(entries) == 1:
        pairs = f"MAP {{{literal(entries[0][0])}: {entries[0][1]}}}"
    else:
        structs = ", ".join(f"{{'key': {literal(name)}, 'value': {value}}}" for name, value in entries)
        pairs = f"map_from_entries(list_filter([{structs}], lambda x: x.value IS NOT NULL))"
    return f"CASE WHEN {is_any} THEN {pairs} END"
