"""One review as a page: its sections to read and to write, what it still needs, and what led to it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from warikan.operate.reviews.document import STATES, Kept, Move, Review, State
from warikan.operate.reviews.sections import question_groups
from warikan.operate.reviews.states import MOVES
from warikan.web.periods import Choice
from warikan.web.reviews.parts import Part, list_parts
from warikan.web.reviews.rendering import render
from warikan.web.reviews.said import say
from warikan.web.reviews.things import Actions, Factors, list_actions, list_factors
from warikan.web.reviews.typed import Problem, Typed
from warikan.web.reviews.words import STATE_NOTES, TO_STATE, language_of
from warikan.web.reviews.words import STATES as STATE_WORDS
from warikan.web.visit import Visit

EDITED: frozenset[State] = frozenset({"draft", "in_review", "reviewed"})
"""States in which it is written."""


@dataclass(frozen=True)
class Step:
    """A state on the way; *place* is ``done``, ``now`` or ``later``."""

    label: str
    note: str
    place: str


@dataclass(frozen=True)
class MoveForm:
    """A state that it can be moved to; *needs*: what is lacking for it, blank where nothing is."""

    target: State
    label: str
    is_next: bool
    needs_reason: bool
    needs: str = ""


@dataclass(frozen=True)
class Soak:
    """When actions may be fixed, in words; *meeting* as a field of time has it."""

    text: str
    meeting: str
    can_skip: bool


@dataclass(frozen=True)
class CalibrationView:
    """The document of before the meeting."""

    when: str
    html: Markup


@dataclass(frozen=True)
class Said:
    """A line of the record, and when it was."""

    text: str
    when: str


@dataclass(frozen=True)
class KeptView:
    """A sentence that is kept, and why."""

    sentence: str
    reason: str
    who: str


@dataclass(frozen=True)
class Questions:
    """Questions that open up one side of what happened."""

    title: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class ReviewPage:
    """
    The page of one review, in the visitor's language; what people wrote is in *language*.

    Attributes:
        can_edit: It may be written; actions can be done even when it is closed.
        missing: What closing it still needs.
    """

    id: str
    href: str
    title: str
    language: str
    state: State
    version: int
    incident_id: str
    incident_href: str
    severity: str
    team: str | None
    team_href: str | None
    lead: str | None
    started: str
    currency: str
    steps: tuple[Step, ...]
    moves: tuple[MoveForm, ...]
    missing: tuple[str, ...]
    problem: Problem | None
    sections: tuple[Part, ...]
    factors: Factors
    actions: Actions
    soak: Soak
    calibration: CalibrationView | None
    questions: tuple[Questions, ...]
    kept: tuple[KeptView, ...]
    past: tuple[Said, ...]
    owners: tuple[Choice, ...]
    can_edit: bool


def review_path(review_id: str) -> str:
    """The address of a review."""
    return f"/reviews/{review_id}"


def make_page(
    review: Review,
    visit: Visit,
    now: datetime,
    *,
    editing: str | None = None,
    typed: Typed | None = None,
) -> ReviewPage:
    """
    Lay out *review* at *now*.

    Args:
        editing: The section that is open to be written.
        typed: What a form had in it that was not taken.
    """
    texts, facts = visit.texts, review.facts
    return ReviewPage(
        id=review.id,
        href=review_path(review.id),
        title=review.title,
        language=review.language,
        state=review.state,
        version=review.version,
        incident_id=review.incident_id,
        incident_href=f"/incidents/{review.incident_id}",
        severity=facts.severity,
        team=visit.value("x_TeamId", facts.team_id) if facts.team_id else None,
        team_href=f"/teams/{facts.team_id}" if facts.team_id else None,
        lead=review.lead,
        started=_by(review.created_at, review.created_by, visit),
        currency=facts.currency,
        steps=_steps(review.state, visit),
        moves=_moves(review, now, visit),
        missing=tuple(say(sentence, texts) for sentence in review.missing),
        problem=typed.problem if typed and typed.of("page") else None,
        sections=list_parts(review, visit, editing, typed),
        factors=list_factors(review, visit, typed),
        actions=list_actions(review, visit, now.date(), typed),
        soak=_soak(review, now, visit),
        calibration=_calibration(review, visit),
        questions=_questions(visit),
        kept=tuple(_kept(one, visit) for one in review.kept),
        past=tuple(_past(one, visit) for one in reversed(review.moves)),
        owners=tuple(
            Choice(team.id, team.title or team.id, is_chosen=False)
            for team in visit.workspace.catalog.teams.values()
        ),
        can_edit=review.state in EDITED,
    )


def _steps(state: State, visit: Visit) -> tuple[Step, ...]:
    now = STATES.index(state)
    return tuple(
        Step(
            visit.texts.gettext(STATE_WORDS[one]),
            visit.texts.gettext(STATE_NOTES[one]),
            "done" if place < now else "now" if place == now else "later",
        )
        for place, one in enumerate(STATES)
    )


def _moves(review: Review, now: datetime, visit: Visit) -> tuple[MoveForm, ...]:
    texts, place = visit.texts, STATES.index(review.state)
    found = []
    for target in MOVES[review.state]:
        if STATES.index(target) > place:
            label, needs = texts.gettext(TO_STATE[target]), _needs(review, target, now, visit)
            found.append(MoveForm(target, label, is_next=True, needs_reason=False, needs=needs))
        else:
            label = texts.gettext("Back to: %(state)s", state=texts.gettext(STATE_WORDS[target]))
            found.append(MoveForm(target, label, is_next=False, needs_reason=True))
    return tuple(sorted(found, key=lambda move: not move.is_next))


def _needs(review: Review, target: State, now: datetime, visit: Visit) -> str:
    texts, until = visit.texts, review.soak_until
    if target == "reviewed" and not review.soak_skipped:
        if until is None:
            return texts.gettext("It takes a meeting or the document before it, and some days of rest.")
        if now < until:
            return texts.gettext("It rests until %(moment)s UTC.", moment=visit.display.moment(until))
    if target == "closed" and review.missing:
        return texts.gettext("It cannot be closed while something is missing.")
    return ""


def _soak(review: Review, now: datetime, visit: Visit) -> Soak:
    texts, until = visit.texts, review.soak_until
    meeting = f"{review.meeting_at.astimezone(UTC):%Y-%m-%dT%H:%M}" if review.meeting_at else ""
    if review.soak_skipped:
        text = texts.gettext(
            "Nobody waited before fixing actions, because: %(reason)s", reason=review.soak_skipped
        )
        return Soak(text, meeting, can_skip=False)
    if until is None:
        text = texts.gettext(
            "Actions stay proposals until the meeting, or the document before it, has rested for a while: "
            "first ideas are rarely the best ones."
        )
        return Soak(text, meeting, can_skip=review.state != "closed")
    if now < until:
        text = texts.gettext(
            "Resting until %(moment)s UTC: until then actions are proposals.",
            moment=visit.display.moment(until),
        )
        return Soak(text, meeting, can_skip=True)
    text = texts.gettext(
        "It has rested since %(day)s: actions can be agreed on.", day=visit.display.day(until)
    )
    return Soak(text, meeting, can_skip=False)


def _calibration(review: Review, visit: Visit) -> CalibrationView | None:
    made = review.calibration
    if made is None:
        return None
    when = visit.texts.gettext(
        "Made on %(day)s by %(name)s.", day=visit.display.moment(made.at), name=made.actor
    )
    return CalibrationView(when, render(made.text))


def _questions(visit: Visit) -> tuple[Questions, ...]:
    lang = language_of(visit.texts)
    return tuple(Questions(group.title[lang], group.questions[lang]) for group in question_groups())


def _kept(one: Kept, visit: Visit) -> KeptView:
    return KeptView(one.sentence, one.reason, _by(one.at, one.actor, visit))


def _by(at: datetime, name: str, visit: Visit) -> str:
    return visit.texts.gettext("%(day)s by %(name)s", day=visit.display.day(at), name=name)


def _past(one: Move, visit: Visit) -> Said:
    texts = visit.texts
    state = texts.gettext(STATE_WORDS[one.target])
    text = f"{state}: {one.note}" if one.note else state
    when = texts.gettext("%(day)s by %(name)s", day=visit.display.moment(one.at), name=one.actor)
    return Said(text, when)
