"""What belongs to an incident: notes, tasks, tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import typer

from warikan.cli.options import ByOption, FolderOption, chosen_actor, examples

IncidentId = Annotated[str, typer.Argument(help="As the list names it, e.g. INC-12.")]


def add_parts(app: typer.Typer) -> None:
    """Put the commands into *app*."""
    app.command(epilog=examples("warikan incidents note INC-3 'the new cache fills its disk'"))(note)
    app.command(
        epilog=examples(
            "warikan incidents task INC-3 'set a lifecycle rule' --owner ann --due 2026-12-01",
            "warikan incidents task INC-3 --number 1 --state done",
        )
    )(task)
    app.command(
        epilog=examples(
            "warikan incidents ticket INC-3 --tracker github",
            "warikan incidents ticket INC-3 --task 1 --url https://github.com/acme/shop/issues/7",
        )
    )(ticket)


def note(
    incident: IncidentId,
    text: Annotated[str, typer.Argument(help="What happened.")],
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="When, UTC; absent: now."),
    ] = None,
    link: Annotated[str | None, typer.Option(help="Where more is said.")] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Add a line to the timeline."""
    from warikan.cli.incidents import run_note

    run_note(workspace, incident, text, at, link, chosen_actor(by))


def task(
    incident: IncidentId,
    title: Annotated[str | None, typer.Argument(help="What is to do; with --number: its new title.")] = None,
    number: Annotated[int | None, typer.Option(min=1, help="Change this task instead of adding one.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who does it; of a new one: you by default.")] = None,
    due: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Until when.")] = None,
    state: Annotated[
        Literal["open", "in_progress", "done", "dropped"] | None, typer.Option(help="With --number.")
    ] = None,
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Add a task, or change one."""
    from warikan.cli.incidents import run_task

    day = None if due is None else due.date()
    run_task(workspace, incident, title, number, owner, day, state, chosen_actor(by))


def ticket(
    incident: IncidentId,
    tracker: Annotated[str | None, typer.Option(help="Make it there: a name of incidents.trackers.")] = None,
    url: Annotated[str | None, typer.Option(help="Link this one, which is there already.")] = None,
    task_number: Annotated[int | None, typer.Option("--task", min=1, help="Of this task.")] = None,
    title: Annotated[str, typer.Option(help="Absent: that of the incident or task.")] = "",
    by: ByOption = None,
    workspace: FolderOption = None,
) -> None:
    """Make a ticket, or link one; asked twice it is made once."""
    from warikan.cli.incidents import run_ticket

    run_ticket(workspace, incident, tracker, url, task_number, title, chosen_actor(by))
