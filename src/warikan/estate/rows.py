"""The rows of a bill under FOCUS names, before a provider gives them its own form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.charges import ABSENT, Charges, Fee
from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Meter
from warikan.estate.numbers import Mask
from warikan.estate.timeline import Ints, moment

Line = Mapping[str, str | None]
"""What does not change from slot to slot: FOCUS column → text."""

_COSTS = {
    "ListCost": "list_cost",
    "ContractedCost": "contracted_cost",
    "BilledCost": "billed_cost",
    "EffectiveCost": "effective_cost",
    "PricingCurrencyEffectiveCost": "effective_cost",
}
_UNIT_PRICES = {
    "ListUnitPrice": "list_price",
    "ContractedUnitPrice": "contracted_price",
    "PricingCurrencyListUnitPrice": "list_price",
    "PricingCurrencyContractedUnitPrice": "contracted_price",
}
_QUANTITIES = ("PricingQuantity", "ConsumedQuantity", "CommitmentDiscountQuantity")
NUMBERS = frozenset({*_COSTS, *_UNIT_PRICES, *_QUANTITIES})
TIMES = {"ChargePeriodStart": "start", "ChargePeriodEnd": "end"}


def describe_meter(meter: Meter) -> dict[str, str | None]:
    """What FOCUS says about every row of *meter*, but for the provider's own words."""
    sku, bought = meter.sku, meter.commitment
    is_fee = meter.pricing in ("unused", "purchase")
    line: dict[str, str | None] = {
        "ChargeCategory": "Purchase" if meter.pricing == "purchase" else "Usage",
        "ChargeFrequency": "Recurring" if meter.pricing == "purchase" else "Usage-Based",
        "ChargeDescription": sku.description,
        "PricingCategory": {"spot": "Dynamic", "used": "Committed", "unused": "Committed"}.get(
            meter.pricing, "Standard"
        ),
        "PricingUnit": sku.unit,
        "ConsumedUnit": None if is_fee else sku.unit,
        "ServiceName": sku.service,
        "ServiceCategory": sku.category,
        "ServiceSubcategory": sku.subcategory,
        "SkuId": sku.sku_id,
        "SkuMeter": sku.usage,
        "SkuPriceId": f"{sku.sku_id}.{meter.pricing}",
        "ResourceId": meter.resource_id,
        "ResourceName": meter.resource_name,
        "ResourceType": sku.type or None,
        "AvailabilityZone": meter.zone,
        "SubAccountId": meter.account.id,
        "SubAccountName": meter.account.name,
        "Tags": json.dumps(dict(meter.tags), separators=(",", ":")) if meter.tags else None,
    }
    if bought is not None:
        unit = "USD" if bought.kind == "Spend" else sku.unit
        line |= {
            "CommitmentDiscountId": bought.id,
            "CommitmentDiscountName": bought.name,
            "CommitmentDiscountCategory": bought.kind,
            "CommitmentDiscountType": bought.type,
            "CommitmentDiscountUnit": unit,
            "CommitmentDiscountStatus": {"used": "Used", "unused": "Unused"}.get(meter.pricing),
        }
        if is_fee:
            line |= {"ResourceType": bought.type, "AvailabilityZone": None, "PricingUnit": unit}
            line["ChargeDescription"] = (
                f"{bought.name}: commitment not used" if meter.pricing == "unused" else f"{bought.name}: fee"
            )
    return line


def describe_fee(fee: Fee) -> dict[str, str | None]:
    """What FOCUS says about the row of *fee*."""
    line: dict[str, str | None] = dict.fromkeys(describe_meter(fee.meter))
    line |= {
        "ChargeCategory": fee.kind,
        "ChargeClass": "Correction" if fee.is_correction else None,
        "ChargeFrequency": "Recurring" if fee.kind == "Purchase" else "One-Time",
        "ChargeDescription": fee.description,
        "ServiceName": fee.service_name,
        "ServiceCategory": fee.service_category,
        "ServiceSubcategory": fee.service_subcategory,
    }
    of_meter = describe_meter(fee.meter)
    keep = ["SubAccountId", "SubAccountName"] if fee.sub_account else []
    if fee.has_resource:
        keep += ["ResourceId", "ResourceName", "ResourceType", "SkuId", "SkuMeter", "SkuPriceId", "Tags"]
    if fee.quantity != ABSENT:
        keep += ["PricingUnit", "PricingCategory"]
    keep += [k for k in of_meter if k.startswith("CommitmentDiscount")] if fee.is_amortised else []
    return line | {k: of_meter.get(k) for k in keep}


@dataclass(frozen=True)
class Lines:
    """The unchanging texts of a month's meters and fees, as dictionaries to take from."""

    texts: Mapping[str, pa.Array]
    count: int
    is_consumed: Mask
    is_spend: Mask
    has_commitment: Mask

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Lines":
        """*lines* turned into one array for each column that any of them names."""
        names = sorted({name for line in lines for name in line})
        texts = {n: pa.array([line.get(n) for line in lines], pa.string()) for n in names}
        category = [line.get("CommitmentDiscountCategory") for line in lines]
        return cls(
            texts=texts,
            count=len(lines),
            is_consumed=np.array([line.get("ConsumedUnit") is not None for line in lines]),
            is_spend=np.array([c == "Spend" for c in category]),
            has_commitment=np.array([c is not None for c in category]),
        )


@dataclass(frozen=True)
class Rows:
    """
    Charges with their texts: what a provider's module turns into its table.

    Attributes:
        pricing_block: Units that one unit of PricingQuantity stands for, for each row; None is one.
    """

    lines: Lines
    charges: Charges
    pricing_block: Ints | None = None

    def text(self, name: str) -> pa.Array:
        """A text column; all null where no line names it."""
        values = self.lines.texts.get(name)
        if values is None:
            return pa.nulls(len(self.charges), pa.string())
        return pc.take(values, pa.array(self.charges.meter))

    def number(self, name: str) -> tuple[Ints, int, Mask]:
        """A FOCUS number: whole numbers, their scale, and where it is not null."""
        meter = self.charges.meter
        has_quantity = self.charges.quantity != ABSENT
        if name in _COSTS:
            return getattr(self.charges, _COSTS[name]), MONEY_SCALE, np.ones(len(meter), dtype=bool)
        if name in _UNIT_PRICES:
            return getattr(self.charges, _UNIT_PRICES[name]), MONEY_SCALE, has_quantity
        if name == "PricingQuantity":
            block = 1 if self.pricing_block is None else self.pricing_block
            return self.charges.quantity // block, QUANTITY_SCALE, has_quantity
        if name == "ConsumedQuantity":
            return self.charges.quantity, QUANTITY_SCALE, has_quantity & self.lines.is_consumed[meter]
        spent = np.maximum(self.charges.effective_cost, self.charges.billed_cost) // 10**4
        committed = np.where(self.lines.is_spend[meter], spent, self.charges.quantity)
        return committed, QUANTITY_SCALE, self.lines.has_commitment[meter]

    def times(self, name: str, form: str) -> pa.Array:
        """ChargePeriodStart or ChargePeriodEnd as text in *form* (strftime)."""
        hours, where = np.unique(getattr(self.charges, TIMES[name]), return_inverse=True)
        texts = pa.array([moment(int(h)).strftime(form) for h in hours], pa.string())
        return pc.take(texts, pa.array(where))

    def timestamps(self, name: str) -> pa.Array:
        """ChargePeriodStart or ChargePeriodEnd as UTC timestamps."""
        micros = getattr(self.charges, TIMES[name]) * 3_600_000_000
        return pa.array(micros, pa.int64()).cast(pa.timestamp("us", tz="UTC"))

    def constant(self, value: str | None) -> pa.Array:
        """A text column with one value."""
        return pa.repeat(pa.scalar(value, pa.string()), len(self.charges))
