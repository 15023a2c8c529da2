"""``warikan demo``: the simulated company, from its bills to its page, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from warikan.catalog.settings import FILE_NAME
from warikan.cli.output import note
from warikan.focus.errors import UsageError

MARK = ".warikan-demo"
UNFINISHED = "unfinished"


def run_demo(
    path: Path,
    *,
    scale: Literal["small", "medium", "large"],
    seed: int,
    serve: bool,
    host: str,
    port: int,
) -> None:
    """
    Make the company in *path* unless it is there, load and allocate it, and serve the page.

    Raises:
        UsageError: *path* holds something that is not this demo.
    """
    # Command modules import their work late: see app.py.
    from warikan.cli.allocate import run_allocate
    from warikan.cli.collect import require_read, run_collect
    from warikan.cli.ingest import run_ingest
    from warikan.cli.serve import run_serve
    from warikan.estate import generate

    mark = path / MARK
    made = f"{scale} {seed}"
    found = mark.read_text(encoding="utf-8").strip() if mark.exists() else UNFINISHED
    if found == made:
        note(f"the demo company is in {path} already")
    elif found != UNFINISHED:
        raise UsageError(f"{path} holds the demo of {found}; choose another folder, or delete it")
    else:
        _require_free(path)
        note(f"1/5 making the demo company in {path} ({scale}, seed {seed}) ...")
        path.mkdir(parents=True, exist_ok=True)
        # Claimed before it is filled, so that an interrupted run can be run again.
        mark.write_text(f"{UNFINISHED}\n", encoding="utf-8")
        report = generate(path, scale=scale, seed=seed)
        mark.write_text(f"{made}\n", encoding="utf-8")
        note(f"    {report.rows:,} charges in {len(report.files)} files")
    note("2/5 loading its bills ...")
    run_ingest(None, file=None, source_name=None, source_type=None, strict=False, folder=path, output="quiet")
    note("3/5 taking in what ran in its clusters ...")
    collected = run_collect([], start=None, until=None, again=False, out=None, folder=path, output="quiet")
    require_read(collected)
    note("4/5 giving every cent an owner ...")
    run_allocate(force=False, folder=path, output="quiet")
    note("5/5 looking for what should not have cost so much ...")
    look_around(path)
    if serve:
        run_serve(path, host=host, port=port)
    else:
        note(f"ready: cd {path} && warikan cost --by x_TeamId, or warikan serve")


def look_around(path: Path) -> None:
    """Take in what happened to the company's services, judge its costs, and count both."""
    from warikan.bootstrap import open_workspace

    operations = open_workspace(path).operations
    receipts = operations.changes.fetch()
    operations.anomalies.judge()
    operations.budgets.judge()
    found = operations.anomalies.list()
    note(f"    {sum(one.added for one in receipts)} changes new, {len(found)} anomalies open")


def _require_free(path: Path) -> None:
    if (path / FILE_NAME).exists() and not (path / MARK).exists():
        raise UsageError(f"{path} is a workspace of yours; choose another folder for the demo")
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file; the demo needs a folder")
