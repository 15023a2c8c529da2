"""``warikan doctor``: what is wrong around the data, and what to do about it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed, WarikanError

if TYPE_CHECKING:
    # A type only.
    from warikan.bootstrap import Workspace

LOW_DISK_BYTES = 1 << 30
_Finding = tuple[str, str, str]


def run_doctor(*, folder: Path | None, output: Output) -> None:
    """
    Print what was looked at: each line ``ok``, ``note`` or ``wrong``, with what to do.

    Raises:
        CheckFailed: something is wrong; after all was printed.
    """
    # Ibis and DuckDB: see app.py.
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    note(f"{workspace.folder} · doctor")
    findings = [*_configuration(workspace), *_sources(workspace), *_lake(workspace), *_machine(workspace)]
    if output == "json":
        print_json({"findings": [{"state": s, "what": w, "detail": d} for s, w, d in findings]})
    elif output == "csv":
        print_csv(["state", "what", "detail"], findings)
    else:
        print_table("Doctor", ["", "what", "detail"], findings)
    wrong = [what for state, what, _ in findings if state == "wrong"]
    if wrong:
        raise CheckFailed(f"{len(wrong)} things are wrong: {', '.join(wrong)}")


def _configuration(workspace: Workspace) -> list[_Finding]:
    try:
        found: list[_Finding] = [
            (
                "ok",
                "catalogue",
                f"{len(workspace.catalog.services)} services, {len(workspace.catalog.teams)} teams",
            )
        ]
        found += [("note", "catalogue", text) for text in workspace.catalog.notes]
        found += [("wrong", "rules", text) for text in workspace.lint()]
    except WarikanError as error:
        return [("wrong", "configuration", error.message)]
    if not any(what == "rules" for _, what, _ in found):
        found.append(("ok", "rules", f"{len(workspace.settings.ownership.rules)} rules, all can run"))
    return found


def _sources(workspace: Workspace) -> list[_Finding]:
    found: list[_Finding] = []
    for name, source in workspace.settings.sources.items():
        files = (
            list(workspace.folder.glob(source.path)) if not Path(source.path).is_absolute() else [source.path]
        )
        state = "ok" if files else "wrong"
        found.append((state, f"source {name}", f"{len(files)} files at {source.path}"))
    if not found:
        found.append(("note", "sources", "none in warikan.yaml; bills come by warikan ingest --file"))
    return found


def _lake(workspace: Workspace) -> list[_Finding]:
    loads, rejects = workspace.loads(), workspace.rejects()
    found: list[_Finding] = [("ok", "loads", f"{loads.num_rows} (file, month, currency) in force")]
    for row in rejects.slice(0, 10).to_pylist():
        place = f"{row['x_SourceFile']} row {row['x_SourceRow']}"
        found.append(
            ("note", "reject", f"{place}: {row['Column'] or 'row'} {row['Value']!r}: {row['Reason']}")
        )
    if rejects.num_rows > 10:
        found.append(("note", "rejects", f"{rejects.num_rows - 10:,} more values could not be typed"))
    freshness = workspace.freshness()
    found += [("note", f"source {name}", "its data ends before the others'") for name in freshness.late]
    found += [("ok" if r.ok else "wrong", r.name, r.detail) for r in workspace.check()]
    return found


def _machine(workspace: Workspace) -> list[_Finding]:
    free = shutil.disk_usage(workspace.folder).free
    state = "ok" if free > LOW_DISK_BYTES else "wrong"
    return [(state, "disk", f"{free / (1 << 30):,.1f} GiB free for the lake")]
