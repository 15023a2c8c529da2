"""Daily cost by owner and by what was bought, with the quantities that tell a price from usage."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.engine.engine import Engine
from warikan.engine.functions import utc_clock

_BOUGHT = ("SubAccountId", "ServiceName", "SkuId")
_DAY = timedelta(days=1)
BOUGHT = ("Usage", "Purchase")
"""ChargeCategory of what somebody causes; taxes, credits and adjustments follow from it."""
FIXED = "Recurring"
"""ChargeFrequency of fees that come whatever is used: nobody causes them to rise."""
IDLE = "Unused"
"""CommitmentDiscountStatus of what a commitment has left: it moves against use, which is judged itself."""


def read_cost_cube(engine: Engine, columns: Sequence[str], *, start: date, end: date) -> pa.Table:
    """
    Cost of what was bought (`BOUGHT`) and used on the days ``[start, end)``, of all currencies.

    A quantity is known of what was bought and not of who bears it: each owner has the part of it that they
    bear of the day's cost of that SKU in that account. So cost over quantity is the unit cost of the bill.

    Returns: one row per BillingCurrency, ``day`` (date32) and *columns* (string, which have ``SubAccountId``,
    ``ServiceName`` and ``SkuId``); EffectiveCost decimal(38, 18), PricingQuantity and ``x_CommittedQuantity``
    (under a commitment) double: statistics, null where the bill has none.
    """
    slices = _of_days(engine.table("allocations", months=_months(start, end)), start, end)
    keys = ["BillingCurrency", "day", *columns]
    costs = slices.group_by(keys).agg(EffectiveCost=slices.EffectiveCost.sum())
    bought = _quantities(engine, start, end).view()
    on = ["BillingCurrency", "day", *_BOUGHT]
    joined = costs.join(bought, [_same(costs[name], bought[name]) for name in on], how="left")
    part = costs.EffectiveCost.cast("float64") / bought._whole.nullif(0.0)
    return engine.to_arrow(
        joined.select(
            *(costs[name] for name in keys),
            EffectiveCost=costs.EffectiveCost.cast("decimal(38, 18)"),
            PricingQuantity=bought._quantity * part,
            x_CommittedQuantity=bought._committed * part,
        )
    )


def read_cost_detail(
    engine: Engine, columns: Sequence[str], *, start: date, end: date, least: float
) -> pa.Table:
    """
    Cost by finer *columns* of the days ``[start, end)``, only of what cost more than *least* in one of them.

    Returns: one row per BillingCurrency, ``day`` and *columns*; EffectiveCost decimal(38, 18).
    """
    slices = _of_days(engine.table("allocations", months=_months(start, end)), start, end)
    costs = slices.group_by(["BillingCurrency", "day", *columns]).agg(
        EffectiveCost=slices.EffectiveCost.sum()
    )
    most = costs.EffectiveCost.abs().max().over(ibis.window(group_by=["BillingCurrency", *columns]))
    kept = costs.mutate(_most=most.cast("float64")).filter(ibis._._most > least).drop("_most")
    return engine.to_arrow(kept.mutate(EffectiveCost=kept.EffectiveCost.cast("decimal(38, 18)")))


def read_source_accounts(engine: Engine, *, start: date, end: date) -> pa.Table:
    """Which source bills which account. Returns: one row per ``x_SourceId`` and ``SubAccountId``."""
    slices = _of_days(engine.table("allocations", months=_months(start, end)), start, end)
    return engine.to_arrow(slices.select("x_SourceId", "SubAccountId").distinct())


def _quantities(engine: Engine, start: date, end: date) -> ir.Table:
    """What was bought: ``_quantity``, the ``_committed`` part of it, and what the ``_whole`` of it cost."""
    charges = _of_days(engine.table("charges", months=_months(start, end)), start, end)
    quantity = charges.PricingQuantity.cast("float64")
    is_committed = (charges.PricingCategory == "Committed") | (charges.CommitmentDiscountStatus == "Used")
    return charges.group_by(["BillingCurrency", "day", *_BOUGHT]).agg(
        _quantity=quantity.sum(),
        _committed=quantity.sum(where=is_committed.fill_null(False)).fill_null(0.0),  # noqa: FBT003 - Ibis
        _whole=charges.EffectiveCost.sum().cast("float64"),
    )


def _of_days(rows: ir.Table, start: date, end: date) -> ir.Table:
    first, after = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (start, end))
    moment = ibis.coalesce(rows.ChargePeriodStart, rows.BillingPeriodStart)
    is_bought = rows.ChargeCategory.isnull() | rows.ChargeCategory.isin(BOUGHT)
    is_fixed = (rows.ChargeFrequency == FIXED).fill_null(False)  # noqa: FBT003 - Ibis
    is_idle = (rows.CommitmentDiscountStatus == IDLE).fill_null(False)  # noqa: FBT003 - Ibis
    kept = rows.filter(moment >= first, moment < after, is_bought, ~is_fixed, ~is_idle)
    moment = ibis.coalesce(kept.ChargePeriodStart, kept.BillingPeriodStart)
    return kept.mutate(day=utc_clock(moment).date())


def _months(start: date, end: date) -> tuple[date, date]:
    """The billing months that can have charges of the days; a correction may be billed up to two later."""
    return (start - 31 * _DAY).replace(day=1), end + 93 * _DAY


def _same(left: ir.Value, right: ir.Value) -> ir.BooleanValue:
    return left.identical_to(right)
