"""Bills as their providers write them, and consistent as FOCUS demands."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from bill_files import ReadBill

from warikan.estate import EstateReport
from warikan.estate.sku import load_skus
from warikan.focus.columns import COST_METRICS, columns_by_id, list_columns, service_subcategories

AWS_1_0 = "bills/aws/hinode-focus-2026-05.csv.gz"
AWS_1_2 = "bills/aws/hinode-focus-2026-09.csv.gz"
GOOGLE = "bills/google-cloud/focus-2026-09.parquet"
AZURE_1_0 = "bills/azure/focuscost-20260501-20260601.csv.gz"
AZURE_1_2 = "bills/azure/focuscost-20260901-20261001.parquet"
MIHARI_1_3 = "bills/mihari/mihari-focus-2026-02.csv"
MIHARI_1_4 = "bills/mihari/mihari-focus-2026-09.csv"
ALL = [AWS_1_0, AWS_1_2, GOOGLE, AZURE_1_0, AZURE_1_2, MIHARI_1_3, MIHARI_1_4]

Row = dict[str, Any]


def numbers(row: Row, *names: str) -> list[Decimal]:
    """Values of a row as decimals; null is zero."""
    return [Decimal(row[n] or 0) for n in names]


def rows_of(read_bill: ReadBill, path: str) -> Iterator[Row]:
    """The rows of a bill, one dictionary after the other."""
    for batch in read_bill(path).to_batches(max_chunksize=2_000):
        yield from batch.to_pylist()


@pytest.mark.parametrize(
    ("path", "version", "own"),
    [(AWS_1_0, "1.0", 5), (AWS_1_2, "1.2", 3), (MIHARI_1_3, "1.3", 0), (MIHARI_1_4, "1.4", 0)],
)
def test_columns_are_those_of_the_version(read_bill: ReadBill, path: str, version: str, own: int) -> None:
    """Exports that claim a version have every column of it, and a known number of their own."""
    names = read_bill(path).column_names
    focus = [c.id for c in list_columns(version)]  # type: ignore[arg-type]

    assert focus == names[: len(focus)]
    assert own == len(names) - len(focus)
    assert all(n.startswith("x_") for n in names[len(focus) :])


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        (GOOGLE, {"InvoiceIssuerName", "ChargeFrequency", "SubAccountName"}),
        (AZURE_1_2, {"SkuPriceDetails", "AvailabilityZone", "CommitmentDiscountQuantity"}),
    ],
)
def test_known_gaps_are_there(read_bill: ReadBill, path: str, missing: set[str]) -> None:
    """Columns that a provider leaves out in reality are left out."""
    assert not missing & set(read_bill(path).column_names)


@pytest.mark.parametrize("path", ALL)
def test_values_are_allowed_ones(read_bill: ReadBill, path: str) -> None:
    """Closed lists hold only their values, and what may not be null is not, but for named gaps."""
    table = read_bill(path)
    for name in set(table.column_names) & set(columns_by_id()):
        column = columns_by_id()[name]
        if column.allowed_values is not None:
            assert set(table[name].unique().to_pylist()) <= {*column.allowed_values, None}, name
        if not column.nullable and name != "ServiceName":
            assert table[name].null_count == 0, name


def test_services_have_their_category() -> None:
    """Each SKU's subcategory belongs to its category."""
    wrong = [s.id for s in load_skus().values() if service_subcategories()[s.subcategory] != s.category]

    assert wrong == []


@pytest.mark.parametrize("path", [p for p in ALL if "azure" not in p])
def test_price_times_quantity_is_the_cost(read_bill: ReadBill, path: str) -> None:
    """List and contracted price × PricingQuantity = ListCost and ContractedCost, to the last digit."""
    checked = 0
    for row in rows_of(read_bill, path):
        if row["PricingQuantity"] is None:
            continue
        quantity, list_price, contracted = numbers(
            row, "PricingQuantity", "ListUnitPrice", "ContractedUnitPrice"
        )

        assert [list_price * quantity, contracted * quantity] == numbers(row, "ListCost", "ContractedCost")
        checked += 1
    assert checked > 200


def test_azure_is_wrong_where_azure_is_wrong(read_bill: ReadBill) -> None:
    """ListCost 0 for the marketplace, ContractedCost too small by the block, ids in lower case."""
    rows = list(rows_of(read_bill, AZURE_1_2))
    blocks = [r for r in rows if r["x_PricingBlockSize"] not in (None, "1")]
    vendors = [r for r in rows if r["x_PublisherCategory"] == "Vendor"]

    assert {Decimal(0)} == {r["ListCost"] for r in vendors}
    assert {"Braze, Inc."} == {r["PublisherName"] for r in vendors}
    assert all(r["ListUnitPrice"] * r["PricingQuantity"] == r["ListCost"] for r in blocks)
    assert all(0 < r["ContractedCost"] * 900 < r["BilledCost"] for r in blocks)
    assert all(r["ResourceId"] == r["ResourceId"].lower() for r in rows if r["ResourceId"])
    assert None in {r["ServiceName"] for r in rows}


def test_costs_carry_twelve_decimals(read_bill: ReadBill) -> None:
    """Digits are those of a real bill: small prices, long fractions, no scientific notation."""
    costs = read_bill(AWS_1_2)["EffectiveCost"].to_pylist()

    assert not any("e" in c.lower() for c in costs)
    assert sum(len(c.rstrip("0").partition(".")[2]) >= 7 for c in costs) > len(costs) / 2


@pytest.mark.parametrize("path", [AWS_1_0, AWS_1_2, GOOGLE])
def test_used_and_unused_is_what_was_bought(read_bill: ReadBill, path: str) -> None:
    """For each commitment of the month, EffectiveCost used + unused = BilledCost of its purchase."""
    effective: dict[str, Decimal] = defaultdict(Decimal)
    billed: dict[str, Decimal] = defaultdict(Decimal)
    unused: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(read_bill, path):
        commitment = row["CommitmentDiscountId"]
        if commitment is None:
            continue
        cost, invoiced = numbers(row, "EffectiveCost", "BilledCost")
        effective[commitment] += cost
        billed[commitment] += invoiced
        if row["CommitmentDiscountStatus"] == "Unused":
            unused[commitment] += cost

    assert effective == billed
    assert all(b > 0 for b in billed.values())
    assert any(u > 0 for u in unused.values())
    assert all(0 <= u < billed[c] / 3 for c, u in unused.items())


def test_commitments_have_both_kinds_and_one_ends(read_bill: ReadBill) -> None:
    """A plan by money and a reservation by hours in May; in September the reservation is over."""
    may, september = (set(read_bill(p)["CommitmentDiscountCategory"].to_pylist()) for p in (AWS_1_0, AWS_1_2))

    assert {"Spend", "Usage", None} == may
    assert {"Spend", None} == september


def test_a_bill_has_more_than_usage(estate: EstateReport, read_bill: ReadBill) -> None:
    """Tax, support, credits, a refund, spot, a marketplace and data transfer are all there."""
    names = ["ChargeCategory", "PricingCategory", "PublisherName", "ServiceName", "ChargeDescription",
             "SubAccountId", "ChargeClass"]  # fmt: skip
    aws = pa.concat_tables(read_bill(f.path).select(names) for f in estate.files if f.source_id == "aws")
    seen = {name: set(aws[name].unique().to_pylist()) for name in names}

    assert {"Usage", "Purchase", "Tax", "Credit"} == seen["ChargeCategory"]
    assert {"Standard", "Dynamic", "Committed", None} == seen["PricingCategory"]
    assert {"Amazon Web Services, Inc.", "MongoDB, Inc."} == seen["PublisherName"]
    assert {"AWS Support (Business)", "AmazonCloudWatch"} <= seen["ServiceName"]
    assert any("data transfer out" in text for text in seen["ChargeDescription"])
    assert len(seen["SubAccountId"]) == 4
    assert aws["ChargeClass"].to_pylist().count("Correction") == 1


def test_yen_stay_yen(read_bill: ReadBill) -> None:
    """The vendor bills in yen, from Japan, with tax in whole yen, and needs no other column for it."""
    rows = list(rows_of(read_bill, MIHARI_1_4))
    tax = [Decimal(r["BilledCost"]) for r in rows if r["ChargeCategory"] == "Tax"]

    assert {("JPY", "Mihari", "AWS")} == {
        (r["BillingCurrency"], r["ServiceProviderName"], r["HostProviderName"]) for r in rows
    }
    assert [t for t in tax if t == t.to_integral_value()] == tax
    assert 1_000_000 < sum(Decimal(r[COST_METRICS[0]]) for r in rows) < 3_000_000
