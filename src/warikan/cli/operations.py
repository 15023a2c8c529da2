"""Commands of what people do about cost: forecast, anomalies, incidents, budgets, changes, currencies, ..."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from warikan.cli import (
    anomalies_commands,
    budgets_commands,
    changes_commands,
    currencies_commands,
    incidents_commands,
    jobs_commands,
    reconcile_commands,
    review_commands,
)
from warikan.cli.options import CsvFlag, FolderOption, JsonFlag, WhereOption, chosen_format, examples

_PARTS = {
    "anomalies": anomalies_commands.app,
    "incidents": incidents_commands.app,
    "budgets": budgets_commands.app,
    "changes": changes_commands.app,
    "currencies": currencies_commands.app,
    "review": review_commands.app,
    "jobs": jobs_commands.app,
    "reconcile": reconcile_commands.app,
}


def add_operations(app: typer.Typer) -> None:
    """Put the commands into *app*."""
    app.command(
        epilog=examples(
            "warikan forecast --by team",
            "warikan forecast --where \"x_ServiceId = 'search'\" --until 2027-01-01 --json",
        )
    )(forecast)
    for name, part in _PARTS.items():
        app.add_typer(part, name=name)


def forecast(
    by: Annotated[
        list[str] | None,
        typer.Option("--by", "-b", help="Column to group by, repeatable: team, service, ServiceName ..."),
    ] = None,
    where: WhereOption = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day after the last; default: to the end of next month."),
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """
    Say what things will cost: month totals with an 80 % interval, and how far off such forecasts were.
    """
    from warikan.cli.forecast import run_forecast

    run_forecast(
        workspace,
        by=tuple(by or ()),
        where=where,
        until=until.date() if until else None,
        currency=currency,
        output=chosen_format(json=json, csv=csv),
    )
