"""Sentences that their authors keep although the blame check marks them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert

from warikan.operate.reviews.blame import Mark, check_text
from warikan.operate.reviews.blame.check import fingerprint
from warikan.operate.reviews.changing import Changing, bounded
from warikan.operate.reviews.document import Review
from warikan.state.tables.reviews import review_keeps


class Keeping(Changing):
    """The blame check of a review. It marks; it never blocks."""

    def marks(self, review_id: str, section_id: str) -> tuple[Mark, ...]:
        """
        What is marked in a section; what its authors keep is not.

        Raises:
            NotFound: there is no such review.
        """
        review = self.get(review_id)
        text = review.sections[section_id].text if section_id in review.sections else ""
        return self.check(text, people=review.facts.people, kept=[one.fingerprint for one in review.kept])

    def check(self, text: str, *, people: Sequence[str] = (), kept: Sequence[str] = ()) -> tuple[Mark, ...]:
        """The marks of any *text*; the catalogue's teams and *people* are known by name."""
        return check_text(text, people=people, teams=self._team_names, kept=kept)

    @property
    def _team_names(self) -> list[str]:
        return [name for team in self._catalog.teams.values() for name in (team.id, team.title) if name]

    def keep(self, review_id: str, sentence: str, reason: str, *, actor: str) -> Review:
        """
        Keep a sentence because of *reason*: it is not marked again.

        Raises:
            NotFound: there is no such review.
            UsageError: no sentence, or no reason.
        """
        kept = bounded(sentence, "the sentence", longest=2000)
        why = bounded(reason, "the reason")
        name = fingerprint(kept)
        told = {"sentence": kept, "reason": why}
        with self._changing(review_id, actor=actor, action="keep", told=told) as change:
            table = review_keeps
            mine = (table.c.review_id == change.number) & (table.c.fingerprint == name)
            change.connection.execute(delete(table).where(mine))
            row = {"review_id": change.number, "fingerprint": name, "sentence": kept, "reason": why}
            change.connection.execute(insert(table).values(**row, at=change.now, actor=actor))
        return self.get(review_id)
