"""The course of a budget's period, added up day by day: what was spent, what was planned, how it may end."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warikan.engine.query import Change
from warikan.focus.money import EXACT
from warikan.operate.budgets.budget import BudgetStatus, Outlook
from warikan.operate.budgets.burning import expected_shape, planned_on
from warikan.operate.budgets.standing import Standing

PLACES = Decimal("0.000001")
ZERO = Decimal(0)


@dataclass(frozen=True)
class CourseDay:
    """
    Sums from the period's first day to the end of *day*.

    Attributes:
        actual: Exact; None from the first day that is not complete.
        planned: By the expected shape of the period; on its last day it is the amount.
        expected: What it may have come to; None before the last complete day, and without a forecast.
    """

    day: date
    actual: Decimal | None
    planned: Decimal
    expected: Outlook | None


def load_course(standing: Standing, status: BudgetStatus) -> tuple[CourseDay, ...]:
    """
    Every day of the period of *status*.

    The forecast is of the period's end. On the way there it grows as the expected shape of the days that are
    left says: a picture of the end, not one forecast for each day.
    """
    read = standing.read(status.budget.id, standing.bill())
    shape = expected_shape(read.cost, read.first, status.start, status.end)
    left = sum(part for day, part in shape.items() if day >= status.data_end)
    days: list[CourseDay] = []
    spent = planned = ZERO
    passed = 0.0
    for day in (status.start + timedelta(days=i) for i in range((status.end - status.start).days)):
        planned = EXACT.add(planned, planned_on(status.amount, shape[day]))
        is_complete = day < status.data_end
        expected = None
        if is_complete:
            spent = EXACT.add(spent, read.cost.on(day))
        else:
            passed += shape[day]
        if status.outlook is not None and day >= status.data_end - timedelta(days=1):
            expected = _on_the_way(status.actual, status.outlook, passed / left if left > 0 else 1.0)
        days.append(CourseDay(day, spent if is_complete else None, planned, expected))
    return tuple(days)


def against(now: Decimal, plan: Decimal) -> Change:
    """How far *now* is from *plan*."""
    delta = EXACT.subtract(now, plan)
    return Change(now, plan, delta, float(delta) / float(plan) if plan else None)


def _on_the_way(actual: Decimal, end: Outlook, passed: float) -> Outlook:
    """*actual*, and the *passed* ratio of the way from it to *end*."""
    ratio = Decimal(repr(passed))

    def reached(total: Decimal) -> Decimal:
        rest = EXACT.multiply(EXACT.subtract(total, actual), ratio).quantize(PLACES, context=EXACT)
        return EXACT.add(actual, rest)

    return Outlook(reached(end.p10), reached(end.p50), reached(end.p90))
