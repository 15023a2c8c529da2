"""Find sentences that name somebody as the fault, and propose to say what happened and how."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from warikan.operate.notify.text import Text
from warikan.operate.reviews.blame.advice import PROPOSALS, REASONS
from warikan.operate.reviews.blame.sentences import Sentence, split_sentences

Kind = Literal["counterfactual", "human_error", "who_why", "single_cause", "team", "person"]
KINDS: tuple[Kind, ...] = ("counterfactual", "human_error", "who_why", "single_cause", "team", "person")
LONGEST_TEXT = 200_000
LONGEST_SENTENCE = 2_000
"""A longer one is looked at up to here: a pattern must not be made to run for minutes."""
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龥]")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Mark:
    """
    A sentence that may blame; its author decides.

    Attributes:
        start, end: Its place in the text.
        fingerprint: Stable name of the sentence, whatever its spaces: what "keep, because ..." is kept under.
        why: What it does, in both languages. *proposal*: how to ask or say it instead.
    """

    start: int
    end: int
    kind: Kind
    sentence: str
    fingerprint: str
    why: Text
    proposal: Text


@dataclass(frozen=True)
class _Rule:
    kind: Kind
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def matches(self, sentence: str) -> bool:
        return any(p.search(sentence) for p in self.patterns) and not any(
            p.search(sentence) for p in self.unless
        )


def check_text(
    text: str, *, people: Sequence[str] = (), teams: Sequence[str] = (), kept: Sequence[str] = ()
) -> tuple[Mark, ...]:
    """
    The sentences of *text* that may blame, in order, one mark each (its first kind in the order of `KINDS`).

    Each sentence is read in its own language.

    Args:
        people, teams: Names that are known here, beside what looks like one.
        kept: Fingerprints of sentences that their authors keep: not marked.
    """
    names = (tuple(sorted(set(people))), tuple(sorted(set(teams))))
    return tuple(_marks(text[:LONGEST_TEXT], names, frozenset(kept)))


def fingerprint(sentence: str) -> str:
    """The stable name of *sentence*: whatever its case, width and spaces."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", sentence)).strip().casefold()
    return blake2b(plain.encode(), digest_size=12).hexdigest()


def _marks(text: str, names: tuple[tuple[str, ...], tuple[str, ...]], kept: frozenset[str]) -> Iterator[Mark]:
    for sentence in split_sentences(text):
        kind = _kind_of(sentence, names)
        if kind is None:
            continue
        name = fingerprint(sentence.text)
        if name not in kept:
            place = (sentence.start, sentence.end)
            yield Mark(*place, kind, sentence.text, name, REASONS[kind], PROPOSALS[kind])


def _kind_of(sentence: Sentence, names: tuple[tuple[str, ...], tuple[str, ...]]) -> Kind | None:
    plain = unicodedata.normalize("NFKC", sentence.text[:LONGEST_SENTENCE])
    plain = re.sub(r"\s+", " ", plain).replace("’", "'")
    language = "japanese" if _JAPANESE.search(plain) else "english"
    return next((rule.kind for rule in _rules(language, *names) if rule.matches(plain)), None)


@lru_cache(maxsize=16)
def _rules(language: str, people: tuple[str, ...], teams: tuple[str, ...]) -> tuple[_Rule, ...]:
    told: dict[str, Any] = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    words = told["words"]
    person = [*map(re.escape, people), *words["person"]]
    team = [*map(re.escape, teams), *words["team"]]
    lists = {"person": person, "team": team, "who": [*person, *team], "fault": words["fault"]}
    lists["done"] = words.get("done", [])
    known = {name: f"(?:{'|'.join(values)})" for name, values in lists.items()}
    known["Name"] = _name_pattern(people, words.get("things", ""))
    made = [
        _Rule(
            one["name"],
            tuple(_compile(p, known) for p in one["patterns"]),
            tuple(_compile(p, known) for p in one.get("unless", ())),
        )
        for one in told["kind"]
    ]
    return tuple(sorted(made, key=lambda rule: KINDS.index(rule.kind)))


def _compile(pattern: str, known: dict[str, str]) -> re.Pattern[str]:
    for name, value in known.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return re.compile(pattern, re.IGNORECASE)


def _name_pattern(people: Sequence[str], things: str) -> str:
    """A capitalised word that is none of *things*; case counts in it, though not around it."""
    things = "|".join(things.split())
    told = "".join(f"|{re.escape(name)}" for name in people)
    return rf"(?:(?-i:(?!(?:{things})\b)[A-Z][a-zà-öø-ÿ]+(?:-[A-Z][a-z]+)?(?: [A-Z][a-z]+)?){told})"
