"""Incidents beside what their reviews agreed on: three statements, however many there are."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, RowMapping, Table, select

from warikan.operate.learning.similar import PastCase
from warikan.operate.reviews.document import Action
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.reviews.rows import FIXED_STATES, REVIEW, to_action, to_factor
from warikan.state.tables.reviews import review_actions, review_factors, reviews

_Made = TypeVar("_Made")


def read_cases(connection: Connection, known: Sequence[IncidentFacts]) -> tuple[PastCase, ...]:
    """*known* in its order, each with its review where there is one."""
    found = connection.execute(select(reviews.c.id, reviews.c.incident_id, reviews.c.state)).all()
    numbers = {row.incident_id: row.id for row in found}
    fixed = {row.id for row in found if row.state in FIXED_STATES}

    def action_of(row: RowMapping) -> Action:
        return to_action(row, is_fixed=row["review_id"] in fixed)

    factors = _by_review(connection, review_factors, to_factor)
    actions = _by_review(connection, review_actions, action_of)
    cases = []
    for facts in known:
        number = numbers.get(facts.id, 0)
        name = f"{REVIEW}-{number}" if number else None
        cases.append(PastCase(facts, name, tuple(factors.get(number, ())), tuple(actions.get(number, ()))))
    return tuple(cases)


def _by_review(
    connection: Connection, table: Table, make: Callable[[RowMapping], _Made]
) -> dict[int, list[_Made]]:
    """Review → what *table* has of it, oldest first."""
    found: dict[int, list[_Made]] = {}
    for row in connection.execute(select(table).order_by(table.c.id)).mappings():
        found.setdefault(row["review_id"], []).append(make(row))
    return found
