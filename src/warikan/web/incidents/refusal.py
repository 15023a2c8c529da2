"""A form that was not taken: why, what was typed into it, and what stands there now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warikan.focus.errors import Conflict, WarikanError
from warikan.web.pages import status_of
from warikan.web.said import translate
from warikan.web.texts import Texts


@dataclass(frozen=True)
class Refusal:
    """
    Why a form was not taken.

    Attributes:
        form: Which one of the page's.
        is_conflict: Somebody else changed it meanwhile; the page shows what stands there now.
        typed: Field → what was typed.
    """

    form: str
    message: str
    hint: str | None
    is_conflict: bool
    status: int
    typed: Mapping[str, str] = field(default_factory=dict)

    def kept(self, form: str, name: str, otherwise: str = "") -> str:
        """What was typed into *name* of *form*, if that was the one; else *otherwise*."""
        return self.typed.get(name, otherwise) if form == self.form else otherwise


NOTHING = Refusal("", "", None, is_conflict=False, status=200)
"""No form was refused."""


def opened(form: str, **kept: str) -> Refusal:
    """*form* open with what is *kept* in it: nothing was refused."""
    return Refusal(form, "", None, is_conflict=False, status=200, typed=kept)


def refusal_of(error: WarikanError, texts: Texts, form: str, typed: Mapping[str, str]) -> Refusal:
    """*error* about *form*, in the visitor's language."""
    hint = translate(error.hint, texts) if error.hint else None
    message = translate(error.message, texts)
    return Refusal(form, message, hint, isinstance(error, Conflict), status_of(error), dict(typed))
