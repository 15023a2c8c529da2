"""A review's state, its meeting, the document before it, and what is taken away."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request, Response

from warikan.focus.errors import UsageError
from warikan.operate.reviews.document import State
from warikan.web.acting import Acting
from warikan.web.pages import Pages
from warikan.web.reviews.showing import Id, reviews_of, take

Version = Annotated[int, Form(ge=0, lt=10**9)]
ONE = "/reviews/{review_id}"


def add_states(web: APIRouter, pages: Pages) -> None:
    """Put the addresses of what happens to a whole review into *web*."""
    _add_moves(web, pages)
    _add_meeting(web, pages)
    _add_export(web, pages)


def _add_moves(web: APIRouter, pages: Pages) -> None:
    @web.post(f"{ONE}/state")
    def move(
        request: Request,
        actor: Acting,
        review_id: Id,
        state: Annotated[State, Form()],
        version: Version,
        note: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).move(review_id, state, version=version, actor=actor, note=note.strip()),
            anchor="",
        )

    @web.post(f"{ONE}/soak")
    def skip_soak(
        request: Request,
        actor: Acting,
        review_id: Id,
        version: Version,
        reason: Annotated[str, Form(min_length=1, max_length=500)],
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).skip_soak(review_id, reason.strip(), version=version, actor=actor),
            anchor="soak",
        )


def _add_meeting(web: APIRouter, pages: Pages) -> None:
    @web.post(f"{ONE}/meeting")
    def plan(
        request: Request,
        actor: Acting,
        review_id: Id,
        version: Version,
        lead: Annotated[str, Form(max_length=80)] = "",
        meeting: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).plan(
                review_id,
                lead=lead.strip() or None,
                meeting_at=_moment(meeting),
                version=version,
                actor=actor,
            ),
            anchor="soak",
        )

    @web.post(f"{ONE}/calibration")
    def calibrate(request: Request, actor: Acting, review_id: Id) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).calibrate(review_id, actor=actor),
            anchor="calibration",
        )


def _add_export(web: APIRouter, pages: Pages) -> None:
    @web.get(f"{ONE}/export")
    def export(review_id: Id, form: Annotated[Literal["markdown", "html"], Query()] = "markdown") -> Response:
        facade = reviews_of(pages)
        text = facade.markdown(review_id) if form == "markdown" else facade.html(review_id)
        name = f"{facade.get(review_id).id}.{'md' if form == 'markdown' else 'html'}"
        return Response(
            text,
            media_type="text/markdown; charset=utf-8" if form == "markdown" else "text/html; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"},
        )


def _moment(text: str) -> datetime | None:
    """As a field of day and time sends it, UTC; None where it is blank."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(f"{text[:40]} is no day and time; write '2026-11-23T09:30'") from error
