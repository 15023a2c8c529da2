"""Mihari, an observability vendor: FOCUS 1.3, then 1.4, in yen, as plain CSV."""

import pyarrow as pa

from warikan.estate.charges import Fee
from warikan.estate.meter import Meter
from warikan.estate.numbers import to_text
from warikan.estate.rows import NUMBERS, TIMES, Line, Rows, describe_fee, describe_meter
from warikan.estate.timeline import Month, Timeline, shift_month
from warikan.focus.columns import list_columns

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MONTHS_ON_1_4 = 6
_NAMES: dict[str, str | None] = {
    "ProviderName": "Mihari",
    "PublisherName": "Mihari",
    "ServiceProviderName": "Mihari",
    "HostProviderName": "AWS",
    "InvoiceIssuerName": "Mihari K.K.",
    "BillingAccountId": "MH-00482",
    "BillingAccountName": "株式会社ヒノデマーケット",
    "BillingAccountType": "Enterprise",
    "SubAccountType": "Organization",
    "BillingCurrency": "JPY",
    "PricingCurrency": "JPY",
}


class SaasBill:
    """A vendor that follows the newest FOCUS: few columns filled, none missing, names in Japanese."""

    source_id = "mihari"

    def __init__(self, timeline: Timeline) -> None:
        self._first_1_4 = shift_month(timeline.until, 1 - _MONTHS_ON_1_4)

    def path(self, month: Month) -> str:
        """File of *month*, relative to the workspace."""
        return f"bills/mihari/mihari-focus-{month.label}.csv"

    def line(self, meter: Meter) -> Line:
        """The unchanging texts of *meter*."""
        return describe_meter(meter)

    def fee_line(self, fee: Fee) -> Line:
        """The unchanging texts of *fee*."""
        return describe_fee(fee)

    def table(self, rows: Rows, month: Month) -> pa.Table:
        """*rows* as the vendor's file of *month* holds them: all text."""
        version = "1.4" if month.start >= self._first_1_4 else "1.3"
        constants = _NAMES | {
            "BillingPeriodStart": month.start.strftime(_TIME),
            "BillingPeriodEnd": month.end.strftime(_TIME),
            "InvoiceId": None if month.is_open else f"MH-{month.start:%Y%m}-0482",
        }
        return pa.table({c.id: _column(rows, c.id, constants) for c in list_columns(version)})


def _column(rows: Rows, name: str, constants: dict[str, str | None]) -> pa.Array:
    if name in NUMBERS:
        return to_text(*rows.number(name), strip=True)
    if name in TIMES:
        return rows.times(name, _TIME)
    return rows.constant(constants[name]) if name in constants else rows.text(name)
