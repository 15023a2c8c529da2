"""Load one source: the way in. run.py does the work; what is unchanged is not touched."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from warikan.catalog.repairs import RepairSettings
from warikan.focus.columns import COST_METRICS
from warikan.ingest.charges import Identity
from warikan.ingest.datasets.alone import report_without_bill
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.dialects import AUTO, find_dialects, form_of
from warikan.ingest.discovery import Found, find_bills
from warikan.ingest.files import source_id_of
from warikan.ingest.history import Known, load_id_of, read_known, refuse_duplicates, storage_form
from warikan.ingest.mapping import Mapping
from warikan.ingest.places import Reach
from warikan.ingest.progress import Meter, Progress
from warikan.ingest.proof import Sum
from warikan.ingest.rejects import add_rejected
from warikan.ingest.repair import Rule, active_rules, repairs_form
from warikan.ingest.report import FileReport, LoadReport
from warikan.ingest.run import Load, Manner
from warikan.lake import Lake

__all__ = ["FileReport", "LoadReport", "load", "source_id_of"]


def load(
    lake: Lake,
    source_id: str,
    path: str | Path,
    *,
    root: Path,
    source_type: str = AUTO,
    mapping: Mapping | None = None,
    promoted_tags: Sequence[str] = (),
    rules: Sequence[Rule] | None = None,
    strict: bool = False,
    allow_duplicate: bool = False,
    allow_overlap: Collection[str] | None = None,
    reach: Reach | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """
    Take the bill at *path* in as source *source_id*: a file, folder or glob (relative to *root*), or a place.

    Each billing month that changed is replaced whole, all in one commit. Loading the same content again
    commits nothing. A month of a file that is gone is kept as it was when no other file has it.

    Args:
        source_type: focus, a provider's native form, or auto: each file says itself what it is.
        mapping: Of a source of type ``table``.
        rules: Repairs that run; None: those that are on by default.
        promoted_tags: Tag keys that become columns ``x_Tag_<key>``.
        strict: Refuse the load when any row is rejected.
        allow_duplicate: The source was named on purpose, so bytes that another source brought may come again.
        allow_overlap: Sources whose charges this one may tell again (its own name: its files each other's);
            None: nobody looks.
        reach: How an object store is reached; None: by the cloud's standard chains alone.
        now: Stored as LoadedAt.

    Raises:
        UsageError: nothing at *path*, or no such *source_type*.
        UnreadableFile, NotFocus, RejectedRows, DuplicateContent: the lake is exactly as before.
        CheckFailed: the written charges do not add up to the bill; nothing was committed.
    """
    dialects = find_dialects(source_type, mapping)
    keep_same = allow_overlap is None or source_id in allow_overlap
    found = find_bills(path, root, dialects, reach or Reach(now, progress=progress), keep_same=keep_same)
    datasets = load_datasets(lake, source_id, found.datasets, now=now, strict=strict)
    if not found.files:
        unchanged = all(dataset.unchanged for dataset in datasets)
        return replace(report_without_bill(source_id, found.skipped, unchanged=unchanged), datasets=datasets)
    manner = Manner(active_rules(RepairSettings()) if rules is None else rules, allow_overlap, strict, now)
    identity, form = _identify(source_id, found, manner.rules, promoted_tags)
    if not allow_duplicate:
        refuse_duplicates(lake, source_id, found.files)
    with lake.writing():
        known = read_known(lake, source_id)
        if known.load_id == identity.load_id:
            report = _unchanged(identity, known, found)
        else:
            meter = Meter(progress)
            report = Load(lake, identity, form, found, dialects, known, manner, meter).run()
    return replace(report, datasets=datasets)


def _identify(
    source_id: str, found: Found, rules: Sequence[Rule], promoted_tags: Sequence[str]
) -> tuple[Identity, str]:
    """What the load is called, and the form in which it stores what it finds."""
    forms = f"{form_of(list(found.forms.values()))}; {repairs_form(rules)}"
    form = storage_form(forms, promoted_tags)
    return Identity(source_id, load_id_of(source_id, found.hashes, form), tuple(promoted_tags)), form


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
