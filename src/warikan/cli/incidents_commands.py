"""``warikan incidents``: unexpected rises that people deal with, from declared to closed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import typer

from warikan.cli import incident_parts_commands
from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import (
    ByOption,
    CsvFlag,
    FolderOption,
    JsonFlag,
    WhereOption,
    chosen_actor,
    chosen_format,
    examples,
)

app = typer.Typer(
    help="Cost incidents: declared, dealt with, verified on the bill.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples(
        "warikan incidents", "warikan incidents declare --anomaly ANO-7", "warikan incidents ack INC-3"
    ),
)
IncidentId = Annotated[str, typer.Argument(help="As the list names it, e.g. INC-12.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with it.")]
SeverityName = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@app.callback()
def default() -> None:
    """Cost incidents: declared, dealt with, verified on the bill; without a command: those not over."""


@app.command("list", epilog=examples("warikan incidents list --state all --team payments --json"))
def list_(
    state: Annotated[
        Literal["live", "open", "acknowledged", "contained", "verified", "closed", "dismissed", "all"],
        typer.Option(help="live: somebody still has something to do."),
    ] = "live",
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    severity: Annotated[SeverityName | None, typer.Option(help="Only of this severity.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Most to list.")] = 200,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List incidents, the most money first."""
    from warikan.cli.incidents import run_list

    run_list(workspace, state, team, service, severity, limit, chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan incidents show INC-3"))
def show(incident: IncidentId, json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Show one incident: money, clock, days, timeline, tasks, tickets."""
    from warikan.cli.incidents import run_show

    run_show(workspace, incident, chosen_format(json=json, csv=False))


@app.command(
    epilog=examples(
        "warikan incidents declare --anomaly ANO-7",
        "warikan incidents declare --service checkout --onset 2026-11-05",
        "warikan incidents declare --where \"ServiceName = 'Amazon S3'\" --onset 2026-11-05 --usual 120",
    )
)
def declare(
    anomaly: Annotated[str | None, typer.Option(help="An anomaly, e.g. ANO-7.")] = None,
    burn: Annotated[str | None, typer.Option(help="A burn of a budget, e.g. BURN-3.")] = None,
    onset: Annotated[
        datetime | None, typer.Option(formats=_MOMENTS, help="By hand: when it began, UTC.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="By hand: the service that causes it.")] = None,
    team: Annotated[str | None, typer.Option(help="By hand: the team that causes it.")] = None,
    where: WhereOption = None,
    title: Annotated[str, typer.Option(help="For people.")] = "",
    severity: Annotated[SeverityName | None, typer.Option(help="Absent: by the money.")] = None,
    usual: Annotated[
        str | None, typer.Option(help="What a day usually costs; absent: forecast from before.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Of the bill; absent: the workspace's.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="By hand: it is of all costs.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="By hand: although the same is declared and not over.")
    ] = False,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """
    Declare an incident: from an anomaly, a burn, or by hand.

    Twice from the same anomaly or burn is once; the same by hand, while it is not over, is refused.
    """
    from warikan.cli.incidents import Declared, run_declare

    told = Declared(
        anomaly, burn, onset, service, team, where, title, severity, usual, currency, everything, again
    )
    run_declare(workspace, told, chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan incidents ack INC-3"))
def ack(incident: IncidentId, by: ByOption = None, workspace: FolderOption = None) -> None:
    """Acknowledge: you are on it, and lead it until another lead is named."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.acknowledge(incident, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents contain INC-3 --at 2026-11-07T14:00"))
def contain(
    incident: IncidentId,
    at: Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="UTC; absent: now.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Say that it costs no more; the bill verifies it."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.contain(incident, actor=chosen_actor(by), at=at))


@app.command(epilog=examples("warikan incidents verify INC-3 --reason 'the account is closed'"))
def verify(
    incident: IncidentId, reason: ReasonOption, by: ByOption = None, workspace: FolderOption = None
) -> None:
    """Verify by hand what the bill would verify by itself."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.verify(incident, reason=reason, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents close INC-3"))
def close(
    incident: IncidentId,
    reason: ReasonOption = "",
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Close what is verified."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.close(incident, reason=reason, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents reopen INC-3 --reason 'it is back since Tuesday'"))
def reopen(
    incident: IncidentId, reason: ReasonOption, by: ByOption = None, workspace: FolderOption = None
) -> None:
    """Reopen: it is not over after all."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.reopen(incident, reason=reason, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents dismiss INC-3 planned --reason 'load test'"))
def dismiss(
    incident: IncidentId,
    verdict: Annotated[Literal["planned", "false"], typer.Argument(help="It was planned, or is none.")],
    reason: ReasonOption,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Dismiss; the detector learns it."""
    from warikan.cli.incidents import run_move

    actor = chosen_actor(by)
    run_move(workspace, lambda i: i.dismiss(incident, verdict, reason=reason, actor=actor))


@app.command(epilog=examples("warikan incidents severity INC-3 SEV1"))
def severity(
    incident: IncidentId,
    level: Annotated[SeverityName, typer.Argument(help="From here on it does not follow the money.")],
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Set the severity by hand."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.set_severity(incident, level, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents assign INC-3 fixer 'Ann Lee'"))
def assign(
    incident: IncidentId,
    role: Annotated[str, typer.Argument(help="lead, communications, fixer, or another word.")],
    name: Annotated[str | None, typer.Argument(help="Absent: nobody.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Give somebody a role, or take it away."""
    from warikan.cli.incidents import run_move

    run_move(workspace, lambda i: i.assign_role(incident, role, name, actor=chosen_actor(by)))


@app.command(epilog=examples("warikan incidents refresh"))
def refresh(json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Read the bill beside every incident: accrue, restate, verify, send what is pending."""
    from warikan.cli.incidents import run_refresh

    run_refresh(workspace, chosen_format(json=json, csv=False))


incident_parts_commands.add_parts(app)
