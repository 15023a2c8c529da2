"""Deliveries that go wrong lie apart from the demo's bills."""

from decimal import Decimal

from bill_files import ReadBill

from warikan.estate import EstateReport

LATE = "bills-late"


def test_a_restated_month_costs_more(estate: EstateReport, read_bill: ReadBill) -> None:
    """The second delivery of the month has the same rows but for content delivery, which rises by 4 %."""
    path = "bills/aws/hinode-focus-2026-09.csv.gz"
    first, second = (
        {
            name: sum(Decimal(c) for s, c in zip(t["ServiceName"].to_pylist(), t["BilledCost"].to_pylist(),
                                                 strict=True) if s == name)
            for name in ("Amazon CloudFront", "Amazon OpenSearch Service")
        }
        for t in (read_bill(path), read_bill(f"{LATE}/restated/{path}"))
    )  # fmt: skip

    assert first["Amazon OpenSearch Service"] == second["Amazon OpenSearch Service"]
    assert 1.02 < second["Amazon CloudFront"] / first["Amazon CloudFront"] < 1.04


def test_a_late_day_is_missing_at_first(estate: EstateReport, read_bill: ReadBill) -> None:
    """The early delivery of the open month lacks exactly its last day."""
    path = "bills/azure/focuscost-20261101-20261201.parquet"
    whole, early = (
        set(read_bill(p)["ChargePeriodStart"].to_pylist()) for p in (path, f"{LATE}/late-day/{path}")
    )

    assert {max(whole)} == whole - early


def test_a_duplicate_is_the_same_bytes(estate: EstateReport) -> None:
    """The second file of a month has another name and the same content."""
    path = estate.folder / "bills/google-cloud/focus-2026-10.parquet"
    copy = estate.folder / LATE / "duplicate/bills/google-cloud/focus-2026-10-1.parquet"

    assert path.read_bytes() == copy.read_bytes()
