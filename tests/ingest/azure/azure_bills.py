"""
Azure cost details as text: every schema that Microsoft documents, and months as their two exports tell them.

Headers: learn.microsoft.com/azure/cost-management-billing/dataset-schema, cost-usage-details-ea (2024-08-01),
cost-usage-details-mca (2023-12-01-preview), cost-usage-details-pay-as-you-go (2019-11-01) and
usage-details-ea-2019-10-01.
"""

import csv
import io
import random
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def _columns(text: str) -> list[str]:
    """The words of *text*."""
    return text.split()


EA = _columns(
    """
    InvoiceSectionName AccountName AccountOwnerId SubscriptionId SubscriptionName ResourceGroup
    ResourceLocation Date ProductName MeterCategory MeterSubCategory MeterId MeterName MeterRegion
    UnitOfMeasure Quantity EffectivePrice CostInBillingCurrency CostCenter ConsumedService ResourceId
    Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2 ResourceName ReservationId ReservationName
    UnitPrice ProductOrderId ProductOrderName Term PublisherType PublisherName ChargeType Frequency
    PricingModel AvailabilityZone BillingAccountId BillingAccountName BillingCurrencyCode
    BillingPeriodStartDate BillingPeriodEndDate BillingProfileId BillingProfileName InvoiceSectionId
    IsAzureCreditEligible PartNumber PayGPrice PlanName ServiceFamily CostAllocationRuleName benefitId
    benefitName AccountId ResourceLocationNormalized
    """
)
MCA = _columns(
    """
    invoiceId previousInvoiceId billingAccountId billingAccountName billingProfileId billingProfileName
    invoiceSectionId invoiceSectionName resellerName resellerMpnId costCenter billingPeriodEndDate
    billingPeriodStartDate servicePeriodEndDate servicePeriodStartDate date serviceFamily productOrderId
    productOrderName consumedService meterId meterName meterCategory meterSubCategory meterRegion
    ProductId ProductName SubscriptionId subscriptionName publisherType publisherId publisherName
    resourceGroupName ResourceId resourceLocation location effectivePrice quantity unitOfMeasure
    chargeType billingCurrency pricingCurrency costInBillingCurrency costInPricingCurrency costInUsd
    paygCostInBillingCurrency paygCostInUsd exchangeRatePricingToBilling exchangeRateDate
    isAzureCreditEligible serviceInfo1 serviceInfo2 additionalInfo tags PayGPrice frequency term
    reservationId reservationName pricingModel unitPrice costAllocationRuleName benefitId benefitName
    provider
    """
)
PAYG = _columns(
    """
    SubscriptionGuid ResourceGroup ResourceLocation UsageDateTime MeterCategory MeterSubCategory MeterId
    MeterName MeterRegion UsageQuantity ResourceRate PreTaxCost ConsumedService ResourceType InstanceId
    Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2 ServiceName ServiceTier Currency UnitOfMeasure
    """
)
EA_2019 = _columns(
    """
    DepartmentName AccountName AccountOwnerId SubscriptionGuid SubscriptionName ResourceGroup
    ResourceLocation UsageDateTime ProductName MeterCategory MeterSubcategory MeterId MeterName
    MeterRegion UnitOfMeasure UsageQuantity ResourceRate PreTaxCost CostCenter ConsumedService
    ResourceType InstanceId Tags OfferId AdditionalInfo ServiceInfo1 ServiceInfo2 Currency
    """
)

ORDER = "0aa1b2c3-0000-4000-8000-00000000000A"
RESERVATION = f"/providers/Microsoft.Capacity/reservationOrders/{ORDER}/reservations/1bb2c3d4-00000B"
SAVINGS_PLAN = f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{ORDER}/savingsPlans/2cc3d4e5-000C"
SUBSCRIPTION = "11111111-aaaa-4000-8000-000000000001"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-Web/providers/Microsoft.Compute/virtualMachines/Web-1"
)

_USAGE = {
    "SubscriptionId": SUBSCRIPTION, "SubscriptionName": "Web",
    "ResourceGroup": "RG-Web", "ResourceLocation": "EastUS", "Date": "10/05/2026",
    "ProductName": "Virtual Machines Dv3/DSv3 Series - D2 v3 - US East", "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "Dv3/DSv3 Series", "MeterId": "33333333-cccc-4000-8000-000000000003",
    "MeterName": "D2 v3/D2s v3", "UnitOfMeasure": "1 Hour", "Quantity": "10", "EffectivePrice": "0.09",
    "CostInBillingCurrency": "0.9", "ConsumedService": "Microsoft.Compute", "ResourceId": MACHINE,
    "ResourceName": "Web-1", "UnitPrice": "0.09", "PayGPrice": "0.096", "ChargeType": "Usage",
    "Frequency": "UsageBased", "PricingModel": "OnDemand", "PublisherType": "Azure",
    "BillingAccountId": "8611537", "BillingAccountName": "Trey", "BillingProfileId": "8611537",
    "BillingProfileName": "Trey", "BillingCurrencyCode": "USD", "BillingPeriodStartDate": "10/01/2026",
    "BillingPeriodEndDate": "10/31/2026", "ServiceFamily": "Compute", "PartNumber": "AAA-12345",
}  # fmt: skip
_MCA_NAMES = {
    "ResourceGroup": "resourceGroupName", "BillingCurrencyCode": "billingCurrency",
    "ResourceLocationNormalized": "location",
}  # fmt: skip
_PAYG_NAMES = {
    "SubscriptionId": "SubscriptionGuid", "Date": "UsageDateTime", "Quantity": "UsageQuantity",
    "EffectivePrice": "ResourceRate", "CostInBillingCurrency": "PreTaxCost", "ResourceId": "InstanceId",
    "BillingCurrencyCode": "Currency",
}  # fmt: skip
_MCA_ACCOUNT = {
    "BillingAccountId": "5c44fe6b-4000-8000-000000000005:6d55af7c-4000-8000-000000000006_2019-05-31",
    "BillingAccountName": "Root", "BillingProfileId": "AB12-CDEF-BG7-TGB", "BillingProfileName": "Profile",
    "invoiceId": "E0700ABCDE", "ProductId": "DZH318Z0BQ4B00FN", "PublisherType": "Microsoft",
    "PublisherName": "Microsoft", "ResourceName": "", "PartNumber": "",
}  # fmt: skip


def row(**changes: str) -> dict[str, str]:
    """A charge of Enterprise Agreement: ten hours of a machine; a test says only what differs."""
    return {**_USAGE, **changes}


def mca_row(**changes: str) -> dict[str, str]:
    """The same under a Microsoft Customer Agreement, in the names of EA (write_bill renames)."""
    return {**_USAGE, **_MCA_ACCOUNT, "pricingCurrency": "USD", **changes}


def write_bill(rows: Iterable[Mapping[str, str]], header: list[str] = EA, *, bom: bool = True) -> bytes:
    """CSV as Azure writes it: with a byte order mark."""
    names = _PAYG_NAMES if "PreTaxCost" in header else _MCA_NAMES if "billingCurrency" in header else {}
    spelled = {name.lower(): name for name in header}
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\r\n")
    writer.writeheader()
    for charge in rows:
        renamed = {names.get(name, name): value for name, value in charge.items()}
        writer.writerow({spelled[n.lower()]: v for n, v in renamed.items() if n.lower() in spelled})
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def covered(benefit: str, model: str, **changes: str) -> dict[str, str]:
    """Usage that a commitment covers: as the amortised export has it."""
    return row(
        PricingModel=model, benefitId=benefit, benefitName="Ours", EffectivePrice="0.05",
        CostInBillingCurrency="0.5", PayGPrice="0", Term="12", **changes,
    )  # fmt: skip


class Month:
    """One month of one account as its two exports tell it, made up from *seed*."""

    def __init__(self, seed: int, **account: str) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.account = account
        self.actual: list[dict[str, str]] = []
        self.amortised: list[dict[str, str]] = []
        for _ in range(12):
            self._paid_as_used()
        for benefit, model, unused in (
            (RESERVATION, "Reservation", "UnusedReservation"),
            (SAVINGS_PLAN, "SavingsPlan", "UnusedSavingsPlan"),
        ):
            self._committed(benefit, model, unused)

    def money(self, limit: int = 10**6) -> Decimal:
        """An amount with up to 18 decimals."""
        places = self.random.randint(0, 18)
        return Decimal(self.random.randint(1, limit * 10 ** min(places, 12))).scaleb(-places)

    def sum_of(self, rows: list[dict[str, str]]) -> Decimal:
        """What an export adds up to."""
        return sum((Decimal(r["CostInBillingCurrency"]) for r in rows), Decimal(0))

    def bought(self, **changes: str) -> dict[str, str]:
        """A purchase of a reservation."""
        with_it = {"PricingModel": "Reservation", "benefitId": RESERVATION, **changes}
        return self._row(self.money(), ChargeType="Purchase", Frequency="OneTime", **with_it)

    def _row(self, cost: Decimal, **changes: str) -> dict[str, str]:
        day = f"10/{self.random.randint(1, 31):02}/2026"
        return row(Date=day, CostInBillingCurrency=f"{cost:f}", **(self.account | changes))

    def _paid_as_used(self) -> None:
        """Usage, purchases on the marketplace, refunds, roundings: the same in both exports."""
        kind = self.random.choice(["Usage", "Usage", "Purchase", "Refund", "RoundingAdjustment"])
        cost = -self.money() if kind in ("Refund", "RoundingAdjustment") else self.money()
        changes = {"PublisherType": "Marketplace", "PublisherName": "Red Hat"} if kind == "Purchase" else {}
        charge = self._row(cost, ChargeType=kind, **changes)
        self.actual.append(charge)
        self.amortised.append(dict(charge))

    def _committed(self, benefit: str, model: str, unused: str) -> None:
        """Bought and partly returned in the actual export, used and unused in the amortised one."""
        with_it: dict[str, Any] = {"PricingModel": model, "benefitId": benefit, **self.account}
        self.actual.append(self._row(self.money(), ChargeType="Purchase", Frequency="OneTime", **with_it))
        self.actual.append(self._row(-self.money(), ChargeType="Refund", Frequency="OneTime", **with_it))
        for _ in range(6):
            charge = self._row(self.money(), **with_it)
            self.amortised.append(charge)
            self.actual.append({**charge, "CostInBillingCurrency": "0", "EffectivePrice": "0"})
        self.amortised.append(self._row(self.money(), ChargeType=unused, **with_it))
