"""Printing: one table of text cells, as a terminal table, CSV, or a JSON document."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

SMALLEST = Decimal("0.005")
_LONGEST = 400
"""Characters of a cell on a terminal; JSON and CSV have it whole."""
UNBROKEN = 12
"""A column of cells no longer than this is never broken over lines."""


def note(text: str) -> None:
    """One line on stderr that never mixes with the result on stdout."""
    sys.stderr.write(f"{text}\n")


def print_json(document: object) -> None:
    """*document* on stdout; money must already be text."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def shown_amount(amount: Decimal) -> str:
    """*amount* as a person reads it: two decimals, or more where it would be nothing with two."""
    if amount != 0 and abs(amount) < SMALLEST:
        return f"{amount:.2g}"
    return f"{amount:,.2f}"


def print_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """
    One CSV table on stdout.

    A text cell that a spreadsheet would run as a formula gets a leading apostrophe: tags and names
    come from outside (OWASP, CSV injection). Numbers stay as they are.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(cell):
        return f"'{cell}"
    return "" if cell is None else cell


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…"


def print_table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[str] = (),
    footer: Sequence[str] | None = None,
) -> None:
    """A terminal table; columns named in *right* are right-aligned, *footer* is its last, bold row."""
    # Rich costs 0.1 s and is only needed for tables on a terminal.
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title), box=box.SIMPLE_HEAD, title_justify="left", show_footer=footer is not None
    )
    for i, name in enumerate(header):
        table.add_column(
            Text(name),
            justify="right" if name in right else "left",
            footer=Text(footer[i]) if footer else "",
            overflow="fold",
            # An id or an amount that is broken over two lines is read as another one.
            no_wrap=all(len(row[i]) <= UNBROKEN for row in rows),
        )
    for row in rows:
        # Text, not markup: cells are hostile until shown otherwise.
        table.add_row(*(Text(_shortened(cell)) for cell in row))
    Console().print(table)
