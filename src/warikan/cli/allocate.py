"""``warikan allocate``: run the rules and shares, and say what was done."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table


def run_allocate(*, force: bool, folder: Path | None, output: Output) -> None:
    """
    Allocate what is due and print what was done.

    Raises:
        ConfigError: a rule cannot run. CheckFailed: a sum is not conserved. Nothing was written.
    """
    # Ibis and DuckDB: see app.py.
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    if output != "quiet":
        note(f"{workspace.folder} · allocate")
    if sys.stderr.isatty():
        from warikan.cli.progress import Bar

        shown: Any = Bar()
    else:
        shown = nullcontext()
    with shown as bar:
        report = workspace.allocate(force=force, progress=bar)
    for sentence in (*report.kept, *report.notes):
        note(sentence)
    done = {
        "months": [f"{month:%Y-%m}" for month in report.months],
        "unchanged": len(report.unchanged),
        "removed": [f"{month:%Y-%m}" for month in report.removed],
        "charges": report.charges,
        "sharedCharges": report.shared,
        "slices": report.slices,
        "kept": list(report.kept),
    }
    if output == "json":
        print_json(done)
    elif output == "csv":
        print_csv(list(done), [[", ".join(v) if isinstance(v, list) else v for v in done.values()]])
    elif output == "table":
        numbers = [
            f"{len(report.months)}", f"{len(report.unchanged)}", f"{report.charges:,}",
            f"{report.shared:,}", f"{report.slices:,}",
        ]  # fmt: skip
        header = ["months", "unchanged", "charges", "of them shared", "slices"]
        print_table("Allocated; every sum is the bill's", header, [numbers], right=header)
