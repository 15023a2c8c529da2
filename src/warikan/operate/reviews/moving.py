"""A review on its way: planned, calibrated, moved from state to state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from warikan.focus.errors import UsageError
from warikan.operate.reviews.calibration import calibration_text
from warikan.operate.reviews.changing import Change, Changing, bounded
from warikan.operate.reviews.document import STATES, Review, State
from warikan.operate.reviews.rows import load_review, newest_calibration
from warikan.operate.reviews.states import require_move, require_soaked
from warikan.state.tables.reviews import review_actions, review_calibrations, review_moves, reviews


class Moving(Changing):
    """The states of a review, and what comes before them."""

    def move(
        self, review_id: str, target: State, *, actor: str, version: int | None = None, note: str = ""
    ) -> Review:
        """
        Move a review: draft → in_review → reviewed → closed, or back.

        `reviewed` fixes its actions: those without a day get the one that the severity allows. It needs the
        soak time to be over, or a reason not to wait. `closed` needs what `Review.missing` lists.

        Raises:
            NotFound: no such review.
            UsageError: it cannot go there, or not yet; says what is missing.
            Conflict: it is no longer of *version*.
        """
        if target not in STATES:
            raise UsageError(f"there is no state {target!r}; there is: {', '.join(STATES)}")
        why = bounded(note, "the note", required=False)
        told = {"target": target, "note": why}
        with self._changing(
            review_id, actor=actor, action="move", version=version, even_closed=True, told=told
        ) as change:
            source: State = change.row["state"]
            require_move(source, target)
            review = load_review(change.connection, review_id, self._settings)
            if target == "reviewed" and source == "in_review":
                require_soaked(review.soak_until, change.now, review.soak_skipped)
                self._fix_actions(change, review)
            if target == "closed" and review.missing:
                raise UsageError(f"{review.id} cannot be closed yet: {'; '.join(review.missing)}")
            row = {"review_id": change.number, "at": change.now, "actor": actor}
            change.connection.execute(
                insert(review_moves).values(**row, source=source, target=target, note=why)
            )
            self._set(change, state=target)
        return self.get(review_id)

    def plan(
        self, review_id: str, *, lead: str | None, meeting_at: datetime | None, version: int, actor: str
    ) -> Review:
        """
        Say who leads the review, and when people meet (aware, UTC).

        Raises:
            NotFound, Conflict: as `move`.
            UsageError: the meeting's moment has no zone.
        """
        if meeting_at is not None and meeting_at.tzinfo is None:
            raise UsageError("the meeting's time has no zone; write it as 2026-11-23T10:00+09:00")
        name = bounded(lead or "", "the lead", longest=200, required=False) or None
        told = {"lead": name, "meeting_at": str(meeting_at) if meeting_at else None}
        with self._changing(review_id, actor=actor, action="plan", version=version, told=told) as change:
            self._set(change, lead=name, meeting_at=meeting_at)
        return self.get(review_id)

    def calibrate(self, review_id: str, *, actor: str) -> Review:
        """Make the calibration document of what is known now; the soak time begins anew."""
        with self._changing(review_id, actor=actor, action="calibrate") as change:
            review = load_review(change.connection, review_id, self._settings)
            last = newest_calibration(change.connection, change.number)
            place = {"review_id": change.number, "version": (last.version if last else 0) + 1}
            text = calibration_text(review)
            change.connection.execute(
                insert(review_calibrations).values(**place, text=text, at=change.now, actor=actor)
            )
            self._set(change, calibrated_at=change.now)
        return self.get(review_id)

    def skip_soak(self, review_id: str, reason: str, *, version: int, actor: str) -> Review:
        """Fix actions without waiting, because of *reason*, which is kept."""
        why = bounded(reason, "the reason")
        told = {"reason": why}
        with self._changing(review_id, actor=actor, action="skip soak", version=version, told=told) as change:
            self._set(change, soak_skipped=why)
        return self.get(review_id)

    @staticmethod
    def _fix_actions(change: Change, review: Review) -> None:
        due = change.now.astimezone(UTC).date() + timedelta(days=review.action_days)
        table = review_actions
        open_ones = (table.c.review_id == change.number) & table.c.due.is_(None)
        change.connection.execute(update(table).where(open_ones).values(due=due, version=table.c.version + 1))

    @staticmethod
    def _set(change: Change, **values: object) -> None:
        change.connection.execute(update(reviews).where(reviews.c.id == change.number).values(**values))
