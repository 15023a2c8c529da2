"""Past incidents that are like this one, and why, as a page says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from warikan.operate.learning.similar import Part, PartName, SimilarCase
from warikan.operate.reviews.facts import IncidentFacts
from warikan.web.bounds import shorten
from warikan.web.display import Amount
from warikan.web.incidents.words import CHANGE_KINDS, STATES, say
from warikan.web.reviews.words import FACTOR_KINDS
from warikan.web.texts import N_
from warikan.web.visit import Visit

MOST = 5
MOST_VALUES = 3
"""Of what two incidents have in common, for each reason."""
REASONS: Mapping[PartName, str] = {
    "service": N_("same service: %(values)s"),
    "provider_service": N_("same product: %(values)s"),
    "sku": N_("same SKU: %(values)s"),
    "factor_label": N_("same factor: %(values)s"),
    "factor_kind": N_("same kind of factor: %(values)s"),
    "change_kind": N_("same kind of change: %(values)s"),
    "text": N_("same words: %(values)s"),
}
_FACTORS: Mapping[str, str] = {str(kind): name for kind, name in FACTOR_KINDS.items()}


@dataclass(frozen=True)
class Similar:
    """A past incident and its review, where it has one; *because*: one reason a sentence, the best first."""

    id: str
    href: str
    title: str
    because: tuple[str, ...]
    state: str
    when: str
    excess: Amount | None
    review_id: str | None


def list_similar(visit: Visit, facts: IncidentFacts) -> tuple[Similar, ...]:
    """At most five incidents that are like *facts*, the most alike first."""
    found = visit.workspace.operations.reviews.similar(facts, limit=MOST)
    return tuple(_similar(one, visit) for one in found)


def _similar(one: SimilarCase, visit: Visit) -> Similar:
    facts = one.case.facts
    reasons = (_reason(part, visit) for part in one.matched)
    return Similar(
        id=facts.id,
        href=f"/incidents/{facts.id}",
        title=shorten(facts.titled(visit.texts.lang), 160),
        because=tuple(reason for reason in reasons if reason),
        state=say(STATES, facts.state, visit),
        when=visit.display.day(facts.onset) if facts.onset else "–",
        excess=visit.display.money(facts.excess, facts.currency) if facts.excess is not None else None,
        review_id=one.review_id,
    )


def _reason(part: Part, visit: Visit) -> str:
    """Why two incidents are alike; blank where nothing of it can be shown."""
    names = [_value(part.name, value, visit) for value in part.values[:MOST_VALUES]]
    if not names:
        return ""
    return visit.texts.gettext(REASONS[part.name], values=", ".join(names))


def _value(name: PartName, value: str, visit: Visit) -> str:
    if name == "service":
        return visit.value("x_ServiceId", value)
    if name == "factor_kind":
        return say(_FACTORS, value, visit)
    if name == "change_kind":
        return say(CHANGE_KINDS, value, visit)
    return shorten(value, 60)
