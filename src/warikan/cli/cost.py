"""``warikan cost``: ask the engine and print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.engine.query import CostAnswer, CurrencyAnswer, Freshness, Query
from warikan.focus.money import format_exact


def run_cost(query: Query, *, show_sql: bool, folder: Path | None, output: Output) -> None:
    """
    Print what *query* cost, one result for each currency.

    Raises:
        WarikanError: no workspace, an unknown column, a wrong filter or period.
    """
    # The workspace brings DuckDB and Ibis; see app.py.
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    answer = workspace.ask(query)
    if query.display is not None:
        for line in _rates(answer):
            note(line)
    note(
        f"{workspace.folder} · {answer.period} · {', '.join(query.metrics)} · "
        f"{_freshness(answer)} · from {answer.table}"
    )
    if show_sql:
        for sql in workspace.engine.explain_sql(query, now=workspace.clock()):
            note(sql)
    if output == "json":
        # The JSON shape is the API's, so that both say the same.
        from warikan.api.answers import cost_document

        billed = answer if query.display is None else workspace.ask(replace(query, display=None))
        print_json(cost_document(billed, None if query.display is None else answer))
        return
    if output == "csv":
        _print_csv(answer)
        return
    for result in answer.answers:
        _print_table(answer, result)
    if not answer.answers:
        note("no charges match; widen --period or drop --where (warikan cost --period all)")


def _rates(answer: CostAnswer) -> Iterator[str]:
    """Each rate that was used, and what has none."""
    for one in answer.converted:
        month = f"{one.month:%Y-%m}" if one.month else "no month"
        if one.rate is None:
            metric = answer.query.metrics[0]
            billed = f"{format_exact(one.billed[metric])} {one.currency}"
            before = f", and {format_exact(one.before[metric])} of the period before" if one.before else ""
            yield f"{month}: NO RATE to {answer.query.display}: {billed}{before} stay as they are"
        elif not one.rate.is_identity:
            frozen = "frozen" if one.rate.is_frozen else "not frozen"
            value = format_exact(one.rate.value)
            yield f"{month}: 1 {one.currency} = {value} {one.rate.to} ({one.rate.source}, {frozen})"


def _freshness(answer: CostAnswer) -> str:
    data = answer.freshness.data
    if data is None:
        return "no data yet: warikan ingest --file BILL"
    late = f", late: {', '.join(answer.freshness.late)}" if answer.freshness.late else ""
    estimated = ", ".join(_estimated(answer.freshness, month) for month in answer.freshness.estimated_months)
    stale = ", ".join(f"{m:%Y-%m}" for m in answer.freshness.stale_months)
    return (
        f"data to {data.end:%Y-%m-%d} UTC{late}{f', estimated: {estimated}' if estimated else ''}"
        f"{f', CHANGED SINCE IT WAS ALLOCATED: {stale} (run: warikan allocate)' if stale else ''}"
    )


def _estimated(freshness: Freshness, month: datetime) -> str:
    """A month, and of one that has ended which sources can still change it."""
    words = {
        "settling": "until {0.final_from:%Y-%m-%d}",
        "not reloaded": "not loaded since",
        "not closed": "not closed",
    }
    why = ", ".join(
        f"{state.source_id} {words[state.why].format(state)}"
        for state in freshness.months
        if state.month == month.date() and state.why in words
    )
    return f"{month:%Y-%m} ({why})" if why else f"{month:%Y-%m}"


def _header(answer: CostAnswer, result: CurrencyAnswer) -> list[str]:
    return [name for name in result.rows.column_names if name != "x_IsOther"] or list(answer.query.metrics)


def _print_csv(answer: CostAnswer) -> None:
    """One CSV for all currencies: the currency first, money in full."""
    if not answer.answers:
        return
    header = _header(answer, answer.answers[0])
    rows = [
        [result.currency, *(_cell(row, name) for name in header)]
        for result in answer.answers
        for row in result.rows.to_pylist()
    ]
    print_csv(["BillingCurrency" if answer.query.display is None else "Currency", *header], rows)


def _cell(row: dict[str, Any], name: str) -> Any:
    value = row[name]
    if isinstance(value, Decimal):
        return format_exact(value)
    if value is None and row.get("x_IsOther"):
        return "(other)"
    return value


def _print_table(answer: CostAnswer, result: CurrencyAnswer) -> None:
    header = _header(answer, result)
    rows = [[_shown(row, name) for name in header] for row in result.rows.to_pylist()]
    footer = ["" for _ in header]
    for i, name in enumerate(header):
        if name in result.totals:
            footer[i] = format_exact(result.totals[name])
        for metric, change in result.changes.items():
            if name == f"previous_{metric}":
                footer[i] = format_exact(change.previous)
            elif name == f"delta_{metric}":
                footer[i] = _signed(change.delta)
            elif name == f"ratio_{metric}":
                footer[i] = _percent(change.ratio)
    if footer[0] == "":
        footer[0] = "Total"
    numbers = [n for n in header if n.endswith("Cost")] + [n for n in header if n.startswith("ratio_")]
    print_table(f"{result.currency} · {answer.period}", header, rows, right=numbers, footer=footer)


def _shown(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if isinstance(value, Decimal):
        return _signed(value) if name.startswith("delta_") else format_exact(value)
    if name.startswith("ratio_"):
        return _percent(value)
    if name == "period_start":
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if value is None:
        return "(other)" if row.get("x_IsOther") else "–"
    return str(value)


def _signed(amount: Decimal) -> str:
    return f"+{format_exact(amount)}" if amount > 0 else format_exact(amount)


def _percent(ratio: float | None) -> str:
    return "new" if ratio is None else f"{ratio:+.1%}"
