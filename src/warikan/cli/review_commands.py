"""``warikan review``: what was learned from incidents, without blame."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from warikan.cli import review_steps_commands
from warikan.cli.list_by_default import ListByDefault
from warikan.cli.options import (
    ByOption,
    CsvFlag,
    FolderOption,
    JsonFlag,
    chosen_actor,
    chosen_format,
    examples,
)

app = typer.Typer(
    help="Reviews of incidents: written together, without blame.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples("warikan review", "warikan review start INC-1", "warikan review check notes.md"),
)
ReviewId = Annotated[str, typer.Argument(help="As the list names it, e.g. REV-3.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", min=0, help="The version that you saw; default: whatever it is.")
]
LanguageOption = Annotated[Literal["en", "ja"] | None, typer.Option("--language", help="en or ja.")]
_MOMENTS = ["%Y-%m-%d"]


@app.callback()
def default() -> None:
    """Reviews of incidents: written together, without blame; without a command: the list."""


@app.command("list", epilog=examples("warikan review list --state draft --team payments"))
def list_(
    state: Annotated[
        Literal["draft", "in_review", "reviewed", "closed"] | None, typer.Option(help="Only in this state.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Most to list.")] = 200,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List reviews, last changed first."""
    from warikan.cli.review import run_list

    run_list(workspace, state, team, service, limit, chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan review show REV-3"))
def show(review: ReviewId, json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Show one review: its state, what it still needs, sections, factors, actions."""
    from warikan.cli.review import run_show

    run_show(workspace, review, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review start INC-1 --language ja"))
def start(
    incident: Annotated[str, typer.Argument(help="An incident, e.g. INC-12.")],
    language: LanguageOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Begin the review of an incident; what is known is filled in."""
    from warikan.cli.review import run_start

    run_start(workspace, incident, language, chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review edit REV-3 learning --file learned.md --version 1"))
def edit(
    review: ReviewId,
    section: Annotated[str, typer.Argument(help="impact, timeline, expected, sense, learning ...")],
    file: Annotated[Path, typer.Option("--file", "-f", help="Markdown (UTF-8).")],
    version: VersionOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Write a section. Say which version you saw, then nothing that others wrote is lost."""
    from warikan.cli.review import run_edit

    actor = chosen_actor(by)
    run_edit(workspace, review, section, file, version, actor, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review check notes.md", "warikan review check notes.md --json"))
def check(
    file: Annotated[Path, typer.Argument(help="Markdown or plain text (UTF-8), Japanese or English.")],
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Mark sentences that may blame, and say how else to say it. It never blocks: it always succeeds."""
    from warikan.cli.review import run_check

    run_check(workspace, file, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review move REV-3 in_review"))
def move(
    review: ReviewId,
    state: Annotated[
        Literal["draft", "in_review", "reviewed", "closed"], typer.Argument(help="Where it goes.")
    ],
    note: Annotated[str, typer.Option(help="Why, where there is something to say.")] = "",
    version: VersionOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Move a review: draft, in_review, reviewed, closed, or back."""
    from warikan.cli.review import run_move

    run_move(workspace, review, state, note, version, chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review factor REV-3 tech 'The bucket has no limit' --label no-limit"))
def factor(
    review: ReviewId,
    kind: Annotated[
        Literal["tech", "signals", "process", "incentives"], typer.Argument(help="What it is of.")
    ],
    text: Annotated[str, typer.Argument(help="What contributed; never a person.")],
    label: Annotated[str, typer.Option(help="A short word that finds it in other reviews.")] = "",
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Add something that contributed."""
    from warikan.cli.review import run_factor

    run_factor(workspace, review, kind, text, label, chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(
    epilog=examples(
        "warikan review action REV-3 'Limit the cache' --kind prevent --owner payments --due 2026-12-01",
        "warikan review action REV-3 --done ACT-2",
    )
)
def action(
    review: ReviewId,
    text: Annotated[str | None, typer.Argument(help="What will be done.")] = None,
    kind: Annotated[Literal["detect", "contain", "prevent"] | None, typer.Option(help="Its one aim.")] = None,
    owner: Annotated[str | None, typer.Option(help="A team, or somebody.")] = None,
    due: Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="By when.")] = None,
    ticket: Annotated[str | None, typer.Option(help="Its address (https).")] = None,
    done: Annotated[str | None, typer.Option(help="This action (ACT-2) is done.")] = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Propose an action, or say that one is done."""
    from warikan.cli.review import run_action

    told = {"kind": kind, "owner": owner, "due": due.date() if due else None, "ticket_url": ticket}
    output = chosen_format(json=json, csv=False)
    run_action(workspace, review, text, told, done, chosen_actor(by), output)


@app.command(epilog=examples("warikan review export REV-3 > review.md", "warikan review export REV-3 --html"))
def export(
    review: ReviewId,
    html: Annotated[bool, typer.Option("--html", help="One page, instead of Markdown.")] = False,
    language: LanguageOption = None,
    workspace: FolderOption = None,
) -> None:
    """Print a review as Markdown or HTML; people are roles in it."""
    from warikan.cli.review import run_export

    run_export(workspace, review, language, html=html)


@app.command(epilog=examples("warikan review search 'cache limit'", "warikan review search 上限"))
def search(
    text: Annotated[str, typer.Argument(help="Words, in Japanese or English.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="Most to list.")] = 20,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Find reviews and incidents by their words, the best first."""
    from warikan.cli.review import run_search

    run_search(workspace, text, limit, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan review metrics --last 365d --team payments"))
def metrics(
    last: Annotated[str, typer.Option(help="365d, 12m: until today.")] = "365d",
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Say how fast incidents are found and stopped, what that saved, and what came back."""
    from warikan.cli.review import run_metrics

    run_metrics(workspace, last, team, chosen_format(json=json, csv=False))


review_steps_commands.add_steps(app)
