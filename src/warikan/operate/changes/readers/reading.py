"""What readers share: what they are given, what they give, and words that mean the same everywhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from warikan.catalog.changes import ChangeSource
from warikan.operate.changes.change import ActorKind, ChangeDraft, Location
from warikan.operate.changes.document import UnreadableEvent, clean
from warikan.operate.changes.owners import parse_repository

MOST_EVENTS = 20_000
"""Of one body."""


@dataclass(frozen=True)
class Delivery:
    """
    Where a body came from.

    Attributes:
        source: The settings of the sender; None for a file that nobody is configured for.
        headers: With names in lower case; empty for files.
        received_at: Only where the body was stored with it.
    """

    source: ChangeSource | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime | None = None


@dataclass(frozen=True)
class Reader:
    """
    How a kind of body is read.

    Attributes:
        split: A body → its events.
        read: An event → what happened; nothing where it is of no interest.
    """

    split: Callable[[Any, Delivery], Iterable[Any]]
    read: Callable[[Any, Delivery], Iterator[ChangeDraft]]

    def drafts(self, body: Any, delivery: Delivery) -> "Iterator[ChangeDraft | UnreadableEvent | None]":
        """
        What happened, for each event of *body*; None: nothing of interest; an error: it cannot be read.

        Raises:
            UnreadableEvent: *body* itself is not what this sender sends.
        """
        for count, event in enumerate(self.split(body, delivery)):
            if count >= MOST_EVENTS:
                yield UnreadableEvent(f"more than {MOST_EVENTS:,} events in one body")
                return
            try:
                is_empty = True
                for draft in self.read(event, delivery):
                    is_empty = False
                    yield draft
                if is_empty:
                    yield None
            except UnreadableEvent as error:
                yield error


def whole(body: Any, _: Delivery) -> Iterable[Any]:
    """A body that is one event, or a list of them.

    Raises:
        UnreadableEvent: it is neither.
    """
    if isinstance(body, dict):
        return [body]
    if isinstance(body, list):
        return body
    raise UnreadableEvent("the body is no JSON object")


def require(value: str | None, what: str) -> str:
    """*value*, which must be there.

    Raises:
        UnreadableEvent: it is not; *what* names it.
    """
    if value is None:
        raise UnreadableEvent(f"it has no {clean(what, 80)}")
    return value


def short(revision: str | None) -> str:
    """A revision as people write it: the first 7 digits of a commit, anything else as it is."""
    text = revision or ""
    is_commit = len(text) >= 12 and all(c in "0123456789abcdef" for c in text.lower())
    return text[:7] if is_commit else clean(text, 60)


def actor_kind(name: str | None, *, is_automated: bool | None = None) -> ActorKind:
    """Who acted, as far as the sender says; a name alone is judged when it is kept (drafting.py)."""
    if is_automated is None:
        return "unknown"
    if is_automated:
        return "automation"
    return "person" if name else "unknown"


def locations(*told: tuple[str | None, str | None]) -> tuple[Location, ...]:
    """(address, path) pairs as locations, each once; what names no repository is left out."""
    found = (parse_repository(address, path) for address, path in told[:20])
    return tuple(dict.fromkeys(one for one in found if one is not None))
