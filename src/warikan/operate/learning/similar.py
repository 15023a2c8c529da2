"""Past incidents that resemble one, and what of them does: part by part, so that people can judge it."""

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Literal, get_args

from warikan.operate.learning.terms import terms_of
from warikan.operate.reviews.document import Action, Factor
from warikan.operate.reviews.facts import IncidentFacts

PartName = Literal["service", "provider_service", "sku", "factor_label", "factor_kind", "change_kind", "text"]
PART_NAMES: tuple[PartName, ...] = get_args(PartName)
WEIGHTS: Mapping[PartName, float] = MappingProxyType(
    {
        "service": 0.30,
        "provider_service": 0.15,
        "sku": 0.15,
        "factor_label": 0.15,
        "factor_kind": 0.05,
        "change_kind": 0.10,
        "text": 0.10,
    }
)
"""Ours, from no source: what is exact weighs more than what is common (a deploy) or loose (words)."""
LEAST = 0.14
"""Below it nothing is called similar: more than the same kind of change or a few words must be shared."""
MOST_READ = 10_000
"""Characters of a title and a summary that are compared."""
MOST_WORDS = 8
"""Shared words that are shown."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PastCase:
    """
    An incident, and its review where there is one.

    Attributes:
        review_id: None where nobody has begun a review.
    """

    facts: IncidentFacts
    review_id: str | None = None
    factors: tuple[Factor, ...] = ()
    actions: tuple[Action, ...] = ()

    @cached_property
    def labels(self) -> frozenset[str]:
        """The labels of its factors, folded: how a factor is found again."""
        return frozenset(filter(None, (fold_label(factor.label) for factor in self.factors)))


@dataclass(frozen=True)
class Part:
    """
    One reason why two incidents are alike.

    Attributes:
        score: 0…1: how much of it is the same (a statistic).
        weight: 0…1: its share of the whole score; the shares of a case's parts add up to 1.
        values: What both have, sorted; for ``text`` the words, the rarest first.
    """

    name: PartName
    score: float
    weight: float
    values: tuple[str, ...]


@dataclass(frozen=True)
class SimilarCase:
    """
    An incident that resembles the asked one.

    Attributes:
        score: 0…1, the weighted sum of *parts*; 1 says that all that is known of the asked one is the same.
        parts: One for each thing known of the asked incident, those that do not match with score 0.
    """

    case: PastCase
    score: float
    parts: tuple[Part, ...]

    @property
    def incident_id(self) -> str:
        """``INC-12``."""
        return self.case.facts.id

    @property
    def review_id(self) -> str | None:
        """``REV-3``; None where there is no review."""
        return self.case.review_id

    @property
    def matched(self) -> tuple[Part, ...]:
        """Why it is similar: the parts that match at all, the weightiest first."""
        found = [part for part in self.parts if part.score > 0]
        return tuple(sorted(found, key=lambda part: (-part.score * part.weight, PART_NAMES.index(part.name))))


def similar(
    facts: IncidentFacts | PastCase, past: Sequence[PastCase], *, limit: int = 5
) -> tuple[SimilarCase, ...]:
    """
    The cases of *past* that resemble an incident most, at most *limit*; none where none does (see ``LEAST``).

    A new incident is known by its facts only; with its review (a ``PastCase``), factors count too. Words are
    those that people wrote in titles and summaries: what reviews say at length is searched for, not compared.
    What is not known of the asked one is not asked of the others: the weights of what is known make up 1.
    The incident itself is left out wherever *past* has it. Sets are compared by their share in common
    (Jaccard), texts by the cosine of their terms weighed by rarity (tf-idf).

    Returns: best first; equal ones by onset, newest first, then by id: the order of *past* does not matter.
    """
    asked = facts if isinstance(facts, PastCase) else PastCase(facts)
    others = [case for case in past if case.facts.id != asked.facts.id]
    texts = [_terms(case.facts) for case in others]
    asked_text = _terms(asked.facts)
    rarity = _rarities([asked_text, *texts])
    found = [
        _compare(asked, asked_text, case, text, rarity) for case, text in zip(others, texts, strict=True)
    ]
    return tuple(sorted((one for one in found if one.score >= LEAST), key=_place)[: max(limit, 0)])


def fold_label(label: str) -> str:
    """
    *label* as labels are compared: width, case and blanks at its ends say nothing.

    >>> fold_label(" No-Limit ")
    'no-limit'
    """
    return unicodedata.normalize("NFKC", label).casefold().strip()


def _terms(facts: IncidentFacts) -> Mapping[str, int]:
    """The terms of what people wrote of an incident: term → how often."""
    # A title that is made of facts has no words of its own: they are compared as facts.
    title = "" if facts.title_ja else facts.title
    said = f"{title[:MOST_READ]}\n{facts.summary[:MOST_READ]}"
    # Amounts and days are in every title, and rare: they would outweigh the words.
    return {term: count for term, count in terms_of(said).items() if not term.isdecimal()}


def _compare(
    asked: PastCase,
    asked_text: Mapping[str, int],
    case: PastCase,
    text: Mapping[str, int],
    rarity: Mapping[str, float],
) -> SimilarCase:
    one, other = asked.facts, case.facts
    sets: dict[PartName, tuple[Collection[str], Collection[str]]] = {
        "service": ({one.service_id or ""} - {""}, {other.service_id or ""}),
        "provider_service": (one.provider_services, other.provider_services),
        "sku": (one.skus, other.skus),
        "factor_label": (asked.labels, case.labels),
        "factor_kind": ({f.kind for f in asked.factors}, {f.kind for f in case.factors}),
        "change_kind": (one.change_kinds, other.change_kinds),
    }
    found = {name: _shared(mine, theirs) for name, (mine, theirs) in sets.items() if mine}
    if asked_text:
        found["text"] = _alike(asked_text, text, rarity)
    total = math.fsum(WEIGHTS[name] for name in found)
    parts = tuple(Part(name, score, WEIGHTS[name] / total, values) for name, (score, values) in found.items())
    score = math.fsum(WEIGHTS[part.name] * part.score for part in parts) / total if parts else 0.0
    return SimilarCase(case, min(1.0, score), parts)


def _shared(mine: Collection[str], theirs: Collection[str]) -> tuple[float, tuple[str, ...]]:
    common = set(mine) & set(theirs)
    return len(common) / len(set(mine) | set(theirs)), tuple(sorted(common))


def _alike(
    asked: Mapping[str, int], text: Mapping[str, int], rarity: Mapping[str, float]
) -> tuple[float, tuple[str, ...]]:
    common = sorted(asked.keys() & text.keys(), key=lambda term: (-rarity[term], term))
    # A lone last character of Japanese is a term for searches, not a word to show.
    shown = tuple(term for term in common if len(term) > 1)[:MOST_WORDS]
    return _cosine(asked, text, rarity), shown


def _rarities(texts: Sequence[Mapping[str, int]]) -> Mapping[str, float]:
    """Term → how rare it is among all of *texts*, above 0 (as BM25 weighs it)."""
    having = Counter(term for text in texts for term in text)
    number = len(texts)
    return {term: math.log(1 + (number - count + 0.5) / (count + 0.5)) for term, count in having.items()}


def _cosine(mine: Mapping[str, int], theirs: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    common = mine.keys() & theirs.keys()
    if not common:
        return 0.0
    if mine == theirs:
        return 1.0
    both = math.fsum(
        _weight(mine[term], rarity[term]) * _weight(theirs[term], rarity[term]) for term in common
    )
    return min(1.0, both / (_length(mine, rarity) * _length(theirs, rarity)))


def _length(terms: Mapping[str, int], rarity: Mapping[str, float]) -> float:
    return math.sqrt(math.fsum(_weight(count, rarity[term]) ** 2 for term, count in terms.items()))


def _weight(count: int, rarity: float) -> float:
    return (1 + math.log(count)) * rarity


def _place(one: SimilarCase) -> tuple[float, float, int, str, str]:
    began = one.case.facts.onset or _NEVER
    age = -(began - _NEVER).total_seconds()
    return -one.score, age, len(one.incident_id), one.incident_id, one.review_id or ""
