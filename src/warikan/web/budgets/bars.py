"""One budget as a bar: what is spent, the band in which it may end, and the line it should not cross."""

from dataclasses import dataclass

from warikan.focus.period import Period, as_utc
from warikan.operate.budgets.budget import BudgetStatus
from warikan.web.display import Amount
from warikan.web.visit import Visit


@dataclass(frozen=True)
class Bar:
    """Lengths and places in percent of the bar; *low* .. *high* is the band, None without a forecast."""

    spent: float
    limit: float
    low: float | None
    middle: float | None
    high: float | None
    label: str


@dataclass(frozen=True)
class Ending:
    """How a period is expected to end, in words."""

    sentence: str
    middle: Amount
    band: str


def draw_bar(status: BudgetStatus, visit: Visit) -> Bar:
    """*status* as a bar that is a little longer than the largest of its amounts."""
    outlook = status.outlook
    longest = max(status.amount, status.actual, outlook.p90 if outlook else status.amount)
    full = float(longest) * 1.04 or 1.0

    def at(amount: object) -> float:
        return min(max(float(amount) / full * 100, 0.0), 100.0)  # type: ignore[arg-type]

    return Bar(
        spent=at(status.actual),
        limit=at(status.amount),
        low=at(outlook.p10) if outlook else None,
        middle=at(outlook.p50) if outlook else None,
        high=at(outlook.p90) if outlook else None,
        label=visit.texts.gettext(
            "%(actual)s of %(amount)s spent",
            actual=_money(status, "actual", visit),
            amount=_money(status, "amount", visit),
        ),
    )


def say_ending(status: BudgetStatus, visit: Visit) -> Ending | None:
    """``80 % chance of ending between … and …``; None without a forecast."""
    outlook = status.outlook
    if outlook is None:
        return None
    display, currency = visit.display, status.budget.currency
    places = display.places(outlook.p50, currency)
    low, middle, high = (display.money(p, currency, places) for p in (outlook.p10, outlook.p50, outlook.p90))
    return Ending(
        sentence=visit.texts.gettext(
            "80 %% chance of ending between %(low)s and %(high)s.", low=low.text, high=high.text
        ),
        middle=middle,
        band=f"{low.text} – {high.text}",
    )


def period_text(status: BudgetStatus, visit: Visit) -> str:
    """The period in words."""
    start, end = as_utc(status.start), as_utc(status.end)
    if status.budget.period == "month":
        return visit.display.month(start)
    return visit.display.period(Period(start, end))


def _money(status: BudgetStatus, name: str, visit: Visit) -> str:
    return visit.display.money(getattr(status, name), status.budget.currency).text
