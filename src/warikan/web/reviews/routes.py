"""The addresses of reviews: the list, and one review."""

from datetime import UTC, date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response

from warikan.focus.errors import UsageError, WarikanError
from warikan.operate.incidents.incident import Incident
from warikan.operate.reviews.document import STATES, ReviewLine, State
from warikan.operate.reviews.document import Asked as AskedReviews
from warikan.operate.reviews.reviews import Hit
from warikan.web.acting import Acting
from warikan.web.me import see_other
from warikan.web.pages import Pages, status_of
from warikan.web.reviews.document import review_path
from warikan.web.reviews.figures import list_figures, list_repeats, year_before
from warikan.web.reviews.listing import MOST, Asked, ListState, make_list
from warikan.web.reviews.section_routes import add_sections
from warikan.web.reviews.showing import Id, reviews_of, show
from warikan.web.reviews.state_routes import add_states
from warikan.web.reviews.thing_routes import add_things
from warikan.web.reviews.typed import Problem, problem_of
from warikan.web.visit import Visit

REVIEWS = "/reviews"
EVER = timedelta(days=36_500)
Word = Annotated[str, Query(max_length=200)]


def add_reviews(web: APIRouter, pages: Pages) -> None:
    """Put the pages of reviews into *web*."""
    _add_list(web, pages)
    _add_one(web, pages)
    add_sections(web, pages)
    add_things(web, pages)
    add_states(web, pages)


def _add_list(web: APIRouter, pages: Pages) -> None:
    @web.get(REVIEWS)
    def reviews(request: Request, text: Word = "", state: Word = "", team: Word = "") -> Response:
        return _list(pages, request, _read(text, state, team))

    @web.post(REVIEWS)
    def begin(
        request: Request,
        actor: Acting,
        incident: Annotated[str, Form(min_length=1, max_length=40)],
        language: Annotated[Literal["ja", "en"] | None, Form()] = None,
    ) -> Response:
        try:
            made = reviews_of(pages).begin(incident, actor=actor, language=language)
        except WarikanError as error:
            problem = problem_of(error, pages.visit(request).texts)
            return _list(
                pages, request, ListState(), chosen=incident, problem=problem, status=status_of(error)
            )
        return see_other(review_path(made.id))


def _add_one(web: APIRouter, pages: Pages) -> None:
    @web.get(f"{REVIEWS}/{{review_id}}")
    def review(
        request: Request, review_id: Id, edit: Annotated[str | None, Query(max_length=40)] = None
    ) -> Response:
        return show(pages, request, review_id, editing=edit)


def _list(
    pages: Pages,
    request: Request,
    state: ListState,
    *,
    chosen: str | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    visit = pages.visit(request)
    page = make_list(_ask(pages, state, visit), state, visit, chosen=chosen, problem=problem)
    return pages.page(request, visit, "reviews.html", status, at=REVIEWS, page=page)


def _ask(pages: Pages, state: ListState, visit: Visit) -> Asked:
    """What the list is made of."""
    facade = reviews_of(pages)
    today = pages.workspace.clock().astimezone(UTC).date()
    found = facade.search(state.text) if state.text else ()
    every = facade.list(AskedReviews(limit=100_000))
    start, end = year_before(today)
    metrics = facade.metrics(start=start, end=end, team=state.team)
    due: dict[str, date] = {}
    for one in facade.due_actions(None, today + EVER):
        if one.action.due is not None:
            due.setdefault(one.review_id, one.action.due)
    reviewed = {line.incident_id for line in every}
    return Asked(
        lines=_order(every, state, found, due)[:MOST],
        snippets={hit.document: hit.snippet for hit in found},
        others=tuple(hit for hit in found if hit.review_id is None),
        due=due,
        incidents=_without_review(pages, reviewed),
        figures=list_figures(metrics, visit),
        repeats=list_repeats(metrics, visit),
        metrics_of=visit.texts.ngettext(
            "%(num)d incident in the last 365 days",
            "%(num)d incidents in the last 365 days",
            metrics.incidents,
        ),
        is_new=not every,
    )


def _without_review(pages: Pages, reviewed: set[str]) -> tuple[Incident, ...]:
    known = pages.workspace.operations.incidents.list()
    return tuple(one for one in known if one.id not in reviewed and one.state != "dismissed")


def _order(
    lines: tuple[ReviewLine, ...], state: ListState, found: tuple[Hit, ...], due: dict[str, date]
) -> list[ReviewLine]:
    """Those that *state* shows: as found, or by state and then by the next day due."""
    shown = [
        line
        for line in lines
        if (state.state is None or line.state == state.state)
        and (state.team is None or line.team_id == state.team)
    ]
    if state.text:
        rank = {hit.document: place for place, hit in enumerate(found)}
        return sorted((line for line in shown if line.id in rank), key=lambda line: rank[line.id])
    return sorted(shown, key=lambda line: (STATES.index(line.state), due.get(line.id, date.max)))


def _read(text: str, state: str, team: str) -> ListState:
    known: State | None = next((one for one in STATES if one == state), None)
    if state and known is None:
        raise UsageError(f"state={state[:80]} is not known", hint=f"one of: {', '.join(STATES)}")
    return ListState(text.strip(), known, team.strip() or None)
