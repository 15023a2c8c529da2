"""What a load has to do, from what the lake already has of its source."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from warikan.focus.errors import DuplicateContent
from warikan.ingest.files import BillFile
from warikan.lake import Lake

Rows = Sequence[Mapping[str, Any]]
"""Rows of `loads`."""
_LOAD, _FORM = "ingest.load.", "ingest.form."
"""Properties of `charges`, each followed by a source id: its newest load, and the form that it stored."""


@dataclass(frozen=True)
class Known:
    """
    What the lake has of one source.

    Attributes:
        load_id: Of its newest load; None before the first.
        form: What that load stored beside the bills' content (storage_form).
        hashes: File name → content hashes of the files its charges come from: more than one where a month
            was kept from an earlier content.
        months: File name → billing months it has charges (or rejects) in.
        charged: The same, only those it has charges in.
        rows: Its rows of `loads`.
    """

    load_id: str | None
    form: str | None
    hashes: Mapping[str, frozenset[str]]
    months: Mapping[str, frozenset[date]]
    charged: Mapping[str, frozenset[date]]
    rows: Rows


def read_known(lake: Lake, source_id: str) -> Known:
    """What the lake has of *source_id*."""
    rows = [r for r in lake.loads().to_pylist() if r["x_SourceId"] == source_id]
    months: dict[str, set[date]] = {}
    charged: dict[str, set[date]] = {}
    hashes: dict[str, set[str]] = {}
    for row in rows:
        hashes.setdefault(row["x_SourceFile"], set()).add(row["ContentHash"])
        found = months.setdefault(row["x_SourceFile"], set())
        if row["BillingMonth"] is not None:
            found.add(row["BillingMonth"])
            if row["Rows"]:
                charged.setdefault(row["x_SourceFile"], set()).add(row["BillingMonth"])
    properties = lake.properties("charges")
    return Known(
        load_id=properties.get(_LOAD + source_id),
        form=properties.get(_FORM + source_id),
        hashes={name: frozenset(h) for name, h in hashes.items()},
        months={name: frozenset(m) for name, m in months.items()},
        charged={name: frozenset(m) for name, m in charged.items()},
        rows=rows,
    )


def storage_form(mappings: str, promoted_tags: Sequence[str]) -> str:
    """What beside the files' content decides what is stored; when it changes, all is loaded anew."""
    return f"{mappings}; tags {' '.join(sorted(set(promoted_tags)))}"


def load_id_of(source_id: str, hashes: Mapping[str, str], form: str) -> str:
    """The same for the same content of the same source in the same form, on any machine."""
    parts = [source_id, form, *(f"{digest} {name}" for name, digest in sorted(hashes.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def load_properties(source_id: str, load_id: str, form: str) -> dict[str, str]:
    """What the commit of `charges` says about the load."""
    return {_LOAD + source_id: load_id, _FORM + source_id: form}


def refuse_duplicates(lake: Lake, source_id: str, files: Mapping[str, tuple[BillFile, str]]) -> None:
    """
    Refuse bytes that another source already brought: they would count twice.

    Raises:
        DuplicateContent: names the file and that source.
    """
    names = {digest: file.name for file, digest in files.values()}
    for row in lake.loads().to_pylist():
        if row["ContentHash"] in names and row["x_SourceId"] != source_id:
            raise DuplicateContent(
                f"{names[row['ContentHash']]} has the same content as {row['x_SourceFile']}, "
                f"which is loaded as source {row['x_SourceId']!r}: its cost would count twice",
                hint=f"--source {row['x_SourceId']} replaces it; another --source NAME loads it twice",
            )


def files_to_read(known: Known, hashes: Mapping[str, str], form: str) -> set[str]:
    """Names of the files that are new, changed, or must be stored in another form."""
    if known.form != form:
        return set(hashes)
    return {name for name, digest in hashes.items() if known.hashes.get(name) != frozenset({digest})}


def months_before(known: Known, names: set[str]) -> frozenset[date]:
    """Billing months in which the lake has rows of the files *names*."""
    return frozenset().union(*(known.months.get(name, frozenset()) for name in names))
