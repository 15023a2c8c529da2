"""One object onto this disk: taken up where it was cut, and only ever of one version."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import IO, Any

import obstore
from obstore.store import ObjectStore

from warikan.ingest.places.faults import STORE_ERRORS, ObjectChanged, PlaceError, explain, fault_of
from warikan.ingest.places.listing import RemoteObject, version_of
from warikan.ingest.places.retrying import Retrying

_CHUNK = 256 << 10
"""What a cut loses at most."""
_BLOCK = 1 << 20
_PROGRESS_COUNTS = 64 << 10
"""An attempt that brought less was in vain: a server that drips is given up like one that fails."""
OnBytes = Callable[[int], None]


class Stopped(Exception):
    """Another object failed; this one goes on next time."""


def download(
    store: ObjectStore,
    one: RemoteObject,
    target: Path,
    *,
    name: str,
    retrying: Retrying,
    stop: Event,
    on_bytes: OnBytes,
) -> str:
    """
    All bytes of *one* at *target*, and their SHA-256; begins with what is at *target* already.

    Args:
        on_bytes: Told how many more bytes are here; in all exactly the object's size.

    Raises:
        ObjectChanged: it is another version by now; what was collected is removed.
        PlaceError: the store gives up, or sends more than it said; what was collected stays.
        Stopped: *stop* was set.
    """
    work = _Work(store, one, target, name, stop, on_bytes)
    failed = 0
    while True:
        before = work.done
        try:
            work.go_on()
            return work.finish()
        except ObjectChanged:
            target.unlink(missing_ok=True)
            raise
        except STORE_ERRORS as error:
            if fault_of(error) in ("changed", "absent"):
                target.unlink(missing_ok=True)
                raise ObjectChanged(name) from error
            failed = 1 if work.done - before >= _PROGRESS_COUNTS else failed + 1
            if fault_of(error) != "passing" or failed >= retrying.attempts:
                raise explain(error, name) from error
            # Without an ETag nothing tells whether the rest still fits; some stores know no ranges.
            if one.version.etag is None or "non-partial response" in str(error):
                work.begin_anew()
        retrying.wait(failed)


class _Cut(ConnectionError):
    """The answer ended early without an error."""


class _Work:
    """One download under way."""

    def __init__(
        self, store: ObjectStore, one: RemoteObject, target: Path, name: str, stop: Event, on_bytes: OnBytes
    ) -> None:
        self._store, self._one, self._target, self._name = store, one, target, name
        self._stop, self._on_bytes = stop, on_bytes
        self._told = self.done = 0
        self._digest = hashlib.sha256()
        self._take_up()

    def _take_up(self) -> None:
        """Count and digest what is here; without an ETag nothing tells whether it still fits."""
        if not self._target.is_file():
            return
        if self._one.version.etag is None or self._target.stat().st_size > self._one.version.size:
            self._target.unlink()
            return
        with self._target.open("rb") as file:
            while block := file.read(_BLOCK):
                self._digest.update(block)
                self.done += len(block)
        self._tell()

    def begin_anew(self) -> None:
        """From the first byte."""
        self._target.unlink(missing_ok=True)
        self._digest, self.done = hashlib.sha256(), 0

    def go_on(self) -> None:
        """Ask for what is missing and append it."""
        size, etag = self._one.version.size, self._one.version.etag
        if self.done == size:
            self._open().close()
            return
        options: dict[str, Any] = {}
        if etag is not None:
            options["if_match"] = f'"{etag}"'
        if self.done:
            options["range"] = {"offset": self.done}
        answer = obstore.get(self._store, self._one.key, options=options)  # type: ignore[arg-type] # TypedDict
        now = version_of(answer.meta)
        is_other = now.modified != self._one.version.modified
        if (now.etag, now.size) != (etag, size) or (etag is None and is_other):
            raise ObjectChanged(self._name)
        if answer.range != (self.done, size):
            raise PlaceError(f"{self._name}: the store answers with other bytes than were asked for")
        with self._open() as file:
            for chunk in answer.stream(min_chunk_size=_CHUNK):
                self._append(file, chunk)
        if self.done < size:
            raise _Cut(f"the answer ended after {self.done:,} of {size:,} bytes")

    def _append(self, file: IO[bytes], chunk: Any) -> None:
        if self._stop.is_set():
            raise Stopped(self._name)
        view = memoryview(chunk)
        if self.done + len(view) > self._one.version.size:
            self._target.unlink(missing_ok=True)
            raise PlaceError(f"{self._name}: the store sends more than the bytes it said")
        while view:
            try:
                written = file.write(view)
            except OSError as error:
                raise self._disk(error) from error
            self._digest.update(view[:written])
            self.done += written
            view = view[written:]
        self._tell()

    def finish(self) -> str:
        """The SHA-256, once all bytes are surely on the disk."""
        try:
            with self._target.open("rb") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise self._disk(error) from error
        return self._digest.hexdigest()

    def _open(self) -> IO[bytes]:
        try:
            # Unbuffered: what was counted is in the file, however this ends.
            return self._target.open("ab", buffering=0)
        except OSError as error:
            raise self._disk(error) from error

    def _disk(self, error: OSError) -> PlaceError:
        return PlaceError(
            f"{self._name} cannot be written to {self._target.parent}: {error.strerror}",
            hint="free some disk; what is here already is kept and taken up again",
        )

    def _tell(self) -> None:
        """What was told is never taken back; a download that begins anew catches up first."""
        if self.done > self._told:
            self._on_bytes(self.done - self._told)
            self._told = self.done
