"""Find sentences that name somebody as the fault, and propose to say what happened and how."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
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
LONGEST_TEXT = 50_000
LONGEST_SENTENCE = 600
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


@dataclass(frozen=True)
class _Language:
    """
    How blame sounds in one language.

    Attributes:
        standing_in: What is read in the place of a known person's or team's name.
        quoted: What a program says: not read.
    """

    standing_in: Mapping[str, str]
    quoted: re.Pattern[str]
    rules: tuple[_Rule, ...]


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
    names = {"person": _any_of(people), "team": _any_of(teams)}
    return tuple(_marks(text[:LONGEST_TEXT], names, frozenset(kept)))


def fingerprint(sentence: str) -> str:
    """The stable name of *sentence*: whatever its case, width and spaces."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", sentence)).strip().casefold()
    return blake2b(plain.encode(), digest_size=12).hexdigest()


def _marks(text: str, names: Mapping[str, re.Pattern[str]], kept: frozenset[str]) -> Iterator[Mark]:
    for sentence in split_sentences(text):
        kind = _kind_of(sentence, names)
        if kind is None:
            continue
        name = fingerprint(sentence.text)
        if name not in kept:
            place = (sentence.start, sentence.end)
            yield Mark(*place, kind, sentence.text, name, REASONS[kind], PROPOSALS[kind])


def _kind_of(sentence: Sentence, names: Mapping[str, re.Pattern[str]]) -> Kind | None:
    plain = unicodedata.normalize("NFKC", sentence.text[:LONGEST_SENTENCE])
    plain = re.sub(r"\s+", " ", plain).replace("’", "'")
    language = "japanese" if _JAPANESE.search(plain) else "english"
    for who, known in names.items():
        plain = known.sub(_language(language).standing_in[who], plain)
    return _kind_in(language, plain[:LONGEST_SENTENCE])


@lru_cache(maxsize=10_000)
def _kind_in(language: str, plain: str) -> Kind | None:
    """The kind of a sentence: remembered, since a review is looked at often and changes little."""
    said = _language(language).quoted.sub("“…”", plain)
    return next((rule.kind for rule in _language(language).rules if rule.matches(said)), None)


def _any_of(names: Sequence[str]) -> re.Pattern[str]:
    """One of *names* as a word of its own, in any case; without names, nothing."""
    one = "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True) if name.strip())
    return re.compile(rf"(?<![A-Za-z0-9])(?:{one or '(?!)'})(?![A-Za-z0-9])", re.IGNORECASE)


@lru_cache(maxsize=2)
def _language(name: str) -> _Language:
    told: dict[str, Any] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    lists: dict[str, str] = {}
    for word, block in told["words"].items():
        lists[word] = f"(?:{'|'.join(_lines(block, lists))})"
    rules = [
        _Rule(one["name"], _compiled(one["patterns"], lists), _compiled(one.get("unless", ""), lists))
        for one in told["kind"]
    ]
    (quoted,) = _compiled("{quoted}", lists)
    return _Language(
        told["standing_in"], quoted, tuple(sorted(rules, key=lambda rule: KINDS.index(rule.kind)))
    )


def _compiled(block: str, lists: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(line, re.IGNORECASE) for line in _lines(block, lists))


def _lines(block: str, lists: Mapping[str, str]) -> Iterator[str]:
    """The lines of *block* but its remarks, each {list} that they name put in its place."""
    for line in block.splitlines():
        if line and not line.startswith("#"):
            yield re.sub(r"\{([A-Za-z]\w*)\}", lambda found: lists[found[1]], line)
