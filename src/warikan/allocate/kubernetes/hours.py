"""A charge that covers more than an hour, spread over the hours in which its asset was there."""

from collections.abc import Sequence
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.remembered import remembered
from warikan.allocate.split import CHARGE, MONEY, as_double, part_expression
from warikan.focus.columns import COST_METRICS


@remembered
def spread_hours(
    charges: ir.Table,
    hours: ir.Table,
    *,
    asset: Sequence[str] = ("x_ClusterId", "NodeUid"),
    seconds: str = "UpSeconds",
) -> ir.Table:
    """
    Each of *charges* over the hours of its asset, one row per charge and hour.

    Returns: the columns of *charges*, ``Hour``, and ``HourRatio`` (double): the part of the charge.

    The weight of an hour is its *seconds*, at most those of the hour that lie in the charge's period. The
    hours of a charge sum to each metric to the last digit; the rest of the cuts is with the largest weight,
    the first hour on a tie. A charge within one clock hour is that hour's. Where *hours* know nothing of
    the asset in the period, the whole charge is in the hour in which it starts, and nothing is lost.

    Args:
        charges: x_SourceId, x_ChargeKey, ChargePeriodStart, ChargePeriodEnd (excluded), *asset*, the four
            metrics (decimal(38, 18)), and what else should be carried along. One row per charge and asset.
        hours: *asset*, ``Hour`` and *seconds*; several rows of one asset and hour are one, the largest.
    """
    columns = charges.columns
    placed = charges.mutate(Hour=_hour_of(charges.ChargePeriodStart))
    last = charges.ChargePeriodEnd - ibis.interval(microseconds=1)
    is_short = _hour_of(last) <= placed.Hour
    short = placed.filter(is_short).select(*columns, "Hour", HourRatio=ibis.literal(1.0))
    weighed = _weigh(placed.filter(~is_short), hours, asset, seconds)
    of_charge = ibis.window(group_by=[*CHARGE, *asset])
    ranked = ibis.window(group_by=[*CHARGE, *asset], order_by=[ibis.desc(weighed._weight), weighed._hour])
    total = weighed._weight.sum().over(of_charge)
    split = weighed.mutate(
        _ratio=weighed._weight.cast("float64") / total.cast("float64"),
        _takes=ibis.row_number().over(ranked) == 0,
    )
    split = split.mutate(
        **{f"_cut_{m}": part_expression(as_double(split[m]), split._ratio) for m in COST_METRICS}
    )
    parts = {}
    for metric in COST_METRICS:
        part = split[f"_cut_{metric}"]
        rest = split[metric] - (part.sum().over(of_charge) - part)
        parts[metric] = ibis.ifelse(split._takes, rest, part).cast(MONEY)
    long = split.select(
        **{**{c: split[c] for c in columns}, **parts, "Hour": split._hour, "HourRatio": split._ratio}
    )
    return ibis.union(short, long)


def _weigh(charges: ir.Table, hours: ir.Table, asset: Sequence[str], seconds: str) -> ir.Table:
    """*charges* by hour with ``_hour`` and ``_weight``; one row of weight 1 where the asset is unknown."""
    there = hours.filter(hours[seconds] > 0)
    there = there.group_by(**{f"_of{name}": there[name] for name in asset}, _at=there.Hour).agg(
        _seconds=there[seconds].max()
    )
    same = [charges[name] == there[f"_of{name}"] for name in asset]
    during = [there._at >= charges.Hour, there._at < charges.ChargePeriodEnd]
    both = charges.left_join(there, [*same, *during])
    start = ibis.greatest(both._at, both.ChargePeriodStart)
    end = ibis.least(both._at + ibis.interval(hours=1), both.ChargePeriodEnd)
    inside = ibis.greatest(_seconds(end) - _seconds(start), 1)
    return both.mutate(
        _hour=ibis.coalesce(both._at, both.Hour),
        _weight=ibis.ifelse(both._at.isnull(), 1, ibis.least(both._seconds, inside)),
    )


def _hour_of(moment: ir.Value) -> ir.TimestampValue:
    return cast("ir.TimestampValue", cast("ir.TimestampValue", moment).truncate("h"))


def _seconds(moment: ir.Value) -> ir.IntegerValue:
    return cast("ir.IntegerValue", cast("ir.TimestampValue", moment).epoch_seconds())
