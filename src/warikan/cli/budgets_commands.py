"""``warikan budgets``: what may be spent, and how fast it burns."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import CsvFlag, FolderOption, JsonFlag, chosen_format, examples


class Level(StrEnum):
    """What may fail a check; Typer takes several of an enumeration, not of a Literal."""

    SLOW = "slow"
    FORECAST_OVER = "forecast-over"
    FAST = "fast"
    EXHAUSTED = "exhausted"


app = typer.Typer(
    help="What may be spent, and how fast it burns.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples("warikan budgets", "warikan budgets show payments", "warikan budgets check"),
)


@app.callback()
def default() -> None:
    """What may be spent, and how fast it burns; without a command: all budgets."""


@app.command("list", epilog=examples("warikan budgets list --json"))
def list_(json: JsonFlag = False, csv: CsvFlag = False, workspace: FolderOption = None) -> None:
    """List budgets as a tree, with actual, forecast and burn rates."""
    from warikan.cli.budgets import run_list

    run_list(workspace, chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan budgets show payments"))
def show(
    budget: Annotated[str, typer.Argument(help="Its name in warikan.yaml.")],
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Show one budget: how it stands, its periods, its burns."""
    from warikan.cli.budgets import run_show

    run_show(workspace, budget, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan budgets check", "warikan budgets check payments --fail-on exhausted"))
def check(
    budgets: Annotated[list[str] | None, typer.Argument(help="Some of them; absent: all.")] = None,
    fail_on: Annotated[
        list[Level] | None,
        typer.Option(help="What fails, repeatable; default: exhausted and forecast-over."),
    ] = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Exit 1 when a budget is spent, or forecast to end over."""
    from warikan.cli.budgets import run_check

    run_check(workspace, tuple(budgets or ()), tuple(fail_on or ()), chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan budgets judge"))
def judge(json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Look at every budget; owners are told by the next `warikan jobs run-due`."""
    from warikan.cli.budgets import run_judge

    run_judge(workspace, chosen_format(json=json, csv=False))
