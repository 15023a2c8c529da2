"""What ``warikan forecast`` does: ask the workspace, print month totals and how well they can be known."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table

if TYPE_CHECKING:
    from warikan.insights.forecast import Accuracy
    from warikan.operate.forecasts import Expected

_NUMBERS = ("billed", "p10", "expected", "p90", "off by")


def run_forecast(
    folder: Path | None,
    *,
    by: tuple[str, ...],
    where: str | None,
    until: date | None,
    currency: str | None,
    output: Output,
) -> None:
    """
    Print the forecast.

    Raises:
        WarikanError: what is asked cannot be, or nothing is allocated yet.
    """
    # The workspace brings DuckDB and Ibis; see app.py.
    from warikan.api.expected import forecast_document
    from warikan.bootstrap import open_workspace
    from warikan.operate.forecasts import Asked

    workspace = open_workspace(folder)
    found = workspace.operations.forecasts.of(Asked(by, where, currency=currency, until=until))
    note(f"{workspace.folder} · forecast of EffectiveCost")
    if output == "json":
        print_json({"results": [forecast_document(one) for one in found]})
        return
    for one in found:
        columns = list(one.forecast.keys[0]) if one.forecast.keys else []
        header = [*columns, "month", *_NUMBERS]
        if output == "csv":
            print_csv(["BillingCurrency", *header], [[one.currency, *row] for row in _rows(one, columns)])
            continue
        title = f"{one.currency}: complete to {one.complete}, 8 of 10 months end between p10 and p90"
        print_table(title, header, _rows(one, columns), right=_NUMBERS)
        if one.accuracy is not None:
            note(
                f"on their own past, months were off by {_percent(one.accuracy.overall.month_error)} "
                f"(the same weekday a week ago: {_percent(one.accuracy.naive.month_error)}), "
                f"{_percent(one.accuracy.overall.coverage)} of days were within p10 to p90"
            )
    if not found:
        note("nothing to forecast; warikan sync takes bills in")


def _rows(one: Expected, columns: list[str]) -> list[list[str]]:
    measured: dict[int, Accuracy] = dict(enumerate(one.accuracy.series)) if one.accuracy else {}
    rows = []
    for i, key in enumerate(one.forecast.keys):
        off = _percent(measured[i].month_error) if i in measured else "–"
        rows += [
            [
                *(key[column] or "–" for column in columns),
                f"{month.month:%Y-%m}",
                *(f"{number:,.2f}" for number in (month.billed, month.p10, month.p50, month.p90)),
                off,
            ]
            for month in one.forecast.months
            if month.key == key
        ]
    return rows


def _percent(ratio: float) -> str:
    return "–" if math.isnan(ratio) else f"{ratio:.0%}"
