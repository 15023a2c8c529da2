"""What ``warikan currencies`` does: ask the workspace, print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from warikan.api.currency import rate_rows
from warikan.bootstrap import open_workspace
from warikan.catalog.budgets import month_of
from warikan.cli.options import Output, chosen_actor
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed, UsageError
from warikan.focus.money import format_exact
from warikan.operate.currencies import RateGap

_HEADER = ("month", "currency", "to", "rate", "state", "source")
_MOST_GAPS = 24
"""Months that lack rates, said one a line."""


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
    """
    Keep rates, and say of which months.

    Raises:
        CheckFailed: a month lacks rates that it needs; after what there is was kept.
    """
    currencies, actor = open_workspace(folder).operations.currencies, chosen_actor(by)
    if month is None:
        frozen = currencies.freeze_final(actor=actor)
        said = ", ".join(f"{one:%Y-%m}" for one in frozen)
        note(f"frozen: {said}" if said else "nothing new to freeze")
        _require_whole(currencies.list_gaps())
        return
    kept = currencies.freeze(_month(month), actor=actor)
    note(f"{kept.month:%Y-%m}: {len(kept.rates)} rates against {kept.base} are frozen")
    _require_whole(currencies.list_gaps(kept.month))


def _require_whole(gaps: Sequence[RateGap]) -> None:
    """
    Raises:
        CheckFailed: there are *gaps*; each is named.
    """  # noqa: D205 - the promise is the error
    lacking: dict[tuple[date, date | None], list[str]] = {}
    for gap in gaps:
        lacking.setdefault((gap.month, gap.reaches), []).append(gap.currency)
    for (month, reaches), currencies in list(lacking.items())[:_MOST_GAPS]:
        why = "no rate" if reaches is None else f"rates reach only to {reaches} and can still move"
        note(f"{month:%Y-%m}: NOT FROZEN: {', '.join(currencies)}: {why}")
    if len(lacking) > _MOST_GAPS:
        note(f"and {len(lacking) - _MOST_GAPS} more: warikan currencies --csv")
    if gaps:
        named = ", ".join(f"{gap.currency} of {gap.month:%Y-%m}" for gap in gaps[:3])
        raise CheckFailed(
            f"rates that final months need are not frozen: {named}{' ...' if len(gaps) > 3 else ''}; "
            "what these months show changes once they come",
            hint="add them to currencies.rates in warikan.yaml and freeze again: docs/currencies.md",
        )


def run_unfreeze(folder: Path | None, month: str, by: str | None) -> None:
    """Give rates up."""
    open_workspace(folder).operations.currencies.unfreeze(_month(month), actor=chosen_actor(by))
    note(f"{month}: no rates are frozen any more")


def _month(text: str) -> date:
    try:
        return month_of(text)
    except ValueError as error:
        raise UsageError(f"{text[:80]!r} is no month", hint="warikan currencies freeze 2026-10") from error
