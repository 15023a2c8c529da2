"""``warikan jobs``: what runs by itself; and messages that did not arrive."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import ByOption, CsvFlag, FolderOption, JsonFlag, chosen_format, examples

app = typer.Typer(
    help="What runs by itself; and messages that did not arrive.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples("warikan jobs", "warikan jobs run-due", "warikan jobs try-channel payments-slack"),
)


@app.callback()
def default() -> None:
    """What runs by itself; without a command: the list."""


@app.command("list", epilog=examples("warikan jobs list --json"))
def list_(json: JsonFlag = False, csv: CsvFlag = False, workspace: FolderOption = None) -> None:
    """List the jobs: when each runs, what became of the last run; and messages that were given up."""
    from warikan.cli.jobs import run_list

    run_list(workspace, chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan jobs run judge"))
def run(
    name: Annotated[str, typer.Argument(help="As the list names it.")],
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Run one job now, due or not. Exit 1 when it fails."""
    from warikan.cli.jobs import run_one

    run_one(workspace, name, chosen_format(json=json, csv=False))


@app.command("run-due", epilog=examples("* * * * * warikan jobs run-due -w /srv/costs"))
def run_due(json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """
    Run what is due: the line for cron, each minute. `warikan serve` does the same by itself.

    Two at a time do no harm: each job runs once. Exit 1 when one fails.
    """
    from warikan.cli.jobs import run_all_due

    run_all_due(workspace, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan jobs messages --state failed"))
def messages(
    state: Annotated[
        Literal["waiting", "sent", "superseded", "failed", "held", "digested", "all"],
        typer.Option(help="failed: given up after three days; held: waiting for a digest."),
    ] = "all",
    key: Annotated[str | None, typer.Option(help="What it is about, e.g. incident/INC-12.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Most to list.")] = 50,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List messages, newest first, with what became of each."""
    from warikan.cli.jobs import run_messages

    run_messages(workspace, None if state == "all" else state, key, limit, chosen_format(json=json, csv=csv))


@app.command("try-again", epilog=examples("warikan jobs try-again 42"))
def try_again(
    message: Annotated[int, typer.Argument(min=1, help="Its number in `warikan jobs messages`.")],
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Have a message that was given up tried for three more days."""
    from warikan.cli.jobs import run_try_again

    run_try_again(workspace, message, by)


@app.command("try-channel", epilog=examples("warikan jobs try-channel payments-slack"))
def try_channel(
    channel: Annotated[str, typer.Argument(help="A channel of `notify` in warikan.yaml.")],
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Send a message through a channel, to see whether it is set up well."""
    from warikan.cli.jobs import run_try_channel

    run_try_channel(workspace, channel, by)
