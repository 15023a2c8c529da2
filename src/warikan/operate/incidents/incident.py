"""What an incident is: plain data that every surface shows, money exact and always beside its currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

State = Literal["open", "acknowledged", "contained", "verified", "closed", "dismissed"]
STATES: tuple[State, ...] = ("open", "acknowledged", "contained", "verified", "closed", "dismissed")
LIVE: tuple[State, ...] = ("open", "acknowledged", "contained")
"""States in which somebody still has something to do."""
Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
SEVERITIES: tuple[Severity, ...] = ("SEV1", "SEV2", "SEV3", "SEV4")
Verdict = Literal["planned", "false"]
"""Why an incident was dismissed: it was planned, or it was none."""
Source = Literal["anomaly", "budget", "person"]
DetectedBy = Literal["bill", "usage", "budget", "person"]
"""What showed it: the bill, the usage of a cluster before the bill, a budget's burn, or somebody."""
TaskState = Literal["open", "in_progress", "done", "dropped"]
TASK_STATES: tuple[TaskState, ...] = ("open", "in_progress", "done", "dropped")
TicketState = Literal["pending", "done", "failed"]
EntryKind = Literal[
    "change", "scaling", "price", "commitment", "tag", "anomaly", "budget", "state", "task", "ticket", "note"
]
ENTRY_KINDS: tuple[EntryKind, ...] = (
    "change", "scaling", "price", "commitment", "tag", "anomaly", "budget", "state", "task", "ticket", "note",
)  # fmt: skip
PREFIX = "INC"


@dataclass(frozen=True)
class Clock:
    """
    The moments of an incident, aware UTC; None has not happened (yet, or again after a reopening).

    Attributes:
        onset: When it began to cost: the start of the first day off its expectation, or as told.
        detected: When it was first seen; the bill's delay lies between the two.
        verified: When the bill was seen to be as expected again.
    """

    onset: datetime
    detected: datetime
    declared: datetime
    acknowledged: datetime | None = None
    contained: datetime | None = None
    verified: datetime | None = None
    closed: datetime | None = None

    @property
    def ended_by_itself(self) -> bool:
        """Whether it was over before anybody took it, or had even declared it: nobody contained it."""
        return self.contained is not None and self.contained < (self.acknowledged or self.declared)


@dataclass(frozen=True)
class Figure:
    """
    What an incident cost, as it was known at *as_of* from a bill complete up to *data_end* (exclusive).

    Money is EffectiveCost in the incident's currency over what was expected (negative: below).

    Attributes:
        accrued: Sum of actual less expected over the complete days from the onset to the day of containment,
            that day included, or to the last complete day. *low*, *high*: the same against the edges of the
            expected band, so that they hold at least the band's 80 %.
        first_accrued: The same days with what the bill said of each when it was first complete.
        restated: accrued less first_accrued: what late rows changed.
        days: How many days *accrued* adds up.
        rate_per_hour: Excess per hour over the last three of these days; 0 once contained.
        live: Estimate for the hours since *data_end*, which no complete day covers: rate times hours. It is
            not in *accrued*.
        recurring_per_day: The usual (median) excess of a day; None before there are three days.
        recurring, one_off: Parts of *accrued*: recurring_per_day times days, and the rest; None as above.
        after_containment: Excess of complete days after the day of containment: what containment left.
        avoided: What the recurring excess would have cost on those days, at most 30, less what they cost; 0
            where it ended by itself (``Clock.ended_by_itself``).
    """

    as_of: datetime
    data_end: date
    accrued: Decimal
    low: Decimal
    high: Decimal
    first_accrued: Decimal
    restated: Decimal
    days: int
    rate_per_hour: Decimal
    live: Decimal
    recurring_per_day: Decimal | None
    one_off: Decimal | None
    recurring: Decimal | None
    after_containment: Decimal
    avoided: Decimal


@dataclass(frozen=True)
class Day:
    """
    One day of an incident: the expectation frozen when it was declared, and what the bill says.

    Attributes:
        actual: EffectiveCost as the newest complete bill has it; None while the day is not complete.
        first_actual: As the bill had it when the day was first complete.
    """

    day: date
    expected: Decimal
    low: Decimal
    high: Decimal
    actual: Decimal | None
    first_actual: Decimal | None


@dataclass(frozen=True)
class Payer:
    """Whose bill it is on: a service, its team, and their part of the accrued excess; parts add up to it."""

    team_id: str | None
    service_id: str | None
    actual: Decimal
    expected: Decimal
    excess: Decimal


@dataclass(frozen=True)
class Entry:
    """
    One line of the timeline.

    Attributes:
        id: Number within all entries; what ``pin``, ``hide`` and ``annotate`` take.
        source: Where it is known from, e.g. ``argocd``, ``atlantis``, ``bill``, ``warikan``, a person's name.
        link: Where more is said; None where nothing is.
        coincidence: 0…1: how near it is in time, scope and size to the onset. Coincident, never the cause.
            *rank* is its place among the changes, 1 the nearest.
    """

    id: int
    at: datetime
    kind: EntryKind
    title: str
    detail: str
    source: str
    link: str | None
    service_id: str | None
    actor: str | None
    coincidence: float | None
    rank: int | None
    pinned: bool
    hidden: bool
    annotation: str
    version: int


@dataclass(frozen=True)
class Task:
    """Something to do. *number* counts within the incident, from 1."""

    number: int
    title: str
    owner: str
    due: date | None
    state: TaskState
    created_at: datetime
    created_by: str
    done_at: datetime | None
    version: int


@dataclass(frozen=True)
class Ticket:
    """
    A ticket in somebody else's tracker, linked by hand or made by us.

    Attributes:
        state: ``pending``: to be made, or maybe made and not yet confirmed. ``failed``: refused; see *error*.
        tracker: Its name in the settings; None for a link.
        url: None while pending or failed.
    """

    id: int
    tracker: str | None
    state: TicketState
    url: str | None
    title: str
    task: int | None
    error: str | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Incident:
    """
    An unexpected rise of cost that people deal with.

    Attributes:
        id: ``INC-12``.
        title: In English, *title_ja* in Japanese; both as a person wrote it where one did (*is_titled*).
        origin: What it was declared from: ``anomaly/ANO-3``, ``budget/payments/2026-11-01``; None by hand.
        scope: Exact columns and values; *where* is the whole filter, scope included.
        kind: The anomaly's kind; None where it was declared from something else.
        direction: 1 where cost rose, -1 where it fell (something vanished).
        per_day: Excess per day in its direction, the largest mean of three days (or of fewer, while there are
            no three) so far: what severity is judged by.
        share: *per_day* times 30 as a ratio of the owner's 30 days before the onset; None without any.
        is_manual_severity: A person set it: it does not follow the money any more.
        roles: ``lead``, ``communications``, ``fixer`` ... to the name of the responder.
        verified_by: ``warikan`` where the bill said so, else who did, with *verified_because*.
        dismissed_as, reason: Why it was dismissed, reopened or closed last.
        figure: The newest; *first_figure* the one at declaration. None before the first complete day.
        version: What an update must name (see ``Conflict``).
    """

    id: str
    title: str
    state: State
    severity: Severity
    is_manual_severity: bool
    source: Source
    origin: str | None
    detected_by: DetectedBy
    scope: Mapping[str, str | None]
    where: str
    currency: str
    kind: str | None
    direction: int
    team_id: str | None
    service_id: str | None
    per_day: Decimal
    share: float | None
    clock: Clock
    roles: Mapping[str, str]
    dismissed_as: Verdict | None
    reason: str
    verified_by: str | None
    verified_because: str
    figure: Figure | None
    first_figure: Figure | None
    declared_by: str
    version: int
    title_ja: str
    is_titled: bool

    def titled(self, language: str) -> str:
        """Its title for a reader of *language*."""
        return self.title_ja if language == "ja" else self.title


@dataclass(frozen=True)
class IncidentDetail:
    """An incident with everything its page shows."""

    incident: Incident
    days: tuple[Day, ...]
    timeline: tuple[Entry, ...]
    payers: tuple[Payer, ...]
    tasks: tuple[Task, ...]
    tickets: tuple[Ticket, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Asked:
    """Which incidents to list; None means any. *states* empty: all of them."""

    states: tuple[State, ...] = ()
    team: str | None = None
    service: str | None = None
    severity: Severity | None = None
    limit: int = 200


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did, by id: those with new figures, those verified on the bill, what failed and why."""

    restated: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def number_of(incident_id: str) -> int | None:
    """``INC-12`` → 12; None for what is no id."""
    prefix, _, number = incident_id.partition("-")
    known = prefix.upper() == PREFIX and number.isascii() and number.isdigit() and len(number) <= 9
    return int(number) if known else None


def id_of(number: int) -> str:
    """12 → ``INC-12``."""
    return f"{PREFIX}-{number}"
