"""The sections of a review: text, guidance, marks, and the field of the one that is being written."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from warikan.operate.reviews.document import Review
from warikan.operate.reviews.export_words import WORDS as EXPORT_WORDS
from warikan.operate.reviews.prefill import WORDS as FACT_WORDS
from warikan.operate.reviews.prefill import figures
from warikan.operate.reviews.sections import Section, sections
from warikan.web.reviews.diffing import DiffLine, diff
from warikan.web.reviews.marking import MarkView, list_marks, spots_of
from warikan.web.reviews.rendering import Spot, render
from warikan.web.reviews.typed import Problem, Typed
from warikan.web.reviews.words import language_of
from warikan.web.visit import Visit

LONGEST = 50_000
LEAST_ROWS, MOST_ROWS = 8, 40
LINE = 90
"""Characters that a line of the field holds, roughly."""
WITH_THINGS = frozenset({"factors", "actions"})
"""Sections that are mostly a list of things; their text is a remark."""


@dataclass(frozen=True)
class Both:
    """Two edits of the same lines: what each changed, and both texts in full."""

    yours: tuple[DiffLine, ...]
    theirs: tuple[DiffLine, ...]
    your_text: str
    their_text: str
    by: str
    has_marks: bool


@dataclass(frozen=True)
class Editor:
    """The field of a section; *preview* None where none was asked for."""

    text: str
    version: int
    rows: int
    longest: int
    problem: Problem | None
    conflict: Both | None
    preview: Markup | None


@dataclass(frozen=True)
class Part:
    """A section as shown."""

    id: str
    title: str
    guidance: str
    prompts: tuple[str, ...]
    html: Markup | None
    is_required: bool
    is_empty: bool
    is_written: bool
    is_prefilled: bool
    version: int
    changed: str | None
    edit_href: str
    history_href: str
    marks: tuple[MarkView, ...]
    edit: Editor | None


def list_parts(review: Review, visit: Visit, editing: str | None, typed: Typed | None) -> tuple[Part, ...]:
    """Every section of *review* in the document's order; *editing* is the one that is open."""
    return tuple(_part(one, review, visit, editing, typed) for one in sections().values())


def _part(section: Section, review: Review, visit: Visit, editing: str | None, typed: Typed | None) -> Part:
    known = review.sections.get(section.id)
    saved, version = (known.text, known.version) if known else ("", 0)
    mine = typed if typed and typed.of("section", section.id) else None
    is_open = mine is not None or editing == section.id
    marks = list_marks(mine.values.get("text", "") if mine else saved, section.id, review, visit, mine)
    spots = spots_of(marks)
    lang = language_of(visit.texts)
    href = f"/reviews/{review.id}"
    is_empty = not saved.strip()
    is_prefilled = bool(known and known.is_prefilled)
    changed = None
    if known and not is_empty and not is_prefilled:
        changed = visit.texts.gettext(
            "Changed %(day)s by %(name)s", day=visit.display.moment(known.updated_at), name=known.updated_by
        )
    things = {"factors": review.factors, "actions": review.actions}.get(section.id, ())
    return Part(
        id=section.id,
        title=section.title[lang],
        guidance=section.guidance[lang],
        prompts=section.prompts[lang],
        html=_shown(saved, () if is_open else spots, section, review),
        is_required=section.is_required,
        is_empty=is_empty,
        is_written=bool(things) or not (is_empty or (is_prefilled and section.is_required)),
        is_prefilled=is_prefilled,
        version=version,
        changed=changed,
        edit_href=f"{href}?edit={section.id}#{section.id}",
        history_href=f"{href}/sections/{section.id}/versions",
        marks=marks,
        edit=_editor(review, section.id, saved, version, mine, spots_of(marks)) if is_open else None,
    )


def _shown(saved: str, spots: Sequence[Spot], section: Section, review: Review) -> Markup | None:
    """What is written, and below it the figures as they are now, where people wrote over some of them."""
    later = Markup()
    if section.id == "impact":
        told = figures(review.facts, FACT_WORDS[review.language])
        if not set(told) <= set(saved.split("\n")):
            later = render("\n".join((EXPORT_WORDS[review.language]["figures"], "", *told)))
    written = render(saved, spots) if saved.strip() else Markup()
    return written + later or None


def _editor(
    review: Review, section_id: str, saved: str, version: int, mine: Typed | None, spots: tuple[object, ...]
) -> Editor:
    text, seen, both = saved, version, None
    if mine is not None:
        text, seen = mine.values.get("text", ""), int(mine.values.get("version", version))
    if mine is not None and mine.conflict is not None:
        clash = mine.conflict
        known = review.sections.get(section_id)
        both = Both(
            yours=diff(clash.base, clash.yours),
            theirs=diff(clash.base, clash.theirs),
            your_text=clash.yours,
            their_text=clash.theirs,
            by=known.updated_by if known else "",
            has_marks="<<<<<<<" in clash.merged,
        )
        text, seen = clash.merged, clash.version
    lines = sum(1 + len(line) // LINE for line in text.split("\n"))
    return Editor(
        text=text,
        version=seen,
        rows=min(max(lines + 2, LEAST_ROWS), MOST_ROWS),
        longest=LONGEST,
        problem=mine.problem if mine and both is None else None,
        conflict=both,
        preview=render(text, spots) if mine and mine.is_preview else None,  # type: ignore[arg-type]
    )
