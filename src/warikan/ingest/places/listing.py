"""What an object store has in a folder: keys with the version of their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import obstore
from obstore.store import ObjectStore

from warikan.focus.errors import UsageError
from warikan.ingest.files import looks_like_bill
from warikan.ingest.places.address import Address
from warikan.ingest.places.faults import PlaceError
from warikan.ingest.places.retrying import Retrying

MOST_OBJECTS = 500_000
"""A folder with more is no folder of bills; its listing would take minutes and a gigabyte."""


@dataclass(frozen=True)
class Version:
    """
    What tells one content of an object from the next.

    Attributes:
        etag: Without quotes: listings and answers of one store differ in them. None where there is none.
    """

    etag: str | None
    size: int
    modified: datetime

    @property
    def id(self) -> str:
        """The same for the same version."""
        text = f"{self.etag}\n{self.size}\n{self.modified.astimezone(UTC).isoformat()}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class RemoteObject:
    """An object as the listing showed it."""

    key: str
    version: Version

    @property
    def base(self) -> str:
        """Its name without its folder."""
        return self.key.rpartition("/")[2]


Listing = Mapping[str, RemoteObject]
"""Key → object, sorted by key."""


def list_place(store: ObjectStore, address: Address, retrying: Retrying) -> tuple[Listing, bool]:
    """
    The objects that *address* may mean, and whether it names exactly one.

    An object wins over a folder of the same name. Objects of no bytes that are named like no bill mark
    folders and are left out.

    Raises:
        UsageError: there is nothing.
        PlaceError: the store cannot be reached or refuses, or the folder has too many objects.
    """
    if address.path and not address.is_glob:
        one = retrying.call(address.url, lambda: _head(store, address.path))
        if one is not None:
            return {one.key: one}, True
    found = retrying.call(address.url, lambda: _list(store, address))
    if not found:
        raise UsageError(
            f"there is nothing at {address.url}",
            hint="a path is an object, a folder or a glob; part of a name needs a *",
        )
    return dict(sorted(found.items())), False


def version_of(meta: Mapping[str, object]) -> Version:
    """The version that obstore's *meta* tells of."""
    etag, size, modified = meta["e_tag"], meta["size"], meta["last_modified"]
    if not isinstance(size, int) or not isinstance(modified, datetime) or size < 0:
        raise PlaceError(f"{meta['path']}: the store does not tell its size and when it was written")
    # Whole seconds: listings tell fractions that answers do not.
    return Version(_bare(etag) if isinstance(etag, str) else None, size, modified.replace(microsecond=0))


def _bare(etag: str) -> str | None:
    return etag.strip().removeprefix("W/").strip('"')[:512] or None


def _head(store: ObjectStore, key: str) -> RemoteObject | None:
    """The object *key*; None when there is none, or when only listing can tell."""
    try:
        meta = obstore.head(store, key)
    except (FileNotFoundError, obstore.exceptions.PermissionDeniedError):
        return None
    is_marker = not meta["size"] and not looks_like_bill(Path(key))
    return None if is_marker else RemoteObject(key, version_of(meta))


def _list(store: ObjectStore, address: Address) -> dict[str, RemoteObject]:
    found: dict[str, RemoteObject] = {}
    seen = 0
    for batch in obstore.list(store, address.folder or None, chunk_size=1_000):
        seen += len(batch)
        if seen > MOST_OBJECTS:
            raise PlaceError(
                f"{address.url} holds over {MOST_OBJECTS:,} objects; it is no folder of bills",
                hint="give the folder of the export, or a narrower glob",
            )
        for meta in batch:
            key = meta["path"]
            is_marker = not meta["size"] and not looks_like_bill(Path(key))
            if not is_marker and (not address.is_glob or address.matches(key)):
                found[key] = RemoteObject(key, version_of(meta))
    return found
