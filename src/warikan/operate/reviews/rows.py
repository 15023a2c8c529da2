"""Rows of the state as the dataclasses of a review, and ids as people write them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, select

from warikan.catalog.reviews import ReviewSettings
from warikan.focus.errors import NotFound
from warikan.operate.reviews.document import (
    Action,
    Calibration,
    Factor,
    Kept,
    Move,
    Review,
    SectionText,
)
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.reviews.sections import sections
from warikan.operate.reviews.states import missing_to_close, soak_until
from warikan.state.tables.reviews import (
    review_actions,
    review_calibrations,
    review_factors,
    review_keeps,
    review_moves,
    review_sections,
    reviews,
)

REVIEW, FACTOR, ACTION = "REV", "FAC", "ACT"
_ID = re.compile(r"^([A-Za-z]{3})-([1-9][0-9]{0,8})$")
_WORDS = {REVIEW: "review", FACTOR: "factor", ACTION: "action"}
FIXED_STATES = ("reviewed", "closed")


def number_of(shown: str, prefix: str = REVIEW) -> int:
    """``REV-3`` → 3.

    Raises:
        NotFound: it is no id of this kind.
    """
    match = _ID.match(shown.strip())
    if match is None or match[1].upper() != prefix:
        raise NotFound(f"there is no {_WORDS[prefix]} {shown[:80]!r}", hint=f"ids look like {prefix}-3")
    return int(match[2])


def facts_to_json(facts: IncidentFacts) -> Any:
    """*facts* as JSON has them: amounts and moments as text, sets in order."""
    told = _facts().dump_python(facts, mode="json")
    return {
        name: sorted(told[name]) if isinstance(v, frozenset) else told[name]
        for name, v in vars(facts).items()
    }


def facts_from_json(value: Any) -> IncidentFacts:
    """The facts as they were kept."""
    return _facts().validate_python(value)


@lru_cache
def _facts() -> TypeAdapter[IncidentFacts]:
    return TypeAdapter(IncidentFacts)


def lock_review(connection: Connection, review_id: str) -> RowMapping:
    """
    The review's row, kept from other writers until the transaction ends.

    Raises:
        NotFound: there is no such review.
    """
    return _row(connection, review_id, lock=True)


def load_review(connection: Connection, review_id: str, settings: ReviewSettings) -> Review:
    """
    The whole review.

    Raises:
        NotFound: there is no such review.
    """
    row = _row(connection, review_id, lock=False)
    texts = load_texts(connection, row["id"])
    factors = load_factors(connection, row["id"])
    actions = load_actions(connection, row["id"], is_fixed=row["state"] in FIXED_STATES)
    facts = facts_from_json(row["facts"])
    return Review(
        id=f"{REVIEW}-{row['id']}",
        incident_id=row["incident_id"],
        title=row["title"],
        language=row["language"],
        state=row["state"],
        lead=row["lead"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        updated_at=row["updated_at"],
        version=row["version"],
        meeting_at=row["meeting_at"],
        soak_until=soak_until(row["calibrated_at"], row["meeting_at"], settings),
        soak_skipped=row["soak_skipped"],
        facts=facts,
        sections=texts,
        factors=factors,
        actions=actions,
        moves=_moves(connection, row["id"]),
        calibration=newest_calibration(connection, row["id"]),
        kept=load_kept(connection, row["id"]),
        missing=missing_to_close(texts, factors, actions),
        action_days=settings.action_days_severe if facts.is_severe else settings.action_days,
    )


def _row(connection: Connection, review_id: str, *, lock: bool) -> RowMapping:
    asked = select(reviews).where(reviews.c.id == number_of(review_id))
    found = connection.execute(asked.with_for_update() if lock else asked).mappings().first()
    if found is None:
        raise NotFound(f"there is no review {review_id}", hint="warikan review list")
    return found


def load_texts(connection: Connection, number: int) -> Mapping[str, SectionText]:
    """Section → its text now, in the document's order."""
    found = connection.execute(select(review_sections).where(review_sections.c.review_id == number))
    texts = {
        row["section_id"]: SectionText(
            section_id=row["section_id"],
            version=row["version"],
            text=row["text"],
            updated_at=row["updated_at"],
            updated_by=row["updated_by"],
            is_prefilled=row["text"] == row["prefilled"],
        )
        for row in found.mappings()
    }
    return {section_id: texts[section_id] for section_id in sections() if section_id in texts}


def load_factors(connection: Connection, number: int) -> tuple[Factor, ...]:
    """Those of one review, oldest first."""
    asked = select(review_factors).where(review_factors.c.review_id == number).order_by(review_factors.c.id)
    return tuple(to_factor(row) for row in connection.execute(asked).mappings())


def to_factor(row: RowMapping) -> Factor:
    """A row as it is shown."""
    return Factor(f"{FACTOR}-{row['id']}", row["kind"], row["text"], row["label"], row["version"])


def load_actions(connection: Connection, number: int, *, is_fixed: bool) -> tuple[Action, ...]:
    """Those of one review, oldest first."""
    asked = select(review_actions).where(review_actions.c.review_id == number).order_by(review_actions.c.id)
    return tuple(to_action(row, is_fixed=is_fixed) for row in connection.execute(asked).mappings())


def to_action(row: RowMapping | Mapping[str, Any], *, is_fixed: bool) -> Action:
    """A row as it is shown."""
    return Action(
        id=f"{ACTION}-{row['id']}",
        review_id=f"{REVIEW}-{row['review_id']}",
        kind=row["kind"],
        text=row["text"],
        owner=row["owner"],
        due=row["due"],
        ticket_url=row["ticket_url"],
        money_at_risk=row["money_at_risk"],
        currency=row["currency"],
        done_at=row["done_at"],
        version=row["version"],
        is_fixed=is_fixed,
    )


def overdue(actions: Sequence[Action], now: datetime) -> tuple[Action, ...]:
    """Those whose day has passed, by the UTC day of *now*."""
    today: date = now.date()
    return tuple(action for action in actions if action.is_overdue(today))


def _moves(connection: Connection, number: int) -> tuple[Move, ...]:
    asked = select(review_moves).where(review_moves.c.review_id == number).order_by(review_moves.c.id)
    return tuple(
        Move(row["at"], row["actor"], row["source"], row["target"], row["note"])
        for row in connection.execute(asked).mappings()
    )


def newest_calibration(connection: Connection, number: int) -> Calibration | None:
    """The last one made; None before the first."""
    table = review_calibrations
    asked = select(table).where(table.c.review_id == number).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(asked).mappings().first()
    return Calibration(row["version"], row["text"], row["at"], row["actor"]) if row else None


def load_kept(connection: Connection, number: int) -> tuple[Kept, ...]:
    """The sentences that their authors keep, oldest first."""
    table = review_keeps
    asked = select(table).where(table.c.review_id == number).order_by(table.c.at, table.c.fingerprint)
    return tuple(
        Kept(row["fingerprint"], row["sentence"], row["reason"], row["at"], row["actor"])
        for row in connection.execute(asked).mappings()
    )
