"""The pages' addresses."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from warikan.bootstrap import Workspace
from warikan.focus.errors import FilterError
from warikan.web.bills.routes import add_bills
from warikan.web.budgets.routes import add_budgets
from warikan.web.bundle import find_asset
from warikan.web.canonical import canonical
from warikan.web.charge import load_charge
from warikan.web.cluster_routes import add_clusters
from warikan.web.complete import complete
from warikan.web.costs import load_costs
from warikan.web.drill import MAX_PAGE, load_drill
from warikan.web.incidents.routes import add_incidents
from warikan.web.labels import METRIC_LABELS
from warikan.web.links import make_copies, origin_of
from warikan.web.me import add_me
from warikan.web.memory import Memory
from warikan.web.menu import make_menu
from warikan.web.pages import Pages, page_route
from warikan.web.reviews.routes import add_reviews
from warikan.web.state import parse_state
from warikan.web.table import value_of
from warikan.web.teams.routes import add_teams
from warikan.web.texts import Texts, load_texts
from warikan.web.toolbar import describe_freshness, describe_problem, list_chips, make_toolbar
from warikan.web.unallocated import load_proposals, unallocated_view

MAX_TEXT = 4000
FOR_EVER = "public, max-age=31536000, immutable"


def router(workspace: Workspace, texts_of: Callable[[str], Texts] = load_texts) -> APIRouter:
    """The pages of *workspace*, to be included into an application."""
    pages = Pages(Memory(workspace), texts_of)
    web = APIRouter(route_class=page_route(pages), include_in_schema=False)
    _add_costs(web, pages)
    _add_drill(web, pages)
    add_clusters(web, pages)
    add_incidents(web, pages)
    add_me(web)
    add_bills(web, pages)
    add_budgets(web, pages)
    add_reviews(web, pages)
    add_teams(web, pages)
    _add_parts(web, pages)
    return web


def not_found_router(workspace: Workspace, texts_of: Callable[[str], Texts] = load_texts) -> APIRouter:
    """Every other address as a page; include it last."""
    pages = Pages(Memory(workspace), texts_of)
    web = APIRouter(route_class=page_route(pages), include_in_schema=False)

    @web.get("/{path:path}")
    def not_found(request: Request, path: str) -> Response:  # noqa: ARG001 - the path's name
        return pages.page(request, pages.visit(request), "not_found.html", 404)

    return web


def _add_costs(web: APIRouter, pages: Pages) -> None:
    @web.get("/")
    def costs(request: Request) -> Response:
        if redirect := canonical(request, "/"):
            return redirect
        visit = pages.visit(request)
        state = visit.resolve(parse_state(request.query_params))
        context: dict[str, Any] = {"state": state, "problem": None, "costs": None, "answer": None}
        try:
            if visit.lacks is None:
                context["answer"], context["costs"] = load_costs(state, visit)
        except FilterError as error:
            context["problem"] = describe_problem(error, visit)
        answer = context["answer"]
        freshness = answer.freshness if answer else visit.workspace.freshness()
        return pages.page(
            request,
            visit,
            "costs.html",
            400 if context["problem"] else 200,
            toolbar=make_toolbar(state, visit, answer.period if answer else None, freshness),
            freshness=describe_freshness(freshness, visit),
            copies=make_copies(state, origin_of(request)),
            **context,
        )


def _add_drill(web: APIRouter, pages: Pages) -> None:
    @web.get("/slices")
    def slices(request: Request, page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1) -> Response:
        if redirect := canonical(request, "/slices"):
            return redirect
        visit, state = pages.visit(request), parse_state(request.query_params)
        return pages.page(
            request,
            visit,
            "slices.html",
            state=state,
            drill=load_drill(state, visit, page) if visit.lacks is None else None,
            chips=list_chips(state, visit, "/slices"),
            metric_label=visit.texts.gettext(METRIC_LABELS[state.metric]),
            freshness=describe_freshness(visit.workspace.freshness(), visit),
        )

    @web.get("/unallocated")
    def unallocated(request: Request) -> Response:
        visit = pages.visit(request)
        return pages.page(
            request,
            visit,
            "unallocated.html",
            proposals=load_proposals(visit) if visit.lacks is None else (),
            everything=unallocated_view(visit),
            freshness=describe_freshness(visit.workspace.freshness(), visit),
        )

    @web.get("/charge/{month}/{key}")
    def charge(
        request: Request,
        month: Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")],
        key: Annotated[int, Path(ge=0, lt=2**63)],
        source: Annotated[str, Query(max_length=1000)],
        service: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        visit, state = pages.visit(request), parse_state(request.query_params)
        first = date.fromisoformat(f"{month}-01")
        found = load_charge(visit, source_id=source, month=first, charge_key=key, service=service)
        return pages.page(
            request,
            visit,
            "charge.html",
            state=state,
            page=found,
            chips=list_chips(state, visit, "/slices"),
            freshness=describe_freshness(visit.workspace.freshness(), visit),
        )


def _add_parts(web: APIRouter, pages: Pages) -> None:
    @web.get("/row")
    def row(request: Request, row: str, child: str | None = None) -> Response:
        visit = pages.visit(request)
        state = visit.resolve(parse_state(request.query_params))
        origin = origin_of(request)
        values = [value_of(row)] if child is None else [value_of(row), value_of(child)]
        menu = make_menu(state, visit, values, origin)
        template = "menu.html" if request.headers.get("HX-Request") else "menu_page.html"
        return pages.page(request, visit, template, menu=menu, state=state)

    @web.get("/complete")
    def completion(request: Request, text: str = "", period: str = "90d") -> Response:
        found = complete(text[-MAX_TEXT:], pages.visit(request), period=period)
        items = [{"insert": i.insert, "label": i.label, "detail": i.detail} for i in found.items]
        return JSONResponse({"start": found.start, "items": items})

    @web.get("/static/{name}")
    def static(name: str) -> Response:
        found = find_asset(name)
        if found is None:
            return Response("not found", status_code=404, media_type="text/plain")
        path, kind = found
        return FileResponse(path, media_type=kind, headers={"Cache-Control": FOR_EVER})
