"""What a budget is, and how it stands: plain data, money exact, ratios float."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

BurnLevel = Literal["ok", "slow", "forecast_over", "fast", "exhausted"]
BURN_LEVELS: tuple[BurnLevel, ...] = ("ok", "slow", "forecast_over", "fast", "exhausted")
"""From harmless to severe."""
PeriodKind = Literal["month", "quarter", "year"]


@dataclass(frozen=True)
class Budget:
    """
    What may be spent in each period.

    Attributes:
        where: The filter of what it pays for, owner included; blank for everything.
        start, end: First and last periods' days ``[start, end)`` in which it holds; None: ever.
    """

    id: str
    title: str
    team_id: str | None
    service_id: str | None
    where: str
    currency: str
    metric: str
    period: PeriodKind
    parent: str | None
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Window:
    """
    How fast it burns over the last *days* complete days.

    Attributes:
        spent: Exact. *planned*: the budget's share for these days, by the expected shape of the period.
        rate: spent / planned as a ratio; 1 ends the period exactly on budget. None where nothing was planned.
    """

    days: int
    spent: Decimal
    planned: Decimal
    rate: float | None


@dataclass(frozen=True)
class Burn:
    """
    One time that a budget burnt too fast; one message each, updated as it changes.

    Attributes:
        id: ``BURN-7``.
        level: As last judged, *worst* as it ever was.
        onset: The first day of the short window that first told.
        ended_at: None while it lasts.
    """

    id: str
    budget_id: str
    period_start: date
    level: BurnLevel
    worst: BurnLevel
    onset: date
    detected_at: datetime
    ended_at: datetime | None
    spent: Decimal
    amount: Decimal
    currency: str
    incident_id: str | None


@dataclass(frozen=True)
class Outlook:
    """The period's total as forecast: what is billed plus what is expected; p10 <= p50 <= p90."""

    p10: Decimal
    p50: Decimal
    p90: Decimal


@dataclass(frozen=True)
class BudgetStatus:
    """
    How a budget stands in one period ``[start, end)``.

    Attributes:
        data_end: Exclusive end of the complete days; *elapsed* is the ratio of the period's days they are.
        actual: Exact cost of the period's complete days. *left*: amount less actual, negative when exhausted.
        planned: What the expected shape would have spent by now.
        consumed: actual / amount as a ratio.
        windows: 2, 7 and 28 days (those that the budget's time holds).
        reasons: Why *level* is what it is, one English sentence each; empty when ok.
        outlook: None when there is too little history, or the period is over.
        burn: The open one, if any.
    """

    budget: Budget
    amount: Decimal
    start: date
    end: date
    data_end: date
    elapsed: float
    actual: Decimal
    planned: Decimal
    left: Decimal
    consumed: float
    outlook: Outlook | None
    windows: tuple[Window, ...]
    level: BurnLevel
    reasons: tuple[str, ...]
    burn: Burn | None


@dataclass(frozen=True)
class BudgetNode:
    """
    A budget in the tree.

    Attributes:
        children_amount: What its children may spend in this budget's period, in all.
        over: children_amount less amount where positive, else 0: promised more often than there is.
    """

    status: BudgetStatus
    children: "tuple[BudgetNode, ...]"
    children_amount: Decimal
    over: Decimal


@dataclass(frozen=True)
class PastPeriod:
    """A period that has begun, and how it ended (or stands)."""

    start: date
    end: date
    amount: Decimal
    actual: Decimal
    is_complete: bool


@dataclass(frozen=True)
class BudgetHistory:
    """Its periods, newest first, and its burns, newest first."""

    budget: Budget
    periods: tuple[PastPeriod, ...]
    burns: tuple[Burn, ...]


@dataclass(frozen=True)
class Judged:
    """What a judgement changed."""

    started: tuple[Burn, ...]
    changed: tuple[Burn, ...]
    ended: tuple[Burn, ...]
