"""What a person should hear of a load though nothing failed: a month that moved, costs that a file lacks."""

import shlex
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import duckdb

from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT, format_exact
from warikan.ingest.bill import Bill
from warikan.ingest.history import Rows
from warikan.ingest.proof import Sum

Note = tuple[str, str]
"""(file or source, what there is to say)."""
_METRICS = ("BilledCost", "EffectiveCost")


def notes_of_files(connection: duckdb.DuckDBPyConnection, bills: Iterable[Bill]) -> list[Note]:
    """What the mappings say of rows, what was repaired, and rows that are in another encoding."""
    notes: list[Note] = []
    for bill in bills:
        notes += [(bill.file.name, f"{rows:,} rows: {text}") for text, rows in bill.notes]
        if bill.broken and (rows := _not_utf8(connection, bill.ordinal)):
            said = f"{rows:,} of the rows that cannot be read are not UTF-8; where the file is Shift_JIS or "
            notes.append((bill.file.name, f"{said}Latin-1: iconv -f SHIFT_JIS -t UTF-8"))
        if rules := {tally.rule for tally in bill.repairs.tallies}:
            # Not rows: two rules may repair one row.
            made = sum(tally.rows for tally in bill.repairs.tallies)
            told = f"{made:,} repairs by {len(rules):,} rules; which: warikan repairs"
            notes.append((bill.file.name, told))
    return notes


def notes_of_months(source_id: str, before: Rows, months: Mapping[date, Mapping[str, Sum]]) -> list[Note]:
    """
    Months that were there and now have other sums.

    Args:
        before: Rows of `loads` of the source, as it was.
        months: Month → currency → the sums of what is written.
    """
    old: dict[tuple[date, str], list[Decimal]] = {}
    for row in before:
        if row["Rows"] and row["BillingMonth"] in months:
            sums = old.setdefault((row["BillingMonth"], row["BillingCurrency"]), [Decimal(0)] * len(_METRICS))
            for i, metric in enumerate(_METRICS):
                sums[i] = EXACT.add(sums[i], row[metric] or Decimal(0))
    notes: list[Note] = []
    why = shlex.join(["warikan", "diff", source_id])
    for (month, currency), sums in sorted(old.items()):
        new = months[month].get(currency)
        moved = [
            f"{metric} {format_exact(sums[i])} → {format_exact(now)}"
            for i, metric in enumerate(_METRICS)
            if (now := new.costs[COST_METRICS.index(metric)] if new else Decimal(0)) != sums[i]
        ]
        if moved:
            what = f"{month:%Y-%m} was loaded before: {', '.join(moved)} {currency}"
            notes.append((source_id, f"{what}; why: {why} {month:%Y-%m}"))
    return notes


def _not_utf8(connection: duckdb.DuckDBPyConnection, ordinal: int) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM broken_{ordinal} WHERE contains(lower(reason), 'unicode')"
    ).fetchone()
    return int(found[0]) if found else 0
