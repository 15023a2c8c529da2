"""A review as people see it: its state, sections, factors, actions and history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from warikan.focus.errors import Conflict
from warikan.operate.reviews.facts import IncidentFacts

Language = Literal["ja", "en"]
State = Literal["draft", "in_review", "reviewed", "closed"]
FactorKind = Literal["tech", "signals", "process", "incentives"]
ActionKind = Literal["detect", "contain", "prevent"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
STATES: tuple[State, ...] = get_args(State)
FACTOR_KINDS: tuple[FactorKind, ...] = get_args(FactorKind)
ACTION_KINDS: tuple[ActionKind, ...] = get_args(ActionKind)


@dataclass(frozen=True)
class SectionText:
    """
    One section's text now.

    Attributes:
        version: 1 is as pre-filled; an edit says the version it saw.
        is_prefilled: Whether nobody has edited it yet.
    """

    section_id: str
    version: int
    text: str
    updated_at: datetime
    updated_by: str
    is_prefilled: bool


@dataclass(frozen=True)
class SectionVersion:
    """One state that a section ever had; *note* says how it came about (pre-filled, merged, restored)."""

    section_id: str
    version: int
    text: str
    at: datetime
    actor: str
    note: str


@dataclass(frozen=True)
class Factor:
    """
    Something that contributed; never a person.

    Attributes:
        label: A short word by which the same factor is found again in other reviews, e.g. ``no-limit``.
    """

    id: str
    kind: FactorKind
    text: str
    label: str
    version: int


@dataclass(frozen=True)
class Action:
    """
    What will be done, found out earlier, or stopped faster.

    Attributes:
        owner: A team of the catalogue, or a person.
        money_at_risk: What it protects, in *currency*; None where nobody said.
        is_fixed: Whether the review agreed on it (after the soak time); a proposal before.
    """

    id: str
    review_id: str
    kind: ActionKind | None
    text: str
    owner: str | None
    due: date | None
    ticket_url: str | None
    money_at_risk: Decimal | None
    currency: str | None
    done_at: datetime | None
    version: int
    is_fixed: bool

    @property
    def title(self) -> str:
        """Its text, as lists of things to do call it."""
        return self.text

    def is_overdue(self, today: date) -> bool:
        """Whether *today* is after the day it was due, and it is not done."""
        return self.done_at is None and self.due is not None and self.due < today


@dataclass(frozen=True)
class Move:
    """A change of state: who, when, and why where a reason was given."""

    at: datetime
    actor: str
    source: State | None
    target: State
    note: str


@dataclass(frozen=True)
class Calibration:
    """
    What is shared before the meeting so that all start from the same facts; not the final report.

    Attributes:
        text: Markdown, in the review's language.
    """

    version: int
    text: str
    at: datetime
    actor: str


@dataclass(frozen=True)
class Kept:
    """A sentence that its author keeps although it was marked, and because of what."""

    fingerprint: str
    sentence: str
    reason: str
    at: datetime
    actor: str


@dataclass(frozen=True)
class ReviewLine:
    """A review as a list has it."""

    id: str
    incident_id: str
    title: str
    language: Language
    state: State
    severity: str
    team_id: str | None
    service_id: str | None
    lead: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    open_actions: int
    overdue_actions: int


@dataclass(frozen=True)
class Review:
    """
    A whole review.

    Attributes:
        facts: The incident as it was when the review was last filled in.
        soak_until: Before it actions are proposals only; None until a calibration or a meeting starts it.
        soak_skipped: Why nobody waited; blank where they did.
        missing: What closing it still needs, one sentence each.
        action_days: Days from fixing to due that the severity allows.
    """

    id: str
    incident_id: str
    title: str
    language: Language
    state: State
    lead: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    version: int
    meeting_at: datetime | None
    soak_until: datetime | None
    soak_skipped: str
    facts: IncidentFacts
    sections: Mapping[str, SectionText]
    factors: tuple[Factor, ...]
    actions: tuple[Action, ...]
    moves: tuple[Move, ...]
    calibration: Calibration | None
    kept: tuple[Kept, ...]
    missing: tuple[str, ...]
    action_days: int


@dataclass(frozen=True)
class DueAction:
    """An action that is not done, and the review that it belongs to."""

    review_id: str
    action: Action


@dataclass(frozen=True)
class Asked:
    """Which reviews to list; None means any."""

    state: State | None = None
    team: str | None = None
    service: str | None = None
    incident_id: str | None = None
    limit: int = 200


class SectionConflict(Conflict):
    """
    Two people edited the same lines; nothing was written.

    Attributes:
        base: What both started from.
        yours, theirs: The refused text, and the one that is saved as *version*.
        merged: Both, with conflict marks around the lines where they differ.
    """

    def __init__(
        self, message: str, *, base: str, yours: str, theirs: str, merged: str, version: int
    ) -> None:
        super().__init__(
            message, hint=f"merge both texts and save again, saying that you saw version {version}"
        )
        self.base = base
        self.yours = yours
        self.theirs = theirs
        self.merged = merged
        self.version = version
