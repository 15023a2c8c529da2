"""All budgets as a tree: how each stands, and where it will end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warikan.operate.budgets.budget import BudgetNode, BudgetStatus, BurnLevel
from warikan.web.bounds import shorten
from warikan.web.budgets.bars import Bar, Ending, draw_bar, period_text, say_ending
from warikan.web.budgets.words import LEVEL_NOTES, LEVELS, PERIODS
from warikan.web.display import Amount
from warikan.web.visit import Visit

MOST = 500


@dataclass(frozen=True)
class BudgetRow:
    """
    A budget as a row; *depth* is how deep it lies in the tree.

    Attributes:
        over: How much more its parts may spend than it has.
    """

    id: str
    href: str
    title: str
    depth: int
    owner: str | None
    owner_href: str | None
    every: str
    period: str
    amount: Amount
    actual: Amount
    consumed: str
    elapsed: str
    ending: Ending | None
    bar: Bar
    level: BurnLevel
    level_label: str
    level_note: str
    over: Amount | None


@dataclass(frozen=True)
class BudgetsPage:
    """The tree, root by root, and how many budgets are not on plan."""

    rows: tuple[BudgetRow, ...]
    currencies: tuple[str, ...]
    burning: int
    shared: bool


def budget_path(budget_id: str) -> str:
    """The address of a budget."""
    return f"/budgets/{budget_id}"


def make_budgets(tree: Sequence[BudgetNode], visit: Visit) -> BudgetsPage:
    """Lay out *tree*, parents before their parts."""
    rows = tuple(_rows(tree, visit, 0))[:MOST]
    currencies = tuple(dict.fromkeys(node.status.budget.currency for node in tree))
    return BudgetsPage(
        rows, currencies, sum(row.level != "ok" for row in rows), any(row.depth for row in rows)
    )


def _rows(nodes: Sequence[BudgetNode], visit: Visit, depth: int) -> Iterator[BudgetRow]:
    for node in nodes:
        yield make_row(node.status, visit, depth, node)
        yield from _rows(node.children, visit, depth + 1)


def make_row(status: BudgetStatus, visit: Visit, depth: int = 0, node: BudgetNode | None = None) -> BudgetRow:
    """*status* as a row; *node* says what its parts may spend."""
    budget, display, texts = status.budget, visit.display, visit.texts
    owner = None
    if budget.service_id:
        owner = visit.value("x_ServiceId", budget.service_id)
    elif budget.team_id:
        owner = visit.value("x_TeamId", budget.team_id)
    return BudgetRow(
        id=budget.id,
        href=budget_path(budget.id),
        title=shorten(budget.title or budget.id),
        depth=min(depth, 6),
        owner=owner,
        owner_href=f"/teams/{budget.team_id}" if budget.team_id else None,
        every=texts.gettext(PERIODS[budget.period]),
        period=period_text(status, visit),
        amount=display.money(status.amount, budget.currency),
        actual=display.money(status.actual, budget.currency),
        consumed=display.percent(status.consumed),
        elapsed=display.percent(status.elapsed),
        ending=say_ending(status, visit),
        bar=draw_bar(status, visit),
        level=status.level,
        level_label=texts.gettext(LEVELS[status.level]),
        level_note=texts.gettext(LEVEL_NOTES[status.level]),
        over=display.money(node.over, budget.currency) if node and node.over else None,
    )
