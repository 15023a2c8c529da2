"""Azure Cost Management: FocusCost 1.0r2 as CSV.gz, then 1.2-preview as Parquet, with their quirks."""

import hashlib
from dataclasses import replace

import numpy as np
import pyarrow as pa

from warikan.estate.charges import Fee
from warikan.estate.meter import Meter
from warikan.estate.numbers import to_decimals, to_text
from warikan.estate.rows import NUMBERS, TIMES, Line, Rows, describe_fee, describe_meter
from warikan.estate.timeline import Month, Timeline, shift_month
from warikan.focus.columns import list_columns

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_BLOCKS = {"zops": 10_000, "zopenai": 1_000, "zopenaio": 1_000}
"""SKUs priced by the block of so many units."""
_VENDORS = {"zmkt": "Braze, Inc."}
_MISSING_1_2 = frozenset(
    {"AvailabilityZone", "CapacityReservationId", "CapacityReservationStatus", "CommitmentDiscountQuantity",
     "CommitmentDiscountUnit", "SkuPriceDetails", "PricingCurrencyContractedUnitPrice",
     "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice"}
)  # fmt: skip
_OWN_1_0 = ("BillingAccountType", "SubAccountType", "x_BillingExchangeRate", "x_InvoiceId",
            "x_PricingBlockSize", "x_PublisherCategory", "x_ResourceGroupName", "x_SkuMeterCategory",
            "x_SkuMeterId", "x_SkuMeterName")  # fmt: skip
_OWN_1_2 = ("x_BillingExchangeRate", "x_PricingBlockSize", "x_PublisherCategory", "x_ResourceGroupName",
            "x_SkuMeterCategory", "x_SkuMeterId", "x_SkuMeterName")  # fmt: skip
_MONTHS_ON_1_2 = 4
_NAMES: dict[str, str | None] = {
    "ProviderName": "Microsoft",
    "InvoiceIssuerName": "Microsoft",
    "BillingAccountId": "/providers/Microsoft.Billing/billingAccounts/8046155",
    "BillingAccountName": "Hinode Market",
    "BillingAccountType": "Enterprise Agreement",
    "SubAccountType": "Subscription",
    "BillingCurrency": "USD",
    "PricingCurrency": "USD",
    "x_BillingExchangeRate": "1",
}


class AzureBill:
    """
    What Microsoft exports for an Enterprise Agreement.

    Quirks kept: resource ids in lower case; no ChargeDescription of purchases; ServiceName empty on
    them; ListCost 0 for the marketplace; for SKUs sold by the block ContractedCost is too small by the
    size of the block; zeros dropped from the end of numbers; InvoiceId absent.
    """

    source_id = "azure"

    def __init__(self, timeline: Timeline) -> None:
        self._first_1_2 = shift_month(timeline.until, 1 - _MONTHS_ON_1_2)

    def path(self, month: Month) -> str:
        """File of *month*, relative to the workspace."""
        suffix = "parquet" if self._is_1_2(month) else "csv.gz"
        return f"bills/azure/focuscost-{month.start:%Y%m%d}-{month.end:%Y%m%d}.{suffix}"

    def line(self, meter: Meter) -> Line:
        """The unchanging texts of *meter*."""
        return describe_meter(meter) | self._own(meter)

    def fee_line(self, fee: Fee) -> Line:
        """The unchanging texts of *fee*."""
        nothing = dict.fromkeys((*_OWN_1_0[2:], "RegionId", "RegionName", "SkuMeter"))
        return describe_fee(fee) | self._own(fee.meter) | nothing | {"ChargeDescription": None}

    def table(self, rows: Rows, month: Month) -> pa.Table:
        """*rows* as the export of *month* holds them."""
        rows = _with_quirks(rows)
        if self._is_1_2(month):
            names = [c.id for c in list_columns("1.2") if c.id not in _MISSING_1_2] + list(_OWN_1_2)
        else:
            names = [c.id for c in list_columns("1.0") if c.id != "AvailabilityZone"] + list(_OWN_1_0)
        return pa.table({name: self._column(rows, name, month) for name in names})

    def _is_1_2(self, month: Month) -> bool:
        return month.start >= self._first_1_2

    def _column(self, rows: Rows, name: str, month: Month) -> pa.Array:
        if name in NUMBERS:
            number = rows.number(name)
            return to_decimals(*number) if self._is_1_2(month) else to_text(*number, strip=True)
        if name in TIMES:
            return rows.timestamps(name) if self._is_1_2(month) else rows.times(name, _TIME)
        if name in ("BillingPeriodStart", "BillingPeriodEnd"):
            day = month.start if name.endswith("Start") else month.end
            text = rows.constant(day.strftime(_TIME))
            return text.cast(pa.timestamp("us", tz="UTC")) if self._is_1_2(month) else text
        return rows.constant(_NAMES[name]) if name in _NAMES else rows.text(name)

    def _own(self, meter: Meter) -> dict[str, str | None]:
        sku = meter.sku
        vendor = _VENDORS.get(sku.id)
        subscription = f"/subscriptions/{meter.account.id}"
        return {
            "ResourceId": meter.resource_id.lower() if meter.resource_id else None,
            "SubAccountId": subscription,
            "PublisherName": vendor or "Microsoft",
            "RegionId": "japaneast",
            "RegionName": "Japan East",
            "SkuPriceId": sku.sku_id,
            "x_PricingBlockSize": str(_BLOCKS.get(sku.id, 1)),
            "x_PublisherCategory": "Vendor" if vendor else "Cloud Provider",
            "x_ResourceGroupName": f"rg-{meter.service}" if meter.tags else None,
            "x_SkuMeterCategory": sku.code,
            "x_SkuMeterId": hashlib.md5(sku.id.encode(), usedforsecurity=False).hexdigest(),
            "x_SkuMeterName": sku.usage,
        }


def _with_quirks(rows: Rows) -> Rows:
    """*rows* with quantities and prices by the block, and the costs that Azure gets wrong."""
    sizes = np.array([int(s or 1) for s in rows.lines.texts["x_PricingBlockSize"].to_pylist()])
    is_vendor = np.array([c == "Vendor" for c in rows.lines.texts["x_PublisherCategory"].to_pylist()])
    charges = rows.charges
    block = sizes[charges.meter]
    vendor = is_vendor[charges.meter]
    changed = replace(
        charges,
        list_price=np.where(vendor, 0, charges.list_price * block),
        contracted_price=charges.contracted_price * block,
        list_cost=np.where(vendor, 0, charges.list_cost),
        contracted_cost=charges.contracted_cost // block,
    )
    return replace(rows, charges=changed, pricing_block=block)
