"""Events on their way into the ledger: made into rows, written in one transaction, counted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from warikan.catalog.settings import Settings
from warikan.operate.changes import rows
from warikan.operate.changes.change import PREFIX, ChangeDraft, Receipt
from warikan.operate.changes.document import UnreadableEvent
from warikan.operate.changes.drafting import Drafting, Row
from warikan.operate.changes.files import Told, source_name
from warikan.state.audit import SYSTEM, record
from warikan.state.database import Database

Item = ChangeDraft | UnreadableEvent | None
"""What happened; nothing of interest; or what cannot be read."""
_MOST_REASONS = 10
_AT_ONCE = 2_000
"""Events of a file in one transaction."""


@dataclass(frozen=True)
class Intake:
    """Where deliveries, files and answers go in."""

    state: Database
    drafting: Drafting
    settings: Settings
    clock: Callable[[], datetime]

    def keep(self, name: str, items: Iterable[Item], *, action: str, actor: str = SYSTEM) -> Receipt:
        """Write what *items* of the source *name* tell, all or nothing; what cannot be read is counted."""
        now = self.clock()
        source = self.settings.changes.sources.get(name)
        ready: list[Row] = []
        reasons: list[str] = []
        ignored = refused = 0
        for item in items:
            if item is None:
                ignored += 1
                continue
            try:
                if isinstance(item, UnreadableEvent):
                    raise item
                ready.append(self.drafting.make_row(item, name=name, source=source, now=now))
            except UnreadableEvent as error:
                refused += 1
                reasons.append(error.message)
        with self.state.begin() as connection:
            kept = rows.keep(connection, ready)
            if source is not None or ready:
                rows.note_source(connection, name, last_received_at=now)
            if touched := kept.added + kept.updated:
                counts = {"added": len(kept.added), "updated": len(kept.updated)}
                after = counts | {"first": f"{PREFIX}{min(touched)}"}
                record(connection, at=now, actor=actor, subject=f"changes/{name}", action=action, after=after)
        shown = tuple(reasons[:_MOST_REASONS])
        return Receipt(name, len(kept.added), len(kept.updated), kept.known, ignored, refused, shown)

    def take(self, events: Iterable[Told], path: Path, source: str | None, actor: str) -> tuple[Receipt, ...]:
        """Write the events of the file *path*, a part at a time; one receipt for each source."""
        receipts: list[Receipt] = []
        parts: dict[str, list[Item]] = {}
        lost: list[Item] = []
        first = None
        for told in events:
            if isinstance(told.item, UnreadableEvent) and not (source or told.source or told.type):
                lost.append(told.item)
                continue
            name = source or self._name(told, path)
            first = first or name
            part = parts.setdefault(name, [])
            part.append(_placed(told, name))
            if len(part) >= _AT_ONCE:
                receipts.append(self.keep(name, parts.pop(name), action="import", actor=actor))
        if lost:
            # What names no source is of the one that the file is about.
            parts.setdefault(first or source_name(path.stem), []).extend(lost)
        receipts += [self.keep(name, part, action="import", actor=actor) for name, part in parts.items()]
        return tuple(summed(receipts))

    def _name(self, told: Told, path: Path) -> str:
        if told.source is not None:
            return source_name(told.source)
        if told.type is None:
            return source_name(path.stem)
        alike = [name for name, one in self.settings.changes.sources.items() if one.type == told.type]
        return alike[0] if len(alike) == 1 else told.type


def _placed(told: Told, name: str) -> Item:
    """
    What *told* tells, as it is kept under *name*.

    A file of one configured source may hold the events of several, whose ids may be alike: where it names
    another source, that is part of the id.
    """
    item = told.item
    if not isinstance(item, ChangeDraft) or item.event_id is None or told.source is None:
        return item
    inner = source_name(told.source)
    return item if inner == name else replace(item, event_id=f"{inner}/{item.event_id}")


def summed(receipts: Iterable[Receipt]) -> Iterator[Receipt]:
    """One receipt for each source."""
    found: dict[str, Receipt] = {}
    for one in receipts:
        before = found.get(one.source)
        found[one.source] = one if before is None else _plus(before, one)
    yield from found.values()


def _plus(one: Receipt, other: Receipt) -> Receipt:
    return replace(
        one,
        added=one.added + other.added,
        updated=one.updated + other.updated,
        known=one.known + other.known,
        ignored=one.ignored + other.ignored,
        refused=one.refused + other.refused,
        reasons=(one.reasons + other.reasons)[:_MOST_REASONS],
    )
