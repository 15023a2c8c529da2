"""What somebody typed into a form that was not taken, so that the page can show it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from warikan.focus.errors import Conflict, WarikanError
from warikan.operate.reviews.document import SectionConflict
from warikan.web.bounds import shorten
from warikan.web.reviews.said import say
from warikan.web.said import translate
from warikan.web.texts import Texts

Place = Literal["page", "section", "factor", "action"]
MAX_MESSAGE = 2000


@dataclass(frozen=True)
class Problem:
    """Why it was not taken, and what to do."""

    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Typed:
    """
    The fields of one form as they were sent.

    Attributes:
        place, target: Which form: of the section, factor or action with this id; blank for a new one.
        problem: None where it was only to be previewed.
        conflict: Set where the same lines of a section were edited by two.
    """

    place: Place
    target: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    is_preview: bool = False
    conflict: SectionConflict | None = None

    def of(self, place: Place, target: str = "") -> bool:
        """Whether it is of this form."""
        return self.place == place and self.target == target


def problem_of(error: WarikanError, texts: Texts) -> Problem:
    """*error* in the visitor's language."""
    if isinstance(error, Conflict):
        return Problem(
            texts.gettext("Somebody else changed this while you were writing."),
            texts.gettext("Look at what is there now, then send it again."),
        )
    hint = translate(error.hint, texts) if error.hint else None
    return Problem(shorten(say(error.message, texts), MAX_MESSAGE), hint)
