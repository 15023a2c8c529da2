"""The routes of reviews: read, found, begun, exported, and what all of them together teach."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from pydantic import Field

from warikan.api import models, review_parts
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.api.parameters import Limit
from warikan.bootstrap import Workspace
from warikan.catalog.known import require_known
from warikan.operate.reviews.document import Asked, Language, Review, State

ReviewId = Annotated[str, Path(max_length=20, examples=["REV-3"])]
Name = Annotated[str | None, Query(max_length=200)]
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such review."},
    409: {"model": models.ErrorModel, "description": "It has changed since it was read."},
}


class BeginModel(Body):
    """The incident that the review is about."""

    incident: str = Field(max_length=20, examples=["INC-12"])
    language: Language | None = Field(None, description="Absent: as the settings say.")


class CheckModel(Body):
    """Any text, in English, Japanese or both."""

    text: str = Field(max_length=200_000)
    review: str | None = Field(None, max_length=20, description="Whose names and kept sentences are known.")


def add_reviews(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_lists(api, workspace)
    _add_learning(api, workspace)
    _add_one(api, workspace)
    _add_exports(api, workspace)
    review_parts.add_parts(api, workspace)


def review_document(review: Review) -> Any:
    """A review as JSON."""
    return to_document(review)


def _add_lists(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/reviews", response_model=models.RowsModel, summary="Reviews, the last changed first")
    def reviews(
        state: State | None = None,
        team: Name = None,
        service: Name = None,
        incident: Name = None,
        limit: Limit = 200,
    ) -> JSONResponse:
        """Each with how many of its actions are open, and overdue."""
        require_known(workspace.catalog, service=service, team=team)
        asked = Asked(state, team, service, incident, limit)
        return JSONResponse({"rows": to_document(workspace.operations.reviews.list(asked))})

    @api.get(
        "/reviews/search", response_model=models.RowsModel, summary="Reviews and incidents by their words"
    )
    def search(
        text: Annotated[str, Query(min_length=1, max_length=500)],
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> JSONResponse:
        """In English and Japanese alike, the best first; ``snippet.marks`` are places in ``snippet.text``."""
        found = workspace.operations.reviews.search(text, limit=limit)
        return JSONResponse({"rows": to_document(found)})

    @api.post("/reviews", status_code=201, responses=NOT_FOUND, summary="Begin the review of an incident")
    def begin(asked: BeginModel, actor: Actor) -> JSONResponse:
        """Filled in with what is known; of an incident that has one, it is that one."""
        made = workspace.operations.reviews.begin(asked.incident, actor=actor, language=asked.language)
        return JSONResponse(review_document(made), status_code=201)

    @api.post("/reviews/check", response_model=models.RowsModel, summary="Find wording that blames")
    def check(asked: CheckModel) -> JSONResponse:
        """Marks with their place, why, and another wording, in both languages. Nothing is saved."""
        facade = workspace.operations.reviews
        known = facade.get(asked.review) if asked.review else None
        people = known.facts.people if known else ()
        kept = [one.fingerprint for one in known.kept] if known else []
        return JSONResponse({"rows": to_document(facade.check(asked.text, people=people, kept=kept))})


def _add_learning(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/learning/metrics", response_model=dict[str, Any], summary="How well incidents are dealt with")
    def metrics(
        start: Annotated[date, Query(description="First day (UTC).")],
        end: Annotated[date, Query(description="Day after the last one.")],
        team: Name = None,
    ) -> JSONResponse:
        """Times, money, repeats by factor, actions on time, found before the invoice; by month and in all."""
        return JSONResponse(
            to_document(workspace.operations.reviews.metrics(start=start, end=end, team=team))
        )

    @api.get(
        "/incidents/{incident}/similar",
        response_model=models.RowsModel,
        responses=NOT_FOUND,
        summary="Past incidents like this one",
    )
    def similar(
        incident: Annotated[str, Path(max_length=20, examples=["INC-12"])],
        limit: Annotated[int, Query(ge=1, le=20)] = 5,
    ) -> JSONResponse:
        """With what they have in common, part by part; ``score`` is a ratio of what is known to be alike."""
        facts = workspace.operations.incidents.facts(incident)
        rows = [
            {
                "incident_id": one.case.facts.id,
                "review_id": one.case.review_id,
                "title": one.case.facts.title,
                "score": one.score,
                "parts": to_document(one.parts),
            }
            for one in workspace.operations.reviews.similar(facts, limit=limit)
        ]
        return JSONResponse({"rows": rows})


def _add_one(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/reviews/{review}", response_model=dict[str, Any], responses=NOT_FOUND, summary="One review")
    def review(review: ReviewId) -> JSONResponse:
        """Sections with their versions, factors, actions, what closing it still needs."""
        return JSONResponse(review_document(workspace.operations.reviews.get(review)))

    @api.get(
        "/reviews/{review}/sections/{section}/versions",
        response_model=models.RowsModel,
        responses=NOT_FOUND,
        summary="Every version of a section",
    )
    def versions(review: ReviewId, section: review_parts.SectionId) -> JSONResponse:
        """Newest first."""
        return JSONResponse({"rows": to_document(workspace.operations.reviews.versions(review, section))})

    @api.get(
        "/reviews/{review}/marks",
        response_model=dict[str, Any],
        responses=NOT_FOUND,
        summary="Wording in a review that blames",
    )
    def marks(review: ReviewId) -> JSONResponse:
        """Section → marks; sentences that their authors keep are not marked."""
        facade = workspace.operations.reviews
        found = {name: facade.marks(review, name) for name in facade.get(review).sections}
        return JSONResponse({name: to_document(told) for name, told in found.items() if told})


def _add_exports(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/reviews/{review}/export.md", responses=NOT_FOUND, summary="A review as Markdown")
    def markdown(review: ReviewId, language: Language | None = None) -> Response:
        """People are roles in it."""
        text = workspace.operations.reviews.markdown(review, language=language)
        return PlainTextResponse(text, media_type="text/markdown")

    @api.get("/reviews/{review}/export.html", responses=NOT_FOUND, summary="A review as a page of its own")
    def html(review: ReviewId, language: Language | None = None) -> Response:
        """People are roles in it; it loads and runs nothing."""
        text = workspace.operations.reviews.html(review, language=language)
        policy = "default-src 'none'; style-src 'unsafe-inline'"
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})
