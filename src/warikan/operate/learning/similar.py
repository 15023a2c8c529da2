"""Past incidents that resemble one, and what of them does: part by part, so that people can judge it."""

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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
"""Below it nothing is called similar."""
TELLING: frozenset[PartName] = frozenset(
    {"service", "provider_service", "sku", "factor_label", "factor_kind"}
)
"""Without any of them in common, two are similar only from *LOOSE* on."""
LOOSE = 0.15
COMMON = 1 / 3
"""A kind of change that more of all incidents had near them says nothing."""
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
        weight: 0…1: its share of the whole score: more for what is rarer among incidents; the shares of a
            case's parts add up to 1.
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

    Only those that began before it. Every reason counts by how rare it is among all incidents (idf), and a
    kind of change that is common not at all (``COMMON``).
    A new incident is known by its facts only; with its review (a ``PastCase``), factors count too. Words are
    those that people wrote in titles and summaries: what reviews say at length is searched for, not compared.
    What is not known of the asked one is not asked of the others: the weights of what is known make up 1.
    The incident itself is left out wherever *past* has it. Sets are compared by their share in common
    (Jaccard, weighed by rarity), texts by the cosine of their terms weighed by rarity (tf-idf).

    Returns: best first; equal ones by onset, newest first, then by id: the order of *past* does not matter.
    """
    asked = facts if isinstance(facts, PastCase) else PastCase(facts)
    others = [case for case in past if case.facts.id != asked.facts.id]
    traits = [_traits(case) for case in (asked, *others)]
    rarity = {name: _rarities([of[name] for of in traits]) for name in PART_NAMES}
    common = _common([of["change_kind"] for of in traits])
    wanted = {**traits[0], "change_kind": _without(traits[0]["change_kind"], common)}
    found = [
        _compare(wanted, case, {**of, "change_kind": _without(of["change_kind"], common)}, rarity)
        for case, of in zip(others, traits[1:], strict=True)
        if _is_earlier(case, asked)
    ]
    return tuple(sorted((one for one in found if _is_similar(one)), key=_place)[: max(limit, 0)])


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


_Traits = Mapping[PartName, Mapping[str, int]]
"""What is known of a case: each value of a part, and how often it has it."""


def _traits(case: PastCase) -> _Traits:
    facts = case.facts
    sets: dict[PartName, Collection[str]] = {
        "service": {facts.service_id or ""} - {""},
        "provider_service": facts.provider_services,
        "sku": facts.skus,
        "factor_label": case.labels,
        "factor_kind": {factor.kind for factor in case.factors},
        "change_kind": facts.change_kinds,
    }
    return {**{name: dict.fromkeys(values, 1) for name, values in sets.items()}, "text": _terms(facts)}


def _common(sets: Sequence[Mapping[str, int]]) -> frozenset[str]:
    having = Counter(value for values in sets for value in values)
    return frozenset(value for value, count in having.items() if count > COMMON * len(sets))


def _without(values: Mapping[str, int], some: Collection[str]) -> Mapping[str, int]:
    return {value: count for value, count in values.items() if value not in some}


def _is_earlier(case: PastCase, asked: PastCase) -> bool:
    """Whether it began before; what is not known is not held against it."""
    began, until = case.facts.onset, asked.facts.onset
    return began is None or until is None or began < until


def _is_similar(one: SimilarCase) -> bool:
    is_telling = any(part.name in TELLING and part.score > 0 for part in one.parts)
    return one.score >= (LEAST if is_telling else LOOSE)


def _compare(
    asked: _Traits, case: PastCase, other: _Traits, rarity: Mapping[PartName, Mapping[str, float]]
) -> SimilarCase:
    known = [name for name in PART_NAMES if asked[name]]
    weights = {name: WEIGHTS[name] * _mean(rarity[name][value] for value in asked[name]) for name in known}
    total = math.fsum(weights.values())
    found = {
        name: (_alike if name == "text" else _shared)(asked[name], other[name], rarity[name])
        for name in known
    }
    parts = tuple(Part(name, score, weights[name] / total, values) for name, (score, values) in found.items())
    score = math.fsum(weights[part.name] * part.score for part in parts) / total if parts else 0.0
    return SimilarCase(case, min(1.0, score), parts)


def _mean(numbers: Iterable[float]) -> float:
    ordered = sorted(numbers)
    return math.fsum(ordered) / len(ordered)


def _shared(
    mine: Mapping[str, int], theirs: Mapping[str, int], rarity: Mapping[str, float]
) -> tuple[float, tuple[str, ...]]:
    """How much of all that either has both have, by rarity; and what it is."""
    common = mine.keys() & theirs.keys()
    whole = math.fsum(rarity[value] for value in mine.keys() | theirs.keys())
    return math.fsum(rarity[value] for value in common) / whole, tuple(sorted(common))


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
