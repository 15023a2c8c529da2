"""
How fast a budget burns: multi-window burn rates, as SREs know them from error budgets.

Source: Google, The Site Reliability Workbook, chapter 5 "Alerting on SLOs", section 6 "Multiwindow,
multi-burn-rate alerts": burn rate = budget consumed over a window / the part of the period that the window
is; an alert needs a long window (it matters) and a short one (it goes on) to burn that fast. There an error
budget is better not spent and thresholds are 14.4, 6 and 1; a budget of money is meant to be spent whole, so
1 is on plan, and bills come by the day: 2 and 7 days for fast, 7 and 28 for slow. A part of the period is
what its expected shape spends in it, not its length: what is always billed on the first is no burn.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from warikan.catalog.budgets import BurnSettings
from warikan.focus.money import EXACT
from warikan.insights.panel import Codes, Matrix
from warikan.insights.shape import (
    FEE_DAYS,
    WEEK,
    Vector,
    fee_days,
    find_fees,
    robust_scale,
    rolling_median,
    weekdays,
    weekly_profile,
)
from warikan.operate.budgets.budget import BurnLevel, Outlook, Window
from warikan.operate.daily import DailyCost

SHORT, MIDDLE, LONG = 2, 7, 28
FEWEST = 2 * WEEK
HISTORY = timedelta(days=200)
PLACES = Decimal("0.000001")
ZERO = Decimal(0)


def expected_shape(history: DailyCost, first: date, start: date, end: date) -> Mapping[date, float]:
    """
    How the period ``[start, end)`` is expected to be spent: each day's part of 1.

    From the days ``[first, start)`` only, so that a burn never teaches its own shape: the weekdays, and
    what came on the same day of at least two of the last months (`insights.shape`). Even days where there
    are fewer than two weeks of them.
    """
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    begin = max(first, start - HISTORY)
    count = (start - begin).days
    even = dict.fromkeys(days, 1 / len(days))
    if count < FEWEST:
        return even
    known = np.array([[max(float(history.on(begin + timedelta(days=i))), 0.0) for i in range(count)]])
    level = rolling_median(known, 2 * WEEK + 1)
    profile = weekly_profile(np.minimum(known, 3 * level + 1e-12), begin.weekday())
    usual = level * profile[:, weekdays(begin, count)]
    bumps = known - usual
    plain = float(np.median(level[0, -28:])) * profile[0, weekdays(start, len(days))]
    weights = plain + _fees(bumps, begin, start, len(days))
    total = float(weights.sum())
    if total <= 0:
        return even
    return {day: float(weight) / total for day, weight in zip(days, weights, strict=True)}


def _fees(bumps: Matrix, begin: date, start: date, count: int) -> Vector:
    """What is billed on a day of each month, by its number or from the month's end: never both at once."""
    scale = robust_scale(bumps)
    numbers, numbers_then = _numbers(begin, bumps.shape[1]), _numbers(start, count)
    by_number = find_fees(bumps, numbers, scale).on(numbers_then)[0]
    ends_then = fee_days(start, count)
    by_end = find_fees(bumps, fee_days(begin, bumps.shape[1]), scale).on(ends_then)[0]
    found: Vector = np.maximum(by_number, np.where(ends_then >= FEE_DAYS - 3, by_end, 0.0))
    return found


def _numbers(start: date, count: int) -> Codes:
    """For each day its number in the month, less 1."""
    return np.array([(start + timedelta(days=i)).day - 1 for i in range(count)], dtype=np.int64)


def planned_on(amount: Decimal, part: float) -> Decimal:
    """*part* (a ratio) of *amount*, to six decimals."""
    return EXACT.multiply(amount, Decimal(repr(part))).quantize(PLACES, context=EXACT)


def burn_over(days: int, cost: DailyCost, planned: Mapping[date, Decimal], end: date) -> Window | None:
    """
    The window of the last *days* days before *end*; None where *planned* does not know each of them.

    rate = spent / planned.
    """
    start = end - timedelta(days=days)
    wanted = [start + timedelta(days=i) for i in range(days)]
    if any(day not in planned for day in wanted):
        return None
    total = ZERO
    for day in wanted:
        total = EXACT.add(total, planned[day])
    spent = cost.total(start, end)
    return Window(days, spent, total, float(spent) / float(total) if total > 0 else None)


def judge_level(
    *,
    actual: Decimal,
    amount: Decimal,
    windows: Sequence[Window],
    outlook: Outlook | None,
    burn: BurnSettings,
) -> tuple[BurnLevel, tuple[str, ...]]:
    """The worst level that holds, and every reason, the worst first."""
    rates = {window.days: window.rate for window in windows}
    found: list[tuple[BurnLevel, str]] = []
    if actual >= amount:
        found.append(("exhausted", "all of it is spent"))
    if _burns(rates, SHORT, MIDDLE, burn.fast):
        found.append(("fast", _said(rates, SHORT, MIDDLE)))
    if outlook is not None and outlook.p50 > amount and actual < amount:
        found.append(("forecast_over", "more likely than not it ends over the budget"))
    if _burns(rates, MIDDLE, LONG, burn.slow):
        found.append(("slow", _said(rates, MIDDLE, LONG)))
    return (found[0][0] if found else "ok"), tuple(reason for _, reason in found)


def _burns(rates: Mapping[int, float | None], short: int, long: int, threshold: float) -> bool:
    return all((rate := rates.get(days)) is not None and rate >= threshold for days in (short, long))


def _said(rates: Mapping[int, float | None], short: int, long: int) -> str:
    return f"{rates[short]:.2f} times the plan over {short} days, {rates[long]:.2f} times over {long}"
