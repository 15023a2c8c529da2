"""The command that compares two loads of a month."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from warikan.cli.options import CsvFlag, FolderOption, JsonFlag, chosen_format, examples


def add_diff(app: typer.Typer) -> None:
    """Put the command into *app*."""
    app.command(
        epilog=examples(
            "warikan diff aws 2026-09",
            "warikan diff aws 2026-09 --list",
            "warikan diff aws 2026-09 --from 4611686018427387904 --by team --csv",
        )
    )(diff)


def diff(
    source: Annotated[str, typer.Argument(help="A source, as `warikan ingest` names it.")],
    period: Annotated[str, typer.Argument(help="A billing month, e.g. 2026-09.")],
    before: Annotated[
        int | None, typer.Option("--from", help="Snapshot to compare with; default: the load before.")
    ] = None,
    after: Annotated[
        int | None, typer.Option("--to", help="Snapshot that is compared; default: the present load.")
    ] = None,
    lists: Annotated[bool, typer.Option("--list", help="List the loads that are kept instead.")] = False,
    metric: Annotated[
        Literal["EffectiveCost", "BilledCost", "ListCost", "ContractedCost"],
        typer.Option("--metric", "-m", help="What tables show; JSON and CSV have all four."),
    ] = "EffectiveCost",
    by: Annotated[
        Literal["cause", "account", "provider_service", "day", "service", "team"] | None,
        typer.Option("--by", "-b", help="Only this grouping; a CSV has one, the causes by default."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Groups that are named.")] = 20,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    What changed in a billing month since it was loaded before: rows, money, and why.

    Rows are matched by what they say, as providers number none. In every group:
    before + added - removed + changed + moved = after, exactly.
    """
    from warikan.cli.diff import run_diff, run_loads

    output = chosen_format(json=json, csv=csv)
    if lists:
        run_loads(source, period, folder=folder, output=output)
        return
    run_diff(
        source,
        period,
        before=before,
        after=after,
        metric=metric,
        by=by,
        limit=limit,
        folder=folder,
        output=output,
    )
