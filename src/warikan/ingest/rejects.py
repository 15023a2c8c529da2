"""Rows that are no charges: counted, their cost stated, each value with its place and reason."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from warikan.focus.money import EXACT
from warikan.ingest.bill import IS_GOOD, Bill
from warikan.ingest.charges import Identity
from warikan.ingest.native import PART_BITS
from warikan.ingest.relation import literal
from warikan.ingest.report import RejectedCost
from warikan.lake import Lake, Unit

_MISSING = (
    ("BilledCost", '"BilledCost" IS NULL', "NULL::VARCHAR", "missing"),
    (
        "BillingCurrency",
        'to_currency("BillingCurrency") IS NULL',
        'left("BillingCurrency", 500)',
        "missing, or neither a currency code nor the name of a virtual currency",
    ),
    ("BillingPeriodStart", '"BillingPeriodStart" IS NULL', "NULL::VARCHAR", "missing"),
    ("ChargePeriodStart", '"ChargePeriodStart" IS NULL', "NULL::VARCHAR", "missing"),
)


def count_rejected(bill: Bill) -> int:
    """Rows of *bill* that do not become charges."""
    return bill.broken + sum(s.rows for s in bill.slices if not s.is_good)


def rejected_cost(bills: Sequence[Bill]) -> RejectedCost:
    """What the rejected rows of *bills* cost."""
    parts = [(part.currency, part.sums[0]) for b in bills for part in b.slices if not part.is_good]
    return add_rejected([*parts, *((None, None) for b in bills if b.broken)])


def add_rejected(parts: Iterable[tuple[str | None, Decimal | None]]) -> RejectedCost:
    """The sum of (BillingCurrency, BilledCost or None) by currency."""
    costs: dict[str | None, Decimal | None] = {}
    for currency, cost in parts:
        before = costs.get(currency)
        costs[currency] = cost if before is None else before if cost is None else EXACT.add(before, cost)
    return costs


def write_rejects(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    bills: Sequence[Bill],
    identity: Identity,
    *,
    gone: Sequence[str],
) -> None:
    """
    Replace the rejects of *bills* in one commit; those of other files of the source stay.

    Args:
        gone: Files of the source that are not there any more and whose charges are all replaced.
    """
    stale = {bill.file.name for bill in bills} | set(gone)
    old = [f.path for f in lake.data_files("rejects", source_ids=[identity.source_id])]
    if not old and not any(map(count_rejected, bills)):
        return
    parts = [_select(bill, identity) for bill in bills if count_rejected(bill)]
    if old:
        paths = ", ".join(literal(p) for p in old)
        names = ", ".join(map(literal, sorted(stale))) or "NULL"
        parts.append(
            f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false) "
            f'WHERE "x_SourceFile" NOT IN ({names})'
        )
    files: list[Path] = []
    path = lake.new_file("rejects")
    if parts and lake.copy(connection, " UNION ALL BY NAME ".join(f"({p})" for p in parts), "rejects", path):
        files.append(path)
    lake.replace("rejects", {Unit(identity.source_id, None)}, files)


def _select(bill: Bill, identity: Identity) -> str:
    """The columns of `rejects`, one row per defect."""
    missing = ", ".join(_missing(bill, *told) for told in _MISSING)
    defects = f"list_concat(coalesce(_bad, []), list_filter([{missing}], lambda d: d IS NOT NULL))"
    head = (
        f'{literal(identity.load_id)} AS "x_LoadId", {literal(identity.source_id)} AS "x_SourceId", '
        f'{literal(bill.file.name)} AS "x_SourceFile"'
    )
    values = (
        f'SELECT {head}, (_row & {(1 << PART_BITS) - 1})::BIGINT AS "x_SourceRow", '
        f'd."column" AS "Column", d."value" AS "Value", '
        f'd.reason AS "Reason", cost AS "BilledCost", currency AS "BillingCurrency" '
        f'FROM (SELECT _row, unnest({defects}) AS d, coalesce(_raw_cost, "BilledCost"::VARCHAR) AS cost, '
        f'coalesce(to_currency("BillingCurrency"), left("BillingCurrency", 500)) AS currency '
        f"FROM {bill.relation} WHERE NOT {IS_GOOD})"
    )
    if not bill.broken:
        return values
    return (
        f"{values} UNION ALL SELECT {head}, row, NULL::VARCHAR, text, reason, NULL::VARCHAR, NULL::VARCHAR "
        f"FROM broken_{bill.ordinal}"
    )


def _missing(bill: Bill, name: str, test: str, value: str, reason: str) -> str:
    """
    The defect of a FOCUS column that a charge needs and the row has not; NULL where another defect says why.

    A value that could not be typed leaves the FOCUS columns that are made of it empty: it is told once.
    """
    origin = bill.origins.get(name)
    column, more = origin.place(name) if origin else (name, "")
    if origin and name == "BilledCost":
        # Of an element of an array defects.py says it already.
        test = f"{test} AND _row < {1 << PART_BITS}"
    known = ", ".join(map(literal, (name, *origin.read) if origin else (name,)))
    is_told = f'list_has_any(coalesce(list_transform(_bad, lambda b: b."column"), []), [{known}])'
    defect = f"{{'column': {literal(column)}, 'value': {value}, 'reason': {literal(reason + more)}}}"
    return f"CASE WHEN {test} AND NOT {is_told} THEN {defect} END"
