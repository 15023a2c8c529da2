"""Real and realistic cost details: nothing is lost."""

import csv
import gzip
import json
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from azure_bills import Month, row, write_bill
from ingest_cases import Loader, charges, sums_in_lake

from warikan.lake import Lake

FILES = {
    "native/azure_EA_ActualCost_Small.csv": ("Cost", "USD"),
    "native/azure_EA_AmortizedCost_Small.csv": ("Cost", "USD"),
    "native/azure_ea_anonymous_converters.csv": ("CostInBillingCurrency", "CAD"),
    "nise/azure/azure_3days.csv": ("CostInBillingCurrency", "USD"),
}

FILLED = (
    "ServiceName", "ServiceCategory", "ServiceSubcategory", "ChargeDescription", "BillingAccountId",
    "SubAccountId", "ChargeFrequency", "ProviderName", "ResourceId",
)  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _sum(rows: list[dict[str, str]], column: str) -> Decimal:
    """As the lake keeps it: 18 decimals, half to even."""
    unit = Decimal(1).scaleb(-18)
    with localcontext(prec=60, rounding=ROUND_HALF_EVEN):
        return sum((Decimal(r[column]).quantize(unit) for r in rows), Decimal(0))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("source_type", ["azure", "auto"])
def test_every_row_and_cent_is_there(
    name: str, source_type: str, data: Path, take: Loader, lake: Lake
) -> None:
    """Rows, effective cost and the columns that no charge may lack; the proof holds."""
    column, currency = FILES[name]
    native = _rows(data / name)
    report = take(data / name, source_type=source_type)

    assert (len(native), 0) == (report.rows, report.rejected_rows)
    assert _sum(native, column) == sums_in_lake(lake)[currency, "EffectiveCost"]
    for charge in charges(lake):
        assert all(charge[c] for c in FILLED), charge
        assert charge["PricingQuantity"] is not None
    for told in lake.loads().to_pylist():
        assert all(proof["differingAccounts"] == 0 for proof in json.loads(told["Conversion"]).values())


def test_real_exports_side_by_side(data: Path, take: Loader, lake: Lake) -> None:
    """Billed: the purchase of the actual file, and of the amortised one what no commitment covers."""
    for name in ("ActualCost", "AmortizedCost"):
        path = data / f"native/azure_EA_{name}_Small.csv"
        (lake.folder.parent / "bills").mkdir(exist_ok=True)
        (lake.folder.parent / "bills" / path.name).write_bytes(path.read_bytes())
    take("bills", source_type="azure")
    amortised = _rows(data / "native/azure_EA_AmortizedCost_Small.csv")
    paid = _sum([r for r in amortised if r["PricingModel"] == "OnDemand"], "Cost")
    sums = sums_in_lake(lake)
    assert paid + Decimal("3.25") == sums["USD", "BilledCost"]
    assert _sum(amortised, "Cost") == sums["USD", "EffectiveCost"]


def test_no_column_is_lost(data: Path, take: Loader, lake: Lake) -> None:
    """What a row has is in a FOCUS column or, as found, in x_Extra."""
    path = data / "native/azure_EA_AmortizedCost_Small.csv"
    take(path, source_type="azure")
    said = {
        "Cost": "EffectiveCost", "BillingCurrency": "BillingCurrency", "SubscriptionId": "SubAccountId",
        "SubscriptionName": "SubAccountName", "Product": "ChargeDescription", "MeterName": "SkuMeter",
        "ResourceName": "ResourceName", "ReservationName": "CommitmentDiscountName",
        "benefitName": "CommitmentDiscountName", "PublisherName": "PublisherName",
    }  # fmt: skip
    typed = {"Date", "BillingPeriodStartDate", "BillingPeriodEndDate", "Quantity", "Frequency", "Tags",
             "Cost", "benefitId"}  # fmt: skip
    native = _rows(path)
    for charge in charges(lake):
        found = native[charge["x_SourceRow"] - 1]
        for name, value in found.items():
            if value and name not in typed:
                kept = charge[said[name]] if name in said else charge["x_Extra"].get(name)
                assert value == kept, name


@pytest.mark.parametrize("form", ["csv.gz", "parquet", "json"])
def test_other_files_than_csv(form: str, tmp_path: Path, take: Loader, lake: Lake) -> None:
    """Exports as compressed CSV and Parquet, which Azure offers, and as lines of JSON."""
    month = Month(3)
    path = tmp_path / f"amortized.{form}"
    if form == "csv.gz":
        path.write_bytes(gzip.compress(write_bill(month.amortised)))
    elif form == "parquet":
        names = sorted({name for r in month.amortised for name in r})
        pq.write_table(pa.table({n: [r.get(n) for r in month.amortised] for n in names}), path)
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in month.amortised), encoding="utf-8")
    report = take(path, source_type="azure")
    assert (len(month.amortised), 0) == (report.rows, report.rejected_rows)
    assert month.sum_of(month.amortised) == sums_in_lake(lake)["USD", "EffectiveCost"]


def test_focus_exports_of_azure_are_taken_too(data: Path, take: Loader, lake: Lake) -> None:
    """Type azure reads the FOCUS exports of Cost Management as FOCUS."""
    report = take(data / "focus/synthetic_1.2/focus_1_2_cost_and_usage_azure.csv", source_type="azure")
    assert (report.rows, report.files[0].version) == (1000, "1.2")


def test_a_price_times_a_quantity_has_18_decimals(tmp_path: Path, take: Loader, lake: Lake) -> None:
    """More digits than a decimal of 38 has room for."""
    (tmp_path / "a.csv").write_bytes(
        write_bill([row(PayGPrice="0.123456789012345678", Quantity="1234567.891234567")])
    )
    take("a.csv", source_type="azure")
    exact = Decimal("0.123456789012345678") * Decimal("1234567.891234567")
    assert abs(charges(lake)[0]["ListCost"] - exact) <= Decimal("2e-18")
