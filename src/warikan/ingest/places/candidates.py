"""The files that a source's path means, of this machine or of an object store."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.ingest.files import find_files, name_of
from warikan.ingest.places.address import is_place, parse
from warikan.ingest.places.fetching import Fetched, fetch
from warikan.ingest.progress import Progress

CACHE_FOLDER = ".warikan/cache/places"
"""Below the workspace."""


@dataclass(frozen=True)
class Reach:
    """How places are reached: the source's ``place:``, the workspace's ``places:``, and who is told."""

    now: datetime
    settings: PlaceSettings = field(default_factory=PlaceSettings)
    limits: PlaceLimits = field(default_factory=PlaceLimits)
    progress: Progress | None = None


@dataclass(frozen=True)
class Candidate:
    """
    A file that may be a bill.

    Attributes:
        name: How ``x_SourceFile`` names it: an address, or a path relative to the workspace.
        sha256: Of its bytes, where it is known without reading it.
    """

    path: Path
    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class Candidates:
    """
    The files of a source, sorted by name.

    Attributes:
        is_single: The path names exactly one file.
        skipped: Name → why it was not even fetched.
        fetched: Keeps the copies in the cache while the load lives.
    """

    files: tuple[Candidate, ...]
    is_single: bool
    skipped: tuple[tuple[str, str], ...] = ()
    fetched: Fetched | None = None


def find_candidates(path: str | Path, root: Path, reach: Reach) -> Candidates:
    """
    The files of *path*; those of an object store are fetched into the cache of the workspace *root*.

    Raises:
        UsageError: there is nothing, or the address or its settings are wrong.
        DataError: a place cannot be read (see `fetch`).
    """
    if not is_place(path):
        found, is_single = find_files(path, root)
        return Candidates(_sorted(Candidate(one, name_of(one, root)) for one in found), is_single)
    fetched = fetch(
        str(path),
        cache=root / CACHE_FOLDER,
        settings=reach.settings,
        limits=reach.limits,
        now=reach.now,
        progress=reach.progress,
    )
    here = (Candidate(f.path, f.name, f.sha256) for f in fetched.files if f.path is not None)
    return Candidates(_sorted(here), fetched.is_single, fetched.skipped, fetched)


def place_id_of(path: str | Path) -> str:
    """The source id of a place given without a name: its address, the same for all spellings of it."""
    return parse(str(path)).url


def _sorted(files: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(files, key=lambda c: c.name))
