"""Google Cloud's billing export: golden rows in each form of file, and the simulated export whole."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_cases import Loader

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import UnreadableFile
from warikan.lake import Lake

USAGE: dict[str, Any] = {
    "billing_account_id": "01-02-03",
    "service": {"id": "6F81", "description": "Compute Engine"},
    "sku": {"id": "CF4E", "description": "N1 Predefined Instance Core running in Americas"},
    "usage_start_time": "2026-10-31 23:00:00 UTC",
    "usage_end_time": "2026-11-01 00:00:00 UTC",
    "project": {"id": "shop", "name": "Shop", "labels": [{"key": "team", "value": "pay"}]},
    "labels": [{"key": "app", "value": "checkout"}, {"key": "goog-k8s-cluster-name", "value": "prod"}],
    "system_labels": [{"key": "compute.googleapis.com/cores", "value": "4"}],
    "location": {"location": "us-central1", "region": "us-central1", "zone": "us-central1-a"},
    "resource": {"name": "vm-1", "global_name": "//compute.googleapis.com/projects/p/zones/z/instances/1"},
    "cost": 1.25,
    "cost_at_list": 2.5,
    "currency": "USD",
    "usage": {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0, "pricing_unit": "hour"},
    "price": {"effective_price": 1.25},
    "credits": [],
    "invoice": {"month": "202610"},
    "cost_type": "regular",
}


def usage(**more: Any) -> dict[str, Any]:
    """A row of the export."""
    return USAGE | more


def charges_of(lake: Lake) -> list[dict[str, Any]]:
    """All charges, in the order of their keys."""
    rows = [row for f in lake.data_files("charges") for row in pq.read_table(f.path).to_pylist()]
    return sorted(rows, key=lambda row: row["x_ChargeKey"])


@pytest.fixture
def load_rows(take: Loader, tmp_path: Path, lake: Lake) -> Any:
    """Load rows as newline-delimited JSON and return the charges."""

    def run(*rows: dict[str, Any]) -> list[dict[str, Any]]:
        (tmp_path / "export.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
        report = take("export.json", source_type="gcp")
        assert all(proof.is_equal for *_, proof in report.conversions)
        return charges_of(lake)

    return run


def test_usage(load_rows: Any) -> None:
    """What a machine's hour becomes."""
    (charge,) = load_rows(usage())
    assert [charge[m] for m in COST_METRICS] == [Decimal(v) for v in ("1.25", "1.25", "2.5", "1.25")]
    assert charge["BillingPeriodStart"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert charge["BillingPeriodEnd"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert (charge["SubAccountId"], charge["SubAccountName"]) == ("shop", "Shop")
    assert (charge["ConsumedQuantity"], charge["ConsumedUnit"]) == (Decimal(3600), "Seconds")
    assert (charge["PricingQuantity"], charge["PricingUnit"]) == (Decimal(1), "Hours")
    assert (charge["ServiceCategory"], charge["ServiceSubcategory"]) == ("Compute", "Virtual Machines")
    assert (charge["ResourceName"], charge["ResourceType"]) == ("vm-1", "instances")
    assert (charge["RegionId"], charge["AvailabilityZone"]) == ("us-central1", "us-central1-a")
    assert dict(charge["Tags"]) == {
        "app": "checkout",
        "goog-k8s-cluster-name": "prod",
        "project/team": "pay",
        "system/compute.googleapis.com/cores": "4",
    }


def test_credits(load_rows: Any) -> None:
    """Each credit is a Credit charge of the same row, project and labels; the sum is what is owed."""
    credit = {
        "name": "CUD",
        "full_name": "Committed use",
        "type": "COMMITTED_USAGE_DISCOUNT",
        "amount": -0.75,
    }
    free = {"name": "Free", "type": "FREE_TIER", "amount": -0.25}
    rows = load_rows(usage(credits=[credit, free]))
    assert [r["BilledCost"] for r in rows] == [Decimal("1.25"), Decimal("-0.75"), Decimal("-0.25")]
    assert [r["ChargeCategory"] for r in rows] == ["Usage", "Credit", "Credit"]
    assert [r["CommitmentDiscountName"] for r in rows] == [None, "Committed use", None]
    assert [r["ListCost"] for r in rows[1:]] == [r["BilledCost"] for r in rows[1:]]
    assert {r["SubAccountId"] for r in rows} == {"shop"}
    assert rows[1]["PricingQuantity"] is None
    assert len({tuple(sorted(r["Tags"])) for r in rows}) == 1


TAX = usage(cost_type="tax", sku={"id": "T", "description": "Tax"})
MANUAL = usage(cost_type="adjustment", adjustment_info={"id": "A1", "mode": "MANUAL_ADJUSTMENT"})
FEE = usage(sku={"id": "C", "description": "Commitment v1: Cpu in Americas for 1 Year"})


@pytest.mark.parametrize(
    ("row", "category", "frequency", "correction"),
    [
        (TAX, "Tax", "One-Time", None),
        (usage(cost_type="rounding_error"), "Adjustment", "One-Time", None),
        (MANUAL, "Adjustment", "One-Time", "Correction"),
        (FEE, "Purchase", "Recurring", None),
        (usage(), "Usage", "Usage-Based", None),
    ],
)
def test_kinds(
    row: dict[str, Any], category: str, frequency: str, correction: str | None, load_rows: Any
) -> None:
    """Taxes, roundings, adjustments, fees of commitments, usage."""
    (charge,) = load_rows(row)
    assert (charge["ChargeCategory"], charge["ChargeFrequency"]) == (category, frequency)
    assert charge.get("ChargeClass") == correction
    assert (charge.get("ConsumedQuantity") is not None) == (category == "Usage")


@pytest.mark.parametrize("month", ["2026-13", "202600", "abc", "20261", "189912", "202610.0"])
def test_an_invoice_month_that_is_none(month: str, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Its row is not put into the month of its usage: it is rejected, with its credits, and priced."""
    credit = {"name": "x", "type": "DISCOUNT", "amount": -1}
    rows = [usage(), usage(cost=5, credits=[credit], invoice={"month": month})]
    (tmp_path / "export.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = take("export.json", source_type="gcp")
    assert (report.rows, report.rejected_cost) == (1, {"USD": Decimal(4)})
    rejects = [r for f in lake.data_files("rejects") for r in pq.read_table(f.path).to_pylist()]
    assert {(r["x_SourceRow"], r["Column"], r["Value"]) for r in rejects} == {(2, "invoice.month", month)}
    assert {r["BilledCost"] for r in rejects} == {"5.000000000000000000", "-1.000000000000000000"}


@pytest.mark.parametrize("invoice", [{"month": "2026-11"}, {"month": None}, None, {"month": ""}])
def test_the_month_of_the_invoice(invoice: dict[str, Any] | None, load_rows: Any) -> None:
    """It counts before the month of the usage, which is taken only where there is none."""
    (charge,) = load_rows(usage(invoice=invoice))
    month = 11 if invoice and invoice["month"] else 10
    assert charge["BillingPeriodStart"] == datetime(2026, month, 1, tzinfo=UTC)


def test_parquet_is_the_same(take: Loader, tmp_path: Path, lake: Lake, load_rows: Any) -> None:
    """Nested Parquet, with real times and lists, is what JSON lines are."""
    rows = [usage(), usage(cost=2.5, credits=[{"name": "x", "type": "DISCOUNT", "amount": -1.5}])]
    said = [{k: v for k, v in r.items() if not k.startswith("x_")} for r in load_rows(*rows)]
    (tmp_path / "export.json").unlink()
    times = {
        k: datetime.fromisoformat(USAGE[k].replace(" UTC", "+00:00"))
        for k in ("usage_start_time", "usage_end_time")
    }
    pq.write_table(pa.Table.from_pylist([row | times for row in rows]), tmp_path / "export.parquet")
    take("export.parquet", source_type="gcp")
    assert [{k: v for k, v in r.items() if not k.startswith("x_")} for r in charges_of(lake)] == said


def test_the_simulated_export(data: Path, take: Loader, lake: Lake) -> None:
    """Three days of koku-nise: each row a charge, and the sum that of the file."""
    report = take(data / "nise" / "gcp" / "gcp_3days.csv")
    assert (report.rows, report.rejected_rows, report.rounded_values) == (576, 0, 48)
    assert all(proof.is_equal for *_, proof in report.conversions)
    assert report.totals["USD"]["BilledCost"] == Decimal("2.397543938566496")
    assert {"Compute", "Storage"} <= {c["ServiceCategory"] for c in charges_of(lake)}


SUSTAINED = {
    "Name": "SUD",
    "Amount": Decimal("-0.25"),
    "FullName": "Sustained",
    "Id": "",
    "Type": "SUSTAINED_USAGE_DISCOUNT",
}


def label(key: str, value: str, kind: str) -> dict[str, str]:
    """A pair of the view's Tags."""
    return {"key": key, "value": value, "x_type": kind}


def test_the_focus_view_of_2024(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """FOCUS names with other values: categories, periods, projects, labels and credits are put right."""
    row = {
        "BilledCost": Decimal("1.25"), "EffectiveCost": Decimal("1.25"), "ContractedCost": Decimal("1.25"),
        "ListCost": Decimal("2.5"), "BillingAccountId": "${BILLING_ACCOUNT_ID}", "BillingCurrency": "USD",
        "BillingPeriodStart": datetime(2026, 10, 1, 7, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2026, 10, 31, 7, tzinfo=UTC),
        "ChargePeriodStart": datetime(2026, 10, 5, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2026, 10, 5, 1, tzinfo=UTC),
        "ChargeCategory": "usage", "ChargeDescription": "N1 core", "ProviderName": "Google Cloud",
        "PricingCategory": "standard", "ServiceName": "Compute Engine", "ServiceCategory": "GCP > Compute",
        "SubAccountId": "01-02-03",
        "Tags": [label("app", "x", "label"), label("team", "p", "project_label")],
        "x_Credits": [SUSTAINED],
        "x_CostType": "regular", "x_ExportTime": datetime(2026, 10, 6, tzinfo=UTC),
        "x_Project": {"id": "shop", "number": "1", "name": "Shop"},
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "view.parquet")
    report = take("view.parquet")
    first, credit = charges_of(lake)
    assert (first["ChargeCategory"], credit["ChargeCategory"]) == ("Usage", "Credit")
    assert (first["BilledCost"], credit["BilledCost"]) == (Decimal("1.25"), Decimal("-0.25"))
    assert first["BillingPeriodStart"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert first["BillingPeriodEnd"] == datetime(2026, 11, 1, tzinfo=UTC)
    assert (first["BillingAccountId"], first["SubAccountId"], first["SubAccountName"]) == (
        "01-02-03",
        "shop",
        "Shop",
    )
    assert (first["ServiceCategory"], first["PricingCategory"]) == ("Compute", "Standard")
    assert dict(first["Tags"]) == {"app": "x", "project/team": "p"}
    assert all(proof.is_equal for *_, proof in report.conversions)


CSV_HEADER = (
    "billing_account_id,service.id,service.description,sku.id,usage_start_time,usage_end_time,project.id,cost,"
    "currency,invoice.month,cost_type"
)
CSV_ROW = (
    "01-02-03,6F81,Compute Engine,CF4E,2026-10-01 00:00:00 UTC,2026-10-01 01:00:00 UTC,shop,8,USD,"
    "202610,regular"
)


@pytest.mark.parametrize("name", ["credits.amount", "credits_amount", "credit_amount", "total_credits"])
def test_credits_that_are_taken_apart_are_refused(
    name: str, take: Loader, lake: Lake, tmp_path: Path
) -> None:
    """A query that does so repeats the cost, or hides which credit it was: neither is read as no credit."""
    (tmp_path / "export.csv").write_text(f"{CSV_HEADER},{name}\n{CSV_ROW},-1.5\n")
    with pytest.raises(UnreadableFile, match=f"the column '{name}' cannot be read"):
        take("export.csv", source_type="gcp")
    assert charges_of(lake) == []


def test_an_export_without_credits_is_told(take: Loader, tmp_path: Path) -> None:
    """Its costs are before credits, which nobody should take for the bill."""
    (tmp_path / "export.csv").write_text(f"{CSV_HEADER}\n{CSV_ROW}\n")
    report = take("export.csv", source_type="gcp")
    assert report.notes == (
        ("export.csv", "1 rows: the file has no column credits: its costs are before credits"),
    )
