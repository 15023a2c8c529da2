"""The versions of a section: who wrote what, what changed, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from warikan.focus.errors import NotFound
from warikan.operate.reviews.document import Review, SectionVersion
from warikan.operate.reviews.sections import sections
from warikan.web.reviews.diffing import DiffLine, diff
from warikan.web.reviews.document import EDITED, review_path
from warikan.web.reviews.rendering import render
from warikan.web.reviews.words import language_of
from warikan.web.visit import Visit


@dataclass(frozen=True)
class VersionLine:
    """One version in the list."""

    version: int
    who: str
    href: str
    is_shown: bool


@dataclass(frozen=True)
class HistoryPage:
    """One version of a section, against the one before it."""

    id: str
    href: str
    title: str
    language: str
    section_id: str
    section: str
    versions: tuple[VersionLine, ...]
    shown: VersionLine
    changes: tuple[DiffLine, ...]
    html: Markup
    newest: int
    can_restore: bool


def make_history(
    review: Review, section_id: str, found: Sequence[SectionVersion], version: int | None, visit: Visit
) -> HistoryPage:
    """
    The page of *version*, or of the newest one.

    Raises:
        NotFound: there is no such version.
    """
    ordered = sorted(found, key=lambda one: one.version)
    shown = next((one for one in ordered if one.version == version), None)
    if version is None and ordered:
        shown = ordered[-1]
    if shown is None:
        raise NotFound(f"{section_id} has no version {version}")
    before = next((one.text for one in reversed(ordered) if one.version < shown.version), "")
    path = f"{review_path(review.id)}/sections/{section_id}/versions"
    lines = tuple(
        VersionLine(one.version, _who(one, visit), f"{path}?version={one.version}", one is shown)
        for one in reversed(ordered)
    )
    newest = ordered[-1].version
    return HistoryPage(
        id=review.id,
        href=review_path(review.id),
        title=review.title,
        language=review.language,
        section_id=section_id,
        section=sections()[section_id].title[language_of(visit.texts)],
        versions=lines,
        shown=next(line for line in lines if line.is_shown),
        changes=diff(before, shown.text),
        html=render(shown.text),
        newest=newest,
        can_restore=shown.version != newest and review.state in EDITED,
    )


def _who(one: SectionVersion, visit: Visit) -> str:
    return visit.texts.gettext("%(day)s by %(name)s", day=visit.display.moment(one.at), name=one.actor)
