"""``warikan anomalies``: what costs more, or less, than expected; and what is known beforehand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import typer

from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import ByOption, CsvFlag, FolderOption, JsonFlag, chosen_format, examples

app = typer.Typer(
    help="What costs more, or less, than expected; and what is known beforehand.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples(
        "warikan anomalies",
        "warikan anomalies judge",
        "warikan anomalies say ANO-7 planned --note 'load test'",
    ),
)
AnomalyId = Annotated[str, typer.Argument(help="As the list names it, e.g. ANO-7.")]


@app.callback()
def default() -> None:
    """What costs more, or less, than expected; without a command: the open ones."""


@app.command("list", epilog=examples("warikan anomalies list --state all --team payments --json"))
def list_(
    state: Annotated[
        Literal["open", "ended", "withdrawn", "all"],
        typer.Option(help="open: still off, and not called planned or false."),
    ] = "open",
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Most to list.")] = 200,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List anomalies, the largest excess first."""
    from warikan.cli.anomalies import run_list

    run_list(workspace, state, team, service, limit, chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan anomalies show ANO-7"))
def show(anomaly: AnomalyId, json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Show one anomaly: its days beside what was expected, and what drives it."""
    from warikan.cli.anomalies import run_show

    run_show(workspace, anomaly, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan anomalies judge", "warikan anomalies judge --force"))
def judge(
    force: Annotated[bool, typer.Option("--force", help="Also when nothing has changed.")] = False,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Judge what has arrived; owners are told of what is new by the next `warikan jobs run-due`."""
    from warikan.cli.anomalies import run_judge

    run_judge(workspace, chosen_format(json=json, csv=False), force=force)


@app.command(epilog=examples("warikan anomalies say ANO-7 planned --note 'load test until Friday'"))
def say(
    anomaly: AnomalyId,
    verdict: Annotated[
        Literal["planned", "false", "real", "nothing"],
        typer.Argument(help="What it is; nothing takes back what was said."),
    ],
    note: Annotated[str | None, typer.Option(help="Why; kept with it.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Say what an anomaly is; the detector learns from it."""
    from warikan.cli.anomalies import run_say

    run_say(workspace, anomaly, None if verdict == "nothing" else verdict, note, by)


@app.command(epilog=examples("warikan anomalies planned --json"))
def planned(json: JsonFlag = False, csv: CsvFlag = False, workspace: FolderOption = None) -> None:
    """List what is known beforehand."""
    from warikan.cli.anomalies import run_planned

    run_planned(workspace, chosen_format(json=json, csv=csv))


@app.command(
    epilog=examples("warikan anomalies plan 'move to arm64' --service search --from 2026-12-01 --factor 0.8")
)
def plan(
    title: Annotated[str, typer.Argument(help="For people.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day after the last; absent: it lasts.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Service that it is about.")] = None,
    team: Annotated[str | None, typer.Option(help="Team that it is about.")] = None,
    amount: Annotated[float | None, typer.Option(help="So much more a day, in the bill's currency.")] = None,
    factor: Annotated[float | None, typer.Option(help="Each day times it.")] = None,
    level: Annotated[float | None, typer.Option(help="The new average day.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Add what is known beforehand: forecasts and judgements count with it."""
    from warikan.cli.anomalies import run_plan

    values = {"amount": amount, "factor": factor, "level": level}
    last = None if until is None else until.date()
    run_plan(workspace, title, first.date(), last, service=service, team=team, values=values, by=by)


@app.command(epilog=examples("warikan anomalies unplan PLAN-3"))
def unplan(
    planned: Annotated[str, typer.Argument(help="As `planned` names it, e.g. PLAN-3.")],
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Remove a planned event that was added."""
    from warikan.cli.anomalies import run_unplan

    run_unplan(workspace, planned, by)
