"""OCI cost reports: golden rows, and the real report whole."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from ingest_cases import Loader

from warikan.lake import Lake

HEADER = (
    "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,product/service,"
    "product/compartmentName,product/region,product/availabilityDomain,product/resourceId,usage/billedQuantity,"
    "usage/billedQuantityOverage,cost/subscriptionId,cost/productSku,product/Description,cost/unitPrice,"
    "cost/myCost,cost/myCostOverage,cost/currencyCode,cost/billingUnitReadable,cost/skuUnitDescription,"
    "cost/overageFlag,lineItem/isCorrection,lineItem/backreferenceNo,tags/Team.Name"
)


def line(service: str, quantity: str, price: str, cost: str, unit: str, correction: str = "false") -> str:
    """One line of a report."""
    resource = "ocid1.instance.oc1.fra.abc"
    return (
        f"ref,ocid1.tenancy.oc1..t,2026-10-31T23:00Z,2026-11-01T00:00Z,{service},shop,fra,AD-1,{resource},"
        f"{quantity},0,sub-1,B93113,Standard - E4,{price},{cost},99,EUR,{unit},described,,{correction},,pay"
    )


def charges_of(lake: Lake) -> list[dict[str, Any]]:
    """The charges, in the order of their rows."""
    rows = [row for f in lake.data_files("charges") for row in pq.read_table(f.path).to_pylist()]
    return sorted(rows, key=lambda row: row["x_ChargeKey"])


@pytest.mark.parametrize(
    ("unit", "pricing", "consumed", "quantity"),
    [
        ("1 NONE HOURS OCPUS", "OCPU-Hours", "OCPU-Hours", "2"),
        ("1 NONE HOURS INSTANCE", "Hours", "Hours", "2"),
        ("1 GiB HOURS MEMORY", "GiB-Hours", "GiB-Hours", "2"),
        ("1 TiB MONTHS STORAGE_SIZE", "TiB-Months", "TiB-Months", "2"),
        ("1 GiB NONE DATA_TRANSFERRED", "GiB", "GiB", "2"),
        ("1000000 NONE NONE DATAPOINTS", "1000000 Datapoints", "Datapoints", "2000000"),
        ("", "described", "described", "2"),
    ],
)
def test_units(
    unit: str, pricing: str, consumed: str, quantity: str, take: Loader, tmp_path: Path, lake: Lake
) -> None:
    """What is measured, by what size and time, as a FOCUS unit; blocks are priced whole."""
    (tmp_path / "r.csv").write_text(f"{HEADER}\n{line('COMPUTE', '2', '0.5', '1', unit)}\n")
    take("r.csv")
    (charge,) = charges_of(lake)
    assert (charge["PricingUnit"], charge["ConsumedUnit"]) == (pricing, consumed)
    assert (charge["PricingQuantity"], charge["ConsumedQuantity"]) == (Decimal(2), Decimal(quantity))


def test_a_charge(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Overage is within the cost and not added; the month is that of the usage; a correction says so."""
    rows = [line("COMPUTE", "2", "0.5", "1", "1 NONE HOURS OCPUS")]
    rows += [line("ODD_ONE", "-1", "0.5", "-5E-1", "1 NONE HOURS OCPUS", "true")]
    (tmp_path / "r.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    report = take("r.csv", source_type="oci")
    first, second = charges_of(lake)
    assert (first["BilledCost"], first["EffectiveCost"], first["BillingCurrency"]) == (1, 1, "EUR")
    assert f"{first['BillingPeriodStart']:%Y-%m}" == "2026-10"
    assert (first["ServiceName"], first["ServiceCategory"]) == ("Compute", "Compute")
    assert (first["BillingAccountId"], first["SubAccountId"]) == ("sub-1", "ocid1.tenancy.oc1..t")
    assert (first["ResourceType"], first["AvailabilityZone"]) == ("instance", "AD-1")
    assert dict(first["Tags"]) == {"Team.Name": "pay"}
    assert dict(first["x_Extra"])["cost/myCostOverage"] == "99"
    assert (second["ServiceName"], second["ServiceCategory"]) == ("ODD_ONE", "Other")
    assert (second["BilledCost"], second["ChargeClass"]) == (Decimal("-0.5"), "Correction")
    assert second["ConsumedQuantity"] is None
    assert report.totals["EUR"]["BilledCost"] == Decimal("0.5")


def test_the_real_report(data: Path, take: Loader, lake: Lake) -> None:
    """250 rows: 250 charges, and the report's own sum to the last digit."""
    report = take(data / "native" / "oci_cost_report_converters.csv")
    assert (report.rows, report.rejected_rows) == (250, 0)
    assert all(proof.native == proof.focus and proof.is_equal for *_, proof in report.conversions)
    assert report.totals["USD"]["BilledCost"] == Decimal("1.215740637506175395")
    assert {c["ServiceCategory"] for c in charges_of(lake)} == {
        "Analytics", "Compute", "Databases", "Management and Governance", "Networking", "Storage",
    }  # fmt: skip
