"""What a review agrees on: factors that contributed, and actions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.reviews.changing import Change, Changing, bounded
from warikan.operate.reviews.document import ACTION_KINDS, FACTOR_KINDS, ActionKind, FactorKind, Review
from warikan.operate.reviews.markdown import is_web_address
from warikan.operate.reviews.rows import ACTION, FACTOR, number_of
from warikan.state.tables.reviews import review_actions, review_factors


class Agreeing(Changing):
    """Factors and actions. Each has a version of its own: who changes one says which they saw."""

    def add_factor(
        self, review_id: str, *, kind: FactorKind, text: str, actor: str, label: str = ""
    ) -> Review:
        """
        Add something that contributed; *label* finds the same factor in other reviews.

        Raises:
            NotFound: no such review.
            UsageError: no such kind, no text, or the review is closed.
        """
        values = _factor(kind, text, label)
        with self._changing(review_id, actor=actor, action="add factor", told=values) as change:
            row = values | {"review_id": change.number, "version": 1}
            change.connection.execute(insert(review_factors).values(**row))
        return self.get(review_id)

    def update_factor(
        self,
        review_id: str,
        factor_id: str,
        *,
        kind: FactorKind,
        text: str,
        actor: str,
        version: int,
        label: str = "",
    ) -> Review:
        """As `add_factor`, of one that is there. Raises Conflict where it is no longer of *version*."""
        values = _factor(kind, text, label)
        told = {"factor": factor_id, **values}
        with self._changing(review_id, actor=actor, action="change factor", told=told) as change:
            _update(change, review_factors, number_of(factor_id, FACTOR), values, version)
        return self.get(review_id)

    def remove_factor(self, review_id: str, factor_id: str, *, version: int, actor: str) -> Review:
        """Take a factor away; the record keeps what it said. Raises as `update_factor`."""
        told = {"factor": factor_id}
        with self._changing(review_id, actor=actor, action="remove factor", told=told) as change:
            _remove(change, review_factors, number_of(factor_id, FACTOR), version)
        return self.get(review_id)

    def add_action(
        self,
        review_id: str,
        *,
        text: str,
        actor: str,
        kind: ActionKind | None = None,
        owner: str | None = None,
        due: date | None = None,
        ticket_url: str | None = None,
        money_at_risk: Decimal | None = None,
    ) -> Review:
        """
        Propose an action; it is agreed on when the review is `reviewed`.

        Raises:
            NotFound: no such review.
            UsageError: no text, no such kind, an address that is none, or the review is closed.
        """
        values = _action(text, kind, owner, due, ticket_url, money_at_risk)
        with self._changing(review_id, actor=actor, action="add action", told=values) as change:
            currency = self._currency(change) if money_at_risk is not None else None
            row = values | {"review_id": change.number, "currency": currency, "version": 1}
            change.connection.execute(insert(review_actions).values(**row))
        return self.get(review_id)

    def update_action(
        self,
        review_id: str,
        action_id: str,
        *,
        text: str,
        actor: str,
        version: int,
        kind: ActionKind | None = None,
        owner: str | None = None,
        due: date | None = None,
        ticket_url: str | None = None,
        money_at_risk: Decimal | None = None,
    ) -> Review:
        """As `add_action`, of one that is there. Raises Conflict where it is no longer of *version*."""
        values = _action(text, kind, owner, due, ticket_url, money_at_risk)
        told = {"action": action_id, **values}
        with self._changing(review_id, actor=actor, action="change action", told=told) as change:
            currency = self._currency(change) if money_at_risk is not None else None
            number = number_of(action_id, ACTION)
            _update(change, review_actions, number, values | {"currency": currency}, version)
        return self.get(review_id)

    def finish_action(
        self, review_id: str, action_id: str, *, version: int, actor: str, done: bool = True
    ) -> Review:
        """Say that an action is done, or is not after all; also of a closed review."""
        told = {"action": action_id, "done": done}
        with self._changing(
            review_id, actor=actor, action="finish action", even_closed=True, told=told
        ) as change:
            values = {"done_at": change.now if done else None}
            _update(change, review_actions, number_of(action_id, ACTION), values, version)
        return self.get(review_id)

    def remove_action(self, review_id: str, action_id: str, *, version: int, actor: str) -> Review:
        """Take an action away. Raises as `update_action`."""
        told = {"action": action_id}
        with self._changing(review_id, actor=actor, action="remove action", told=told) as change:
            _remove(change, review_actions, number_of(action_id, ACTION), version)
        return self.get(review_id)

    @staticmethod
    def _currency(change: Change) -> str | None:
        return change.row["facts"].get("currency") or None


def _factor(kind: str, text: str, label: str) -> dict[str, Any]:
    if kind not in FACTOR_KINDS:
        raise UsageError(f"there is no kind of factor {kind!r}; there is: {', '.join(FACTOR_KINDS)}")
    short = bounded(label, "the label", longest=80, required=False)
    return {"kind": kind, "text": bounded(text, "the factor", longest=2000), "label": short}


def _action(
    text: str,
    kind: str | None,
    owner: str | None,
    due: date | None,
    ticket_url: str | None,
    money_at_risk: Decimal | None,
) -> dict[str, Any]:
    if kind is not None and kind not in ACTION_KINDS:
        raise UsageError(f"there is no kind of action {kind!r}; there is: {', '.join(ACTION_KINDS)}")
    if ticket_url and not is_web_address(ticket_url):
        raise UsageError(f"{ticket_url[:80]!r} is no address of a ticket (https://...)")
    if money_at_risk is not None and not (money_at_risk.is_finite() and money_at_risk >= 0):
        raise UsageError("money at risk is an amount, not negative")
    return {
        "text": bounded(text, "the action", longest=2000),
        "kind": kind,
        "owner": bounded(owner or "", "the owner", longest=200, required=False) or None,
        "due": due,
        "ticket_url": ticket_url or None,
        "money_at_risk": money_at_risk,
    }


def _update(change: Change, table: Table, number: int, values: dict[str, Any], version: int) -> None:
    _require_version(change, table, number, version)
    mine = (table.c.id == number) & (table.c.review_id == change.number)
    change.connection.execute(update(table).where(mine).values(**values, version=version + 1))


def _remove(change: Change, table: Table, number: int, version: int) -> None:
    _require_version(change, table, number, version)
    mine = (table.c.id == number) & (table.c.review_id == change.number)
    change.connection.execute(delete(table).where(mine))


def _require_version(change: Change, table: Table, number: int, version: int) -> None:
    asked = select(table.c.version).where(table.c.id == number, table.c.review_id == change.number)
    found = change.connection.execute(asked).scalar()
    if found is None:
        raise NotFound("this review has no such factor or action")
    if found != version:
        raise Conflict(
            f"it has changed since you saw it: it is version {found}, not {version}",
            hint="look at it again, then do it again",
        )
