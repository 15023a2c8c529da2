"""Options that several commands share, with one meaning each."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from warikan.focus.errors import UsageError

Output = Literal["table", "json", "csv", "quiet"]
"""quiet prints only the notes on stderr."""
SOURCE_TYPES = "[auto|focus|aws_cur|azure|gcp|oci]"
"""What a bill can be. No choice of typer's: what is none of them is answered with what to do instead."""

JsonFlag = Annotated[bool, typer.Option("--json", help="JSON, the default in a pipe.")]
CsvFlag = Annotated[bool, typer.Option("--csv", help="CSV (UTF-8).")]
FolderOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="Its folder; default: here or above.")
]
WhereOption = Annotated[
    str | None,
    typer.Option("--where", help="A filter: x_TeamId = 'payments' AND Tags['env'] <> 'prod'."),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(help="2026-09, 2026-09-01..2026-10-01 (end exclusive), mtd, all, last 30d (default)."),
]
MetricOption = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        help="EffectiveCost (default), BilledCost, ListCost, ContractedCost; repeatable.",
    ),
]

ByOption = Annotated[
    str | None, typer.Option("--by", help="Who acts, for the record; default: who is logged in.")
]


def chosen_actor(by: str | None) -> str:
    """Who acts, for the record: as told, else who is logged in; no proof of either."""
    from warikan.operate.actor import clean_actor

    if by is None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError):  # a user without a name, as in some containers
            by = ""
    return clean_actor(by)


def chosen_format(*, json: bool, csv: bool) -> Output:
    """
    What to print: as asked, else a table on a terminal and JSON in a pipe.

    Raises:
        UsageError: both were asked for.
    """
    if json and csv:
        raise UsageError("--json and --csv exclude each other")
    if json:
        return "json"
    if csv:
        return "csv"
    return "table" if sys.stdout.isatty() else "json"


def chosen_period(period: str | None, last: str | None) -> str:
    """
    The period asked for by ``--period`` or ``--last``; the last 30 complete days by default.

    Raises:
        UsageError: both were given.
    """
    if period and last:
        raise UsageError("--period and --last exclude each other")
    if last:
        return f"last {last}"
    return "last 30d" if period is None else period


def examples(*commands: str) -> str:
    """The last lines of a command's help; the leading backspace keeps Click from re-wrapping them."""
    return "\b\nExamples:\n" + "\n".join(f"  {command}" for command in commands)
