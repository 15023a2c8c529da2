"""The proof of a load: what was written is what was typed, to the last digit, before the commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import CheckFailed
from warikan.focus.money import EXACT, format_exact
from warikan.ingest.bill import Bill
from warikan.ingest.relation import literal, quote


@dataclass(frozen=True)
class Sum:
    """Rows and cost sums (in the order of COST_METRICS) of one month and currency."""

    rows: int
    costs: tuple[Decimal, ...]

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.rows + other.rows, tuple(map(EXACT.add, self.costs, other.costs)))


NOTHING = Sum(0, (Decimal(0),) * len(COST_METRICS))


def typed_sums(bills: Sequence[Bill], month: date) -> dict[str, Sum]:
    """BillingCurrency → what the typed rows of *month* add up to, over all *bills*."""
    sums: dict[str, Sum] = {}
    for part in _good(bills, month):
        costs = tuple(cost or Decimal(0) for cost in part[2])
        sums[part[0]] = sums.get(part[0], NOTHING) + Sum(part[1], costs)
    return sums


def _good(bills: Sequence[Bill], month: date) -> Iterable[tuple[str, int, tuple[Decimal | None, ...]]]:
    for bill in bills:
        for part in bill.slices:
            if part.is_good and part.month == month and part.currency is not None:
                yield part.currency, part.rows, part.sums


def prove(connection: duckdb.DuckDBPyConnection, path: Path, expected: dict[str, Sum], what: str) -> None:
    """
    Compare rows and sums per currency of the written file at *path* with *expected*.

    Raises:
        CheckFailed: they differ; nothing has been committed.
    """
    sums = ", ".join(f"coalesce(sum({quote(m)}), 0)" for m in COST_METRICS)
    found = connection.execute(
        f"""SELECT "BillingCurrency", count(*), {sums}
            FROM read_parquet({literal(str(path))}, hive_partitioning = false) GROUP BY 1"""
    ).fetchall()
    written = {currency: Sum(int(rows), tuple(costs)) for currency, rows, *costs in found}
    for currency in sorted(expected.keys() | written.keys()):
        typed, stored = expected.get(currency, NOTHING), written.get(currency, NOTHING)
        if typed != stored:
            raise CheckFailed(
                f"{what}: the charges written do not add up to the bill in {currency}: {_words(stored)}, "
                f"but the bill has {_words(typed)}; nothing was committed",
                hint="load it again; if it happens again, report it with the file",
            )


def _words(total: Sum) -> str:
    costs = ", ".join(f"{m} {format_exact(c)}" for m, c in zip(COST_METRICS, total.costs, strict=True))
    return f"{total.rows:,} rows, {costs}"
