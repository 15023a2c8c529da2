"""``warikan check``: every law on the lake as it is."""

from __future__ import annotations

from pathlib import Path

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed


def run_check(*, folder: Path | None, output: Output) -> None:
    """
    Print each law and whether it holds.

    Raises:
        CheckFailed: one does not; after all were printed.
    """
    # Ibis and DuckDB: see app.py.
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    note(f"{workspace.folder} · check")
    results = workspace.check()
    if output == "json":
        laws = [{"law": r.name, "ok": r.ok, "detail": r.detail} for r in results]
        print_json({"ok": all(r.ok for r in results), "checks": laws})
    elif output == "csv":
        print_csv(["law", "ok", "detail"], [[r.name, str(r.ok).lower(), r.detail] for r in results])
    else:
        rows = [["holds" if r.ok else "FAILS", r.name, r.detail] for r in results]
        print_table("Laws", ["", "law", "detail"], rows)
    broken = [r.name for r in results if not r.ok]
    if broken:
        raise CheckFailed(
            f"{len(broken)} of {len(results)} laws do not hold: {'; '.join(broken)}",
            hint="warikan allocate, then warikan check again; if it stays, report it",
        )
