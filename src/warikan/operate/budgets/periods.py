"""Periods of a budget: calendar months, fiscal quarters, fiscal years, and how much each one has."""

from datetime import date
from decimal import Decimal

from warikan.catalog.budgets import MONTHS, BudgetSettings, month_of
from warikan.focus.money import EXACT
from warikan.operate.budgets.budget import PeriodKind

CENT = Decimal("0.01")


def period_of(day: date, kind: PeriodKind, fiscal_start: int) -> tuple[date, date]:
    """The period ``[start, end)`` of *kind* that has *day*; quarters and years count from *fiscal_start*."""
    months = MONTHS[kind]
    index = day.year * 12 + day.month - 1
    first = index - (index - (fiscal_start - 1)) % months
    return _month(first), _month(first + months)


def previous_period(start: date, kind: PeriodKind) -> tuple[date, date]:
    """The period before the one that begins on *start*."""
    index = start.year * 12 + start.month - 1
    return _month(index - MONTHS[kind]), start


def amount_of(budget: BudgetSettings, start: date, fiscal_start: int) -> Decimal:
    """
    What *budget* may spend in the period that begins on *start*.

    As ``amounts`` says for it (by any month of the period), else ``amount``, grown for each period since
    ``from`` and rounded to a hundredth.
    """
    for month, amount in budget.amounts.items():
        if period_of(month_of(month), budget.period, fiscal_start)[0] == start:
            return amount
    if not budget.growth or budget.from_ is None:
        return budget.amount
    first = period_of(month_of(budget.from_), budget.period, fiscal_start)[0]
    passed = ((start.year - first.year) * 12 + start.month - first.month) // MONTHS[budget.period]
    factor = EXACT.power(EXACT.divide(EXACT.add(Decimal(100), budget.growth), Decimal(100)), max(passed, 0))
    return EXACT.multiply(budget.amount, factor).quantize(CENT, context=EXACT)


def held_from(budget: BudgetSettings) -> date | None:
    """The first day it holds; None: ever."""
    return None if budget.from_ is None else month_of(budget.from_)


def held_until(budget: BudgetSettings) -> date | None:
    """The day after the last it holds; None: for ever."""
    if budget.until is None:
        return None
    last = month_of(budget.until)
    return _month(last.year * 12 + last.month)


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)
