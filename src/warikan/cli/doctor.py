"""``warikan doctor``: what is wrong around the data, and what to do about it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed, ConfigError, WarikanError

if TYPE_CHECKING:
    # A type only.
    from warikan.bootstrap import Workspace

LOW_DISK_BYTES = 1 << 30
_SHOWN = 10
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
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
    limit = _SHOWN if output == "table" else None
    findings = [
        *_configuration(workspace),
        *_sources(workspace),
        *_rejects(workspace, limit),
        *_lake(workspace),
        *_machine(workspace),
    ]
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
    # DuckDB: see app.py.
    from warikan.ingest.configured import unknown_overlaps

    found: list[_Finding] = []
    for name, source in workspace.settings.sources.items():
        files = (
            list(workspace.folder.glob(source.path)) if not Path(source.path).is_absolute() else [source.path]
        )
        state = "ok" if files else "wrong"
        found.append((state, f"source {name}", f"{len(files)} files at {source.path}"))
    found += [("wrong", "sources", text) for text in unknown_overlaps(workspace.lake, workspace.settings)]
    if not found:
        found.append(("note", "sources", "none in warikan.yaml; bills come by warikan ingest --file"))
    return found


def _rejects(workspace: Workspace, limit: int | None) -> list[_Finding]:
    """The values that could not be typed, those of the last load first."""
    loaded = {row["x_LoadId"]: row["LoadedAt"] for row in workspace.loads().to_pylist()}
    rejects = workspace.rejects().to_pylist()
    rejects.sort(key=lambda row: row["x_SourceRow"] or 0)
    rejects.sort(key=lambda row: (row["x_SourceId"], row["x_SourceFile"]))
    rejects.sort(key=lambda row: loaded.get(row["x_LoadId"], _LONG_AGO), reverse=True)
    # A row's credits are rejected with it, for the same value: it is told once.
    rows = list(dict.fromkeys(map(_place, rejects)))
    found: list[_Finding] = [("note", "reject", row) for row in rows[:limit]]
    if limit is not None and len(rows) > limit:
        more = f"{len(rows) - limit:,} more values could not be typed; all of them: warikan doctor --csv"
        found.append(("note", "rejects", more))
    return found


def _place(row: dict[str, Any]) -> str:
    what = row["Column"] or "row"
    if row["Value"] is not None:
        what += f" {row['Value']!r}"
    return f"{row['x_SourceFile']} row {row['x_SourceRow']}: {what}: {row['Reason']}"


def _lake(workspace: Workspace) -> list[_Finding]:
    found: list[_Finding] = [
        ("ok", "loads", f"{workspace.loads().num_rows} (file, month, currency) in force")
    ]
    try:
        late = workspace.freshness().late
        found += [("note", f"source {name}", "its data ends before the others'") for name in late]
        found += [("ok" if r.ok else "wrong", r.name, r.detail) for r in workspace.check()]
    except ConfigError:
        # Said under "configuration" already; the rest is still worth a look.
        found.append(("note", "checks", "not made, as the configuration cannot be used"))
    return found


def _machine(workspace: Workspace) -> list[_Finding]:
    free = shutil.disk_usage(workspace.folder).free
    state = "ok" if free > LOW_DISK_BYTES else "wrong"
    return [(state, "disk", f"{free / (1 << 30):,.1f} GiB free for the lake")]
