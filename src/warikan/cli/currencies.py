"""What ``warikan currencies`` does: ask the workspace, print its answer; no arithmetic here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from warikan.api.currency import rate_rows
from warikan.bootstrap import open_workspace
from warikan.catalog.budgets import month_of
from warikan.cli.options import Output, chosen_actor
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import UsageError
from warikan.focus.money import format_exact

_HEADER = ("month", "currency", "to", "rate", "state", "source")


def run_list(folder: Path | None, display: str | None, *, every: bool, output: Output) -> None:
    """Print the rates of all billing months."""
    workspace = open_workspace(folder)
    lines = workspace.operations.currencies.list(display, every=every)
    note(f"{workspace.folder} · rates of {workspace.settings.currencies.rates.path or 'warikan.yaml'}")
    if output == "json":
        print_json({"rows": rate_rows(lines)})
        return
    rows = [
        [
            f"{line.month:%Y-%m}",
            line.currency,
            line.to,
            "–" if line.rate is None else format_exact(line.rate),
            line.state,
            line.source or "no rate: amounts stay in their own currency",
        ]
        for line in lines
    ]
    if output == "csv":
        print_csv(_HEADER, rows)
    else:
        print_table("Rates", _HEADER, rows, right=("rate",))


def run_freeze(folder: Path | None, month: str | None, by: str | None) -> None:
    """Keep rates, and say of which months."""
    currencies, actor = open_workspace(folder).operations.currencies, chosen_actor(by)
    if month is None:
        frozen = currencies.freeze_final(actor=actor)
        said = ", ".join(f"{one:%Y-%m}" for one in frozen)
        note(f"frozen: {said}" if said else "nothing new to freeze")
        return
    kept = currencies.freeze(_month(month), actor=actor)
    note(f"{kept.month:%Y-%m}: {len(kept.rates)} rates against {kept.base} are frozen")


def run_unfreeze(folder: Path | None, month: str, by: str | None) -> None:
    """Give rates up."""
    open_workspace(folder).operations.currencies.unfreeze(_month(month), actor=chosen_actor(by))
    note(f"{month}: no rates are frozen any more")


def _month(text: str) -> date:
    try:
        return month_of(text)
    except ValueError as error:
        raise UsageError(f"{text[:80]!r} is no month", hint="warikan currencies freeze 2026-10") from error
