"""Sentences of a section that may be read as blame, with other words for them; never in the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from warikan.operate.reviews.blame import check_text
from warikan.operate.reviews.document import Review
from warikan.web.reviews.rendering import Spot
from warikan.web.reviews.typed import Typed
from warikan.web.visit import Visit

MOST = 50


@dataclass(frozen=True)
class MarkView:
    """A sentence, what it does, and how to say it; *reason* was typed into "keep it, because"."""

    anchor: str
    sentence: str
    why: str
    proposal: str
    reason: str = ""


def list_marks(
    text: str, section_id: str, review: Review, visit: Visit, typed: Typed | None
) -> tuple[MarkView, ...]:
    """The marks of *text*, without those that their authors keep."""
    catalog = visit.workspace.catalog
    found = check_text(
        text,
        people=[name for name in review.facts.people if name.strip()],
        teams=[name for team in catalog.teams.values() for name in (team.title, team.id) if name],
        kept=[kept.fingerprint for kept in review.kept],
    )
    is_japanese = visit.texts.lang == "ja"
    sentence = typed.values.get("sentence") if typed else None
    return tuple(
        MarkView(
            anchor=f"mark-{section_id}-{place}",
            sentence=mark.sentence,
            why=mark.why.ja if is_japanese else mark.why.en,
            proposal=mark.proposal.ja if is_japanese else mark.proposal.en,
            reason=typed.values.get("reason", "") if typed and sentence == mark.sentence else "",
        )
        for place, mark in enumerate(found[:MOST], start=1)
    )


def spots_of(marks: Sequence[MarkView]) -> tuple[Spot, ...]:
    """Where the marks are underlined in the text."""
    return tuple(
        Spot((mark.sentence, mark.sentence.strip().rstrip("。.!?！？")), f"#{mark.anchor}", mark.why)
        for mark in marks
    )
