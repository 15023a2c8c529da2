"""The addresses of budgets."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from warikan.focus.errors import UsageError
from warikan.web.budgets.accuracy import load_accuracy
from warikan.web.budgets.listing import make_budgets
from warikan.web.budgets.page import find_node, make_budget
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness

BUDGETS = "/budgets"
Id = Annotated[str, Path(max_length=100)]
Marks = Annotated[Literal["on", "off"], Query()]


def add_budgets(web: APIRouter, pages: Pages) -> None:
    """Put the pages of budgets into *web*."""

    @web.get(BUDGETS)
    def budgets(request: Request) -> Response:
        visit = pages.visit(request)
        page = None
        if visit.lacks is None and visit.workspace.settings.budgets:
            page = make_budgets(visit.workspace.operations.budgets.tree(), visit)
        teams = [(team.id, team.title or team.id) for team in visit.workspace.catalog.teams.values()]
        return pages.page(
            request,
            visit,
            "budgets.html",
            page=page,
            teams=teams,
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get(f"{BUDGETS}/{{budget_id}}")
    def budget(request: Request, budget_id: Id, marks: Marks = "on") -> Response:
        visit = pages.visit(request)
        facade = visit.workspace.operations.budgets
        page = None
        if visit.lacks is None:
            tree = facade.tree() if budget_id in visit.workspace.settings.budgets else ()
            node = find_node(tree, budget_id)
            status = node.status if node else facade.status(budget_id)
            course, history = facade.course(status), facade.history(budget_id)
            page = make_budget(status, course, history, node, visit, with_marks=marks == "on")
        return pages.page(
            request,
            visit,
            "budget.html",
            page=page,
            marks=marks == "on",
            title=page.title if page else budget_id,
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get(f"{BUDGETS}/{{budget_id}}/accuracy")
    def accuracy(request: Request, budget_id: Id) -> Response:
        visit = pages.visit(request)
        known = visit.workspace.operations.budgets.get(budget_id)
        if visit.lacks:
            raise UsageError("the charges are not allocated yet", hint="warikan allocate")
        found = load_accuracy(visit, known.where, known.currency, known.metric)
        template = "_accuracy.html" if request.headers.get("HX-Request") else "accuracy.html"
        return pages.page(
            request, visit, template, accuracy=found, title=known.title, back=f"{BUDGETS}/{known.id}"
        )
