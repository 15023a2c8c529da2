"""``warikan ingest``: load, with a progress bar, and say what was taken in and what was not."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import RejectedRows, UsageError
from warikan.focus.money import format_exact
from warikan.ingest.conversion_sums import describe, proof_document
from warikan.ingest.report import describe_rejected

if TYPE_CHECKING:
    # A type only; the room brings DuckDB.
    from warikan.ingest.load import LoadReport


def run_ingest(
    source: str | None,
    *,
    file: str | None,
    source_name: str | None,
    source_type: str | None,
    strict: bool,
    folder: Path | None,
    output: Output,
    is_needed: bool = True,
) -> list[LoadReport]:
    """
    Load one source, one file, or all sources, and print a line for each.

    Unless *is_needed*, no source at all is fine where there are clusters to collect.

    Raises:
        UsageError: *source* and *file* together, no such source, or what goes with *file* alone.
        DataError: a file cannot be used; the lake is as it was.
    """
    # DuckDB, and Rich for the bar: see app.py.
    from warikan.bootstrap import open_workspace

    _check_options(source, file, source_name, source_type)
    workspace = open_workspace(folder)
    has_clusters = any(c.usage is not None for c in workspace.settings.clusters.values())
    if not is_needed and has_clusters and not workspace.settings.sources:
        return []
    if output != "quiet":
        note(f"{workspace.folder} · ingest {file or source or 'all sources'}")
    if sys.stderr.isatty():
        from warikan.cli.progress import Bar

        shown: Any = Bar()
    else:
        shown = nullcontext()
    with shown as bar:
        reports = workspace.ingest(
            source,
            file=file,
            source_id=source_name,
            source_type=source_type or "auto",
            strict=strict,
            progress=bar,
        )
    for report in reports:
        _note_report(report)
    if output == "json":
        print_json({"loads": [_document(report) for report in reports]})
    elif output != "quiet":
        _print_rows(reports, output)
    return reports


def _check_options(
    source: str | None, file: str | None, source_name: str | None, source_type: str | None
) -> None:
    """What goes with a file alone is refused without one: it would be ignored."""
    if source is not None and file is not None:
        raise UsageError("a source and --file exclude each other", hint="--source NAME names a --file")
    if source_name is not None and file is None:
        raise UsageError("--source NAME goes with --file PATH", hint=f"warikan ingest {source_name}")
    if source_type is not None and file is None:
        name = source or "NAME"
        raise UsageError(
            f"--source-type {source_type} goes with --file PATH; of a source, warikan.yaml says what it is",
            hint=f"sources.{name}.type: {source_type} in warikan.yaml, then warikan ingest {name}",
        )


def require_charges(reports: list[LoadReport]) -> None:
    """
    Raises:
        RejectedRows: a source has rows and none of them is a charge; cron must hear of it.
    """  # noqa: D205 - the promise is the error
    empty = [r.source_id for r in reports if r.rejected_rows and not r.rows]
    if empty:
        raise RejectedRows(
            f"not one row of {', '.join(empty)} could be read as a charge",
            hint="see why with: warikan doctor",
        )


def _note_report(report: LoadReport) -> None:
    for path, reason in report.skipped:
        note(f"skipped {path}: {reason}")
    for (month, currency, metric), proof in report.proofs.items():
        place = f"{month or 'without a month,'} {currency or 'currency unknown'}"
        note(f"{report.source_id} {place}: {describe(metric, proof)}")
    for place, text in report.notes:
        note(f"{place}: {text}")
    for one in report.datasets:
        state = "unchanged" if one.unchanged else f"{one.rejected_rows:,} rejected"
        note(f"{one.path}: {one.dataset} {one.version}, {one.rows:,} rows, {state}")
    if report.rejected_rows:
        note(
            f"{report.source_id}: {report.rejected_rows:,} rows could not be typed "
            f"({describe_rejected(report.rejected_cost)}); see them with: warikan doctor"
        )
    if report.rounded_values:
        note(
            f"{report.source_id}: {report.rounded_values:,} values had more than 18 decimals and were rounded"
        )


def _document(report: LoadReport) -> dict[str, Any]:
    return {
        "source": report.source_id,
        "load": report.load_id,
        "unchanged": report.unchanged,
        "rows": report.rows,
        "months": [f"{month:%Y-%m}" for month in report.months],
        "files": len(report.files),
        "rejectedRows": report.rejected_rows,
        "rejectedBilledCost": {
            currency or "": None if amount is None else format_exact(amount)
            for currency, amount in report.rejected_cost.items()
        },
        "roundedValues": report.rounded_values,
        "totals": {
            currency: {metric: format_exact(amount) for metric, amount in metrics.items()}
            for currency, metrics in report.totals.items()
        },
        "datasets": [asdict(one) for one in report.datasets],
        "notes": [{"place": place, "note": text} for place, text in report.notes],
        "skipped": [{"file": path, "reason": reason} for path, reason in report.skipped],
        "conversion": [
            {"file": name, "month": month, "currency": currency, "metric": metric} | proof_document(proof)
            for name, month, currency, metric, proof in report.conversions
        ],
    }


def _print_rows(reports: list[LoadReport], output: Output) -> None:
    header = ["source", "state", "rows", "rejected", "months", "currency", "BilledCost", "EffectiveCost"]
    rows = [
        [
            report.source_id,
            "unchanged" if report.unchanged else "loaded",
            f"{report.rows:,}" if output == "table" else str(report.rows),
            str(report.rejected_rows),
            _span(report),
            currency,
            format_exact(metrics["BilledCost"]),
            format_exact(metrics["EffectiveCost"]),
        ]
        for report in reports
        for currency, metrics in report.totals.items()
    ]
    if output == "csv":
        print_csv(header, rows)
    else:
        print_table("Loads", header, rows, right=["rows", "rejected", "BilledCost", "EffectiveCost"])


def _span(report: LoadReport) -> str:
    if not report.months:
        return "–"
    first, last = min(report.months), max(report.months)
    return f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} … {last:%Y-%m}"
