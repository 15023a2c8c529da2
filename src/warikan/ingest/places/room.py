"""Room for what is to be fetched: within the cache's limit, and with disk left over."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from warikan.catalog.places import PlaceLimits
from warikan.ingest.places.faults import PlaceError

FreeBytes = Callable[[Path], int]
"""How much the disk of a folder has free."""


@dataclass(frozen=True)
class Entry:
    """
    A file of the cache.

    Attributes:
        used: When it was last used, in ns.
        is_kept: It is in use, or wanted now.
    """

    path: Path
    size: int
    used: int
    is_kept: bool


def make_room(
    entries: Iterable[Entry], needed: int, limits: PlaceLimits, folder: Path, free: FreeBytes, what: str
) -> None:
    """
    Remove the longest unused of *entries* until *needed* more bytes fit.

    Raises:
        PlaceError: they cannot fit, whatever is removed; nothing was removed then.
    """
    entries = sorted(entries, key=lambda e: (e.used, str(e.path)))
    total = sum(entry.size for entry in entries)
    removable = sum(entry.size for entry in entries if not entry.is_kept)
    over_limit = total + needed - limits.cache_bytes
    over_disk = needed + limits.keep_free_bytes - free(folder) if needed else 0
    if over_limit > removable:
        raise PlaceError(
            f"{what} needs {_gib(needed)} more in {folder}, where {_gib(total - removable)} are in use; "
            f"the limit is {_gib(limits.cache_bytes)}",
            hint="raise places.cache_gib in warikan.yaml, or split the source by narrower paths",
        )
    if over_disk > removable:
        raise PlaceError(
            f"{what} needs {_gib(needed)} in {folder}; the disk has {_gib(free(folder))} free, "
            f"of which {_gib(limits.keep_free_bytes)} stay free",
            hint="free some disk, or lower places.keep_free_gib in warikan.yaml",
        )
    too_much = max(over_limit, over_disk)
    for entry in entries:
        if too_much <= 0:
            return
        if not entry.is_kept:
            entry.path.unlink(missing_ok=True)
            too_much -= entry.size


def _gib(size: int) -> str:
    return f"{size / (1 << 30):,.2f} GiB" if size >= 10 << 20 else f"{size:,} bytes"
