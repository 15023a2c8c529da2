"""A change, what a sender says of one, and what became of a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Kind = Literal[
    "deploy", "sync", "apply", "drift", "scale", "node", "price", "commitment", "config", "planned", "manual",
    "other",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Outcome = Literal["started", "failed", "succeeded"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
"""In the order in which one replaces another: a delivery that comes late never takes back what is known."""
ActorKind = Literal["person", "automation", "unknown"]
PREFIX = "CHG-"
MANUAL = "manual"
"""The source of what people write by hand."""


@dataclass(frozen=True)
class Evidence:
    """
    One reason why a change belongs to a service.

    Attributes:
        rule: Which rule said so; see docs/changes.md.
        from_: What it read, e.g. ``application`` or ``labels['app.kubernetes.io/name']``.
        value: What stood there.
        service_id: The service that it names; None where it names none of the catalogue.
    """

    rule: str
    from_: str
    value: str
    service_id: str | None


@dataclass(frozen=True)
class Location:
    """A repository as ``owner/name``, and a path in it."""

    repository: str
    path: str = ""


@dataclass(frozen=True)
class Subject:
    """
    What the thing that changed is called, as its sender says; anything may be missing.

    Attributes:
        service: A service that the sender names itself.
        application: Of Argo CD.
        names: What else it is called (a Terraform workspace, an Atlantis project): compared with services.
        tracking_id: Argo CD's annotation on an object; counts only where it names that object.
    """

    service: str | None = None
    application: str | None = None
    locations: tuple[Location, ...] = ()
    names: tuple[str, ...] = ()
    namespace: str | None = None
    object_kind: str | None = None
    object_name: str | None = None
    tracking_id: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeDraft:
    """
    What a sender, a file or a person says happened.

    Attributes:
        event_id: Unique within its source; None: made from the content, so that saying it twice is once.
        at: When it began, or happened; None: when it was received.
        team: Only where no service is known.
        actor: A name; kept for automation, and for people only if ``changes.keep_names``.
        summary: A few more facts, flat.
    """

    kind: Kind
    title: str
    at: datetime | None = None
    ended_at: datetime | None = None
    event_id: str | None = None
    subject: Subject = field(default_factory=Subject)
    team: str | None = None
    environment: str | None = None
    cluster: str | None = None
    scope: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome = "succeeded"
    actor_kind: ActorKind = "unknown"
    actor: str | None = None
    revision: str | None = None
    url: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """
    Something that happened.

    Attributes:
        id: ``CHG-12``.
        at, ended_at: When it began (or happened) and ended, as the sender says; UTC.
        source: Who told, a name of ``changes.sources`` or ``manual``.
        event_id: Unique within *source*.
        scope: Columns of the allocations and their values that it is about, besides the service.
        evidence: Why it is of this service, the rule that decided first; those that name another service
            stay here too.
        received_at: When it was first told.
    """

    id: str
    at: datetime
    ended_at: datetime | None
    source: str
    event_id: str
    kind: Kind
    title: str
    outcome: Outcome
    service_id: str | None
    team_id: str | None
    environment: str | None
    cluster: str | None
    scope: Mapping[str, str]
    actor_kind: ActorKind
    actor: str | None
    revision: str | None
    url: str | None
    evidence: tuple[Evidence, ...]
    summary: Mapping[str, Any]
    received_at: datetime

    @property
    def conflicts(self) -> tuple[Evidence, ...]:
        """The evidence that names another service."""
        return tuple(e for e in self.evidence if e.service_id is not None and e.service_id != self.service_id)


@dataclass(frozen=True)
class Mark:
    """
    A place on a chart's time axis: one change, or several close together.

    Attributes:
        at: Of the first.
        title, kind, url: Of the only one; of several the title says how many, kind is theirs if it is one
            kind (else ``other``), and there is no url.
        kinds: How many of which kind.
        ids: Of all of them, earliest first.
    """

    at: datetime
    title: str
    kind: Kind
    url: str | None
    count: int
    kinds: Mapping[Kind, int]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """
    What became of a delivery, a file or a fetch.

    Attributes:
        added: New changes.
        updated: Known ones of which more is known now: a deploy that has ended.
        known: Told before; nothing changed.
        ignored: What happens all the time and changes no cost, or nothing happened at all.
        refused: Events that cannot be read; ``reasons`` has the first ones.
        error: Of a fetch: why nothing could be read.
    """

    source: str
    added: int = 0
    updated: int = 0
    known: int = 0
    ignored: int = 0
    refused: int = 0
    reasons: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class SourceState:
    """
    When a source last told something.

    Attributes:
        last_error: Why the last fetch failed; None when it did not.
    """

    source: str
    type: str
    changes: int
    last_received_at: datetime | None
    last_fetched_at: datetime | None
    last_error: str | None
