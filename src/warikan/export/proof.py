"""The proof that written files are the slices that were asked for: counts and sums, read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir

from warikan.engine.buckets import bucket_of, start_of
from warikan.engine.cells import NO_CURRENCY, wanted_charges
from warikan.engine.engine import Engine
from warikan.engine.plan import Plan
from warikan.export.destination import Format, Part
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import CheckFailed
from warikan.focus.money import EXACT, PRECISION, SCALE, format_exact
from warikan.lake.schema import literal, quote

_ZERO = Decimal(0)
_LONGEST_LINE = 8 << 20


@dataclass(frozen=True)
class Sum:
    """Rows and their four costs, in one currency."""

    rows: int
    costs: Mapping[str, Decimal]


Sums = Mapping[str, Sum]
"""Currency → its sum."""


def sum_slices(engine: Engine, plan: Plan, slices: ir.Table) -> dict[Part, Sums]:
    """What *plan* asks for of *slices*, by source and billing month; parts without rows are left out."""
    wanted = wanted_charges(plan, slices)
    keys = {
        "source": wanted.x_SourceId,
        "month": bucket_of(wanted.BillingPeriodStart, "month"),
        "currency": wanted.BillingCurrency.fill_null(NO_CURRENCY),
    }
    found = wanted.group_by(**keys).agg(rows=wanted.count(), **{m: wanted[m].sum() for m in COST_METRICS})
    parts: dict[Part, dict[str, Sum]] = {}
    for row in engine.to_arrow(found.order_by("source", "month", "currency")).to_pylist():
        part = (row["source"], start_of(row["month"], "month").date())
        parts.setdefault(part, {})[row["currency"]] = _sum(row)
    return dict(parts)


def sum_file(
    cursor: duckdb.DuckDBPyConnection, path: Path, form: Format, columns: Sequence[str], *, has_header: bool
) -> Sums:
    """
    What the file at *path* holds, by its own digits. *path* has no character that is part of a glob.

    Raises:
        CheckFailed: it cannot be read.
    """
    money = f"DECIMAL({PRECISION}, {SCALE})"
    sums = ", ".join(f"sum({quote(m)}::{money}) AS {quote(m)}" for m in COST_METRICS)
    currency = f"coalesce(\"BillingCurrency\", '{NO_CURRENCY}')"
    select = f"""SELECT {currency} AS currency, count(*) AS rows, {sums}
                 FROM {_reader(path, form, columns, has_header=has_header)} GROUP BY 1 ORDER BY 1"""
    try:
        rows = cursor.execute(select).to_arrow_table()
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise CheckFailed(
            f"an exported file cannot be read back: {str(error).splitlines()[0]}; no file was kept",
            hint="please report this",
        ) from error
    return {row["currency"]: _sum(row) for row in rows.to_pylist()}


def _reader(path: Path, form: Format, columns: Sequence[str], *, has_header: bool) -> str:
    if form == "parquet":
        return f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({literal(str(path))}, columns = {{{types}}}, auto_detect = false, "
        f"header = {str(has_header).lower()}, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        # Told, not sniffed: a line end inside a value may be of another kind.
        "new_line = '\\n', "
        f"compression = '{'gzip' if form == 'csv.gz' else 'none'}', max_line_size = {_LONGEST_LINE})"
    )


def prove(part: Part, expected: Sums, written: Sums) -> None:
    """
    Compare a file with the slices that it should hold.

    Raises:
        CheckFailed: a count or a sum differs, by currency and metric.
    """
    source, month = part
    for currency in sorted({*expected, *written}):
        was, now = (sums.get(currency, Sum(0, {})) for sums in (expected, written))
        pairs = [("rows", Decimal(was.rows), Decimal(now.rows))]
        pairs += [(m, was.costs.get(m, _ZERO), now.costs.get(m, _ZERO)) for m in COST_METRICS]
        for what, before, after in pairs:
            if before != after:
                raise CheckFailed(
                    f"export of {source} {month:%Y-%m}: {what} is {format_exact(before)} in the lake and "
                    f"{format_exact(after)} in the file ({currency}); no file was kept: please report this"
                )


def add_sums(sums: Iterable[Sums]) -> dict[str, Sum]:
    """All *sums* together, each currency apart."""
    total: dict[str, Sum] = {}
    for one in sums:
        for currency, more in one.items():
            so_far = total.get(currency, Sum(0, dict.fromkeys(COST_METRICS, _ZERO)))
            costs = {m: EXACT.add(so_far.costs[m], more.costs[m]) for m in COST_METRICS}
            total[currency] = Sum(so_far.rows + more.rows, costs)
    return total


def _sum(row: Mapping[str, Any]) -> Sum:
    return Sum(int(row["rows"]), {m: row[m] if row[m] is not None else _ZERO for m in COST_METRICS})
