"""What ``warikan reconcile`` does: ask, print, exit 1 when what is closed does not agree; it adds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only: the engine brings DuckDB and Ibis.
    from warikan.engine.reconcile.reconciliation import Reconciliation

_MONTHS = ("commitment", "month", "currency", "used", "unused", "purchased", "difference", "why")
_CONTRACTS = ("commitment", "currency", "committed", "due", "applied", "remaining", "why")
_LINES = ("invoice", "account", "month", "category", "line", "currency", "charged", "invoiced",
          "difference", "why")  # fmt: skip
_PERIODS = ("issuer", "period", "status", "currency", "charges", "charged", "changed", "loaded", "why")


def run_commitments(
    folder: Path | None, period: str, output: Output, *, strict: bool, everything: bool
) -> None:
    """
    Print commitments by month, and contract commitments where there is something to say of them.

    Raises:
        CheckFailed: a closed month (with *strict* any) does not reconcile; after all was printed.
    """
    report = _open(folder, f"commitments · {period}").commitments(period)
    failing = report.failing(strict=strict)
    if output == "json":
        from warikan.api.reconcile import commitments_document

        print_json(commitments_document(report, strict=strict))
    elif output == "csv":
        _print_csv(report.months)
    else:
        shown = [m for m in report.months if everything or not m.is_fine]
        _print_table(
            "Commitments by month",
            _MONTHS,
            [
                (m.name or m.commitment_id, f"{m.month:%Y-%m}", m.currency, m.used, m.unused, m.purchased,
                 m.difference, m.cause if m.cause != "equal" else _of_quantity(m.quantity_cause))
                for m in shown
            ],
        )  # fmt: skip
        odd = [c for c in report.contracts if everything or (c.cause != "used" and report.has_contracts)]
        _print_table(
            "Contract commitments",
            _CONTRACTS,
            [(c.commitment_id, c.currency, c.committed, c.due, c.applied, c.remaining, c.cause) for c in odd],
        )
        fine = sum(m.is_fine for m in report.months)
        note(f"{fine:,} of {len(report.months):,} months of {len(report.terms):,} commitments reconcile")
    if report.unreadable:
        note(f"{report.unreadable:,} charges have a ContractApplied that is no JSON with Elements")
    _require(len(failing), "months of commitments", strict=strict)


def run_invoices(folder: Path | None, period: str, output: Output, *, strict: bool, everything: bool) -> None:
    """
    Print charges beside invoice lines.

    Raises:
        CheckFailed: as above.
    """
    report = _open(folder, f"invoices · {period}").invoices(period)
    failing = report.failing(strict=strict)
    if output == "json":
        from warikan.api.reconcile import invoices_document

        print_json(invoices_document(report, strict=strict))
    elif output == "csv":
        _print_csv(report.rows)
    else:
        shown = [r for r in report.rows if everything or not r.is_fine]
        _print_table(
            "Invoices",
            _LINES,
            [
                (r.invoice_id, r.account_id, f"{r.month:%Y-%m}", r.category, r.detail_id, r.currency,
                 r.charged, r.invoiced, r.difference, r.cause)
                for r in shown
            ],
        )  # fmt: skip
        note(f"{sum(r.is_fine for r in report.rows):,} of {len(report.rows):,} sums are as they must be")
    _require(len(failing), "sums of invoices", strict=strict)


def run_periods(folder: Path | None, period: str, output: Output, *, strict: bool) -> None:
    """
    Print billing periods.

    Raises:
        CheckFailed: a closed period changed after it was loaded; with *strict* also what is open.
    """
    report = _open(folder, f"periods · {period}").periods(period)
    failing = report.failing(strict=strict)
    if output == "json":
        from warikan.api.reconcile import periods_document

        print_json(periods_document(report, strict=strict))
    elif output == "csv":
        _print_csv(report.rows)
    else:
        _print_table(
            "Billing periods",
            _PERIODS,
            [
                (r.issuer, f"{r.start:%Y-%m}", r.status, r.currency, f"{r.charges:,}", r.charged,
                 r.updated and f"{r.updated:%Y-%m-%d}", r.loaded_at and f"{r.loaded_at:%Y-%m-%d}", r.cause)
                for r in report.rows
            ],
        )  # fmt: skip
    _require(len(failing), "billing periods", strict=strict)


def _open(folder: Path | None, what: str) -> Reconciliation:
    # The workspace brings DuckDB and Ibis; see app.py.
    from warikan.bootstrap import open_workspace
    from warikan.engine.reconcile.reconciliation import Reconciliation

    workspace = open_workspace(folder)
    note(f"{workspace.folder} · reconcile {what}")
    return Reconciliation(workspace.engine, workspace.clock)


def _of_quantity(cause: str) -> str:
    return cause if cause in {"equal", "no quantities"} else f"quantity: {cause}"


def _require(failing: int, what: str, *, strict: bool) -> None:
    if failing:
        where = "" if strict else " of closed periods"
        raise CheckFailed(
            f"{failing:,} {what}{where} do not reconcile",
            hint="docs/datasets.md says what each cause means",
        )


def _print_csv(rows: Sequence[Any]) -> None:
    if rows:
        names = [f.name for f in fields(rows[0])]
        print_csv(names, [[_text(getattr(row, name)) for name in names] for row in rows])


def _print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        numbers = [n for i, n in enumerate(header) if any(isinstance(row[i], Decimal) for row in rows)]
        print_table(title, header, [[_text(cell) for cell in row] for row in rows], right=numbers)


def _text(cell: Any) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, Decimal):
        return format_exact(cell)
    return str(cell).lower() if isinstance(cell, bool) else str(cell)
