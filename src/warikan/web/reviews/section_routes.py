"""Writing a section of a review: read it over, save it, keep a sentence, go back to an earlier version."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request, Response

from warikan.focus.errors import NotFound
from warikan.operate.reviews.sections import sections
from warikan.web.acting import Acting
from warikan.web.me import see_other
from warikan.web.pages import Pages
from warikan.web.reviews.document import review_path
from warikan.web.reviews.history import make_history
from warikan.web.reviews.parts import LONGEST
from warikan.web.reviews.showing import Id, reviews_of, show, take
from warikan.web.reviews.typed import Typed

SectionId = Annotated[str, Path(max_length=40)]
Version = Annotated[int, Form(ge=0, lt=10**9)]
ONE = "/reviews/{review_id}/sections/{section_id}"


def add_sections(web: APIRouter, pages: Pages) -> None:
    """Put the addresses of sections into *web*."""
    _add_writing(web, pages)
    _add_versions(web, pages)


def _add_writing(web: APIRouter, pages: Pages) -> None:
    @web.get(ONE)
    def section(review_id: Id, section_id: SectionId) -> Response:
        return see_other(f"{review_path(review_id)}?edit={_known(section_id)}#{section_id}")

    @web.post(ONE)
    def write(
        request: Request,
        actor: Acting,
        review_id: Id,
        section_id: SectionId,
        version: Version,
        text: Annotated[str, Form(max_length=LONGEST)] = "",
        do: Annotated[Literal["save", "preview"], Form()] = "save",
    ) -> Response:
        text = text.replace("\r\n", "\n")
        values = {"text": text, "version": str(version)}
        _known(section_id)
        if do == "preview":
            return show(
                pages, request, review_id, typed=Typed("section", section_id, values, is_preview=True)
            )
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).edit(review_id, section_id, text, version=version, actor=actor),
            anchor=section_id,
            place="section",
            target=section_id,
            values=values,
        )

    @web.post(f"{ONE}/keep")
    def keep(
        request: Request,
        actor: Acting,
        review_id: Id,
        section_id: SectionId,
        sentence: Annotated[str, Form(min_length=1, max_length=2000)],
        reason: Annotated[str, Form(min_length=1, max_length=500)],
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).keep(review_id, sentence, reason, actor=actor),
            anchor=_known(section_id),
        )


def _add_versions(web: APIRouter, pages: Pages) -> None:
    @web.get(f"{ONE}/versions")
    def versions(
        request: Request,
        review_id: Id,
        section_id: SectionId,
        version: Annotated[int | None, Query(ge=1, lt=10**9)] = None,
    ) -> Response:
        visit, facade = pages.visit(request), reviews_of(pages)
        review = facade.get(review_id)
        found = facade.versions(review_id, _known(section_id))
        page = make_history(review, section_id, found, version, visit)
        return pages.page(request, visit, "review_history.html", page=page)

    @web.post(f"{ONE}/restore")
    def restore(
        request: Request,
        actor: Acting,
        review_id: Id,
        section_id: SectionId,
        restored: Version,
        version: Version,
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).restore(review_id, section_id, restored, version=version, actor=actor),
            anchor=_known(section_id),
        )


def _known(section_id: str) -> str:
    if section_id not in sections():
        raise NotFound(f"a review has no section {section_id[:40]!r}")
    return section_id
