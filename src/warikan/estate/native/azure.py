"""Azure cost details of an Enterprise Agreement: the actual and the amortised export, as CSV."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from warikan.estate.azure import AzureBill
from warikan.estate.charges import ABSENT, Charges, Fee
from warikan.estate.company import Provider
from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Commitment, Meter
from warikan.estate.native.parts import Part, by_day, pick, pricing_of
from warikan.estate.rows import Line, Lines
from warikan.estate.timeline import Ints, Month, Timeline
from warikan.estate.writing import TableFile, open_table_file

Export = Literal["actual", "amortized"]
_DATE = "%m/%d/%Y"
_CONSTANTS: dict[str, str | None] = {
    "InvoiceSectionName": "Hinode Market",
    "AccountName": "hinode-azure",
    "OfferId": "MS-AZR-0017P",
    "BillingAccountId": "8046155",
    "BillingAccountName": "Hinode Market",
    "BillingProfileId": "8046155",
    "BillingProfileName": "Hinode Market",
    "BillingCurrencyCode": "USD",
    "IsAzureCreditEligible": "True",
}
_TEXTS = (
    "SubscriptionId", "SubscriptionName", "ResourceGroup", "ResourceLocation", "ProductName", "MeterCategory",
    "MeterSubCategory", "MeterId", "MeterName", "UnitOfMeasure", "ConsumedService", "ResourceId",
    "ResourceName", "Tags", "AdditionalInfo", "ReservationId", "ReservationName", "ProductOrderId",
    "ProductOrderName", "Term", "PublisherType", "PublisherName", "ChargeType", "Frequency", "PricingModel",
    "ServiceFamily", "PartNumber",
)  # fmt: skip
_NUMBERS = ("Quantity", "EffectivePrice", "CostInBillingCurrency", "UnitPrice", "PayGPrice")
_UNITS = {
    ("Units", 10_000): "10K", ("Tokens", 1_000): "1K", ("Units", 1): "1", ("Hours", 1): "1 Hour",
    ("Units/Month", 1): "1/Month", ("GB/Month", 1): "1 GB/Month", ("GB", 1): "1 GB",
}  # fmt: skip
_BOUGHT = "/providers/Microsoft.Capacity/reservationOrders/"


class AzureForm:
    """The two exports of one account: each has what the other leaves out."""

    provider: Provider = "azure"
    source_type = "azure"
    id = "azure-ea"

    def open(self, folder: Path, timeline: Timeline, month: Month, meters: Sequence[Meter]) -> "AzureExports":
        """The exports of *month*, to be written below *folder*."""
        return AzureExports(folder, AzureBill(timeline), month, meters)


class AzureExports:
    """Both exports of a month under way; like the originals they have days, no hours."""

    def __init__(self, folder: Path, bill: AzureBill, month: Month, meters: Sequence[Meter]) -> None:
        period = f"{month.start:%Y%m%d}-{month.end:%Y%m%d}"
        exports: tuple[Export, Export] = ("actual", "amortized")
        self.paths: tuple[str, ...] = tuple(
            f"azure-ea/hinode-{e}-cost/{period}/part_1_0001.csv.gz" for e in exports
        )
        self.rows = 0
        self._files: dict[Export, TableFile] = {
            export: open_table_file(folder / path) for export, path in zip(exports, self.paths, strict=True)
        }
        self._bill, self._month, self._meters = bill, month, meters
        self._texts = [_describe(m, bill.line(m)) for m in meters]
        self._lines = Lines.of(self._texts)
        self._block = np.array([int(text["Block"] or 1) for text in self._texts], dtype=np.int64)
        self._rate = np.array([_rate(m) for m in meters], dtype=np.int64)

    def add_usage(self, charges: Charges) -> None:
        """Append what *charges* of meters are."""
        charges = by_day(charges)
        by_money, by_use, is_unused, is_bought, is_other = pricing_of(self._meters, charges)
        is_covered = by_money | by_use
        for export in self._files:
            paid = is_other | is_covered | (is_bought if export == "actual" else is_unused)
            there = pick(charges, paid)
            is_amortised = export == "amortized"
            cost = there.effective_cost if is_amortised else there.billed_cost
            price = np.where(
                is_covered[paid], self._rate[there.meter] if is_amortised else 0, there.contracted_price
            )
            self._write(export, self._part(self._lines, there, cost, price, self._block[there.meter]))

    def add_fees(self, fees: Sequence[Fee], charges: Charges) -> None:
        """Append what *fees* are: the same in both."""
        lines = Lines.of([*self._texts, *(_describe_fee(f, self._bill.fee_line(f)) for f in fees)])
        # One of each: what is charged once has a price, and no quantity in FOCUS.
        once = np.where(charges.quantity == ABSENT, 10**QUANTITY_SCALE, charges.quantity)
        one = replace(
            charges, quantity=once, list_price=charges.list_cost, contracted_price=charges.contracted_cost
        )
        block = np.ones(len(one), dtype=np.int64)
        for export in self._files:
            self._write(export, self._part(lines, one, one.billed_cost, one.contracted_price, block))

    def close(self) -> None:
        """Finish the files."""
        for file in self._files.values():
            file.__exit__()

    def _part(self, lines: Lines, charges: Charges, cost: Ints, price: Ints, block: Ints) -> Part:
        return Part.of(
            lines,
            charges,
            {
                "Quantity": charges.quantity // block,
                "EffectivePrice": price * block,
                "CostInBillingCurrency": cost,
                "UnitPrice": charges.contracted_price * block,
                "PayGPrice": charges.list_price * block,
            },
        )

    def _write(self, export: Export, part: Part) -> None:
        period = {
            "BillingPeriodStartDate": f"{self._month.start:{_DATE}}",
            "BillingPeriodEndDate": f"{self._month.end - timedelta(days=1):{_DATE}}",
        }
        self.rows += len(part)
        self._files[export].write(
            pa.table(
                {
                    **{n: part.rows.constant(value) for n, value in (_CONSTANTS | period).items()},
                    "Date": part.rows.times("ChargePeriodStart", _DATE),
                    **{n: part.text(n) for n in _TEXTS},
                    **{n: part.number(n) for n in _NUMBERS},
                }
            )
        )


def _rate(meter: Meter) -> int:
    """What a unit that a commitment covers costs."""
    if meter.commitment is None or meter.pricing != "used":
        return 0
    return int(meter.commitment.rate(meter.sku) * 10**MONEY_SCALE)


def _describe(meter: Meter, focus: Line) -> Line:
    """The texts of *meter* that a FOCUS export of Azure has too, and those that only cost details have."""
    sku, account = meter.sku, meter.account
    block = int(focus.get("x_PricingBlockSize") or 1)
    is_vendor = focus["x_PublisherCategory"] == "Vendor"
    resource = focus["ResourceId"]
    line: dict[str, str | None] = {
        **focus,
        "Block": str(block),
        "SubscriptionId": account.id,
        "SubscriptionName": account.name,
        "ResourceGroup": focus["x_ResourceGroupName"],
        "ResourceLocation": "japaneast",
        "ProductName": sku.description,
        "MeterCategory": sku.service,
        "MeterSubCategory": sku.description.partition(" - ")[0],
        "MeterId": str(uuid.UUID(hashlib.md5(sku.id.encode(), usedforsecurity=False).hexdigest())),
        "MeterName": sku.usage,
        "UnitOfMeasure": _UNITS[sku.unit, block],
        "ConsumedService": _consumed(resource),
        "Tags": _tags(meter),
        "PublisherType": "Marketplace" if is_vendor else "Azure",
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "Spot" if meter.pricing == "spot" else "OnDemand",
        "ServiceFamily": sku.code,
        "PartNumber": f"AAA-{int(sku.sku_id) % 100_000:05}",
    }
    return line if meter.commitment is None else line | _of_commitment(meter, meter.commitment)


def _of_commitment(meter: Meter, bought: Commitment) -> dict[str, str | None]:
    """What rows of *bought* say beside, or instead of, those of an ordinary meter."""
    order, reservation = (
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"{bought.id}/{what}")) for what in ("order", "it")
    )
    line: dict[str, str | None] = {
        "ReservationId": reservation,
        "ReservationName": bought.name,
        "ProductOrderId": order,
        "ProductOrderName": f"{bought.name}, 1 Year",
        "Term": "12",
        "PricingModel": "Reservation",
    }
    if meter.pricing == "used":
        return line
    is_unused = meter.pricing == "unused"
    return line | {
        "ResourceId": f"{_BOUGHT}{order}/reservations/{reservation if is_unused else ''}",
        "ResourceName": None,
        "ResourceGroup": None,
        "ConsumedService": "Microsoft.Capacity",
        "ReservationId": reservation if is_unused else order,
        "ChargeType": "UnusedReservation" if is_unused else "Purchase",
        "Frequency": "UsageBased" if is_unused else "Recurring",
        "Tags": None,
    }


def _describe_fee(fee: Fee, focus: Line) -> Line:
    account = fee.meter.account
    return {
        **focus,
        "ResourceId": None,
        "SubscriptionId": account.id,
        "SubscriptionName": account.name,
        "ProductName": fee.description,
        "MeterCategory": "Azure Support",
        "PublisherName": "Microsoft",
        "PublisherType": "Azure",
        "ChargeType": "Purchase" if fee.kind == "Purchase" else "Usage",
        "Frequency": "Recurring",
        "PricingModel": "OnDemand",
        "UnitOfMeasure": "1",
        "ServiceFamily": "Support",
    }


def _consumed(resource: str | None) -> str | None:
    """The resource provider of an id."""
    return resource.partition("/providers/")[2].partition("/")[0] or None if resource else None


def _tags(meter: Meter) -> str | None:
    """As an Enterprise Agreement has them: JSON without its braces."""
    return json.dumps(dict(meter.tags), ensure_ascii=False)[1:-1] if meter.tags else None
