"""Where reviews are written: one transaction a change, one writer of a review at a time, all recorded."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, update

from warikan.catalog.entities import Catalog
from warikan.catalog.reviews import ReviewSettings
from warikan.catalog.settings import Settings
from warikan.focus.errors import Conflict, UsageError
from warikan.operate.learning.index import index_text
from warikan.operate.reviews.document import Review
from warikan.operate.reviews.facts import FactsSource
from warikan.operate.reviews.rows import REVIEW, load_factors, load_review, load_texts, lock_review
from warikan.operate.reviews.rows import load_actions as _load_actions
from warikan.state.audit import record
from warikan.state.database import Database
from warikan.state.tables.reviews import reviews

LONGEST_SECTION = 50_000
LONGEST_LINE = 2000
LONGEST_NOTE = 1000


class Desk:
    """What every part of the facade needs."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        incidents: FactsSource,
    ) -> None:
        self._state = database
        self._catalog = catalog
        self._settings: ReviewSettings = settings.reviews
        self._clock = clock
        self._incidents = incidents

    def get(self, review_id: str) -> Review:
        """
        The whole review.

        Raises:
            NotFound: there is no such review.
        """
        with self._state.read() as connection:
            return load_review(connection, review_id, self._settings)

    @contextmanager
    def _writing(
        self, review_id: str, *, even_closed: bool = False
    ) -> Iterator[tuple[Connection, RowMapping]]:
        """A transaction in which nobody else writes this review; at its end it is found by its new words."""
        with self._state.begin() as connection:
            row = lock_review(connection, review_id)
            if row["state"] == "closed" and not even_closed:
                raise UsageError(f"{REVIEW}-{row['id']} is closed", hint="reopen it first")
            yield connection, row
            touched = update(reviews).where(reviews.c.id == row["id"])
            connection.execute(touched.values(updated_at=self._clock()))
            index_review(connection, row["id"])

    def _record(
        self,
        connection: Connection,
        number: int,
        action: str,
        actor: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        subject = f"review/{REVIEW}-{number}"
        record(
            connection,
            at=self._clock(),
            actor=actor,
            subject=subject,
            action=action,
            before=before,
            after=after,
        )


def index_review(connection: Connection, number: int) -> None:
    """Have a review found by everything that is written in it now."""
    title = connection.execute(reviews.select().where(reviews.c.id == number)).mappings().one()["title"]
    texts = load_texts(connection, number)
    factors = load_factors(connection, number)
    actions = _load_actions(connection, number, is_fixed=False)
    parts = [
        title,
        *(text.text for text in texts.values()),
        *(f"{factor.text} {factor.label}" for factor in factors),
        *(action.text for action in actions),
    ]
    index_text(connection, f"{REVIEW}-{number}", "\n".join(part for part in parts if part))


def require_version(found: int, seen: int, what: str) -> None:
    """Refuse a change of something that has changed meanwhile.

    Raises:
        Conflict: says which version there is.
    """
    if found != seen:
        raise Conflict(
            f"{what} has been changed meanwhile: it is at version {found}, you saw {seen}",
            hint="read it again, then repeat the change",
        )


def clean(text: str, *, longest: int, what: str) -> str:
    """
    *text* with plain line ends and without control characters.

    Raises:
        UsageError: it is longer than *longest* characters.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c for c in plain if c in "\n\t" or (c >= " " and c != "\x7f"))
    plain = plain.encode("utf-8", "replace").decode("utf-8")
    if len(plain) > longest:
        raise UsageError(f"{what} has {len(plain):,} characters; at most {longest:,} are kept")
    return plain


def clean_line(text: str, *, longest: int = LONGEST_LINE, what: str) -> str:
    """
    *text* on one line, not empty.

    Raises:
        UsageError: it is empty or too long.
    """
    plain = " ".join(clean(text, longest=longest, what=what).split())
    if not plain:
        raise UsageError(f"{what} is empty", hint="say it in one sentence")
    return plain
