"""The ledger of what happened: written by senders, files and people, read beside every cost."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs

from warikan.catalog.changes import ChangeSource
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.focus.errors import NotFound, UsageError, WarikanError
from warikan.focus.period import Period
from warikan.operate.changes import rows
from warikan.operate.changes.argo_api import fetch_applications
from warikan.operate.changes.around import SERVICE, TEAM, is_about
from warikan.operate.changes.change import (
    MANUAL,
    PREFIX,
    Change,
    ChangeDraft,
    Mark,
    Receipt,
    SourceState,
)
from warikan.operate.changes.document import MOST_BODY_BYTES, UnreadableEvent, parse_json, safe_url
from warikan.operate.changes.drafting import Drafting
from warikan.operate.changes.files import list_files, read_csv, read_file
from warikan.operate.changes.intake import Intake, Item, summed
from warikan.operate.changes.lint import lint_changes
from warikan.operate.changes.marks import marks_of
from warikan.operate.changes.proof import verify
from warikan.operate.changes.readers.reading import Delivery
from warikan.operate.changes.readers.registry import READERS
from warikan.operate.changes.remapping import remap
from warikan.operate.changes.rows import Criteria
from warikan.operate.scope import Scope
from warikan.state.audit import SYSTEM, record
from warikan.state.database import Database

MOST_LISTED = 10_000
"""Changes in one answer."""


class TooLarge(UsageError):
    """A delivery with more than 1 MiB."""


class Changes:
    """
    The ledger of a workspace. Safe to share between threads; writers of other processes do no harm.

    An event is (source, event id): told once or ten thousand times, in any order, it is one change.
    """

    def __init__(
        self,
        state: Database,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        root: Path,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """*root*: the workspace, where paths of sources begin; *environment*: where secrets are."""
        self._state = state
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._root = root
        self._environment = environment

    @cached_property
    def _intake(self) -> Intake:
        drafting = Drafting.of(self._settings, self._catalog)
        return Intake(self._state, drafting, self._settings, self._clock)

    def add(self, draft: ChangeDraft, actor: str) -> Change:
        """
        Write down what *actor* says happened, and return it; what was written before is returned as it is.

        Raises:
            UsageError: no title, a time at which nothing can have happened, an unknown service or team, or an
                address that is none.
        """
        now = self._clock()
        service, team = draft.subject.service, draft.team
        if service is not None and service.strip().lower() not in self._catalog.services:
            raise UsageError(f"{service!r} is no service of the catalogue", hint="or leave it out")
        if team is not None and team.strip().lower() not in self._catalog.teams:
            raise UsageError(f"{team!r} is no team of the catalogue", hint="or leave it out")
        if draft.url is not None and safe_url(draft.url) is None:
            raise UsageError(f"{draft.url[:80]!r} is no address that a page can link to (http or https)")
        if draft.ended_at is not None and draft.ended_at < (draft.at or now):
            raise UsageError("a change cannot end before it begins")
        kind = "person" if draft.actor_kind == "unknown" else draft.actor_kind
        told = replace(draft, at=draft.at or now, actor=draft.actor or actor, actor_kind=kind)
        row = self._intake.drafting.make_row(told, name=MANUAL, source=None, now=now)
        with self._state.begin() as connection:
            kept = rows.keep(connection, [row])
            found = rows.find(connection, Criteria(source=MANUAL), event_id=row["event_id"], limit=1)
            for number in kept.added:
                subject = f"change/{PREFIX}{number}"
                record(
                    connection,
                    at=now,
                    actor=actor,
                    subject=subject,
                    action="add",
                    after={"title": row["title"]},
                )
        return found[0]

    def receive(self, source: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
        """
        Take what the sender *source* delivers, after it has proven itself.

        Raises:
            NotFound: no such source.
            TooLarge: more than 1 MiB.
            Forged: the proof is missing or wrong; nothing was read.
            UsageError: the body is nothing that this sender sends. Single events that cannot be read
                are counted.
            ConfigError: the variable with the secret is not set.
        """
        settings = self._source(source)
        if len(body) > MOST_BODY_BYTES:
            raise TooLarge(
                f"a delivery has at most {MOST_BODY_BYTES:,} bytes", hint="send fewer events at once"
            )
        told_by = {name.lower(): value for name, value in headers.items()}
        verify(source, settings, body, told_by, self._environment)
        content_type = told_by.get("content-type", "").partition(";")[0].strip().lower()
        if settings.type == "csv" and content_type == "text/csv":
            items: Iterable[Item] = (told.item for told in read_csv(io.StringIO(_text(body), newline="")))
        else:
            if content_type == "application/x-www-form-urlencoded":  # GitHub's other form
                body = "".join(parse_qs(_text(body), max_num_fields=10).get("payload", [])).encode()
            value = parse_json(body, where="the body")
            items = READERS[settings.type].drafts(value, Delivery(settings, told_by))
        return self._intake.keep(source, items, action="receive")

    def take_file(self, path: Path, *, source: str | None = None, actor: str = SYSTEM) -> tuple[Receipt, ...]:
        """
        Take the events of a file (CSV, JSON, JSON lines), one receipt for each source that it speaks of.

        Under the name *source*, else as the file says, else as the one configured source of that type is
        called, else by the type itself, else by the file's name.

        Raises:
            UnreadableFile: it is no such file. Events that cannot be read are counted.
        """
        settings = self._settings.changes.sources.get(source or "")
        kind = settings.type if settings is not None and settings.type != "csv" else None
        return self._intake.take(read_file(path, Delivery(settings), kind), path, source, actor)

    def fetch(self, source: str | None = None) -> tuple[Receipt, ...]:
        """
        Ask *source*, or every source with a ``url`` or ``path``; one that fails says so in its receipt.

        Raises:
            NotFound: no such source.
            UsageError: *source* has nothing to be asked.
        """
        wanted = {source: self._source(source)} if source is not None else self._settings.changes.sources
        receipts: list[Receipt] = []
        for name, settings in wanted.items():
            if settings.url is None and settings.path is None:
                if source is not None:
                    raise UsageError(
                        f"changes.sources.{name} only takes deliveries", hint="fetch needs url or path"
                    )
                continue
            try:
                found = self._fetch(name, settings)
                error = None
            except WarikanError as failure:
                error = failure.message
                found = (Receipt(name, error=error),)
            with self._state.begin() as connection:
                rows.note_source(connection, name, last_fetched_at=self._clock(), last_error=error)
            receipts += found
        return tuple(receipts)

    def _fetch(self, name: str, settings: ChangeSource) -> tuple[Receipt, ...]:
        found: tuple[Receipt, ...] = ()
        if settings.url is not None:
            told = fetch_applications(name, settings, self._environment, root=self._root)
            items = READERS[settings.type].drafts(told, Delivery(settings))
            found = (self._intake.keep(name, items, action="fetch"),)
        if settings.path is not None:
            for path in list_files(self._root, settings.path):
                found += self.take_file(path, source=name)
        return tuple(summed(found))

    def list(
        self, criteria: Criteria | None = None, *, limit: int = 100, offset: int = 0
    ) -> tuple[Change, ...]:
        """The changes that meet *criteria*, newest first."""
        with self._state.read() as connection:
            return rows.find(
                connection, criteria or Criteria(), limit=min(limit, MOST_LISTED), offset=max(offset, 0)
            )

    def get(self, change_id: str) -> Change:
        """
        The change ``CHG-12``.

        Raises:
            NotFound: there is none.
        """
        digits = change_id.strip().upper().removeprefix(PREFIX)
        found = None
        if digits.isascii() and digits.isdecimal() and len(digits) <= 9:
            with self._state.read() as connection:
                found = rows.find_one(connection, int(digits))
        if found is None:
            raise NotFound(f"there is no change {change_id[:40]!r}", hint="warikan changes list")
        return found

    def between(
        self, scope: Scope, start: datetime, end: datetime, *, limit: int = MOST_LISTED
    ) -> tuple[Change, ...]:
        """
        What happened in ``[start, end)`` to *scope*, oldest first; of too many the latest.

        Of a service or team: its own changes, and those of nobody that share a column with *scope* (a price
        of the same ServiceName). Of anything else: all that say nothing against it.
        """
        told = Criteria(start=start, end=end)
        service, team = scope.get(SERVICE), scope.get(TEAM)
        asked = [told]
        if service is not None:
            asked = [replace(told, service=service), replace(told, is_owned=False)]
        elif team is not None:
            asked = [replace(told, team=team), replace(told, is_owned=False)]
        with self._state.read() as connection:
            found = {
                one.id: one for which in asked for one in rows.find(connection, which, limit=MOST_LISTED)
            }
        about = [one for one in found.values() if is_about(one, scope, self._settings.clusters)]
        about.sort(key=lambda one: (one.at, int(one.id.removeprefix(PREFIX))))
        return tuple(about[-limit:]) if limit > 0 else ()

    def for_chart(self, scope: Scope, period: Period, *, most: int = 60) -> tuple[Mark, ...]:
        """The marks of *scope*'s chart over *period*: at most *most*, close ones together when crowded."""
        return marks_of(self.between(scope, period.start, period.end), period, most=most)

    def sources(self) -> tuple[SourceState, ...]:
        """Every source that is configured or has told something, in alphabetical order."""
        with self._state.read() as connection:
            told = rows.source_rows(connection)
        configured = self._settings.changes.sources
        return tuple(
            SourceState(
                name,
                configured[name].type if name in configured else ("manual" if name == MANUAL else "file"),
                int(told.get(name, {}).get("changes", 0)),
                *(told.get(name, {}).get(k) for k in ("last_received_at", "last_fetched_at", "last_error")),
            )
            for name in sorted({*configured, *told})
        )

    def remap(self, actor: str = SYSTEM) -> int:
        """Find the owner of every change again, as the catalogue is now; how many have another one."""
        with self._state.begin() as connection:
            count = remap(connection, self._intake.drafting, self._settings.changes.sources)
            if count:
                after = {"changes": count}
                record(
                    connection, at=self._clock(), actor=actor, subject="changes", action="remap", after=after
                )
        return count

    def lint(self) -> tuple[str, ...]:
        """What is wrong in ``changes`` of the settings, one sentence each."""
        return lint_changes(self._settings, self._catalog)

    def _source(self, name: str) -> ChangeSource:
        found = self._settings.changes.sources.get(name)
        if found is None:
            raise NotFound(f"changes.sources has no {name[:64]!r}", hint="name it in warikan.yaml")
        return found


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableEvent("the body is not UTF-8 text") from error
