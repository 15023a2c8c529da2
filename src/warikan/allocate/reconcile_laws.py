"""Laws of `warikan check` over the FOCUS datasets: what issuers call final must reconcile."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from warikan.engine.engine import Engine
from warikan.engine.reconcile.commitments import CommitmentMonth, reconcile_commitments
from warikan.engine.reconcile.invoices import NO_FILE, InvoiceRow, reconcile_invoices
from warikan.engine.reconcile.periods import reconcile_periods
from warikan.engine.reconcile.reading import Months
from warikan.focus.money import format_exact

_SHOWN = 3


class Law(NamedTuple):
    """The parts of a CheckResult (check.py), in its order."""

    name: str
    ok: bool
    detail: str


def reconcile_laws(engine: Engine) -> tuple[Law, ...]:
    """
    Three laws, over all that is loaded.

    A law fails only in billing periods that their issuer closed; the detail tells what differs in others.
    """
    return (_commitments(engine), _invoices(engine), _periods(engine))


def _commitments(engine: Engine) -> Law:
    name = "commitments: used + unused = purchased"
    report = reconcile_commitments(engine, Months())
    failing, differing = _largest(report.failing()), _largest(report.failing(strict=True))
    if failing:
        return Law(name, ok=False, detail=_first([_of_month(m) for m in failing], len(failing)))
    detail = f"{len(report.months):,} months of {len(report.terms):,} commitments"
    return Law(name, ok=True, detail=_with_open(detail, [_of_month(m) for m in differing]))


def _invoices(engine: Engine) -> Law:
    name = "charges add up to the lines of invoices"
    report = reconcile_invoices(engine, Months())
    compared = [r for r in report.rows if r.cause != NO_FILE]
    failing, differing = _largest(report.failing()), _largest(report.failing(strict=True))
    if failing:
        return Law(name, ok=False, detail=_first([_of_line(r) for r in failing], len(failing)))
    if not compared:
        return Law(name, ok=True, detail="no Invoice Detail file is loaded")
    detail = f"{len(compared):,} sums of {len({r.invoice_id for r in compared}):,} invoices"
    return Law(name, ok=True, detail=_with_open(detail, [_of_line(r) for r in differing]))


def _periods(engine: Engine) -> Law:
    name = "closed billing periods are loaded as they were closed"
    report = reconcile_periods(engine, Months())
    failing = report.failing()
    if failing:
        stale = [f"{r.issuer} {r.start:%Y-%m} changed {r.updated:%Y-%m-%d %H:%M} UTC" for r in failing]
        return Law(name, ok=False, detail=f"load again: {_first(stale, len(stale))}")
    known = [r for r in report.rows if r.status is not None]
    if not known:
        return Law(name, ok=True, detail="no Billing Period file is loaded")
    closed = sum(r.is_closed for r in known)
    others = [f"{r.issuer} {r.start:%Y-%m}: {r.cause}" for r in report.failing(strict=True)]
    return Law(name, ok=True, detail=_with_open(f"{closed:,} of {len(known):,} are closed", others))


_Differs = TypeVar("_Differs", CommitmentMonth, InvoiceRow)


def _largest(rows: Sequence[_Differs]) -> list[_Differs]:
    """The largest difference first."""
    return sorted(rows, key=lambda row: abs(row.difference), reverse=True)


def _of_month(month: CommitmentMonth) -> str:
    if month.difference:
        what = f"{format_exact(month.difference)} {month.currency} ({month.cause})"
    else:
        quantity = month.quantity_difference
        what = f"{'?' if quantity is None else format_exact(quantity)} {month.unit} ({month.quantity_cause})"
    return f"{month.commitment_id} {month.month:%Y-%m}: {what}"


def _of_line(row: InvoiceRow) -> str:
    place = f"{row.invoice_id or 'no invoice'} {row.category} {row.month:%Y-%m}"
    return f"{place}: {format_exact(row.difference)} {row.currency} ({row.cause})"


def _with_open(detail: str, differing: Sequence[str]) -> str:
    if not differing:
        return detail
    first = _first(differing, len(differing))
    return f"{detail}; {len(differing):,} differ in periods that are not closed: {first}"


def _first(texts: Sequence[str], count: int) -> str:
    more = f" (and {count - _SHOWN:,} more)" if count > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more
