"""Words in every language, with values that each language writes its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from warikan.focus.money import Money


@dataclass(frozen=True)
class Percent:
    """A ratio, shown in percent; *is_signed* where it says how much something changed."""

    ratio: float
    is_signed: bool = False


@dataclass(frozen=True)
class Text:
    """
    The same thing said in English and Japanese.

    ``{name}`` stands for ``values["name"]``; any other brace is just a brace.

    >>> Text("{service} costs more", "{service} の費用が増えています", {"service": "checkout"}).en
    '{service} costs more'
    """

    en: str
    ja: str
    values: Mapping[str, Value] = field(default_factory=dict)


Value: TypeAlias = "str | int | Money | Percent | datetime | date | Text"
"""What a text or a fact holds; a plain text is the same in every language (a name, an id)."""
