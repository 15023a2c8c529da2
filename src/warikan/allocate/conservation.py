"""The proof that a month's written slices are its charges, to the last digit, before they are committed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.scratch import Scratch
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import CheckFailed
from warikan.focus.money import EXACT, format_exact

Totals = Mapping[tuple[str, str | None], Mapping[str, Any]]
"""(source, currency) → ``_rows`` and the sum of each cost metric (None where every value is null)."""


def prove_month(
    scratch: Scratch,
    month: date,
    charges: ir.Table,
    *,
    whole: ir.Table | None,
    split: ir.Table | None,
    charges_split: Mapping[str, int],
) -> None:
    """
    Compare *charges* with what was written of them.

    Per source, currency and metric the sums are equal; every charge is written whole or is split; per
    split charge and metric the slices sum to the charge.

    Args:
        charges_split: Source → how many of its charges are split.

    Raises:
        CheckFailed: a law does not hold; the message names source, month, currency, metric and difference.
    """
    bill = sum_by_source(scratch, charges)
    parts = [sum_by_source(scratch, t) for t in (whole, split) if t is not None]
    where = f"{month:%Y-%m}"
    for difference in compare(bill, _add(parts)):
        raise CheckFailed(f"allocation of {where}: {difference}; nothing was written: please report this")
    charged, written = _rows(bill), _rows(parts[0]) if whole is not None else {}
    for source, rows in charged.items():
        if rows != written.get(source, 0) + charges_split.get(source, 0):
            raise CheckFailed(
                f"allocation of {where}: {source} has {rows:,} charges, of which {written.get(source, 0):,} "
                f"were given to one owner and {charges_split.get(source, 0):,} are split; nothing was written"
            )
    if split is not None:
        _prove_each(scratch, where, charges, split, sum(charges_split.values()))


def sum_by_source(scratch: Scratch, table: ir.Table) -> Totals:
    """Row counts and the four sums of *table* by source and currency."""
    sums = {metric: table[metric].sum() for metric in COST_METRICS}
    rows = scratch.fetch(table.group_by("x_SourceId", "BillingCurrency").agg(_rows=table.count(), **sums))
    return as_totals(rows)


def as_totals(rows: pa.Table) -> Totals:
    """*rows* by (x_SourceId, BillingCurrency)."""
    return {(r["x_SourceId"], r["BillingCurrency"]): r for r in rows.to_pylist()}


def compare(expected: Totals, actual: Totals) -> list[str]:
    """One sentence for each sum that differs; none when everything is equal."""
    differences = []
    for key in sorted({*expected, *actual}, key=str):
        source, currency = key
        for metric in COST_METRICS:
            was = _value(expected, key, metric)
            now = _value(actual, key, metric)
            if was != now:
                by = format_exact(EXACT.subtract(now, was))
                differences.append(
                    f"{source}: {metric} is {format_exact(was)} {currency} before and {format_exact(now)} "
                    f"after, a difference of {by}"
                )
    return differences


def _value(totals: Totals, key: tuple[str, str | None], metric: str) -> Decimal:
    value = totals.get(key, {}).get(metric)
    return Decimal(0) if value is None else value


def _add(parts: list[Totals]) -> Totals:
    added: dict[tuple[str, str | None], dict[str, Any]] = {}
    for part in parts:
        for key, row in part.items():
            into = added.setdefault(key, dict.fromkeys(COST_METRICS, Decimal(0)))
            for metric in COST_METRICS:
                into[metric] = EXACT.add(into[metric], row[metric] or Decimal(0))
    return added


def _rows(totals: Totals) -> dict[str, int]:
    rows: dict[str, int] = {}
    for (source, _), row in totals.items():
        rows[source] = rows.get(source, 0) + row["_rows"]
    return rows


def _prove_each(scratch: Scratch, where: str, charges: ir.Table, split: ir.Table, expected: int) -> None:
    slices = split.group_by(_source=split.x_SourceId, _key=split.x_ChargeKey, _in=split.BillingCurrency).agg(
        **{f"_sum_{m}": split[m].sum() for m in COST_METRICS}
    )
    same = [charges.x_SourceId == slices._source, charges.x_ChargeKey == slices._key]
    both = slices.inner_join(
        charges.select("x_SourceId", "x_ChargeKey", "BillingCurrency", *COST_METRICS), same
    )
    equal = [both[m].identical_to(both[f"_sum_{m}"]) for m in COST_METRICS]
    equal.append(both.BillingCurrency.identical_to(both._in))
    counted = scratch.fetch(
        both.aggregate(
            found=both.count(),
            wrong=(~ibis.and_(*equal)).sum(),
            example=both.x_ChargeKey.max(where=~ibis.and_(*equal)),
        )
    ).to_pylist()[0]
    if counted["wrong"] or counted["found"] != expected:
        raise CheckFailed(
            f"allocation of {where}: {expected:,} charges are split and {counted['found']:,} have slices, of "
            f"which {counted['wrong'] or 0:,} do not add up ({counted['example']}); nothing was written"
        )
