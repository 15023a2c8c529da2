"""What was repaired on a charge, for ``warikan explain``: old and new, and by which rules."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from warikan.cli.output import note, print_table
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # A type only; the room brings DuckDB.
    from warikan.ingest.repair.explain import ChargeRepairs


def print_charge_repairs(repairs: ChargeRepairs) -> None:
    """Print nothing where nothing was repaired."""
    if not repairs.rules:
        return
    rows = [
        [one.column, one.old or "(no value)", _text(one.new), ", ".join(one.rules)] for one in repairs.columns
    ]
    print_table("Repaired when it was loaded", ["column", "the bill says", "stored", "by"], rows)
    for rule in repairs.rules:
        if rule.why:
            note(f"{rule.id}: {rule.why}")
        else:
            note(f"{rule.id}: this version of Warikan has no such repair; ingest the bill again")


def _text(value: Any) -> str:
    if value is None:
        return "(no value)"
    return format_exact(value) if isinstance(value, Decimal) else str(value)
