"""Load one source: the way in. run.py does the work; what is unchanged is not touched."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import UsageError
from warikan.ingest.charges import Identity
from warikan.ingest.discovery import Found, find_bills
from warikan.ingest.files import source_id_of
from warikan.ingest.history import Known, load_id_of, read_known, refuse_duplicates, storage_form
from warikan.ingest.progress import Meter, Progress
from warikan.ingest.proof import Sum
from warikan.ingest.rejects import add_rejected
from warikan.ingest.report import FileReport, LoadReport
from warikan.ingest.run import Load
from warikan.ingest.sources.focus.source import load_mapping
from warikan.lake import Lake

__all__ = ["FileReport", "LoadReport", "load", "source_id_of"]


def load(
    lake: Lake,
    source_id: str,
    path: str | Path,
    *,
    root: Path,
    source_type: str = "focus",
    promoted_tags: Sequence[str] = (),
    strict: bool = False,
    allow_duplicate: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """
    Take the bill at *path* (a file, a folder, a glob; relative to *root*) in as source *source_id*.

    Each billing month that changed is replaced whole, all in one commit. Loading the same content again
    commits nothing. A month of a file that is gone is kept as it was when no other file has it.

    Args:
        promoted_tags: Tag keys that become columns ``x_Tag_<key>``.
        strict: Refuse the load when any row is rejected.
        allow_duplicate: The source was named on purpose, so bytes that another source brought may come again.
        now: Stored as LoadedAt.

    Raises:
        UsageError: nothing at *path*, or no such *source_type*.
        UnreadableFile, NotFocus, RejectedRows, DuplicateContent: the lake is exactly as before.
        CheckFailed: the written charges do not add up to the bill; nothing was committed.
    """
    if source_type != "focus":
        raise UsageError(f"there is no source type {source_type!r}; Warikan reads: focus")
    found = find_bills(path, root)
    form = storage_form(load_mapping().version, promoted_tags)
    load_id = load_id_of(source_id, found.hashes, form)
    identity = Identity(source_id, load_id, tuple(promoted_tags))
    if not allow_duplicate:
        refuse_duplicates(lake, source_id, found.files)
    with lake.writing():
        known = read_known(lake, source_id)
        if known.load_id == load_id:
            return _unchanged(identity, known, found)
        return Load(lake, identity, form, found, known, strict=strict, now=now, meter=Meter(progress)).run()


def _unchanged(identity: Identity, known: Known, found: Found) -> LoadReport:
    """The report of a load that had nothing to do: what the lake already has."""
    totals: dict[str, Sum] = {}
    for row in known.rows:
        currency = row["BillingCurrency"]
        if row["Rows"]:
            total = Sum(row["Rows"], tuple(row[m] for m in COST_METRICS))
            totals[currency] = totals[currency] + total if currency in totals else total
    rejected = [(r["BillingCurrency"], r["RejectedBilledCost"]) for r in known.rows if r["RejectedRows"]]
    by_file = {name: [r for r in known.rows if r["x_SourceFile"] == name] for name in found.files}
    return LoadReport(
        source_id=identity.source_id,
        load_id=identity.load_id,
        files=tuple(
            FileReport(
                name,
                rows[0]["ContentHash"],
                rows[0]["Format"],
                rows[0]["FocusVersion"],
                rows[0]["Bytes"],
                sum(r["Rows"] + r["RejectedRows"] for r in rows),
                sum(r["RejectedRows"] for r in rows),
            )
            for name, rows in by_file.items()
            if rows
        ),
        months=tuple(sorted({r["BillingMonth"] for r in known.rows if r["BillingMonth"] is not None})),
        rows=sum(total.rows for total in totals.values()),
        rejected_rows=sum(r["RejectedRows"] for r in known.rows),
        rejected_cost=add_rejected(rejected),
        totals={c: dict(zip(COST_METRICS, total.costs, strict=True)) for c, total in sorted(totals.items())},
        rounded_values=sum(r["RoundedValues"] for r in known.rows),
        unchanged=True,
        skipped=found.skipped,
    )
