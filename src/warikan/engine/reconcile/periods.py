"""Billing periods: open or closed, charges outside of any, and bills older than their period."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from warikan.engine.engine import Engine
from warikan.engine.reconcile.reading import Months, Row, ask, month_of, newest, view
from warikan.focus.datasets import BILLING_PERIOD

CURRENT = "current"
STALE = "updated after its charges were loaded"
NO_PERIOD = "its issuer has no such billing period"
NO_FILE = "no Billing Period file has its issuer"
NO_CHARGES = "no charge is billed in it"


@dataclass(frozen=True)
class PeriodRow:
    """
    Charges of an issuer and billing period in one currency.

    Attributes:
        status: Open or Closed as the issuer states it; None where no file has the period.
        charged: Σ BilledCost.
        updated: When the issuer last changed the period.
        loaded_at: When its charges were loaded, of several loads the first.
    """

    issuer: str | None
    start: datetime
    end: datetime | None
    status: str | None
    currency: str | None
    charges: int
    charged: Decimal
    updated: datetime | None
    loaded_at: datetime | None
    cause: str

    @property
    def is_closed(self) -> bool:
        """Whether its issuer says that it is final."""
        return (self.status or "").strip().lower() == "closed"

    @property
    def is_fine(self) -> bool:
        """Whether what was loaded is what the issuer has."""
        return self.cause in {CURRENT, NO_FILE}


@dataclass(frozen=True)
class PeriodReport:
    """All billing periods, of files and of charges."""

    rows: tuple[PeriodRow, ...]

    def failing(self, *, strict: bool = False) -> tuple[PeriodRow, ...]:
        """Closed periods that changed after their load; with *strict* all that is not fine."""
        stale = (r for r in self.rows if not r.is_fine)
        return tuple(r for r in stale if strict or (r.is_closed and r.cause == STALE))


def reconcile_periods(engine: Engine, months: Months) -> PeriodReport:
    """Hold the billing periods of *months* against the charges and their loads, by issuer and start."""
    return PeriodReport(tuple(_row(row) for row in ask(engine, _sql(engine, months))))


def _row(row: Row) -> PeriodRow:
    names = PeriodRow.__dataclass_fields__
    return PeriodRow(**{n: v for n, v in row.items() if n in names}, cause=_cause(row))


def _cause(row: Row) -> str:
    if row["status"] is None:
        return NO_PERIOD if row["has_periods"] else NO_FILE
    if not row["charges"]:
        return NO_CHARGES
    is_stale = row["updated"] is not None and row["loaded_at"] is not None
    return STALE if is_stale and row["updated"] > row["loaded_at"] else CURRENT


def _sql(engine: Engine, months: Months) -> str:
    start = month_of('"BillingPeriodStart"')
    return f"""
    WITH periods AS (
        SELECT lower(trim("InvoiceIssuerName")) AS key, max("InvoiceIssuerName") AS issuer,
            "BillingPeriodStart" AS start, max("BillingPeriodEnd") AS "end",
            max("BillingPeriodStatus") AS status, max("BillingPeriodLastUpdated") AS updated
        FROM {newest(engine, BILLING_PERIOD)} WHERE {months.sql(start)} GROUP BY key, start
    ),
    loaded AS (
        SELECT "x_SourceId" AS source, "BillingMonth" AS month, min("LoadedAt") AS loaded_at
        FROM {view(engine, "loads")} GROUP BY 1, 2
    ),
    charged AS (
        SELECT lower(trim("InvoiceIssuerName")) AS key, max("InvoiceIssuerName") AS issuer,
            "BillingPeriodStart" AS start, max("BillingPeriodEnd") AS "end", "BillingCurrency" AS currency,
            "x_SourceId" AS source, count(*) AS charges, sum("BilledCost") AS charged
        FROM {view(engine, "charges")} WHERE {months.sql(start)} GROUP BY key, start, currency, source
    ),
    billed AS (
        SELECT key, c.start, currency, max(issuer) AS issuer, max("end") AS "end",
            sum(charges)::BIGINT AS charges, sum(charged) AS charged, min(loaded_at) AS loaded_at
        FROM charged c LEFT JOIN loaded l
            ON l.source = c.source AND l.month = date_trunc('month', make_timestamp(epoch_us(c.start)))::DATE
        GROUP BY key, c.start, currency
    )
    SELECT coalesce(p.issuer, b.issuer) AS issuer, coalesce(p.start, b.start) AS start,
        coalesce(p."end", b."end") AS "end", p.status, b.currency, coalesce(b.charges, 0) AS charges,
        coalesce(b.charged, 0)::DECIMAL(38,18) AS charged, p.updated, b.loaded_at,
        coalesce(p.key, b.key) IN (
            SELECT lower(trim("InvoiceIssuerName")) FROM {newest(engine, BILLING_PERIOD)}
        ) AS has_periods
    FROM periods p FULL JOIN billed b ON p.key = b.key AND p.start = b.start
    ORDER BY start, issuer, currency"""
