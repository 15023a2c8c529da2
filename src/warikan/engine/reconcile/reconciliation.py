"""The questions that surfaces ask: each one look at the lake as it is."""

from collections.abc import Callable
from datetime import datetime

from warikan.engine.engine import Engine
from warikan.engine.reconcile.commitments import CommitmentReport, reconcile_commitments
from warikan.engine.reconcile.invoices import InvoiceReport, reconcile_invoices
from warikan.engine.reconcile.periods import PeriodReport, reconcile_periods
from warikan.engine.reconcile.reading import ALL, Months, read_months


class Reconciliation:
    """
    Commitments with usage, invoices with charges, billing periods with loads.

    A *period* is written as everywhere (focus/period.py) and means the calendar months that it touches;
    ``all`` means everything. PeriodError where it cannot be read.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def commitments(self, period: str = ALL) -> CommitmentReport:
        """Used + unused = purchased, by month of the charges' time."""
        return reconcile_commitments(self._engine, self._months(period))

    def invoices(self, period: str = ALL) -> InvoiceReport:
        """Charges = lines of invoices, by billing month."""
        return reconcile_invoices(self._engine, self._months(period))

    def periods(self, period: str = ALL) -> PeriodReport:
        """Billing periods beside what is loaded of them."""
        return reconcile_periods(self._engine, self._months(period))

    def _months(self, period: str) -> Months:
        now = self._clock()
        return read_months(period, data=self._engine.freshness(None, now=now).data, now=now)
