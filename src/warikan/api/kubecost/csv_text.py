"""The sets of an answer as one CSV table: a line for each allocation or asset of each set."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

_LEFT_OUT = ("window", "pvs", "cpuBreakdown", "ramBreakdown", "breakdown", "name")


def csv_text(sets: Sequence[Mapping[str, Mapping[str, Any]]]) -> str:
    """
    *sets* as CSV: ``name``, the properties, then the fields of the JSON; what is nested deeper is left out.

    A text that a spreadsheet would run as a formula gets a leading apostrophe: names come from outside
    (OWASP, CSV injection).
    """
    rows = [_flat(name, item) for of_set in sets for name, item in of_set.items()]
    columns = list(dict.fromkeys(column for row in rows for column in row)) or ["name"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    properties = item.get("properties", {})
    flat: dict[str, Any] = {"name": _harmless(name)}
    flat |= {key: _harmless(value) for key, value in properties.items() if isinstance(value, str)}
    for column, value in item.items():
        if column not in _LEFT_OUT and not isinstance(value, dict | list):
            flat[column] = _harmless(value)
    return flat


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
