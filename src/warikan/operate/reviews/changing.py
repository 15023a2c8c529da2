"""One change of one review: locked, written down, its version counted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, update

from warikan.focus.errors import UsageError
from warikan.operate.reviews.desk import Desk, require_version
from warikan.operate.reviews.rows import REVIEW
from warikan.state.tables.reviews import reviews

LONGEST = 1000


@dataclass(frozen=True)
class Change:
    """A review that is open for writing, at one moment."""

    connection: Connection
    row: RowMapping
    now: datetime

    @property
    def number(self) -> int:
        """The review's number."""
        return int(self.row["id"])


class Changing(Desk):
    """What changes a review as a whole, or what it agrees on."""

    @contextmanager
    def _changing(
        self,
        review_id: str,
        *,
        actor: str,
        action: str,
        version: int | None = None,
        even_closed: bool = False,
        told: Mapping[str, Any] | None = None,
    ) -> Iterator[Change]:
        """
        *version* None takes the review as it is: for what has a version of its own.

        Raises:
            NotFound: there is no such review.
            Conflict: it is no longer of *version*.
            UsageError: it is closed, and this is not done to closed ones.
        """
        with self._writing(review_id, even_closed=even_closed) as (connection, row):
            if version is not None:
                require_version(row["version"], version, f"{REVIEW}-{row['id']}")
            yield Change(connection, row, self._clock())
            mine = reviews.c.id == row["id"]
            connection.execute(update(reviews).where(mine).values(version=row["version"] + 1))
            self._record(connection, row["id"], action, actor, after=told)


def bounded(text: str, name: str, *, longest: int = LONGEST, required: bool = True) -> str:
    """
    *text* without white space around it.

    Raises:
        UsageError: it is too long, or blank where it must not be.
    """
    kept = text.strip()
    if required and not kept:
        raise UsageError(f"{name} is blank")
    if len(kept) > longest:
        raise UsageError(f"{name} has {len(kept)} characters; at most {longest} are kept")
    return kept
