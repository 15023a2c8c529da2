"""``warikan changes``: what happened to services, as senders, files and people tell it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    help="What happened to services: deploys, applies, scaling, prices.",
    rich_markup_mode=None,
    cls=ListByDefault,
    epilog=examples(
        "warikan changes",
        "warikan changes list --service checkout --last 7d",
        "warikan changes import events.json",
    ),
)
ChangeId = Annotated[str, typer.Argument(help="As the list names it, e.g. CHG-12.")]


@app.callback()
def default() -> None:
    """What happened to services: deploys, applies, scaling, prices; without a command: the newest."""


@app.command("list", epilog=examples("warikan changes list --team payments --kind deploy --last 30d --csv"))
def list_(
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Only in this cluster.")] = None,
    kind: Annotated[str | None, typer.Option(help="deploy, sync, apply, drift, scale, node ...")] = None,
    source: Annotated[str | None, typer.Option(help="Only as this source tells.")] = None,
    last: Annotated[str | None, typer.Option(help="30d, 4w, 3m: until now.")] = None,
    period: Annotated[str | None, typer.Option(help="2026-09, 2026-09-01..2026-10-01.")] = None,
    text: Annotated[str | None, typer.Option(help="In the title, revision or address.")] = None,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only those of no service.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most to list.")] = 100,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List changes, newest first."""
    from warikan.cli.changes import run_list

    asked = {
        "service": service,
        "team": team,
        "cluster": cluster,
        "kind": kind,
        "source": source,
        "text": text,
    }
    run_list(
        workspace,
        asked | {"text": text},
        last=last,
        period=period,
        unowned=unowned,
        limit=limit,
        output=chosen_format(json=json, csv=csv),
    )


@app.command(epilog=examples("warikan changes add 'Doubled the cache nodes' --service search"))
def add(
    title: Annotated[str, typer.Argument(help="What happened, in a line.")],
    service: Annotated[str | None, typer.Option(help="Of the catalogue.")] = None,
    team: Annotated[str | None, typer.Option(help="Where no service is known.")] = None,
    kind: Annotated[str, typer.Option(help="manual, deploy, config, planned, price ...")] = "manual",
    at: Annotated[str | None, typer.Option(help="2026-11-20T09:00Z; default: now.")] = None,
    end: Annotated[str | None, typer.Option(help="When it ended, likewise.")] = None,
    environment: Annotated[str | None, typer.Option(help="For example production.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Where it happened.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=VALUE that it is about, repeatable."),
    ] = None,
    revision: Annotated[str | None, typer.Option(help="A commit or version.")] = None,
    url: Annotated[str | None, typer.Option(help="Where to read more (http or https).")] = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Write down what no sender tells."""
    from warikan.cli.changes import run_add

    told = {
        "title": title,
        "kind": kind,
        "service": service,
        "team": team,
        "at": at,
        "ended_at": end,
        "environment": environment,
        "cluster": cluster,
        "revision": revision,
        "url": url,
    }
    run_add(workspace, told, scope or [], chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(
    "import", epilog=examples("warikan changes import changes.csv", "kubectl get events -A -o json > e.json")
)
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, JSON or JSON lines, in the form of any sender.")],
    source: Annotated[str | None, typer.Option(help="Keep them under this name.")] = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """
    Take events of a file in; again is harmless.

    Exit codes: 0 something was taken, or known already; 1 all of it was refused; 3 no such file can be read.
    """
    from warikan.cli.changes import run_import

    run_import(workspace, file, source, chosen_actor(by), chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan changes fetch", "warikan changes fetch argo"))
def fetch(
    source: Annotated[str | None, typer.Argument(help="Of changes.sources; absent: all.")] = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Ask sources with a url (Argo CD) or a path for what is new."""
    from warikan.cli.changes import run_fetch

    run_fetch(workspace, source, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan changes show CHG-12"))
def show(change: ChangeId, json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Show one change, and why it is of its service."""
    from warikan.cli.changes import run_show

    run_show(workspace, change, chosen_format(json=json, csv=False))


@app.command(epilog=examples("warikan changes remap"))
def remap(by: ByOption = None, json: JsonFlag = False, workspace: FolderOption = None) -> None:
    """Find the service of every change again, after the catalogue or changes.sources was completed."""
    from warikan.cli.changes import run_remap

    run_remap(workspace, chosen_actor(by), chosen_format(json=json, csv=False))
