"""Charges = lines of invoices; billing periods beside loads: each cause by hand, laws, real files."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reconcile_cases import charge, csv_text, line, make_engine, moment, period
from small_lake import NOW

from warikan.allocate.reconcile_laws import reconcile_laws
from warikan.engine.engine import Engine
from warikan.engine.reconcile.invoices import EQUAL, OPEN, TAX, WITHIN, reconcile_invoices
from warikan.engine.reconcile.periods import CURRENT, NO_CHARGES, NO_PERIOD, STALE, reconcile_periods
from warikan.engine.reconcile.reading import Months, read_months
from warikan.engine.reconcile.reconciliation import Reconciliation
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.datasets.recognition import find_datasets
from warikan.ingest.load import load
from warikan.lake import Lake


def billed(cost: str, invoice: str | None = "I1", **values: Any) -> dict[str, Any]:
    """A charge of 2026-09 on *invoice*."""
    return charge("2026-09-02", BilledCost=Decimal(cost), InvoiceId=invoice, BillingAccountId="1", **values)


def causes(engine: Engine) -> list[tuple[Any, ...]]:
    """What was found of each sum."""
    rows = reconcile_invoices(engine, Months()).rows
    return [(r.invoice_id, r.category, r.detail_id, str(r.difference.normalize()), r.cause) for r in rows]


def test_equal_to_the_last_digit(tmp_path: Path) -> None:
    """Two charges, one line; a difference of 10^-18 is within the tolerance, and said."""
    rows = [billed("0.1"), billed("0.200000000000000001"), billed("0", "I2")]
    text = csv_text(line("I1", "0.300000000000000001"))
    assert causes(make_engine(tmp_path / "a", rows, invoices=text)) == [
        ("I1", "Usage", None, "0", EQUAL),
        ("I2", "Usage", None, "0", EQUAL),
    ]

    text = csv_text(line("I1", "0.3"))
    found = causes(make_engine(tmp_path / "b", rows, invoices=text))
    assert found[0] == ("I1", "Usage", None, "1E-18", WITHIN)


@pytest.mark.parametrize(
    ("currency", "charged", "cause"),
    [
        ("USD", "11", WITHIN),
        ("USD", "11.01", "charges and lines differ"),
        ("JPY", "110", WITHIN),
        ("JPY", "111", "charges and lines differ"),
        ("KWD", "10.1", WITHIN),
        ("KWD", "10.101", "charges and lines differ"),
    ],
)
def test_the_tolerance_is_a_hundred_subunits(currency: str, charged: str, cause: str, tmp_path: Path) -> None:
    """FOCUS 1.4, Rounding Variance Tolerance: a cent is no yen, and no fils."""
    rows = [billed(charged, BillingCurrency=currency)]
    engine = make_engine(tmp_path, rows, invoices=csv_text(line("I1", "10", BillingCurrency=currency)))

    assert [r.cause for r in reconcile_invoices(engine, Months()).rows] == [cause]


def test_every_cause(tmp_path: Path) -> None:
    """Charges without an invoice, invoices without charges, lines that differ, are open, voided or tax."""
    rows = [
        billed("5", None),
        billed("6", "I-unknown"),
        billed("7", "I1"),
        billed("3", "I1", ChargeCategory="Tax"),
        billed("9", "I1", ChargeCategory="Credit"),
        billed("2", "I-open"),
        billed("4", "I-voided"),
        charge("2026-09-02", BilledCost=Decimal(8), InvoiceId="I9", BillingAccountId="other"),
    ]
    text = csv_text(
        line("I1", "70"),
        line("I1", "30", ChargeCategory="Tax"),
        line("I-open", "20", InvoiceIssueStatus="Open"),
        line("I-voided", "4", InvoiceIssueStatus="Voided"),
        line("I-void", "4", InvoiceIssueStatus="Voided"),
        line("I-alone", "11"),
        line("I-nothing", "0"),
    )
    engine = make_engine(tmp_path, rows, invoices=text, periods=csv_text(period("2026-09", "Closed")))

    report = reconcile_invoices(engine, Months())

    assert {(r.invoice_id, r.category): r.cause for r in report.rows} == {
        (None, "Usage"): "the charges name no invoice",
        ("I-unknown", "Usage"): "there is no such invoice",
        ("I1", "Usage"): "charges and lines differ",
        ("I1", "Tax"): TAX,
        ("I1", "Credit"): "the invoice has no such line",
        ("I-open", "Usage"): OPEN,
        ("I-voided", "Usage"): "the invoice is voided, and charges still name it",
        ("I-void", "Usage"): "the invoice is voided",
        ("I-alone", "Usage"): "the invoice has it, and no charge does",
        ("I-nothing", "Usage"): EQUAL,
        ("I9", "Usage"): "no Invoice Detail file has this account and month",
    }
    assert len(report.failing()) == 6
    laws = {law.name: law for law in reconcile_laws(engine)}
    assert not laws["charges add up to the lines of invoices"].ok
    assert "-63 USD" in laws["charges add up to the lines of invoices"].detail


def test_lines_are_compared_where_charges_name_them(tmp_path: Path) -> None:
    """With InvoiceDetailId on charges two lines that balance each other's error are both found."""
    rows = [billed("10", InvoiceDetailId="a"), billed("20", InvoiceDetailId="b")]
    lines = [line("I1", "20", InvoiceDetailId="a"), line("I1", "10", InvoiceDetailId="b")]

    assert causes(make_engine(tmp_path / "a", rows, invoices=csv_text(*lines))) == [
        ("I1", "Usage", "a", "-1E+1", "charges and lines differ"),
        ("I1", "Usage", "b", "1E+1", "charges and lines differ"),
    ]
    plain = [row | {"InvoiceDetailId": None} for row in rows]
    assert causes(make_engine(tmp_path / "b", plain, invoices=csv_text(*lines))) == [
        ("I1", "Usage", None, "0", EQUAL)
    ]


def test_a_corrected_line_replaces_the_one_before(tmp_path: Path) -> None:
    """Of two deliveries of a line the newest counts, whichever file was loaded last."""
    new = csv_text(line("I1", "7", InvoiceDetailLastUpdated="2026-10-09T00:00:00Z"))
    old = csv_text(line("I1", "8"))

    engine = make_engine(tmp_path, [billed("7")], a=new, b=old)

    assert causes(engine) == [("I1", "Usage", None, "0", EQUAL)]


@settings(max_examples=8)
@given(
    costs=st.lists(
        st.tuples(
            st.sampled_from(["I1", "I2"]),
            st.sampled_from(["Usage", "Tax", "Purchase"]),
            st.decimals("-99999", "99999", places=12),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_lines_made_from_charges_are_their_sums(
    costs: list[tuple[str, str, Decimal]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Σ charged − Σ invoiced is what the two tables add up to, and nothing else is ever reported."""
    sums: dict[tuple[str, str], Decimal] = {}
    for invoice, category, cost in costs:
        sums[invoice, category] = sums.get((invoice, category), Decimal(0)) + cost
    rows = [billed(str(cost), invoice, ChargeCategory=category) for invoice, category, cost in costs]
    text = csv_text(*(line(i, f"{cost:f}", ChargeCategory=c) for (i, c), cost in sums.items()))

    report = reconcile_invoices(make_engine(tmp_path_factory.mktemp("sums"), rows, invoices=text), Months())

    assert {(r.invoice_id, r.category): r.charged for r in report.rows} == sums
    assert {r.cause for r in report.rows} == {EQUAL}
    assert report.failing(strict=True) == ()


def test_periods(tmp_path: Path) -> None:
    """Current, changed after the load, without charges, and charges that lie in none."""
    rows = [charge("2026-08-02", BilledCost=Decimal(1)), charge("2026-09-02"), charge("2026-10-02")]
    text = csv_text(
        period("2026-07", "Closed"),
        period("2026-08", "Closed", updated="2026-11-22T08:29:00Z"),
        period("2026-09", "Closed", updated="2026-11-22T08:31:00Z"),
    )
    engine = make_engine(tmp_path, rows, periods=text)

    report = reconcile_periods(engine, Months())

    assert [(r.start.month, r.status, r.cause) for r in report.rows] == [
        (7, "Closed", NO_CHARGES),
        (8, "Closed", CURRENT),
        (9, "Closed", STALE),
        (10, None, NO_PERIOD),
    ]
    assert [r.start.month for r in report.failing()] == [9]
    assert [r.start.month for r in report.failing(strict=True)] == [7, 9, 10]
    law = reconcile_laws(engine)[2]
    assert (law.ok, "Acme Cloud 2026-09 changed 2026-11-22 08:31 UTC" in law.detail) == (False, True)


def test_a_reopened_period_is_as_its_newest_row_says(tmp_path: Path) -> None:
    """Closed, and opened again: what differs fails nothing."""
    closed = csv_text(period("2026-09", "Closed"))
    opened = csv_text(period("2026-09", "Open", updated="2026-10-09T00:00:00Z"))
    rows, text = [billed("5")], csv_text(line("I1", "70"))

    engine = make_engine(tmp_path, rows, a=opened, b=closed, invoices=text)

    report = reconcile_invoices(engine, Months())
    assert (len(report.failing()), len(report.failing(strict=True))) == (0, 1)
    assert [r.status for r in reconcile_periods(engine, Months()).rows] == ["Open"]


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_synthetic_deliveries_reconcile(provider: str, data: Path, tmp_path: Path) -> None:
    """All six sums of the two invoices of a 1.4 delivery are equal to the digit; its month is closed."""
    path = data / "focus" / "synthetic_1.4" / provider
    lake = Lake.open(tmp_path / ".warikan")
    load(lake, "bill", path, root=tmp_path, now=NOW)
    load_datasets(lake, "bill", find_datasets(path, tmp_path), now=NOW)
    engine = Engine(lake, threads=2)

    rows = reconcile_invoices(engine, Months()).rows
    assert [(r.cause, r.is_closed, r.status) for r in rows] == [(EQUAL, True, "Issued")] * 6
    assert all(r.detail_id for r in rows)
    periods = reconcile_periods(engine, Months()).rows
    assert [(r.charges, r.status, r.cause) for r in periods] == [(1000, "Closed", CURRENT)]
    assert [law.ok for law in reconcile_laws(engine)] == [True] * 3


def test_an_empty_lake_has_nothing_to_say(tmp_path: Path) -> None:
    """No charges and no datasets: three empty reports, and laws that hold."""
    engine = make_engine(tmp_path, [])
    ask = Reconciliation(engine, lambda: NOW)

    assert (ask.commitments().months, ask.invoices().rows, ask.periods().rows) == ((), (), ())
    assert [law.ok for law in reconcile_laws(engine)] == [True] * 3


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("2026-09", "2026-09-01", "2026-10-01"),
        ("2026-09-15", "2026-09-01", "2026-10-01"),
        ("2026-09-15..2026-10-02", "2026-09-01", "2026-11-01"),
        ("2026-12-01..2027-01-01", "2026-12-01", "2027-01-01"),
    ],
)
def test_months_are_those_that_a_period_touches(text: str, first: str, end: str) -> None:
    """A period is widened to whole months."""
    months = read_months(text, data=None, now=NOW)

    assert (str(months.first), str(months.end)) == (first, end)
    assert read_months("all", data=None, now=NOW) == Months()


def test_only_the_months_asked_for(tmp_path: Path) -> None:
    """Charges, lines and periods of other months are not looked at."""
    rows = [billed("5"), charge("2026-10-02", BilledCost=Decimal(3), InvoiceId="I2", BillingAccountId="1")]
    text = csv_text(line("I1", "5"))
    ask = Reconciliation(make_engine(tmp_path, rows, invoices=text), lambda: NOW + timedelta(days=1))

    assert [r.invoice_id for r in ask.invoices("2026-09").rows] == ["I1"]
    assert [r.start for r in ask.periods("2026-10").rows] == [moment("2026-10-01")]
