"""One budget: its period day by day, how fast it burns, its parts and its past."""

from collections.abc import Sequence
from dataclasses import dataclass

from warikan.focus.period import Period, as_utc
from warikan.operate.budgets.budget import BudgetHistory, BudgetNode, BudgetStatus, Burn, PastPeriod, Window
from warikan.operate.budgets.course import CourseDay, against
from warikan.web.bounds import shorten
from warikan.web.budgets.bars import Ending, period_text, say_ending
from warikan.web.budgets.listing import BudgetRow, budget_path, make_row
from warikan.web.budgets.picture import draw_course
from warikan.web.budgets.words import LEVEL_NOTES, LEVELS, PERIODS
from warikan.web.chart import Chart
from warikan.web.display import Amount, Delta
from warikan.web.state import encode
from warikan.web.visit import Visit


@dataclass(frozen=True)
class WindowRow:
    """How fast it burnt over some last days."""

    days: str
    spent: Amount
    planned: Amount
    rate: str
    is_fast: bool


@dataclass(frozen=True)
class Pair:
    """Two windows that both must burn too fast, in one sentence, and whether they do."""

    sentence: str
    is_burning: bool


@dataclass(frozen=True)
class BurnRow:
    """One time it burnt too fast."""

    label: str
    since: str
    until: str
    spent: Amount
    incident: str | None


@dataclass(frozen=True)
class PeriodRow:
    """A period that began, and how it ended or stands."""

    label: str
    amount: Amount
    actual: Amount
    delta: Delta
    note: str


@dataclass(frozen=True)
class BudgetPage:
    """The page of one budget."""

    id: str
    href: str
    row: BudgetRow
    title: str
    period: str
    every: str
    currency: str
    metric: str
    where: str
    costs_href: str
    parent: tuple[str, str] | None
    ending: Ending | None
    against: Delta
    planned: Amount
    left: Amount
    is_over: bool
    complete: str | None
    chart: Chart
    windows: tuple[WindowRow, ...]
    pairs: tuple[Pair, ...]
    level_note: str
    children: tuple[BudgetRow, ...]
    over: Amount | None
    burns: tuple[BurnRow, ...]
    periods: tuple[PeriodRow, ...]


def make_budget(
    status: BudgetStatus,
    course: Sequence[CourseDay],
    history: BudgetHistory,
    node: BudgetNode | None,
    visit: Visit,
    *,
    with_marks: bool = True,
) -> BudgetPage:
    """Lay out one budget; *node* is its place in the tree, *with_marks*: with changes."""
    budget, display, texts = status.budget, visit.display, visit.texts
    currency, settings = budget.currency, visit.workspace.settings
    places = display.places(status.amount, currency)
    known = settings.budgets.get(budget.parent or "")
    parent = (known.title or budget.parent or "", budget_path(budget.parent or "")) if known else None
    pairs = [("where", budget.where)] if budget.where else []
    pairs.append(("period", f"{status.start}..{status.end}"))
    if budget.metric != "EffectiveCost":
        pairs.append(("metric", budget.metric))
    pairs.append(("currency", currency))
    burn = settings.budgets[budget.id].burn
    return BudgetPage(
        id=budget.id,
        href=budget_path(budget.id),
        row=make_row(status, visit, 0, node),
        title=shorten(budget.title or budget.id, 200),
        period=period_text(status, visit),
        every=texts.gettext(PERIODS[budget.period]),
        currency=currency,
        metric=budget.metric,
        where=budget.where,
        costs_href=f"/?{encode(pairs)}",
        parent=parent,
        ending=say_ending(status, visit),
        against=display.delta(against(status.actual, status.planned), currency, places),
        planned=display.money(status.planned, currency, places),
        left=display.money(abs(status.left), currency, places),
        is_over=status.left < 0,
        complete=display.date(course[_last(course)].day) if _last(course) >= 0 else None,
        chart=draw_course(status, course, visit, with_marks=with_marks),
        windows=tuple(_window(one, currency, visit) for one in status.windows),
        pairs=_pairs(status.windows, burn.fast, burn.slow, visit),
        level_note=texts.gettext(LEVEL_NOTES[status.level]),
        children=tuple(make_row(child.status, visit, 0, child) for child in node.children) if node else (),
        over=display.money(node.over, currency) if node and node.over else None,
        burns=tuple(_burn(one, visit) for one in history.burns),
        periods=tuple(_period(one, currency, visit) for one in history.periods),
    )


def find_node(tree: Sequence[BudgetNode], budget_id: str) -> BudgetNode | None:
    """Where the budget stands in *tree*."""
    for node in tree:
        if node.status.budget.id == budget_id:
            return node
        if found := find_node(node.children, budget_id):
            return found
    return None


def _last(course: Sequence[CourseDay]) -> int:
    return max((i for i, day in enumerate(course) if day.actual is not None), default=-1)


def _window(one: Window, currency: str, visit: Visit) -> WindowRow:
    display = visit.display
    places = display.places(max(one.spent, one.planned), currency)
    return WindowRow(
        days=visit.texts.ngettext("Last %(num)d complete day", "Last %(num)d complete days", one.days),
        spent=display.money(one.spent, currency, places),
        planned=display.money(one.planned, currency, places),
        rate=_rate(one.rate, visit),
        is_fast=one.rate is not None and one.rate > 1,
    )


def _rate(rate: float | None, visit: Visit) -> str:
    return "–" if rate is None else visit.texts.gettext("%(rate)s times the plan", rate=f"{rate:.2f}")


def _pairs(windows: Sequence[Window], fast: float, slow: float, visit: Visit) -> tuple[Pair, ...]:
    rates = {one.days: one.rate for one in windows}
    found = []
    for short, long, threshold in ((2, 7, fast), (7, 28, slow)):
        if short not in rates or long not in rates:
            continue
        burning = all((rate := rates[days]) is not None and rate >= threshold for days in (short, long))
        said = visit.texts.gettext(
            "Both the last %(short)s and the last %(long)s days would have to be at %(threshold)s times the "
            "plan or more: the longer one says that it matters, the shorter one that it still goes on.",
            short=short,
            long=long,
            threshold=f"{threshold:g}",
        )
        found.append(Pair(said, burning))
    return tuple(found)


def _burn(one: Burn, visit: Visit) -> BurnRow:
    return BurnRow(
        label=visit.texts.gettext(LEVELS[one.worst]),
        since=visit.display.date(one.onset),
        until=visit.display.day(one.ended_at) if one.ended_at else visit.texts.gettext("still going on"),
        spent=visit.display.money(one.spent, one.currency),
        incident=one.incident_id,
    )


def _period(one: PastPeriod, currency: str, visit: Visit) -> PeriodRow:
    display = visit.display
    places = display.places(max(one.amount, one.actual), currency)
    return PeriodRow(
        label=display.period(Period(as_utc(one.start), as_utc(one.end))),
        amount=display.money(one.amount, currency, places),
        actual=display.money(one.actual, currency, places),
        delta=display.delta(against(one.actual, one.amount), currency, places),
        note="" if one.is_complete else visit.texts.gettext("not over yet"),
    )
