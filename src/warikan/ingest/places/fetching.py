"""The bills of a place, onto this disk: list, choose, fetch what is new, see that nothing changed."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock

from obstore.store import ObjectStore

from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.ingest.places.address import Address, parse
from warikan.ingest.places.cache import Cache
from warikan.ingest.places.download import OnBytes, Stopped, download
from warikan.ingest.places.faults import ObjectChanged, PlaceError
from warikan.ingest.places.listing import RemoteObject, Version, list_place
from warikan.ingest.places.pins import Pin
from warikan.ingest.places.retrying import Retrying
from warikan.ingest.places.selecting import Selection, select
from warikan.ingest.places.store import open_store
from warikan.ingest.progress import Progress

_ROUNDS = 3
"""How often a place that changes while it is read is begun anew."""
_WAIT_FOR_OTHERS = 600.0
IsKnown = Callable[[str, str], bool]
"""Whether the content (SHA-256) of the file of a name is loaded, so that its bytes are not needed."""


@dataclass(frozen=True)
class Placed:
    """
    A bill of a place.

    Attributes:
        name: Its full address; what ``x_SourceFile`` says.
        path: Its copy; None when it is known to be loaded and its bytes are not here.
        sha256: Of its bytes.
    """

    name: str
    path: Path | None
    version: Version
    sha256: str


@dataclass(frozen=True)
class Fetched:
    """
    The bills of a place as they are now; their copies stay while this object lives.

    Attributes:
        files: In the order of their keys.
        skipped: Name → why it is passed over.
        is_single: The path named exactly one object.
    """

    files: tuple[Placed, ...]
    skipped: tuple[tuple[str, str], ...]
    is_single: bool
    _pin: Pin = field(repr=False)

    def release(self) -> None:
        """The copies may be removed from now on."""
        self._pin.release()


def fetch(
    path: str,
    *,
    cache: Path,
    settings: PlaceSettings | None = None,
    limits: PlaceLimits | None = None,
    now: datetime,
    progress: Progress | None = None,
    is_known: IsKnown | None = None,
    retrying: Retrying | None = None,
    environment: Mapping[str, str] | None = None,
    free: Callable[[Path], int] | None = None,
) -> Fetched:
    """
    Get the bills of the place *path* here; what is here already, in the same version, is not fetched again.

    Args:
        cache: Folder of the copies; made when absent.
        is_known: Without it every bill gets a copy. With it, one that was fetched before, whose copy was
            removed to make room and whose content is loaded, is not fetched again.

    Raises:
        UsageError: the address or the settings are wrong, or there is nothing.
        UnreadableFile, NotFocus: a manifest cannot be followed; or there is no bill.
        PlaceError: the store cannot be reached, refuses, or changes all the time; or there is no room. What
            was fetched so far stays and is taken up the next time.
    """
    settings, limits = settings or PlaceSettings(), limits or PlaceLimits()
    address = parse(path)
    store = open_store(address, settings, os.environ if environment is None else environment)
    copies = Cache(cache, limits, now=now, free=free or _free_bytes)
    place = f"{settings.endpoint or address.endpoint or ''} {settings.account or ''}\n{address.root}"
    visit = _Visit(store, address, place, copies, limits.connections, retrying or Retrying())
    try:
        with copies.hold(_WAIT_FOR_OTHERS):
            return visit.run(now, progress, is_known)
    except OSError as error:
        raise PlaceError(
            f"{cache} cannot be used as a cache: {error.strerror or error}",
            hint="the workspace must be writable, with room on its disk",
        ) from error


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class _Visit:
    """One fetch under way; the cache is held."""

    def __init__(
        self,
        store: ObjectStore,
        address: Address,
        place: str,
        copies: Cache,
        connections: int,
        retrying: Retrying,
    ) -> None:
        self._store, self._address, self._place = store, address, place
        self._copies, self._connections, self._retrying = copies, connections, retrying
        self._fetched_any = False

    def run(self, now: datetime, progress: Progress | None, is_known: IsKnown | None) -> Fetched:
        """Until one round found everything as it was listed."""
        for attempt in range(1, _ROUNDS + 1):
            self._fetched_any = False
            try:
                selection, files = self._round(now, progress, is_known)
            except ObjectChanged:
                if attempt < _ROUNDS:
                    self._retrying.wait(attempt)
                continue
            pin = self._copies.pin(file.path for file in files if file.path is not None)
            return Fetched(files, selection.skipped, selection.is_single, pin)
        raise PlaceError(
            f"{self._address.url} changes while it is read, {_ROUNDS} times in a row; nothing was loaded",
            hint="wait until the export is complete, then load it again",
        )

    def _round(
        self, now: datetime, progress: Progress | None, is_known: IsKnown | None
    ) -> tuple[Selection, tuple[Placed, ...]]:
        listing, is_single = list_place(self._store, self._address, self._retrying)
        selection = select(listing, self._address, is_single=is_single, bring=self._bring_manifests, now=now)
        placed = self._bring(selection.objects, progress, is_known)
        if self._fetched_any:
            again, _ = list_place(self._store, self._address, self._retrying)
            for one in (*selection.objects, *selection.told_by):
                if again.get(one.key) != one:
                    raise ObjectChanged(one.key)
        return selection, placed

    def _bring_manifests(self, manifests: Sequence[RemoteObject]) -> dict[str, Path]:
        placed = self._bring(manifests, None, None)
        return {
            one.key: file.path for one, file in zip(manifests, placed, strict=True) if file.path is not None
        }

    def _bring(
        self, objects: Sequence[RemoteObject], progress: Progress | None, is_known: IsKnown | None
    ) -> tuple[Placed, ...]:
        """Each of *objects*, from the cache or fetched."""
        here: dict[str, Placed] = {}
        for one in objects:
            copy = self._copies.find(self._place, one)
            name = self._name(one)
            if copy and (copy.path or (is_known and is_known(name, copy.sha256))):
                here[one.key] = Placed(name, copy.path, one.version, copy.sha256)
        missing = [one for one in objects if one.key not in here]
        if missing:
            self._fetched_any = True
            wanted = [one for one in objects if one.key not in here or here[one.key].path]
            self._copies.reserve(self._place, wanted, {one.key for one in missing}, self._address.url)
            for one, sha256 in zip(missing, self._download_all(missing, progress), strict=True):
                path = self._copies.keep(self._place, one, sha256)
                here[one.key] = Placed(self._name(one), path, one.version, sha256)
        return tuple(here[one.key] for one in objects)

    def _download_all(self, missing: Sequence[RemoteObject], progress: Progress | None) -> list[str]:
        """The hashes of *missing*, some at a time; the first that fails stops the others."""
        stop, lock = Event(), Lock()

        def advance(count: int) -> None:
            if progress is not None:
                with lock:
                    progress.advance(count, 0)

        if progress is not None:
            progress.start(sum(one.version.size for one in missing), self._address.url)
        try:
            with ThreadPoolExecutor(min(self._connections, len(missing))) as pool:
                futures = [pool.submit(self._download, one, stop, advance) for one in missing]
                try:
                    return [future.result() for future in futures]
                except BaseException:
                    stop.set()
                    pool.shutdown(wait=True, cancel_futures=True)
                    failed = [f.exception() for f in futures if f.done() and not f.cancelled()]
                    for error in failed:
                        if error is not None and not isinstance(error, Stopped):
                            raise error from None
                    raise
        finally:
            if progress is not None:
                progress.stop()

    def _download(self, one: RemoteObject, stop: Event, on_bytes: OnBytes) -> str:
        if stop.is_set():
            raise Stopped(one.key)
        try:
            return download(
                self._store,
                one,
                self._copies.partial(self._place, one),
                name=self._name(one),
                retrying=self._retrying,
                stop=stop,
                on_bytes=on_bytes,
            )
        except BaseException:
            stop.set()
            raise

    def _name(self, one: RemoteObject) -> str:
        return self._address.root + one.key
