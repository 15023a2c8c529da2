"""``warikan reconcile``: do commitments, invoices and billing periods agree with the charges?"""

from __future__ import annotations

from typing import Annotated

import typer

from warikan.cli.options import CsvFlag, FolderOption, JsonFlag, chosen_format, examples

PeriodOption = Annotated[
    str, typer.Option(help="2026-09, 2026-07..2026-10, mtd, last 3m; the months it touches.")
]
StrictFlag = Annotated[
    bool, typer.Option("--strict", help="Also fail on periods that nobody says are closed.")
]
AllFlag = Annotated[bool, typer.Option("--all", help="Show what agrees too; JSON and CSV always do.")]

app = typer.Typer(
    help="Do commitments, invoices and billing periods agree with the charges?",
    rich_markup_mode=None,
    no_args_is_help=True,
    epilog=examples(
        "warikan reconcile commitments",
        "warikan reconcile invoices --period 2026-09",
        "warikan reconcile periods --json",
    ),
)


@app.command(epilog=examples("warikan reconcile commitments --period 2026-09 --all"))
def commitments(
    period: PeriodOption = "all",
    strict: StrictFlag = False,
    everything: AllFlag = False,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Check that used + unused = purchased, in money and quantity. Exit 1 when a closed month differs."""
    from warikan.cli.reconcile import run_commitments

    run_commitments(
        workspace, period, chosen_format(json=json, csv=csv), strict=strict, everything=everything
    )


@app.command(epilog=examples("warikan reconcile invoices --period 2026-09 --json"))
def invoices(
    period: PeriodOption = "all",
    strict: StrictFlag = False,
    everything: AllFlag = False,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Check that charges add up to the lines of invoices. Exit 1 when a closed month differs."""
    from warikan.cli.reconcile import run_invoices

    run_invoices(workspace, period, chosen_format(json=json, csv=csv), strict=strict, everything=everything)


@app.command(epilog=examples("warikan reconcile periods"))
def periods(
    period: PeriodOption = "all",
    strict: StrictFlag = False,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List billing periods: open or closed, changed since loaded, charges outside of any."""
    from warikan.cli.reconcile import run_periods

    run_periods(workspace, period, chosen_format(json=json, csv=csv), strict=strict)
