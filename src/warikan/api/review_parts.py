"""The routes that write into a review: sections, state, factors, actions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from warikan.api import models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.api.problems import code_of, request_id_of
from warikan.bootstrap import Workspace
from warikan.focus.money import SCALE
from warikan.operate.reviews.document import ActionKind, FactorKind, SectionConflict, State

ReviewId = Annotated[str, Path(max_length=20, examples=["REV-3"])]
SectionId = Annotated[str, Path(max_length=40, examples=["sense"])]
ThingId = Annotated[str, Path(max_length=20, examples=["ACT-5"])]
Version = Annotated[int, Field(ge=0, lt=10**9, description="The version that was seen.")]
Line = Annotated[str, Field(min_length=1, max_length=2000)]
_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such review or part of it."},
    409: {"model": models.ErrorModel, "description": "It has changed; of a section both texts are told."},
}


class SeenModel(Body):
    """Which version was seen."""

    version: Version


class EditModel(SeenModel):
    """A section's new text; *merge* puts edits of other lines together."""

    text: str = Field(max_length=50_000)
    merge: bool = True


class RestoreModel(SeenModel):
    """Which version is to be the newest again."""

    restored: int = Field(ge=1, lt=10**9)


class KeepModel(Body):
    """A sentence that is kept although it was marked, and why."""

    sentence: Line
    reason: str = Field(min_length=1, max_length=1000)


class MoveModel(SeenModel):
    """Where it goes."""

    state: State
    note: str = Field("", max_length=1000)


class PlanModel(SeenModel):
    """Who leads it, and when people meet."""

    lead: str | None = Field(None, max_length=200)
    meeting_at: datetime | None = None


class SoakModel(SeenModel):
    """Why actions are fixed without waiting."""

    reason: str = Field(min_length=1, max_length=1000)


class FactorModel(Body):
    """Something that contributed."""

    kind: FactorKind
    text: Line
    label: str = Field("", max_length=80, description="A short word, to find the same one again.")


class ActionModel(Body):
    """Something to do; owner, due and kind may come later, but before closing."""

    text: Line
    kind: ActionKind | None = None
    owner: str | None = Field(None, max_length=200)
    due: date | None = None
    ticket_url: str | None = Field(None, max_length=1000)
    money_at_risk: Decimal | None = Field(None, ge=0, max_digits=38, decimal_places=SCALE)


class ChangedFactorModel(FactorModel, SeenModel):
    """A factor as it is to be."""


class ChangedActionModel(ActionModel, SeenModel):
    """An action as it is to be."""


class DoneModel(SeenModel):
    """Whether it is done."""

    done: bool = True


def add_parts(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_sections(api, workspace)
    _add_states(api, workspace)
    _add_factors(api, workspace)
    _add_actions(api, workspace)


def _add_sections(api: APIRouter, workspace: Workspace) -> None:
    one = "/reviews/{review}/sections/{section}"

    @api.put(one, responses=_ERRORS, response_model=dict[str, Any], summary="Write a section")
    def edit(
        request: Request, review: ReviewId, section: SectionId, asked: EditModel, actor: Actor
    ) -> JSONResponse:
        """Answers what was saved; 409 with ``conflict`` (base, yours, theirs, merged) where lines collide."""
        try:
            saved = workspace.operations.reviews.edit(
                review, section, asked.text, version=asked.version, actor=actor, merge_lines=asked.merge
            )
        except SectionConflict as error:
            return _conflict(error, request_id_of(request))
        return JSONResponse(to_document(saved))

    @api.post(f"{one}/restore", responses=_ERRORS, summary="Go back to a version")
    def restore(
        request: Request, review: ReviewId, section: SectionId, asked: RestoreModel, actor: Actor
    ) -> JSONResponse:
        """As its next version: what came between stays in the history."""
        try:
            saved = workspace.operations.reviews.restore(
                review, section, asked.restored, version=asked.version, actor=actor
            )
        except SectionConflict as error:
            return _conflict(error, request_id_of(request))
        return JSONResponse(to_document(saved))

    @api.post("/reviews/{review}/keep", responses=_ERRORS, summary="Keep a sentence, because ...")
    def keep(review: ReviewId, asked: KeepModel, actor: Actor) -> JSONResponse:
        """It is not marked again."""
        done = workspace.operations.reviews.keep(review, asked.sentence, asked.reason, actor=actor)
        return JSONResponse(to_document(done))


def _conflict(error: SectionConflict, request_id: str) -> JSONResponse:
    told = {
        "base": error.base,
        "yours": error.yours,
        "theirs": error.theirs,
        "merged": error.merged,
        "version": error.version,
    }
    body = {"code": code_of(error), "message": error.message, "hint": error.hint, "request_id": request_id}
    return JSONResponse({"error": body, "conflict": told}, status_code=409)


def _add_states(api: APIRouter, workspace: Workspace) -> None:
    @api.post("/reviews/{review}/move", responses=_ERRORS, summary="Move a review to another state")
    def move(review: ReviewId, asked: MoveModel, actor: Actor) -> JSONResponse:
        """draft, in_review, reviewed, closed; what it still lacks is in the error."""
        done = workspace.operations.reviews.move(
            review, asked.state, actor=actor, version=asked.version, note=asked.note
        )
        return JSONResponse(to_document(done))

    @api.put("/reviews/{review}/plan", responses=_ERRORS, summary="Say who leads it and when people meet")
    def plan(review: ReviewId, asked: PlanModel, actor: Actor) -> JSONResponse:
        """The meeting begins the soak time."""
        done = workspace.operations.reviews.plan(
            review, lead=asked.lead, meeting_at=asked.meeting_at, version=asked.version, actor=actor
        )
        return JSONResponse(to_document(done))

    @api.post("/reviews/{review}/calibration", responses=_ERRORS, summary="Make the calibration document")
    def calibrate(review: ReviewId, actor: Actor) -> JSONResponse:
        """For before the meeting; not the final report."""
        return JSONResponse(to_document(workspace.operations.reviews.calibrate(review, actor=actor)))

    @api.post("/reviews/{review}/skip-soak", responses=_ERRORS, summary="Do not wait before fixing actions")
    def skip_soak(review: ReviewId, asked: SoakModel, actor: Actor) -> JSONResponse:
        """The reason is kept."""
        done = workspace.operations.reviews.skip_soak(
            review, asked.reason, version=asked.version, actor=actor
        )
        return JSONResponse(to_document(done))


def _add_factors(api: APIRouter, workspace: Workspace) -> None:
    one = "/reviews/{review}/factors/{factor}"

    @api.post("/reviews/{review}/factors", status_code=201, responses=_ERRORS, summary="Add a factor")
    def add(review: ReviewId, asked: FactorModel, actor: Actor) -> JSONResponse:
        """Never a person."""
        done = workspace.operations.reviews.add_factor(review, actor=actor, **asked.model_dump())
        return JSONResponse(to_document(done), status_code=201)

    @api.put(one, responses=_ERRORS, summary="Change a factor")
    def change(review: ReviewId, factor: ThingId, asked: ChangedFactorModel, actor: Actor) -> JSONResponse:
        """As a whole."""
        done = workspace.operations.reviews.update_factor(review, factor, actor=actor, **asked.model_dump())
        return JSONResponse(to_document(done))

    @api.post(f"{one}/remove", responses=_ERRORS, summary="Take a factor away")
    def remove(review: ReviewId, factor: ThingId, seen: SeenModel, actor: Actor) -> JSONResponse:
        """The record keeps what it said."""
        done = workspace.operations.reviews.remove_factor(review, factor, version=seen.version, actor=actor)
        return JSONResponse(to_document(done))


def _add_actions(api: APIRouter, workspace: Workspace) -> None:
    one = "/reviews/{review}/actions/{action}"

    @api.post("/reviews/{review}/actions", status_code=201, responses=_ERRORS, summary="Propose an action")
    def add(review: ReviewId, asked: ActionModel, actor: Actor) -> JSONResponse:
        """Agreed on when the review is ``reviewed``."""
        done = workspace.operations.reviews.add_action(review, actor=actor, **asked.model_dump())
        return JSONResponse(to_document(done), status_code=201)

    @api.put(one, responses=_ERRORS, summary="Change an action")
    def change(review: ReviewId, action: ThingId, asked: ChangedActionModel, actor: Actor) -> JSONResponse:
        """As a whole: what is left out is emptied."""
        done = workspace.operations.reviews.update_action(review, action, actor=actor, **asked.model_dump())
        return JSONResponse(to_document(done))

    @api.post(f"{one}/done", responses=_ERRORS, summary="An action is done, or is not after all")
    def finish(review: ReviewId, action: ThingId, asked: DoneModel, actor: Actor) -> JSONResponse:
        """Also of a closed review."""
        done = workspace.operations.reviews.finish_action(
            review, action, version=asked.version, actor=actor, done=asked.done
        )
        return JSONResponse(to_document(done))

    @api.post(f"{one}/remove", responses=_ERRORS, summary="Take an action away")
    def remove(review: ReviewId, action: ThingId, seen: SeenModel, actor: Actor) -> JSONResponse:
        """The record keeps what it said."""
        done = workspace.operations.reviews.remove_action(review, action, version=seen.version, actor=actor)
        return JSONResponse(to_document(done))
