"""The rows of two contents that differ, with what pairing, causes and groups need of them."""

from collections.abc import Collection, Iterable, Sequence

from warikan.focus.columns import COST_METRICS
from warikan.lake.schema import quote

LINE = [
    "BillingCurrency",
    "BillingAccountId",
    "SubAccountId",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeFrequency",
    "ServiceName",
    "PublisherName",
    "RegionId",
    "AvailabilityZone",
    "ResourceId",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "PricingUnit",
    "ConsumedUnit",
    "PricingCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountStatus",
    "CapacityReservationId",
    "ChargeDescription",
]
"""
What stays the same for a line of a bill when its quantity, price, tags, names or invoice change.

Not ChargeClass: whether a row is a correction tells lines and things apart even where only one load has any.
"""
THING = [
    "BillingCurrency",
    "BillingAccountId",
    "SubAccountId",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceName",
    "RegionId",
    "ResourceId",
    "SkuId",
]
"""What stays the same when a commitment covers a line, or no longer: what was used, where and when."""
QUANTITIES = ("PricingQuantity", "ConsumedQuantity")
_DECIMAL = "DECIMAL(38,18)"
_TEXTS = [
    "BillingCurrency",
    "BillingAccountId",
    "SubAccountId",
    "SubAccountName",
    "ServiceName",
    "ResourceId",
    "ChargeCategory",
    "ChargeDescription",
    "InvoiceId",
]
"""Columns of ``rest`` as they are; the metrics too."""


def comparable(name: str) -> str:
    """SQL of column *name*, equal where two rows say the same: the entries of a map come in any order."""
    return f"list_sort(map_entries({quote(name)}))" if name == "Tags" else quote(name)


def rest_of(
    side: int, view: str, compared: Sequence[str], stable: Collection[str], columns: Collection[str]
) -> str:
    """
    The rows of the table ``odd`` of *side*, from *view*.

    Args:
        compared: Columns that some row of either side fills.
        stable: Columns that both sides fill; only these tell a line or a thing.
        columns: Columns that *view* has.

    Columns besides those of `charges`: ``line`` and ``thing`` (fingerprints, others for a correction than for
    what it corrects; ``thing`` null where neither resource nor SKU tells it), ``any_line`` (as ``line``, the
    same for both), ``commitment`` (null: none has to do with it), ``quantity``, ``tags`` and ``words``
    (fingerprints of what is neither money, invoice nor tags), ``is_correction``, ``is_unused``.
    """

    def value(name: str, kind: str = "VARCHAR") -> str:
        return quote(name) if name in columns else f"NULL::{kind}"

    texts = ", ".join(f"{value(name)} AS {quote(name)}" for name in _TEXTS)
    costs = ", ".join(f"coalesce({value(m, _DECIMAL)}, 0)::{_DECIMAL} AS {quote(m)}" for m in COST_METRICS)
    quantity = ", ".join(value(name, _DECIMAL) for name in QUANTITIES)
    kept_apart = {*COST_METRICS, "InvoiceId", "InvoiceDetailId", "Tags"}
    words = [n for n in compared if n not in kept_apart]
    status, pricing = value("CommitmentDiscountStatus"), value("PricingCategory")
    discount = value("CommitmentDiscountId")
    correction = f"""(coalesce({value("ChargeClass")} = 'Correction', false)
                OR coalesce({value("ChargeCategory")} = 'Adjustment', false))"""
    return f"""
        SELECT {side}::TINYINT AS side, key, content, {texts}, {costs}, coalesce({quantity}) AS quantity,
            {_hash(n for n in LINE if n in stable)} AS any_line,
            hash(any_line, {correction}) AS line,
            CASE WHEN {value("ResourceId")} IS NOT NULL OR {value("SkuId")} IS NOT NULL
                 THEN hash({_hash(n for n in THING if n in stable)}, {correction}) END AS thing,
            date_trunc('day', "ChargePeriodStart")::DATE AS "Day",
            {correction} AS is_correction,
            coalesce({status} = 'Unused', false) AS is_unused,
            CASE WHEN {discount} IS NOT NULL OR {pricing} = 'Committed'
                 THEN concat_ws('/', {discount}, coalesce({status}, 'Used')) END AS commitment,
            {_hash(["Tags"] if "Tags" in compared else [])} AS tags,
            {_hash(words)} AS words
        FROM {view} JOIN odd ON side = {side} AND key = x_ChargeKey"""


def _hash(names: Iterable[str]) -> str:
    return f"hash({', '.join(map(comparable, names)) or '1'})"
