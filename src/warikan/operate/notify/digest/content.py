"""What a digest says of a team, as plain data: numbers and names, no layout."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from warikan.focus.money import Money
from warikan.operate.notify.text import Text

Cadence = Literal["daily", "weekly"]
Likelihood = Literal["within", "at risk", "over"]


@dataclass(frozen=True)
class Spent:
    """
    EffectiveCost of the team in the digest's period, in one BillingCurrency.

    Attributes:
        previous: Of the period of equal length before it.
        expected: The forecast's p50, made before the period began.
        days: Cost of the last days, oldest first, the digest's period at the end: the little chart.
    """

    cost: Money
    previous: Money | None = None
    expected: Money | None = None
    days: tuple[Money, ...] = ()


@dataclass(frozen=True)
class Mover:
    """A service or provider service whose cost changed; *why* is what coincided, where something is known."""

    name: str
    cost: Money
    change: Money
    why: Text | None = None
    path: str = ""


@dataclass(frozen=True)
class OpenMatter:
    """
    An anomaly or incident that is not closed.

    Attributes:
        excess: Cost above the expected one so far.
        per_day: What it costs more each day while it goes on; None when it has ended.
    """

    id: str
    title: Text
    since: date
    excess: Money
    per_day: Money | None = None
    is_acknowledged: bool = False
    path: str = ""


@dataclass(frozen=True)
class BudgetLine:
    """A budget: what may be spent, what is spent, and where it will end (p50)."""

    name: str
    amount: Money
    actual: Money
    forecast: Money | None
    status: Likelihood
    path: str = ""


@dataclass(frozen=True)
class DueAction:
    """A task or an action of a review."""

    title: str
    due: date
    is_overdue: bool
    owner: str = ""
    path: str = ""


@dataclass(frozen=True)
class Verified:
    """What the bill has shown to have ended, and what it saves in 30 days; None where it ended by itself."""

    title: Text
    avoided: Money | None
    path: str = ""


@dataclass(frozen=True)
class MonthForecast:
    """Where the month will end: p10, p50 and p90 of its total, beside the month before."""

    month: date
    low: Money
    middle: Money
    high: Money
    last_month: Money | None = None


@dataclass(frozen=True)
class Noticed:
    """A matter too small for a message of its own."""

    title: Text
    path: str = ""


@dataclass(frozen=True)
class DigestContent:
    """
    All that a team is told once a day or a week.

    Attributes:
        start, end: The days looked back on, ``[start, end)``, UTC, complete.
        data_until: The last complete day of the bill.
        spent: One for each BillingCurrency, largest first.
        movers: Largest change first. All lists are shown from the top; what does not fit is counted.
    """

    team_id: str
    team_title: str
    cadence: Cadence
    start: date
    end: date
    data_until: date | None = None
    spent: tuple[Spent, ...] = ()
    movers: tuple[Mover, ...] = ()
    open_matters: tuple[OpenMatter, ...] = ()
    budgets: tuple[BudgetLine, ...] = ()
    actions: tuple[DueAction, ...] = ()
    verified: tuple[Verified, ...] = ()
    forecasts: tuple[MonthForecast, ...] = ()
    noticed: tuple[Noticed, ...] = ()
    path: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody would act on: cost alone is on the page."""
        return not (
            self.movers
            or self.open_matters
            or self.actions
            or self.verified
            or self.noticed
            or any(line.status != "within" for line in self.budgets)
        )


Provide = Callable[[str, Cadence, date], DigestContent | None]
"""(team, cadence, local day on which it is sent) → what it says; None where nothing is known of the team."""
