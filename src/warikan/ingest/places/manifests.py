"""What a manifest says: which objects one delivery of an export consists of, and of which period."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warikan.focus.errors import UnreadableFile, UsageError
from warikan.ingest.places.address import Address, parse
from warikan.ingest.places.listing import RemoteObject

MOST_BYTES = 16 << 20
MOST_ENTRIES = 50_000
MOST_MANIFESTS = 20_000
_PERIOD = re.compile(r"\d{8}-\d{8}")
_PARTITION = re.compile(r"[A-Za-z_]+=\d{4}-\d{2}")
_AGAIN = "wait until the export is complete, or export it again; the objects it names are not guessed"


@dataclass(frozen=True)
class Delivery:
    """
    One run of an export.

    Attributes:
        manifest: The object that told.
        export: What deliveries of the same export share.
        governs: The folder in which only what manifests name counts.
        start: Of the period, as text that sorts; the same for all runs of the period.
        end: Likewise; empty where the period needs none.
        keys: The objects, each once.
        order: The newest of a period is the one with the greatest.
    """

    manifest: RemoteObject
    export: tuple[str, ...]
    governs: str
    start: str
    end: str
    keys: tuple[str, ...]
    order: tuple[str, ...]


def is_manifest(key: str) -> bool:
    """Whether *key* is named like the manifest of an export."""
    return key.rpartition("/")[2].lower().endswith("manifest.json")


def read_manifest(manifest: RemoteObject, content: bytes, address: Address) -> Delivery | None:
    """
    The delivery that *content* tells of; None when it is a manifest of something else.

    Raises:
        UnreadableFile: it is no JSON, not of the form it should have, too large, or it names objects that are
            not in the source's own folder.
    """
    name = address.root + manifest.key
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"{name} is a manifest of over {MOST_BYTES >> 20} MiB; it is not read")
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} is no JSON: {str(error)[:120]}", hint=_AGAIN) from error
    if not isinstance(said, dict):
        raise UnreadableFile(f"{name} is no manifest: it is JSON, but no object", hint=_AGAIN)
    if "reportKeys" in said:
        return _cur(manifest, said, address, name)
    if "dataFiles" in said:
        return _data_export(manifest, said, address, name)
    if "blobs" in said and "runInfo" in said:
        return _azure(manifest, said, address, name)
    return None


def _cur(manifest: RemoteObject, said: Mapping[str, Any], address: Address, name: str) -> Delivery:
    """A legacy Cost and Usage Report: ``…/report/YYYYMMDD-YYYYMMDD/[assemblyId/]report-Manifest.json``."""
    bucket = said.get("bucket")
    if bucket is not None and bucket != address.bucket:
        raise UnreadableFile(
            f"{name} is of the bucket {str(bucket)[:80]!r}, not of {address.bucket!r}",
            hint="load it from the bucket that it was delivered to",
        )
    governs, period, run = _around(manifest.key, _PERIOD)
    stated = said.get("billingPeriod")
    start = _text(stated, "start", name)[:8] if isinstance(stated, dict) else period[:8]
    keys = _keys(said["reportKeys"], "reportKeys", address, name)
    return Delivery(
        manifest,
        ("cur", governs, str(said.get("reportName", ""))[:256]),
        governs,
        start,
        "",
        keys,
        _newer(manifest, run),
    )


def _data_export(manifest: RemoteObject, said: Mapping[str, Any], address: Address, name: str) -> Delivery:
    """An AWS Data Export: ``…/export/metadata/BILLING_PERIOD=YYYY-MM/[execution/]export-Manifest.json``."""
    around, partition, run = _around(manifest.key, _PARTITION)
    governs = around.removesuffix("/metadata") if around.endswith("/metadata") else around
    governs = "" if around == "metadata" else governs
    keys = _keys(said["dataFiles"], "dataFiles", address, name)
    return Delivery(
        manifest,
        ("export", governs, manifest.base),
        governs,
        partition.partition("=")[2],
        "",
        keys,
        _newer(manifest, run),
    )


def _azure(manifest: RemoteObject, said: Mapping[str, Any], address: Address, name: str) -> Delivery:
    """An Azure Cost Management export: ``…/export/YYYYMMDD-YYYYMMDD/[time/]run/manifest.json``."""
    run, config = said["runInfo"], said.get("exportConfig") or {}
    if not isinstance(run, dict) or not isinstance(config, dict):
        raise UnreadableFile(f"{name} is no manifest of Azure: runInfo is no object", hint=_AGAIN)
    governs, _, _ = _around(manifest.key, _PERIOD)
    blobs = said["blobs"]
    if not isinstance(blobs, list) or not all(isinstance(blob, dict) for blob in blobs):
        raise UnreadableFile(f"{name}: blobs is no list of objects", hint=_AGAIN)
    submitted = str(run.get("submittedTime") or "")[:19]
    return Delivery(
        manifest,
        ("azure", governs, *(str(config.get(k, ""))[:512] for k in ("resourceId", "exportName", "type"))),
        governs,
        _text(run, "startDate", name)[:10],
        _text(run, "endDate", name)[:10],
        _keys([blob.get("blobName") for blob in blobs], "blobs[].blobName", address, name),
        (
            submitted,
            _moment(manifest.version.modified),
            manifest.key,
        ),
    )


def _around(key: str, pattern: re.Pattern[str]) -> tuple[str, str, str]:
    """The folder before the part that is a period, that part, and what stands between it and the manifest."""
    parts = key.split("/")
    for at in range(len(parts) - 2, -1, -1):
        if pattern.fullmatch(parts[at]):
            return "/".join(parts[:at]), parts[at], "/".join(parts[at + 1 : -1])
    return "/".join(parts[:-1]), "", ""


def _newer(manifest: RemoteObject, run: str) -> tuple[str, ...]:
    """The manifest of the period itself is current; else the newest run, by its name or its writing."""
    stamp = "".join(c for c in run[:24] if c.isdigit()) if re.match(r"\d{8}T|\d{4}-\d\d-\d\dT", run) else ""
    return ("" if run else "current", stamp, _moment(manifest.version.modified), manifest.key)


def _moment(moment: datetime) -> str:
    return f"{moment.timestamp():020.6f}"


def _text(said: Mapping[str, Any], field: str, name: str) -> str:
    value = said.get(field)
    if not isinstance(value, str) or not re.match(r"\d{4}-?\d\d-?\d\d", value):
        raise UnreadableFile(f"{name}: {field} is no date: {str(value)[:80]!r}", hint=_AGAIN)
    return value


def _keys(entries: Any, field: str, address: Address, name: str) -> tuple[str, ...]:
    if not isinstance(entries, list):
        raise UnreadableFile(f"{name}: {field} is no list", hint=_AGAIN)
    if len(entries) > MOST_ENTRIES:
        raise UnreadableFile(
            f"{name}: {field} has {len(entries):,} entries, over {MOST_ENTRIES:,}", hint=_AGAIN
        )
    return tuple(dict.fromkeys(confine(entry, field, address, name) for entry in entries))


def confine(entry: Any, field: str, address: Address, name: str) -> str:
    """
    The key that *entry* of the manifest *name* means, when it is in the source's own folder.

    Raises:
        UnreadableFile: it is not, or it is no plain key.
    """
    shown = repr(entry)[:200]
    if not isinstance(entry, str) or not entry or len(entry) > 2_048 or not entry.isprintable():
        raise UnreadableFile(f"{name}: {field} has {shown}, which is no key of an object", hint=_AGAIN)
    key = entry
    if "://" in entry:
        try:
            other = parse(entry)
        except UsageError as error:
            raise UnreadableFile(f"{name}: {field} has {shown}, which is no address", hint=_AGAIN) from error
        account = other.account or address.account
        if (other.kind, other.bucket, account) != (address.kind, address.bucket, address.account):
            raise UnreadableFile(f"{name}: {field} names another bucket: {shown}", hint=_AGAIN)
        key = other.path
    if "\\" in key or any(part in ("", ".", "..") for part in key.split("/")):
        raise UnreadableFile(f"{name}: {field} has a path that leads elsewhere: {shown}", hint=_AGAIN)
    if address.folder and not key.startswith(address.folder + "/"):
        raise UnreadableFile(
            f"{name}: {field} names {shown}, which is not below {address.root}{address.folder}",
            hint="give the folder of the whole export as the path of the source",
        )
    return key
