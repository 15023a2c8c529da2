"""Google Cloud: Parquet exported from the FOCUS view in BigQuery, with what that view leaves out."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.charges import Fee
from warikan.estate.meter import Meter
from warikan.estate.numbers import to_decimals
from warikan.estate.rows import NUMBERS, TIMES, Line, Rows, describe_fee, describe_meter
from warikan.estate.timeline import Month
from warikan.focus.columns import list_columns

_LEFT_OUT = frozenset(
    {"BillingAccountName", "ChargeFrequency", "CommitmentDiscountType", "InvoiceIssuerName", "SubAccountName"}
)
_OWN = ("x_CostType", "x_ProjectName", "x_ServiceId", "x_CurrencyConversionRate")
_NAMES = {
    "ProviderName": "Google Cloud",
    "PublisherName": "Google",
    "BillingAccountId": "01C8E4-9A27F0-5B3D16",
    "BillingCurrency": "USD",
    "x_CurrencyConversionRate": "1.0",
}
_TAGS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


class GcpBill:
    """FOCUS 1.0 without five mandatory columns, tags as an array of key and value, typed columns."""

    source_id = "google-cloud"

    def path(self, month: Month) -> str:
        """File of *month*, relative to the workspace."""
        return f"bills/google-cloud/focus-{month.label}.parquet"

    def line(self, meter: Meter) -> Line:
        """The unchanging texts of *meter*."""
        return describe_meter(meter) | self._own(meter) | {"x_CostType": "regular"}

    def fee_line(self, fee: Fee) -> Line:
        """The unchanging texts of *fee*."""
        nothing = dict.fromkeys(("RegionId", "RegionName", "x_ServiceId"))
        own = self._own(fee.meter) | nothing | {"x_CostType": "tax"}
        if not fee.sub_account:
            own["x_ProjectName"] = None
        return describe_fee(fee) | own

    def table(self, rows: Rows, month: Month) -> pa.Table:
        """*rows* as the view of *month* holds them: decimals, timestamps, tags as an array."""
        names = [c.id for c in list_columns("1.0") if c.id not in _LEFT_OUT]
        return pa.table({name: self._column(rows, name, month) for name in (*names, *_OWN)})

    def _column(self, rows: Rows, name: str, month: Month) -> pa.Array:
        if name in NUMBERS:
            return to_decimals(*rows.number(name))
        if name in TIMES:
            return rows.timestamps(name)
        if name in ("BillingPeriodStart", "BillingPeriodEnd"):
            day = month.start if name.endswith("Start") else month.end
            stamps = np.full(len(rows.charges), np.datetime64(day, "us"))
            return pa.array(stamps).cast(pa.timestamp("us", tz="UTC"))
        if name == "Tags":
            return pc.take(_tag_arrays(rows.lines.texts["Tags"]), pa.array(rows.charges.meter))
        return rows.constant(_NAMES[name]) if name in _NAMES else rows.text(name)

    def _own(self, meter: Meter) -> dict[str, str | None]:
        return {
            "RegionId": "asia-northeast1",
            "RegionName": "Tokyo",
            "x_ProjectName": meter.account.name,
            "x_ServiceId": meter.sku.code,
        }


def _tag_arrays(texts: pa.Array) -> pa.Array:
    """JSON objects as arrays of pairs; no tags are an empty array, as BigQuery has no null arrays."""
    pairs = [
        [] if text is None else [{"key": k, "value": v} for k, v in json.loads(text).items()]
        for text in texts.to_pylist()
    ]
    return pa.array(pairs, _TAGS)
