"""Showing a review, and showing it again with what somebody typed when a form could not be taken."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Path, Request, Response

from warikan.focus.errors import NotFound, WarikanError
from warikan.operate.reviews.document import SectionConflict
from warikan.operate.reviews.reviews import Reviews
from warikan.web.me import see_other
from warikan.web.pages import Pages, status_of
from warikan.web.reviews.document import make_page, review_path
from warikan.web.reviews.typed import Place, Typed, problem_of

Id = Annotated[str, Path(max_length=40)]


def reviews_of(pages: Pages) -> Reviews:
    """What writes reviews."""
    return pages.workspace.operations.reviews


def show(
    pages: Pages,
    request: Request,
    review_id: str,
    *,
    editing: str | None = None,
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    """
    The page of one review.

    Raises:
        NotFound: there is no such review.
    """
    visit = pages.visit(request)
    review = reviews_of(pages).get(review_id)
    page = make_page(review, visit, pages.workspace.clock(), editing=editing, typed=typed)
    return pages.page(request, visit, "review.html", status, at=review_path(review.id), page=page)


def take(
    pages: Pages,
    request: Request,
    review_id: str,
    write: Callable[[], object],
    *,
    anchor: str,
    place: Place = "page",
    target: str = "",
    values: Mapping[str, str] | None = None,
) -> Response:
    """
    Do *write* and go back to the review; where it cannot be done, show what was typed and why not.

    Raises:
        NotFound: there is no such review.
    """
    try:
        write()
    except NotFound:
        raise
    except WarikanError as error:
        conflict = error if isinstance(error, SectionConflict) else None
        problem = problem_of(error, pages.visit(request).texts)
        typed = Typed(place, target, values or {}, problem, conflict=conflict)
        return show(pages, request, review_id, typed=typed, status=status_of(error))
    return see_other(f"{review_path(review_id)}#{anchor}" if anchor else review_path(review_id))
