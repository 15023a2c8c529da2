"""``warikan currencies``: the rates that amounts are shown at, and which of them are frozen."""

from __future__ import annotations

from typing import Annotated

import typer

from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import ByOption, CsvFlag, FolderOption, JsonFlag, chosen_format, examples

app = typer.Typer(
    help="The rates that amounts are shown at, and which of them are frozen.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples("warikan currencies", "warikan currencies --in JPY", "warikan currencies freeze 2026-10"),
)
MonthArgument = Annotated[str, typer.Argument(help="2026-10")]


@app.callback()
def default() -> None:
    """The rates that amounts are shown at; without a command: the list."""


@app.command("list", epilog=examples("warikan currencies list --in JPY --all"))
def list_(
    display: Annotated[
        str | None, typer.Option("--in", help="Rates to it; default: that of warikan.yaml.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also of currencies that nothing is billed in.")
    ] = False,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List months, rates, where each comes from, and whether it is frozen."""
    from warikan.cli.currencies import run_list

    run_list(workspace, display, every=every, output=chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan currencies freeze", "warikan currencies freeze 2026-10"))
def freeze(
    month: Annotated[str | None, typer.Argument(help="2026-10; absent: all that are final.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """
    Keep the rates of a month that has ended: a later change of the file does not move them.

    Exit 1 when a rate that such a month needs is missing or can still move; each is named.
    """
    from warikan.cli.currencies import run_freeze

    run_freeze(workspace, month, by)


@app.command(epilog=examples("warikan currencies unfreeze 2026-10"))
def unfreeze(month: MonthArgument, by: ByOption = None, workspace: FolderOption = None) -> None:
    """Give the kept rates of a month up, because they were wrong: what the file says holds again."""
    from warikan.cli.currencies import run_unfreeze

    run_unfreeze(workspace, month, by)
