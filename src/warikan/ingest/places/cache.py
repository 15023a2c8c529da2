"""Copies of remote objects on this disk: bounded, the longest unused go first, whole or not there."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from warikan.catalog.places import PlaceLimits
from warikan.ingest.places.faults import PlaceError
from warikan.ingest.places.listing import RemoteObject
from warikan.ingest.places.pins import Pin, pinned
from warikan.ingest.places.room import Entry, FreeBytes, make_room

_SUFFIXES = re.compile(r"(?:\.[A-Za-z0-9]{1,10}){1,2}$")
Keys = AbstractSet[str]
_FORGET_AFTER_SECONDS = 2 * 366 * 86_400
"""A version whose copy is gone and that nobody asked for in so long is no longer remembered."""


@dataclass(frozen=True)
class Copy:
    """
    What the cache knows of one version of an object.

    Attributes:
        path: Of its bytes; None where they were removed to make room.
        sha256: Of its bytes, hex.
    """

    path: Path | None
    sha256: str


class Cache:
    """
    The copies below one folder; one process works in it at a time (`hold`).

    ``objects/`` has a folder for each object with a file and a note for each version of it, ``partial/`` what
    was cut off, ``pins/`` what running loads read.
    """

    def __init__(self, folder: Path, limits: PlaceLimits, *, now: datetime, free: FreeBytes) -> None:
        self._folder, self._limits, self._free = folder, limits, free
        self._now = int(now.timestamp() * 1e9)
        self._in_use: frozenset[Path] = frozenset()

    @contextmanager
    def hold(self, timeout: float) -> Iterator[None]:
        """
        Be the only one that fetches into this cache.

        Raises:
            PlaceError: another process does, for longer than *timeout* seconds.
        """
        for name in ("objects", "partial", "pins"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self._folder / "lock"), thread_local=False)
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise PlaceError(
                f"another process is fetching bills into {self._folder}; waited {timeout:g} s for it",
                hint="try again when it has finished",
            ) from None
        try:
            # Whoever pins holds the cache, so until it is let go no pin comes.
            self._in_use = frozenset(pinned(self._folder / "pins"))
            yield
        finally:
            lock.release()

    def find(self, place: str, one: RemoteObject) -> Copy | None:
        """What is known of this very version; whole copies only. Marks it as used."""
        path = self._path(place, one)
        note = path.with_name(f"{one.version.id}.note")
        try:
            said = json.loads(note.read_text(encoding="utf-8"))
            sha256, written = said["sha256"], said["written"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
            return None
        os.utime(note, ns=(self._now, self._now))
        try:
            stat = path.stat()
        except OSError:
            return Copy(None, sha256)
        is_whole = (stat.st_size, stat.st_mtime_ns) == (one.version.size, written)
        return Copy(path, sha256) if is_whole else None

    def partial(self, place: str, one: RemoteObject) -> Path:
        """Where the bytes are collected until they are all here."""
        return self._folder / "partial" / f"{_object_id(place, one.key)}-{one.version.id}"

    def keep(self, place: str, one: RemoteObject, sha256: str) -> Path:
        """Take the collected bytes in under their final name; older versions that nobody reads go."""
        path = self._path(place, one)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.partial(place, one).replace(path)
        note = {
            "name": place.partition("\n")[2] + one.key,
            "etag": one.version.etag,
            "size": one.version.size,
            "modified": one.version.modified.isoformat(),
            "sha256": sha256,
            "written": path.stat().st_mtime_ns,
        }
        self._write_note(path.with_name(f"{one.version.id}.note"), note)
        for other in list(path.parent.iterdir()):
            siblings = path.parent.glob(f"{other.name.partition('.')[0]}*")
            if not other.name.startswith(one.version.id) and self._in_use.isdisjoint(siblings):
                other.unlink(missing_ok=True)
        return path

    def reserve(self, place: str, wanted: Iterable[RemoteObject], needed: Keys, what: str) -> None:
        """
        Make room for the objects of *wanted* whose keys are in *needed*; the others of *wanted* stay.

        Raises:
            PlaceError: they do not fit into the limit, or onto the disk.
        """
        wanted = list(wanted)
        keep = {self._path(place, one) for one in wanted} | self._in_use
        coming = [one for one in wanted if one.key in needed]
        partials = {self.partial(place, one) for one in coming}
        keep |= partials
        here = sum(p.stat().st_size for p in partials if p.is_file())
        size = sum(one.version.size for one in coming)
        make_room(self._entries(keep), max(size - here, 0), self._limits, self._folder, self._free, what)

    def pin(self, paths: Iterable[Path]) -> Pin:
        """Keep *paths* while the pin lives."""
        return Pin(self._folder / "pins", paths)

    def _entries(self, keep: AbstractSet[Path]) -> list[Entry]:
        """All files of the cache with their last use; what a crash left over is removed on the way."""
        found = []
        for folder in (self._folder / "objects").iterdir():
            notes = {p.stem: p for p in folder.glob("*.note")}
            copies = {p.name.partition(".")[0]: p for p in folder.iterdir() if p.suffix != ".note"}
            for version, path in copies.items():
                note = notes.get(version)
                if note is None:
                    path.unlink(missing_ok=True)
                    continue
                found.append(Entry(path, path.stat().st_size, note.stat().st_mtime_ns, path in keep))
            for version, note in notes.items():
                too_old = self._now - note.stat().st_mtime_ns > _FORGET_AFTER_SECONDS * 1_000_000_000
                if version not in copies and too_old:
                    note.unlink(missing_ok=True)
        # Used never: what was cut off goes before what is whole.
        cut = (self._folder / "partial").iterdir()
        return [*found, *(Entry(path, path.stat().st_size, 0, path in keep) for path in cut)]

    def _path(self, place: str, one: RemoteObject) -> Path:
        suffix = _SUFFIXES.search(one.base)
        ending = suffix[0].lower() if suffix else ".bin"
        ending = ".bin" if ending.endswith((".note", ".new")) else ending  # those are the cache's own
        return self._folder / "objects" / _object_id(place, one.key) / f"{one.version.id}{ending}"

    def _write_note(self, path: Path, note: Mapping[str, object]) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(note), encoding="utf-8")
        os.utime(fresh, ns=(self._now, self._now))
        fresh.replace(path)


def _object_id(place: str, key: str) -> str:
    return hashlib.sha256(f"{place}{key}".encode()).hexdigest()[:40]
