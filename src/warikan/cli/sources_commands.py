"""The commands ``sources`` and ``repairs``: what bills can be, and what is set right in them."""

from __future__ import annotations

from typing import Annotated

import typer

from warikan.cli.options import CsvFlag, FolderOption, JsonFlag, chosen_format, examples


def add_sources(app: typer.Typer) -> None:
    """Put the commands into *app*."""
    app.command(
        epilog=examples(
            "warikan sources", "warikan sources aws_cur", "warikan sources table", "warikan sources gcp --csv"
        )
    )(sources)
    app.command(
        epilog=examples(
            "warikan repairs", "warikan repairs oracle-effective-cost-zero", "warikan repairs --all"
        )
    )(repairs)


def repairs(
    rule: Annotated[str | None, typer.Argument(metavar="REPAIR", help="One of them, in full.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that did nothing here.")] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    List what is set right in bills when they are loaded, and what that did, in rows and money.

    No repair changes BilledCost; the value of before stays beside the new one. Switch them in
    warikan.yaml under repairs.
    """
    from warikan.cli.repairs import run_repairs

    run_repairs(rule, everything=everything, folder=folder, output=chosen_format(json=json, csv=csv))


def sources(
    source_type: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="aws_cur, azure, gcp, oci, or table: any other.")
    ] = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """List the forms of bills that are read; of one TYPE, how each FOCUS column is filled, or why not."""
    from warikan.cli.sources import run_sources

    run_sources(source_type, output=chosen_format(json=json, csv=csv))
