"""``daily_costs``: the slices of a month added up by day and every low-cardinality reporting column."""

from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.allocate.split import MONEY
from warikan.engine.functions import utc_clock
from warikan.focus.columns import COST_METRICS, PART_METRICS

_UTC = dt.Timestamp(timezone="UTC", scale=6)
_COUNT = "x_ChargeCount"
_ORDER = ("ChargePeriodStart", "x_SourceId", "SubAccountId", "ServiceName", "x_ServiceId")


def daily_costs(slices: ir.Table, columns: Sequence[str]) -> ir.Table:
    """
    *slices* (rows of ``allocations``) as *columns* of ``daily_costs``.

    Returns: one row per day (UTC) and combination of the other columns, ordered by day; each cost is the
    exact sum of its slices, ``x_ChargeCount`` how many they are.
    """
    moment = ibis.coalesce(slices.ChargePeriodStart, slices.BillingPeriodStart)
    amounts = (*COST_METRICS, *PART_METRICS)
    groups = {n: slices[n] for n in columns if n not in (*amounts, _COUNT, "ChargePeriodStart")}
    sums = {metric: slices[metric].sum().cast(MONEY) for metric in amounts}
    table = slices.group_by(_day=utc_clock(moment).date(), **groups).agg(**sums, **{_COUNT: slices.count()})
    table = table.mutate(ChargePeriodStart=table._day.cast(_UTC)).select(columns)
    return table.order_by(*(name for name in _ORDER if name in columns))
