"""What is answered: two loads of one billing month, and everything that differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pyarrow as pa

CAUSES: Mapping[str, tuple[str, ...]] = {
    "usage": ("day", "resource", "quantity", "purchase", "line"),
    "price": ("unit price",),
    "commitment": ("coverage", "effective cost", "fee", "unused"),
    "credit": ("credit",),
    "correction": ("correction",),
    "tax": ("tax",),
    "details": ("invoice", "tags", "other columns"),
    "other": ("quantity and price", "cost"),
}
"""
Cause → its reasons. Each changed row has exactly one of them (docs/restatement.md tells when).

``usage``: a day, resource, purchase or line that only one of the loads has, or another quantity at the same
price. ``price``: the same quantity at another price. ``commitment``: another share of a commitment, or a
fee of one. ``details``: no money, other words.
"""

GROUPINGS: Mapping[str, tuple[str, ...]] = {
    "account": ("BillingAccountId", "SubAccountId", "SubAccountName"),
    "provider_service": ("ServiceName",),
    "day": ("Day",),
    "service": ("x_ServiceId",),
    "team": ("x_TeamId",),
}
"""Name of a grouping → its columns."""

OwnedBy = Literal["allocations", "rules"]


@dataclass(frozen=True)
class Load:
    """
    One content that a billing month of a source had.

    Attributes:
        snapshot: The first snapshot of `charges` that has it.
        committed_at: When that was committed.
        until: When the next content came; None for the newest.
        load_ids: The loads that wrote its rows.
        rows: Charges in it.
        totals: BillingCurrency → metric → sum.
        is_present: It is what the lake has now.
    """

    snapshot: int
    committed_at: datetime
    until: datetime | None
    load_ids: tuple[str, ...]
    rows: int
    totals: Mapping[str, Mapping[str, Decimal]]
    is_present: bool


@dataclass(frozen=True)
class Difference:
    """
    What differs between two contents of one billing month of a source.

    For each grouping, currency and metric: ``before + added - removed + changed + moved = after``, exactly.

    Attributes:
        before, after: Snapshots of `charges`.
        totals: One row per currency: ``BillingCurrency``, ``<what>_rows`` and ``<what>_<metric>`` for each of
            before, added, removed, changed, after. ``changed`` money is after less before. ``net_<metric>``
            is after less before of all.
        causes: One row per (currency, cause, reason): ``rows`` and each metric, signed; over all rows of a
            currency they add up to after less before.
        groups: Grouping → as *totals*, with the columns of the grouping; largest change of EffectiveCost
            first; only groups in which something differs. Where there are more than asked for, the last
            row of each currency is the rest, with ``x_IsOther``. ``service`` and ``team`` also have
            ``moved``: what other owners or shares of unchanged rows moved; it adds up to nothing.
        owned_by: What *service* and *team* are of: the allocations made of these two contents, or today's
            ownership rules, before sharing; None where neither can be had, and both are left out.
        largest: The largest changes of EffectiveCost, one row each, with both sides.
    """

    source_id: str
    month: date
    before: Load
    after: Load
    totals: pa.Table
    causes: pa.Table
    groups: Mapping[str, pa.Table]
    owned_by: OwnedBy | None
    largest: pa.Table
