"""The sections of a review and the questions for its meeting: data (sections.toml), in both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from warikan.operate.reviews.document import Language

FILE = Path(__file__).with_name("sections.toml")


@dataclass(frozen=True)
class Section:
    """
    A section of the document, its words by language.

    Attributes:
        is_required: Closing needs words of people in it.
        is_filled: It comes with what the incident knows.
        guidance: What belongs here, for whoever leads the review.
        prompts: Questions to ask aloud; they ask what and how.
    """

    id: str
    is_required: bool
    is_filled: bool
    title: Mapping[Language, str]
    guidance: Mapping[Language, str]
    prompts: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True)
class QuestionGroup:
    """Questions that open up one side of what happened."""

    id: str
    title: Mapping[Language, str]
    questions: Mapping[Language, tuple[str, ...]]


@lru_cache
def sections() -> Mapping[str, Section]:
    """Every section by its id, in the document's order."""
    found = [
        Section(
            id=entry["id"],
            is_required=entry.get("required", False),
            is_filled=entry.get("filled", False),
            title=entry["title"],
            guidance=entry["guidance"],
            prompts=_tuples(entry["prompts"]),
        )
        for entry in _read()["section"]
    ]
    return {section.id: section for section in found}


@lru_cache
def question_groups() -> tuple[QuestionGroup, ...]:
    """Every group of questions, in the order of a conversation."""
    return tuple(
        QuestionGroup(entry["id"], entry["title"], _tuples(entry["questions"])) for entry in _read()["group"]
    )


@lru_cache
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _tuples(lists: Mapping[Language, list[str]]) -> dict[Language, tuple[str, ...]]:
    return {language: tuple(said) for language, said in lists.items()}
