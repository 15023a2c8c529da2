"""Invoices: the sum of charges = the lines of the invoice, per invoice, account, currency, category."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from warikan.engine.engine import Engine
from warikan.engine.reconcile.reading import Months, Row, ask, closed_periods, month_of, newest, view
from warikan.focus.datasets import INVOICE_DETAIL
from warikan.focus.money import EXACT
from warikan.focus.subunits import subunit_of

EQUAL = "equal"
WITHIN = "within the tolerance of the specification"
OPEN = "the invoice is open: its lines may still change"
TAX = "tax: an invoice may state it otherwise"
NO_FILE = "no Invoice Detail file has this account and month"
VOIDED = "the invoice is voided"
_FINE = {EQUAL, WITHIN, OPEN, TAX, NO_FILE, VOIDED}


@dataclass(frozen=True)
class InvoiceRow:
    """
    Charges beside the lines of an invoice.

    Attributes:
        invoice_id: None for charges that name no invoice.
        detail_id: InvoiceDetailId, where charges of this invoice and account name it; None otherwise.
        charged: Σ BilledCost of charges.
        invoiced: Σ BilledCost of lines that are not voided.
        difference: charged − invoiced.
        is_closed: The issuer closed the billing period.
    """

    invoice_id: str | None
    account_id: str | None
    issuer: str | None
    month: date
    category: str | None
    detail_id: str | None
    currency: str
    charged: Decimal
    invoiced: Decimal
    difference: Decimal
    cause: str
    status: str | None
    charges: int
    lines: int
    is_closed: bool

    @property
    def is_fine(self) -> bool:
        """Whether the difference is nothing, or what the specification allows."""
        return self.cause in _FINE


@dataclass(frozen=True)
class InvoiceReport:
    """All that was compared."""

    rows: tuple[InvoiceRow, ...]

    def failing(self, *, strict: bool = False) -> tuple[InvoiceRow, ...]:
        """Rows that do not reconcile though their period is closed; all of them with *strict*."""
        return tuple(r for r in self.rows if not r.is_fine and (strict or r.is_closed))


def reconcile_invoices(engine: Engine, months: Months) -> InvoiceReport:
    """
    Compare charges with the lines of invoices of *months*, by billing month.

    FOCUS 1.4, Invoice Detail: they may differ by ``max(100 subunits, √rows × half a subunit)``, where an
    invoice is open, and in tax that no InvoiceDetailId ties to its charges.
    """
    return InvoiceReport(tuple(_row(row) for row in ask(engine, _sql(engine, months))))


def _row(row: Row) -> InvoiceRow:
    names = InvoiceRow.__dataclass_fields__
    difference = EXACT.subtract(row["charged"], row["invoiced"])
    said = {name: value for name, value in row.items() if name in names}
    return InvoiceRow(**said, difference=difference, cause=_cause(row, difference))


def _cause(row: Row, difference: Decimal) -> str:
    if not row["lines"] and not row["account_lines"]:
        return NO_FILE
    if difference == 0:
        return VOIDED if row["voided"] and not row["lines"] and not row["charges"] else EQUAL
    if row["charges"] and not row["lines"]:
        return _charged_only(row)
    if (row["status"] or "").lower() == "open":
        return OPEN
    if not row["charges"]:
        return "the invoice has it, and no charge does"
    if row["category"] == "Tax" and row["detail_id"] is None:
        return TAX
    return WITHIN if abs(difference) <= _tolerance(row) else "charges and lines differ"


def _charged_only(row: Row) -> str:
    if row["invoice_id"] is None:
        return "the charges name no invoice"
    if row["voided"] and not row["invoice_lines"]:
        return "the invoice is voided, and charges still name it"
    if row["invoice_lines"]:
        return "the invoice has no such line"
    return "there is no such invoice"


def _tolerance(row: Row) -> Decimal:
    root = EXACT.sqrt(Decimal(row["charges"]))
    return EXACT.multiply(
        subunit_of(row["currency"]), max(Decimal(100), EXACT.multiply(root, Decimal("0.5")))
    )


def _sql(engine: Engine, months: Months) -> str:
    charges, lines = view(engine, "charges"), newest(engine, INVOICE_DETAIL)
    start = month_of('"BillingPeriodStart"')
    common = f"""
        "InvoiceId" AS invoice_id, "BillingAccountId" AS account_id, "BillingCurrency" AS currency,
        {start} AS month, "ChargeCategory" AS category, "InvoiceDetailId" AS detail_id"""
    return f"""
    WITH charged AS (
        SELECT {common}, sum("BilledCost") AS amount, count(*) AS n, max("InvoiceIssuerName") AS issuer
        FROM {charges} WHERE {months.sql(start)} GROUP BY ALL
    ),
    lined AS (
        SELECT {common}, "InvoiceIssuerName" AS issuer, "BilledCost" AS amount,
            "InvoiceIssueStatus" AS status,
            coalesce(lower(trim("InvoiceIssueStatus")) = 'voided', false) AS is_voided
        FROM {lines} WHERE {months.sql(start)}
    ),
    detailed AS (
        SELECT invoice_id, account_id, month FROM charged GROUP BY ALL HAVING count(detail_id) > 0
    ),
    accounts AS (SELECT account_id, month, count(*) AS n FROM lined GROUP BY 1, 2),
    invoices AS (
        SELECT invoice_id, account_id, month, count(*) FILTER (NOT is_voided) AS n,
            count(*) FILTER (is_voided) AS voided, max(issuer) AS issuer, max(status) AS status
        FROM lined GROUP BY 1, 2, 3
    ),
    sides AS (
        SELECT invoice_id, account_id, currency, month, category, detail_id, amount AS charged, n AS charges,
            0 AS invoiced, 0 AS lines, issuer FROM charged
        UNION ALL
        SELECT invoice_id, account_id, currency, month, category, detail_id, 0, 0,
            CASE WHEN is_voided THEN 0 ELSE amount END, CASE WHEN is_voided THEN 0 ELSE 1 END, issuer
        FROM lined
    )
    SELECT b.invoice_id, b.account_id, b.currency, b.month, b.category,
        CASE WHEN d.month IS NOT NULL THEN b.detail_id END AS detail_id,
        coalesce(max(i.issuer), max(b.issuer)) AS issuer, max(i.status) AS status,
        sum(b.charged)::DECIMAL(38,18) AS charged, sum(b.charges)::BIGINT AS charges,
        sum(b.invoiced)::DECIMAL(38,18) AS invoiced, sum(b.lines)::BIGINT AS lines,
        coalesce(max(a.n), 0) AS account_lines, coalesce(max(i.n), 0) AS invoice_lines,
        coalesce(max(i.voided), 0) AS voided, bool_or(c.month IS NOT NULL) AS is_closed
    FROM sides b
    LEFT JOIN detailed d ON d.invoice_id = b.invoice_id AND d.month = b.month
        AND d.account_id IS NOT DISTINCT FROM b.account_id
    LEFT JOIN accounts a ON a.month = b.month AND a.account_id IS NOT DISTINCT FROM b.account_id
    LEFT JOIN invoices i ON i.invoice_id = b.invoice_id AND i.month = b.month
        AND i.account_id IS NOT DISTINCT FROM b.account_id
    LEFT JOIN {closed_periods(engine)} c ON c.month = b.month AND c.issuer = lower(trim(b.issuer))
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY month, currency, invoice_id NULLS LAST, account_id, category, detail_id"""
