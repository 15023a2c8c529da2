"""What each kind of charge in Azure cost details becomes, row by row."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from azure_bills import (
    EA,
    EA_2019,
    MACHINE,
    MCA,
    ORDER,
    PAYG,
    RESERVATION,
    SAVINGS_PLAN,
    SUBSCRIPTION,
    covered,
    mca_row,
    row,
    write_bill,
)
from ingest_cases import Loader, charges

from warikan.ingest.load import load
from warikan.lake import Lake

Golden = dict[str, dict[str, Any]]
ON_MARKETPLACE = {"PublisherType": "Marketplace", "PublisherName": "Red Hat"}
SPOT = {"PricingModel": "Spot", "EffectivePrice": "0.02", "CostInBillingCurrency": "0.2"}
BUYING = {"ChargeType": "Purchase", "Frequency": "OneTime", "ConsumedService": "Microsoft.Capacity"}

KINDS = {
    "usage, on demand": (
        row(), "Usage", None, "Usage-Based", "Standard", None, None, "0.9", "0.9",
    ),
    "usage, on demand, written apart": (
        row(PricingModel="On Demand"), "Usage", None, "Usage-Based", "Standard", None, None, "0.9", "0.9",
    ),
    "usage, spot": (
        row(**SPOT), "Usage", None, "Usage-Based", "Dynamic", None, None, "0.2", "0.2",
    ),
    "usage, reservation": (
        covered(RESERVATION, "Reservation"),
        "Usage", None, "Usage-Based", "Committed", "Reservation", "Used", "0", "0.5",
    ),
    "usage, savings plan": (
        covered(SAVINGS_PLAN, "SavingsPlan"),
        "Usage", None, "Usage-Based", "Committed", "Savings Plan", "Used", "0", "0.5",
    ),
    "unused reservation": (
        covered(RESERVATION, "Reservation", ChargeType="UnusedReservation"),
        "Usage", None, "Usage-Based", "Committed", "Reservation", "Unused", "0", "0.5",
    ),
    "unused savings plan": (
        covered(SAVINGS_PLAN, "SavingsPlan", ChargeType="UnusedSavingsPlan"),
        "Usage", None, "Usage-Based", "Committed", "Savings Plan", "Unused", "0", "0.5",
    ),
    "purchase of a reservation": (
        row(PricingModel="Reservation", benefitId=RESERVATION, **BUYING),
        "Purchase", None, "One-Time", "Standard", "Reservation", None, "0.9", "0.9",
    ),
    "purchase of a savings plan": (
        row(PricingModel="SavingsPlan", benefitId=SAVINGS_PLAN, **(BUYING | {"Frequency": "Recurring"})),
        "Purchase", None, "Recurring", "Standard", "Savings Plan", None, "0.9", "0.9",
    ),
    "refund of a reservation": (
        row(PricingModel="Reservation", benefitId=RESERVATION, CostInBillingCurrency="-0.9",
            **(BUYING | {"ChargeType": "Refund"})),
        "Purchase", "Correction", "One-Time", "Standard", "Reservation", None, "-0.9", "-0.9",
    ),
    "purchase on the marketplace": (
        row(ChargeType="Purchase", Frequency="Recurring", **ON_MARKETPLACE),
        "Purchase", None, "Recurring", "Standard", None, None, "0.9", "0.9",
    ),
    "refund of usage": (
        row(ChargeType="Refund", CostInBillingCurrency="-0.9", Frequency="OneTime"),
        "Purchase", "Correction", "One-Time", "Standard", None, None, "-0.9", "-0.9",
    ),
    "rounding": (
        row(ChargeType="RoundingAdjustment", CostInBillingCurrency="-0.001", Frequency="OneTime"),
        "Adjustment", None, "One-Time", None, None, None, "-0.001", "-0.001",
    ),
    "credit": (
        row(ChargeType="Credit", CostInBillingCurrency="-0.9", Frequency="OneTime"),
        "Credit", None, "One-Time", None, None, None, "-0.9", "-0.9",
    ),
    "tax": (
        row(ChargeType="Tax", Frequency="OneTime"), "Tax", None, "One-Time", None, None, None, "0.9", "0.9",
    ),
    "no charge type, no model": (
        row(ChargeType="", PricingModel="", Frequency=""),
        "Usage", None, "Usage-Based", "Standard", None, None, "0.9", "0.9",
    ),
}  # fmt: skip


SERVICES = {
    "resource type": ({}, "Virtual Machines", "Compute", "Virtual Machines"),
    "consumed service alone": (
        {"ResourceId": "", "ConsumedService": "MICROSOFT.KEYVAULT", "MeterCategory": "Key Vault"},
        "Key Vault", "Security", "Secret Management",
    ),
    "meter category": (
        {"ResourceId": "", "ConsumedService": "Unknown", "MeterCategory": "Azure Firewall"},
        "Azure Firewall", "Networking", "Network Security",
    ),
    "service family": (
        {"ResourceId": "", "ConsumedService": "", "MeterCategory": "New", "ServiceFamily": "Databases"},
        "New", "Databases", "Other (Databases)",
    ),
    "marketplace": (
        {"ResourceId": "", "ConsumedService": "", "MeterCategory": "Unassigned", "ServiceFamily": "SaaS",
         "PublisherType": "Marketplace", "PublisherName": "Red Hat", "ChargeType": "Purchase"},
        "Red Hat", "Other", "Other (Other)",
    ),
    "nothing at all": (
        dict.fromkeys(("ResourceId", "ConsumedService", "MeterCategory", "MeterSubCategory", "ProductName",
                       "ServiceFamily"), ""),
        "Microsoft Azure", "Other", "Other (Other)",
    ),
}  # fmt: skip


COMMITMENTS = [
    ({"benefitId": RESERVATION}, RESERVATION.lower()),
    ({"benefitId": f"/providers/Microsoft.Capacity/reservationOrders/{ORDER}/reservations/"},
     f"/providers/microsoft.capacity/reservationorders/{ORDER}".lower()),
    ({"ReservationId": "1BB2", "ProductOrderId": "0AA1"},
     "/providers/microsoft.capacity/reservationorders/0aa1/reservations/1bb2"),
    ({"ReservationId": "0AA1", "ProductOrderId": "0aa1"},
     "/providers/microsoft.capacity/reservationorders/0aa1"),
    ({"ReservationId": "1BB2"}, "1bb2"),
]  # fmt: skip
UNITS = [
    ("1 Hour", "0.1351", "Hours", "Hours"),
    ("10K", "1351", "10000 Units", "Units"),
    ("100 Hours", "13.51", "100 Hours", "Hours"),
    ("1 GB/Month", "0.1351", "GB-Months", "GB-Months"),
    ("1 GiB Hour", "0.1351", "GiB-Hours", "GiB-Hours"),
    ("7 Parsecs", "0.1351", "7 Parsecs", "7 Parsecs"),
]
TAGS: list[tuple[str, dict[str, str] | None, str | None]] = [
    ('"team": "web"', {"team": "web"}, None),
    ('{"team": "web"}', {"team": "web"}, None),
    ('""', None, None),
    ("", None, None),
    ('"team": "we', None, '"team": "we'),
]
DAYS = ["10/05/2026", "10/5/2026", "2026-10-05", "2026-10-05T00:00:00Z"]
ENDS = ["10/31/2026", "11/01/2026"]
_CAPACITY = '{"ServiceType":"Standard_D2s_v3","UsageType":"ComputeCR","VMCapacityReservationId":"f8b4"}'
_GROUP = MACHINE.replace("virtualMachines/Web-1", "capacityReservationGroups/g/capacityReservations/c")
_SIZE = '{"VCPUs":2,"ServiceType":"Standard_D2s_v3","VMName":"web-1"}'
_EA_CASES = {
    **{f"kind {name}": told[0] for name, told in KINDS.items()},
    **{f"service {name}": row(**told[0]) for name, told in SERVICES.items()},
    **{
        f"commitment {i}": row(PricingModel="Reservation", **changes)
        for i, (changes, _) in enumerate(COMMITMENTS)
    },
    **{
        f"unit {unit}": row(Quantity="0.1351", UnitOfMeasure=unit, CostInBillingCurrency="0.012159")
        for unit, *_ in UNITS
    },
    **{f"tags {tags}": row(Tags=tags) for tags, *_ in TAGS},
    **{f"day {day}": row(Date=day) for day in DAYS},
    **{f"end {end}": row(BillingPeriodEndDate=end) for end in ENDS},
    "machine": row(Tags='"team": "web","env": "prod"', AdditionalInfo=_SIZE),
    "no prices": row(PayGPrice="0", UnitPrice="0", **ON_MARKETPLACE),
    "included": row(PayGPrice="0.096", UnitPrice="0", EffectivePrice="0", CostInBillingCurrency="0"),
    "smaller size": covered(RESERVATION, "Reservation", AdditionalInfo='{"RINormalizationRatio":2.0}'),
    "in money": covered(SAVINGS_PLAN, "SavingsPlan"),
    "capacity unused": row(AdditionalInfo=_CAPACITY, ResourceId=_GROUP),
    "capacity used": row(AdditionalInfo=_CAPACITY),
    "sold": row(ChargeType="Purchase", ConsumedService="", ResourceId="", **ON_MARKETPLACE),
}
_IN_EUROS = {"pricingCurrency": "USD", "BillingCurrencyCode": "EUR"}
_MCA_CASES = {
    "exchanged": mca_row(
        exchangeRatePricingToBilling="0.9", CostInBillingCurrency="0.729", costInPricingCurrency="0.81",
        EffectivePrice="0.081", UnitPrice="0.09", PayGPrice="0.096", paygCostInBillingCurrency="0.864",
        **_IN_EUROS,
    ),
    "no rate": mca_row(CostInBillingCurrency="0.8", **_IN_EUROS),
    "extension": mca_row(ResourceId=f"{MACHINE}/extensions/Agent"),
}  # fmt: skip
CASES = {name: (EA, charge) for name, charge in _EA_CASES.items()} | {
    name: (MCA, charge) for name, charge in _MCA_CASES.items()
}


@pytest.fixture(scope="module")
def golden(empty_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """The charge that each case becomes: all are loaded at once, each of an account of its own."""
    folder = tmp_path_factory.mktemp("azure")
    copytree(empty_lake, folder / ".warikan")
    lake = Lake.open(folder / ".warikan", promoted_tags=["team"])
    accounts = {name: f"{number}" for number, name in enumerate(CASES)}
    # A Customer Agreement is told by the form of its account, and billed by profile.
    for header, account in ((EA, "BillingAccountId"), (MCA, "BillingProfileId")):
        cases = [(name, charge) for name, (form, charge) in CASES.items() if form is header]
        rows = [charge | {account: accounts[name]} for name, charge in cases]
        (folder / f"{header[0]}.csv").write_bytes(write_bill(rows, header))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    report = load(
        lake, "bill", folder / "*.csv", root=folder, now=now, source_type="azure", promoted_tags=["team"]
    )
    assert (report.rows, report.rejected_rows) == (len(CASES), 0)
    found = {charge["BillingAccountId"]: charge for charge in charges(lake)}
    return {name: found[number] for name, number in accounts.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_charge(kind: str, golden: Golden) -> None:
    """Charge type and pricing model tell category, class, frequency, commitment and both costs."""
    expected, found = KINDS[kind][1:], golden[f"kind {kind}"]
    columns = ("ChargeCategory", "ChargeClass", "ChargeFrequency", "PricingCategory",
               "CommitmentDiscountType", "CommitmentDiscountStatus")  # fmt: skip
    assert list(expected[:6]) == [found[c] for c in columns]
    assert list(map(Decimal, expected[6:])) == [found["BilledCost"], found["EffectiveCost"]]


def test_a_machine_of_an_enterprise_agreement(golden: Golden) -> None:
    """Every column that a plain row fills."""
    found = golden["machine"]
    expected = {
        "BillingAccountName": "Trey", "BillingAccountType": "Billing Account", "SubAccountId": SUBSCRIPTION,
        "SubAccountName": "Web", "SubAccountType": "Subscription", "BillingCurrency": "USD",
        "ResourceId": MACHINE.lower(), "ResourceName": "Web-1", "ResourceType": "Virtual machine",
        "RegionId": "eastus", "RegionName": "East US", "ServiceName": "Virtual Machines",
        "ServiceCategory": "Compute", "ServiceSubcategory": "Virtual Machines", "ProviderName": "Microsoft",
        "PublisherName": "Microsoft", "InvoiceIssuerName": "Microsoft", "ServiceProviderName": "Microsoft",
        "HostProviderName": "Microsoft", "SkuId": "33333333-cccc-4000-8000-000000000003",
        "SkuPriceId": "AAA-12345", "SkuMeter": "D2 v3/D2s v3",
        "SkuPriceDetails": '{"CoreCount":2,"InstanceType":"Standard_D2s_v3"}',
        "PricingUnit": "Hours", "ConsumedUnit": "Hours", "x_Tag_team": "web", "x_FocusVersion": "1.2",
    }  # fmt: skip
    assert expected == {column: found[column] for column in expected}
    assert found["Tags"] == {"team": "web", "env": "prod"}
    numbers = {
        "ListCost": "0.96", "ListUnitPrice": "0.096", "ContractedCost": "0.9", "ContractedUnitPrice": "0.09",
        "PricingQuantity": "10", "ConsumedQuantity": "10",
    }  # fmt: skip
    assert {c: Decimal(v) for c, v in numbers.items()} == {c: found[c] for c in numbers}
    times = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
    assert [f"{found[c]:%Y-%m-%d}" for c in times] == ["2026-10-01", "2026-11-01", "2026-10-05", "2026-10-06"]
    assert (
        found["x_Extra"]["MeterSubCategory"],
        found["x_Extra"]["AdditionalInfo"],
    ) == ("Dv3/DSv3 Series", _SIZE)


def test_prices_of_a_customer_agreement_are_in_the_pricing_currency(golden: Golden) -> None:
    """The exchange rate of the row makes them those of the bill."""
    found = golden["exchanged"]
    expected = {
        "ListCost": "0.864", "ListUnitPrice": "0.0864", "ContractedUnitPrice": "0.081",
        "ContractedCost": "0.81",
        "PricingCurrencyListUnitPrice": "0.096", "PricingCurrencyContractedUnitPrice": "0.09",
        "PricingCurrencyEffectiveCost": "0.81", "BilledCost": "0.729",
    }  # fmt: skip
    assert {c: Decimal(v) for c, v in expected.items()} == {c: found[c] for c in expected}
    assert (found["BillingCurrency"], found["PricingCurrency"]) == ("EUR", "USD")


def test_without_a_rate_prices_of_another_currency_stay_unknown(golden: Golden) -> None:
    """A price in dollars is none in euros: the costs fall back on what the bill itself adds up."""
    found = golden["no rate"]
    assert (found["ListUnitPrice"], found["ContractedUnitPrice"]) == (None, None)
    assert [Decimal("0.8")] * 2 == [found["ListCost"], found["ContractedCost"]]


def test_a_customer_agreement_is_billed_by_profile(golden: Golden) -> None:
    """As Microsoft's guidance says; the invoice, the product and the resource's last name are there too."""
    found = golden["extension"]
    columns = ("BillingAccountName", "BillingAccountType", "InvoiceId", "SkuId", "ResourceName")
    assert [found[c] for c in columns] == [
        "Profile",
        "Billing Profile",
        "E0700ABCDE",
        "DZH318Z0BQ4B00FN",
        "Agent",
    ]
    assert found["SkuPriceId"] == "DZH318Z0BQ4B00FN_33333333-cccc-4000-8000-000000000003"


@pytest.mark.parametrize("header", [PAYG, EA_2019])
def test_files_from_before_charge_types(header: list[str], take: Loader, lake: Lake, tmp_path: Path) -> None:
    """PreTaxCost, UsageDateTime, SubscriptionGuid and InstanceId; the month is that of the day."""
    (tmp_path / "bill.csv").write_bytes(write_bill([row(Date="2019-11-30")], header))
    take("bill.csv", source_type="azure")
    found = charges(lake)[0]
    assert (Decimal("0.9"), Decimal("0.9")) == (found["BilledCost"], found["ContractedCost"])
    times = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart")
    assert [f"{found[c]:%Y-%m-%d}" for c in times] == ["2019-11-01", "2019-12-01", "2019-11-30"]
    assert (found["BillingAccountId"], found["BillingAccountType"]) == (SUBSCRIPTION, "Subscription")
    assert (MACHINE.lower(), "Usage") == (found["ResourceId"], found["ChargeCategory"])


@pytest.mark.parametrize(("unit", "consumed", "unit_priced", "unit_consumed"), UNITS)
def test_quantities_are_in_blocks(
    unit: str, consumed: str, unit_priced: str, unit_consumed: str, golden: Golden
) -> None:
    """Quantity counts what UnitOfMeasure names: 0.1351 of 10K are 1,351 operations."""
    found = golden[f"unit {unit}"]
    assert (Decimal("0.1351"), unit_priced) == (found["PricingQuantity"], found["PricingUnit"])
    assert (Decimal(consumed), unit_consumed) == (found["ConsumedQuantity"], found["ConsumedUnit"])


def test_what_is_0_for_not_known_is_not_a_price(golden: Golden) -> None:
    """PayGPrice 0 of a paid charge: no price, and the cost is the one that is known."""
    found = golden["no prices"]
    assert (found["ListUnitPrice"], found["ContractedUnitPrice"]) == (None, None)
    assert [Decimal("0.9")] * 3 == [found[c] for c in ("ListCost", "ContractedCost", "EffectiveCost")]


def test_what_is_included_has_a_price_of_0(golden: Golden) -> None:
    """Used and not paid: its list price is what it would have cost."""
    columns = ("ListCost", "ContractedCost", "ContractedUnitPrice")
    assert [Decimal("0.96"), Decimal(0), Decimal(0)] == [golden["included"][c] for c in columns]


@pytest.mark.parametrize(("number", "expected"), [(i, told) for i, (_, told) in enumerate(COMMITMENTS)])
def test_commitments_have_one_id(number: int, expected: str, golden: Golden) -> None:
    """In lower case, and of a purchase that of its order; from ReservationId where there is no benefit."""
    found = golden[f"commitment {number}"]
    assert (expected, "Usage") == (found["CommitmentDiscountId"], found["CommitmentDiscountCategory"])


def test_quantities_of_commitments(golden: Golden) -> None:
    """A reservation of a smaller size is used twice as fast; a savings plan is used in money."""
    columns = ("CommitmentDiscountQuantity", "CommitmentDiscountUnit", "CommitmentDiscountName")
    assert [Decimal(20), "Hours", "Ours"] == [golden["smaller size"][c] for c in columns]
    assert [Decimal("0.5"), "USD", "Ours"] == [golden["in money"][c] for c in columns]


def test_capacity_reservations(golden: Golden) -> None:
    """Paid and not used is on the reservation group itself."""
    columns = ("CapacityReservationId", "CapacityReservationStatus")
    assert [golden["capacity unused"][c] for c in columns] == ["f8b4", "Unused"]
    assert [golden["capacity used"][c] for c in columns] == ["f8b4", "Used"]


@pytest.mark.parametrize("known", SERVICES)
def test_a_charge_always_has_a_service(known: str, golden: Golden) -> None:
    """By what the row tells best; never empty."""
    found = golden[f"service {known}"]
    columns = ("ServiceName", "ServiceCategory", "ServiceSubcategory")
    assert list(SERVICES[known][1:]) == [found[c] for c in columns]


def test_the_publisher_on_the_marketplace_is_the_service_provider(golden: Golden) -> None:
    """And Microsoft its host."""
    names = ("ProviderName", "PublisherName", "ServiceProviderName", "HostProviderName")
    assert [golden["sold"][c] for c in names] == ["Microsoft", "Red Hat", "Red Hat", "Microsoft"]


def test_a_partner_issues_the_invoice(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """PartnerName of a Microsoft Partner Agreement."""
    bill = write_bill([mca_row(partnerName="Contoso")], [*MCA, "partnerName"])
    (tmp_path / "bill.csv").write_bytes(bill)
    take("bill.csv", source_type="azure")
    assert charges(lake)[0]["InvoiceIssuerName"] == "Contoso"


@pytest.mark.parametrize(("tags", "expected", "kept"), TAGS)
def test_tags(tags: str, expected: dict[str, str] | None, kept: str | None, golden: Golden) -> None:
    """With braces or without; what is no JSON is kept as it is."""
    found = golden[f"tags {tags}"]
    assert (expected, kept) == (found["Tags"] or None, found["x_Extra"].get("Tags"))


@pytest.mark.parametrize("day", DAYS)
def test_days_are_written_in_many_ways(day: str, golden: Golden) -> None:
    """With slashes the month comes first, always."""
    assert f"{golden[f'day {day}']['ChargePeriodStart']:%Y-%m-%d}" == "2026-10-05"


@pytest.mark.parametrize("end", ENDS)
def test_the_billing_period_ends_with_its_last_day(end: str, golden: Golden) -> None:
    """The end is exclusive in FOCUS, and in a few files already."""
    assert f"{golden[f'end {end}']['BillingPeriodEnd']:%Y-%m-%d}" == "2026-11-01"


def test_what_cannot_be_read_is_a_counted_reject(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A day that is none: rejected with its cost, the other row loads; so is a cost that is no number."""
    rows = [row(Date="32/13/2026"), row(CostInBillingCurrency="n/a"), row()]
    (tmp_path / "bill.csv").write_bytes(write_bill(rows))
    report = take("bill.csv", source_type="azure")
    assert (report.rows, report.rejected_rows) == (1, 2)
    assert {"USD": Decimal("0.9")} == report.rejected_cost
    assert len(charges(lake)) == 1
