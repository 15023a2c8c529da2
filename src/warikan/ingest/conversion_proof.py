"""The proof of a conversion: the provider's own cost columns add up to the FOCUS columns, or what differs."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import duckdb

from warikan.focus.money import EXACT
from warikan.ingest.conversion_sums import MAX_SAMPLES, NOTHING, Part, Place, Proof
from warikan.ingest.native import Converted
from warikan.ingest.relation import quote


def prove_conversion(
    connection: duckdb.DuckDBPyConnection, converted: Converted, is_good: str
) -> dict[Place, dict[str, Proof]]:
    """
    (billing month, currency) → cost metric → its proof, over all rows of the file.

    Args:
        is_good: SQL that tells which rows become charges.
    """
    proofs: dict[Place, dict[str, Proof]] = {}
    for metric, told in converted.mapping.proof.items():
        for row in _groups(connection, converted, metric, is_good):
            month, currency, account, reason, skip, good, rows, native, focus, differs, samples = row
            place = (month, currency)
            proof = proofs.setdefault(place, {}).setdefault(metric, Proof(told.name))
            native, focus = native or NOTHING, (focus or NOTHING) if good and skip is None else NOTHING
            proof.native, proof.focus = EXACT.add(proof.native, native), EXACT.add(proof.focus, focus)
            if skip is not None:
                proof.skipped.setdefault(skip, Part()).add(rows, native, None, samples)
            elif not good:
                proof.rejected.add(rows, native, None, samples)
            elif differs:
                proof.by_reason.setdefault(reason or "", Part()).add(rows, native, focus, samples)
            total = proof.sums.setdefault(account or "", [NOTHING, NOTHING])
            total[0], total[1] = EXACT.add(total[0], native), EXACT.add(total[1], focus)
    return proofs


def settle(files: Sequence[Dictionary[Place, Dictionary[str, Proof]]]) -> None:
    """
    Compare the accounts' sums over all *files* of a load: what one file leaves out another may tell.
    """
    totals: dict[tuple[Place, str, str], list[Decimal]] = {}
    proofs = [(place, metric, p) for file in files for place, by in file.items() for metric, p in by.items()]
    for place, metric, proof in proofs:
        for account, (native, focus) in proof.sums.items():
            total = totals.setdefault((place, metric, account), [NOTHING, NOTHING])
            total[0], total[1] = EXACT.add(total[0], native), EXACT.add(total[1], focus)
    for place, metric, proof in proofs:
        found = {account: totals[place, metric, account] for account in proof.sums}
        proof.differing = {a: (n, f) for a, (n, f) in found.items() if n != f}
        proof.accounts = len(found) - len(proof.differing)


def _groups(
    connection: duckdb.DuckDBPyConnection, converted: Converted, metric: str, is_good: str
) -> list[tuple[Any, ...]]:
    native, focus = quote(f"_native_{metric}"), quote(metric)
    differs = f"coalesce({native}, 0) <> coalesce({focus}, 0)"
    return connection.execute(
        f"""SELECT date_trunc('month', "BillingPeriodStart")::DATE, to_currency("BillingCurrency"), _account,
                   _reason, _skip, {is_good} AS good, count(*), sum({native}), sum({focus}), {differs} AS d,
                   min(_row, {MAX_SAMPLES}) FILTER (WHERE {differs} OR _skip IS NOT NULL OR NOT {is_good})
            FROM {converted.wide} GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
