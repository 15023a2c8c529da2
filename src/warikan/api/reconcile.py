"""``/api/v1/reconcile``: commitments, invoices and billing periods beside the charges, as documents."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from warikan.api.answers import Document, to_document
from warikan.bootstrap import Workspace
from warikan.engine.reconcile.commitments import CommitmentReport
from warikan.engine.reconcile.invoices import InvoiceReport
from warikan.engine.reconcile.periods import PeriodReport
from warikan.engine.reconcile.reading import ALL
from warikan.engine.reconcile.reconciliation import Reconciliation
from warikan.focus.errors import UsageError

MAX_ROWS = 50_000
"""Rows of one answer; beyond it the caller must ask for fewer months. Nothing is cut silently."""
Months = Annotated[
    str, Query(max_length=80, description="The months it touches; all: everything.", examples=["2026-10"])
]
Strict = Annotated[bool, Query(description="Also fail on periods that nobody says are closed.")]


def add_reconcile(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""

    def ask() -> Reconciliation:
        return Reconciliation(workspace.engine, workspace.clock)

    def answer(document: Document, rows: int) -> JSONResponse:
        if rows > MAX_ROWS:
            raise UsageError(
                f"the answer has {rows:,} rows, more than {MAX_ROWS:,}", hint="ask for fewer months"
            )
        return JSONResponse(document)

    @api.get("/reconcile/commitments", response_model=dict[str, Any], summary="Used + unused = purchased?")
    def commitments(period: Months = ALL, *, strict: Strict = False) -> JSONResponse:
        """Commitments by month and over their term so far, and contract commitments."""
        report = ask().commitments(period)
        rows = len(report.months) + len(report.contracts)
        return answer(commitments_document(report, strict=strict), rows)

    @api.get("/reconcile/invoices", response_model=dict[str, Any], summary="Charges = lines of invoices?")
    def invoices(period: Months = ALL, *, strict: Strict = False) -> JSONResponse:
        """One row per invoice, account, billing month, currency, category, and line where charges name it."""
        report = ask().invoices(period)
        return answer(invoices_document(report, strict=strict), len(report.rows))

    @api.get("/reconcile/periods", response_model=dict[str, Any], summary="Billing periods and their loads")
    def periods(period: Months = ALL, *, strict: Strict = False) -> JSONResponse:
        """One row per issuer, billing period and currency, of files and of charges."""
        report = ask().periods(period)
        return answer(periods_document(report, strict=strict), len(report.rows))


def commitments_document(report: CommitmentReport, *, strict: bool) -> Document:
    """*report* as a document; money as exact text."""
    return {
        "ok": not report.failing(strict=strict),
        "months": [to_document(m) | {"is_fine": m.is_fine} for m in report.months],
        "terms": to_document(report.terms),
        "contracts": [to_document(c) | {"cause": c.cause} for c in report.contracts],
        "has_contracts": report.has_contracts,
        "unreadable": report.unreadable,
    }


def invoices_document(report: InvoiceReport, *, strict: bool) -> Document:
    """*report* as a document; money as exact text."""
    rows = [to_document(r) | {"is_fine": r.is_fine} for r in report.rows]
    return {"ok": not report.failing(strict=strict), "rows": rows}


def periods_document(report: PeriodReport, *, strict: bool) -> Document:
    """*report* as a document; money as exact text."""
    rows = [to_document(r) | {"is_closed": r.is_closed, "is_fine": r.is_fine} for r in report.rows]
    return {"ok": not report.failing(strict=strict), "rows": rows}
