"""AWS Data Exports: FOCUS 1.0 with five columns of its own, then FOCUS 1.2 with three; CSV.gz."""

import json

import pyarrow as pa

from warikan.estate.charges import Fee
from warikan.estate.meter import Meter
from warikan.estate.numbers import to_text
from warikan.estate.rows import NUMBERS, TIMES, Line, Rows, describe_fee, describe_meter
from warikan.estate.timeline import Month, Timeline, shift_month
from warikan.focus.columns import list_columns

_PAYER = "106482957731"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_GLOBAL = frozenset({"Amazon CloudFront", "Amazon Route 53"})
_VENDORS = {"atlas": "MongoDB, Inc."}
_OWN_1_0 = ("x_CostCategories", "x_Discounts", "x_Operation", "x_ServiceCode", "x_UsageType")
_OWN_1_2 = ("x_Discounts", "x_Operation", "x_ServiceCode")
_MONTHS_ON_1_2 = 5


class AwsBill:
    """
    FOCUS_1_0_AWS, and FOCUS_1_2_AWS for the newest months.

    As in the real export: ResourceName is always null, and what is not a FOCUS column has moved
    between the versions (x_UsageType became SkuMeter, cost categories became tags).
    """

    source_id = "aws"

    def __init__(self, timeline: Timeline) -> None:
        self._first_1_2 = shift_month(timeline.until, 1 - _MONTHS_ON_1_2)

    def path(self, month: Month) -> str:
        """File of *month*, relative to the workspace."""
        return f"bills/aws/hinode-focus-{month.label}.csv.gz"

    def line(self, meter: Meter) -> Line:
        """The unchanging texts of *meter*."""
        return describe_meter(meter) | self._own(meter)

    def fee_line(self, fee: Fee) -> Line:
        """The unchanging texts of *fee*."""
        own = self._own(fee.meter) | {"RegionId": None, "RegionName": None}
        if not fee.has_resource:
            own |= {"x_Operation": None, "x_ServiceCode": None, "x_UsageType": None}
        return describe_fee(fee) | own

    def table(self, rows: Rows, month: Month) -> pa.Table:
        """*rows* as the export of *month* holds them: all text."""
        if month.start >= self._first_1_2:
            names = [*(c.id for c in list_columns("1.2")), *_OWN_1_2]
        else:
            names = [*(c.id for c in list_columns("1.0")), *_OWN_1_0]
        constants = _NAMES | {
            "BillingPeriodStart": month.start.strftime(_TIME),
            "BillingPeriodEnd": month.end.strftime(_TIME),
            "InvoiceId": None if month.is_open else f"{1_700_000_000 + month.start.toordinal() * 17}",
        }
        return pa.table({n: self._column(rows, n, constants, month) for n in names})

    def _column(self, rows: Rows, name: str, constants: dict[str, str | None], month: Month) -> pa.Array:
        if name in NUMBERS:
            return to_text(*rows.number(name), strip=False)
        if name in TIMES:
            return rows.times(name, _TIME)
        if name == "Tags" and month.start >= self._first_1_2:
            return rows.text("x_TagsWithCategories")
        if name in constants and name not in rows.lines.texts:
            return rows.constant(constants[name])
        return rows.text(name)

    def _own(self, meter: Meter) -> dict[str, str | None]:
        sku = meter.sku
        stage = "Production" if meter.account.env == "prod" else "Staging"
        is_global = sku.service in _GLOBAL
        return {
            "ResourceName": None,
            "PublisherName": _VENDORS.get(sku.id, _NAMES["PublisherName"]),
            "RegionId": None if is_global else "ap-northeast-1",
            "RegionName": None if is_global else "Asia Pacific (Tokyo)",
            "SubAccountType": "Member account" if meter.account.id != _PAYER else "Management account",
            "x_CostCategories": json.dumps({"Stage": stage}, separators=(",", ":")),
            "x_TagsWithCategories": json.dumps(
                {**dict(meter.tags), "costCategory/Stage": stage}, separators=(",", ":")
            ),
            "x_Discounts": "{}",
            "x_Operation": sku.operation or None,
            "x_ServiceCode": sku.code,
            "x_UsageType": sku.usage,
        }


_NAMES: dict[str, str | None] = {
    "ProviderName": "AWS",
    "PublisherName": "Amazon Web Services, Inc.",
    "InvoiceIssuerName": "Amazon Web Services Japan G.K.",
    "BillingAccountId": _PAYER,
    "BillingAccountName": "Hinode Market K.K.",
    "BillingAccountType": "Management account",
    "BillingCurrency": "USD",
    "PricingCurrency": "USD",
}
