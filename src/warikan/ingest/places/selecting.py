"""Which of the listed objects are the bills: what the newest manifests name, else what looks like one."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from warikan.focus.errors import NotFocus, UnreadableFile, UsageError
from warikan.ingest.files import looks_like_bill
from warikan.ingest.places.address import Address
from warikan.ingest.places.faults import PlaceError
from warikan.ingest.places.listing import Listing, RemoteObject
from warikan.ingest.places.manifests import MOST_BYTES, MOST_MANIFESTS, Delivery, is_manifest, read_manifest

Skipped = tuple[tuple[str, str], ...]
Bring = Callable[[Sequence[RemoteObject]], Mapping[str, Path]]
_UNDER_WAY = timedelta(hours=1)
"""A manifest is delivered last; an object younger than it is of the next delivery, or was copied long ago."""
_PERIOD_FOLDER = re.compile(r"\d{8}-\d{8}|(?i:billing_period)=\d{4}-\d{2}")
_RUN = re.compile(r"(.+)_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(\.csv(?:\.gz)?)")
_MOST_TOLD = 50
"""Objects that are passed over, named one by one; the others are counted."""


@dataclass(frozen=True)
class Selection:
    """
    The bills of a place.

    Attributes:
        objects: In the order of their keys.
        told_by: The manifests that were followed.
        skipped: Name → why it is passed over.
        is_single: The path named exactly this object.
    """

    objects: tuple[RemoteObject, ...]
    told_by: tuple[RemoteObject, ...]
    skipped: Skipped
    is_single: bool


def select(
    listing: Listing,
    address: Address,
    *,
    is_single: bool,
    bring: Bring,
    now: datetime,
) -> Selection:
    """
    The bills of *listing*.

    Args:
        bring: Gets manifests here; key → file.
        now: An object that is younger than its manifest is a delivery under way when it is new at *now*.

    Raises:
        UnreadableFile, PlaceError: a manifest cannot be followed; nothing is guessed.
        UsageError: several runs of one period and no manifest that tells which counts.
        NotFocus: there is no bill.
    """
    if is_single:
        (one,) = listing.values()
        if is_manifest(one.key):
            raise UsageError(f"{address.url} is a manifest", hint="give the folder of the export as the path")
        return Selection((one,), (), (), is_single=True)
    skipped: list[tuple[str, str]] = []
    deliveries = [] if address.is_glob else list(_deliveries(listing, address, bring, skipped))
    followed = _newest(deliveries, address, skipped)
    chosen: dict[str, RemoteObject] = {}
    for delivery in followed:
        for found in _objects(delivery, listing, address, now):
            chosen[found.key] = found
    governed = {delivery.governs for delivery in deliveries}
    plain = []
    for one in listing.values():
        if one.key in chosen or (is_manifest(one.key) and one.key.isprintable()):
            continue
        reason = _why_not(one, governed)
        if reason is None:
            plain.append(one)
        else:
            skipped.append((address.root + _shown(one.key), reason))
    chosen |= {one.key: one for one in _newest_runs(plain, address, skipped)}
    if not chosen:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in _few(skipped))
        raise NotFocus(f"there is no bill in {address.url}:{reasons}", hint="check the path")
    objects = tuple(one for _, one in sorted(chosen.items()))
    return Selection(objects, tuple(d.manifest for d in followed), _few(skipped), is_single=False)


def _deliveries(
    listing: Listing,
    address: Address,
    bring: Bring,
    skipped: list[tuple[str, str]],
) -> Iterable[Delivery]:
    manifests = _current(one for one in listing.values() if is_manifest(one.key) and one.key.isprintable())
    if len(manifests) > MOST_MANIFESTS:
        raise UnreadableFile(
            f"{address.url} holds {len(manifests):,} manifests, over {MOST_MANIFESTS:,}",
            hint="give the folder of one export, or remove old runs from the bucket",
        )
    for manifest in manifests:
        if manifest.version.size > MOST_BYTES:
            raise UnreadableFile(
                f"{address.root}{manifest.key} is a manifest of over {MOST_BYTES >> 20} MiB; it is not read"
            )
    here = bring(manifests)
    for manifest in manifests:
        delivery = read_manifest(manifest, here[manifest.key].read_bytes(), address)
        if delivery is None:
            skipped.append((address.root + manifest.key, "no manifest of a kind that Warikan knows"))
        else:
            yield delivery


def _current(manifests: Iterable[RemoteObject]) -> list[RemoteObject]:
    """Without those of single runs where the manifest of the period itself says which run counts."""
    found = {one.key: one for one in manifests}
    kept = []
    for key, one in found.items():
        parts = key.split("/")
        above = "/".join([*parts[:-2], parts[-1]])
        if len(parts) < 3 or above not in found or not _PERIOD_FOLDER.fullmatch(parts[-3]):
            kept.append(one)
    return kept


def _newest(deliveries: list[Delivery], address: Address, skipped: list[tuple[str, str]]) -> list[Delivery]:
    """Of each export and period the newest delivery, so that no cost counts twice."""
    best: dict[tuple[tuple[str, ...], str], Delivery] = {}
    for delivery in sorted(deliveries, key=lambda d: d.order):
        key = (delivery.export, delivery.start)
        if key in best:
            skipped.append((address.root + best[key].manifest.key, "an earlier run of the same period"))
        best[key] = delivery
    kept = sorted(best.values(), key=lambda d: (d.export, d.start))
    for before, after in pairwise(kept):
        if before.export == after.export and before.end > after.start:
            raise UnreadableFile(
                f"{address.root}{before.manifest.key} and {address.root}{after.manifest.key} overlap "
                f"({before.start} to {before.end}, {after.start} to {after.end}): cost would count twice",
                hint="export whole months (MonthToDate, TheLastMonth), or give narrower folders",
            )
    return kept


def _objects(delivery: Delivery, listing: Listing, address: Address, now: datetime) -> Iterable[RemoteObject]:
    manifest = delivery.manifest
    missing = [key for key in delivery.keys if key not in listing]
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise UnreadableFile(
            f"{address.root}{manifest.key} names {address.root}{missing[0]}{more}, which does not exist",
            hint="the export is under way, or was cleaned up: try again later, or export the period again",
        )
    for key in delivery.keys:
        one = listing[key]
        if manifest.version.modified < one.version.modified and now - one.version.modified < _UNDER_WAY:
            raise PlaceError(
                f"{address.root}{key} is newer than its manifest {address.root}{manifest.key}: "
                "the next delivery is under way",
                hint="try again in some minutes; what was loaded stays",
            )
        yield one


def _why_not(one: RemoteObject, governed: set[str]) -> str | None:
    """Why an object that no followed manifest names is passed over; None when it is a bill of its own."""
    if not one.key.isprintable():
        return "its name cannot be printed"
    if any(part.startswith(".") for part in one.key.split("/")):
        return "hidden"
    if any(not folder or one.key.startswith(folder + "/") for folder in governed):
        return "no manifest names it"
    return None if looks_like_bill(Path(one.base)) else "not a bill by its name"


def _shown(key: str) -> str:
    return key if key.isprintable() else key.encode("unicode_escape").decode("ascii")


def _newest_runs(
    plain: list[RemoteObject], address: Address, skipped: list[tuple[str, str]]
) -> list[RemoteObject]:
    """
    Of exports without manifests only one run a period.

    Raises:
        UsageError: a period has several folders of runs, and nothing tells which of them counts.
    """
    if address.is_glob:
        return plain
    folders: dict[str, set[str]] = {}
    newest: dict[tuple[str, str, str], RemoteObject] = {}
    kept = []
    for one in plain:
        parts = one.key.split("/")
        at = next((i for i, part in enumerate(parts[:-1]) if _PERIOD_FOLDER.fullmatch(part)), None)
        if at is None:
            kept.append(one)
            continue
        folders.setdefault("/".join(parts[: at + 1]), set()).add("/".join(parts[at + 1 : -1]))
        named = _RUN.fullmatch(one.base)
        if named is None:
            kept.append(one)
            continue
        key = ("/".join(parts[:-1]), named[1], named[2])
        before = newest.get(key)
        if before is not None:
            older = min(before, one, key=_age)
            skipped.append((address.root + older.key, "an earlier run of the same period"))
        newest[key] = one if before is None else max(before, one, key=_age)
    for folder, runs in folders.items():
        if len(runs) > 1:
            raise UsageError(
                f"{address.root}{folder} holds {len(runs):,} runs of one period, and no manifest tells "
                "which counts",
                hint="give the folder of the whole export (with its manifests), or a glob of the run to load",
            )
    return kept + list(newest.values())


def _age(one: RemoteObject) -> tuple[datetime, str]:
    return one.version.modified, one.key


def _few(skipped: list[tuple[str, str]]) -> Skipped:
    """The first by name, and the others as a number for each reason."""
    ordered = sorted(skipped)
    rest = Counter(reason for _, reason in ordered[_MOST_TOLD:])
    return (*ordered[:_MOST_TOLD], *((f"{n:,} more objects", reason) for reason, n in sorted(rest.items())))
