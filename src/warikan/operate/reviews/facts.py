"""What a review knows of its incident: plain values, whatever incidents are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Moment:
    """
    One line of the timeline.

    Attributes:
        source: Where it is known from, e.g. ``argocd``, ``bill``, ``incident``.
        pinned: Whether people said that it matters.
    """

    at: datetime
    source: str
    text: str
    link: str | None = None
    pinned: bool = False


@dataclass(frozen=True)
class CoincidentChange:
    """A change near the onset, never called the cause; the most coincident one first."""

    at: datetime
    kind: str
    text: str
    link: str | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Driver:
    """A part of the excess: what it was paid for, in the incident's currency."""

    name: str
    amount: Decimal


@dataclass(frozen=True)
class Restatement:
    """A figure of the excess as it was told before late rows arrived, and when."""

    at: datetime
    excess: Decimal


@dataclass(frozen=True)
class IncidentFacts:
    """
    What is known of one incident. Money is EffectiveCost in *currency*; what is not known is None.

    Attributes:
        title_ja: In Japanese, where the title is made of facts; blank where a person wrote it.
        severity: As incidents name it, for example ``SEV-1``.
        is_severe: Whether the short deadline for actions holds.
        excess: Actual less expected from onset to containment, with its interval *low* to *high*.
        rate_per_hour: What it costs per hour while open (statistics, rounded by the incident).
        is_recurring: Whether it would have gone on by itself.
        before_detection: The part of the excess that was spent before anybody knew: all, if it had ended.
        avoided: What containment saved until the invoice would have told; None where it ended by itself.
        invoice_at: When the invoice of the first month hit would have told.
        known_early_at: When cluster usage told, before the bill could.
        people: Names of those who took part; shown as roles in exports.
        labels: For likeness: ServiceName, SkuId, kinds of changes.
    """

    id: str
    title: str
    summary: str = ""
    state: str = ""
    severity: str = ""
    is_severe: bool = False
    team_id: str | None = None
    service_id: str | None = None
    currency: str = ""
    excess: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    rate_per_hour: Decimal | None = None
    is_recurring: bool | None = None
    before_detection: Decimal | None = None
    avoided: Decimal | None = None
    onset: datetime | None = None
    detected: datetime | None = None
    acknowledged: datetime | None = None
    contained: datetime | None = None
    verified: datetime | None = None
    known_early_at: datetime | None = None
    invoice_at: datetime | None = None
    restated: tuple[Restatement, ...] = ()
    drivers: tuple[Driver, ...] = ()
    paid_by: Mapping[str, Decimal] = field(default_factory=dict)
    timeline: tuple[Moment, ...] = ()
    changes: tuple[CoincidentChange, ...] = ()
    people: tuple[str, ...] = ()
    provider_services: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    change_kinds: frozenset[str] = frozenset()
    title_ja: str = ""

    def titled(self, language: str) -> str:
        """Its title for a reader of *language*."""
        return (self.title_ja if language == "ja" else "") or self.title


class FactsSource(Protocol):
    """Whoever knows incidents."""

    def facts(self, incident_id: str) -> IncidentFacts:
        """
        All that is known of one incident.

        Raises:
            NotFound: there is no such incident.
        """

    def list_facts(self) -> Sequence[IncidentFacts]:
        """
        Every incident, oldest first, in a fixed number of statements.

        What only a document shows is left empty: *timeline*, *changes*, *restated*, *paid_by*, *people*.
        """
