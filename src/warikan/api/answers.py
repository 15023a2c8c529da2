"""Answers as JSON-ready documents: the one place where cost becomes text for machines (API and CLI)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from warikan.engine.query import Change, CostAnswer, CurrencyAnswer, Freshness
from warikan.focus.money import format_exact
from warikan.focus.period import Period

Document = dict[str, Any]


def cost_document(answer: CostAnswer, shown: CostAnswer | None = None) -> Document:
    """
    *answer* as a document: money as exact strings, times as ISO 8601 in UTC.

    *shown* is the answer to the same query in a currency of display: it stands beside the billed one.

    ``{"metric", "period", "freshness", "results": [{"currency", "rows": [{..., "cost"}], "total"}]}``.
    ``cost``, ``total``, ``previous``, ``delta`` and ``ratio`` speak of the first metric. With several
    metrics each row and result also has ``costs`` (and ``changes``), keyed by metric.
    """
    metrics = answer.query.metrics
    document: Document = {"metric": metrics[0]}
    if len(metrics) > 1:
        document["metrics"] = list(metrics)
    document["period"] = period_document(answer.period)
    if answer.previous is not None:
        document["previous_period"] = period_document(answer.previous)
    document["freshness"] = freshness_document(answer.freshness)
    document["results"] = [_result(answer, one) for one in answer.answers]
    if shown is not None:
        document["display"] = _display(shown)
    return document


def _display(answer: CostAnswer) -> Document:
    """What is shown in the currency of display, at which rates, and what has no rate."""
    return {
        "currency": answer.query.display,
        "results": [_result(answer, one) for one in answer.answers],
        "rates": [
            {
                "currency": one.currency,
                "month": one.month.strftime("%Y-%m") if one.month else None,
                "rate": format_exact(one.rate.value),
                "source": one.rate.source,
                "frozen": one.rate.is_frozen,
                "billed": {metric: format_exact(amount) for metric, amount in one.billed.items()},
                "shown": {metric: format_exact(amount) for metric, amount in one.shown.items()},
            }
            for one in answer.converted
            if one.rate is not None
        ],
        "without_rate": [
            {
                "currency": one.currency,
                "month": one.month.strftime("%Y-%m") if one.month else None,
                "billed": {metric: format_exact(amount) for metric, amount in one.billed.items()},
                "previous": {metric: format_exact(amount) for metric, amount in one.before.items()},
            }
            for one in answer.converted
            if one.rate is None
        ],
    }


def period_document(period: Period) -> Document:
    """``{"start", "end"}``; the end is exclusive."""
    return {"start": to_text(period.start), "end": to_text(period.end)}


def freshness_document(freshness: Freshness) -> Document:
    """How far the numbers reach, source by source."""
    return {
        "data": period_document(freshness.data) if freshness.data else None,
        "sources": [
            {
                "source_id": source.source_id,
                "data_end": to_text(source.data_end),
                "loaded_at": to_text(source.loaded_at),
                "late": source.source_id in freshness.late,
            }
            for source in freshness.sources
        ],
        "estimated_months": [moment.strftime("%Y-%m") for moment in freshness.estimated_months],
        "months": [
            {
                "source_id": state.source_id,
                "month": state.month.strftime("%Y-%m"),
                "status": state.status,
                "why": state.why,
                "data_end": to_text(state.data_end),
                "loaded_at": to_text(state.loaded_at),
                "final_from": to_text(state.final_from),
                "late_days": state.late_days,
            }
            for state in freshness.months
        ],
        "stale_months": [day.strftime("%Y-%m") for day in freshness.stale_months],
    }


def to_document(value: Any) -> Any:
    """
    Any answer of the workspace (dataclass, table, mapping, money, time) as JSON-ready data.

    Decimal becomes an exact string, a moment ISO 8601 in UTC, a table a list of its rows.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_document(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, pa.Table):
        return table_rows(value)
    if isinstance(value, Mapping):
        return {_key(key): to_document(item) for key, item in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        return to_text(value)
    return [to_document(item) for item in value]


def table_rows(table: pa.Table) -> list[Document]:
    """*table* as one mapping per row, money and times as text."""
    columns = [
        [to_document(value) for value in table.column(name).to_pylist()] for name in table.column_names
    ]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def to_text(value: Any) -> Any:
    """One value as JSON holds it; strings, numbers, booleans and None stay as they are."""
    match value:
        case Decimal():
            return format_exact(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Path():
            return str(value)
        case _:
            return value


def _key(key: Any) -> str:
    return "" if key is None else str(to_text(key))


def _result(answer: CostAnswer, one: CurrencyAnswer) -> Document:
    metrics = answer.query.metrics
    result: Document = {
        "currency": one.currency,
        "rows": _rows(answer, one),
        "total": format_exact(one.totals[metrics[0]]),
        "charges": one.charges,
    }
    if len(metrics) > 1:
        result["totals"] = {metric: format_exact(one.totals[metric]) for metric in metrics}
    if one.changes:
        result.update(_change(one.changes[metrics[0]]))
        if len(metrics) > 1:
            result["changes"] = {metric: _change(one.changes[metric]) for metric in metrics}
    return result


def _change(change: Change) -> Document:
    return {
        "previous": format_exact(change.previous),
        "delta": format_exact(change.delta),
        "ratio": change.ratio,
    }


def _rows(answer: CostAnswer, one: CurrencyAnswer) -> list[Document]:
    metrics, compared = answer.query.metrics, answer.previous is not None
    groups = [
        n
        for n in one.rows.column_names
        if not n.endswith(tuple(f"_{m}" for m in metrics)) and n not in metrics
    ]
    rows = []
    for row in table_rows(one.rows):
        document: Document = {name: row[name] for name in groups}
        document["cost"] = row[metrics[0]]
        if compared:
            document.update(_row_change(row, metrics[0]))
        if len(metrics) > 1:
            document["costs"] = {metric: row[metric] for metric in metrics}
            if compared:
                document["changes"] = {metric: _row_change(row, metric) for metric in metrics}
        rows.append(document)
    return rows


def _row_change(row: Document, metric: str) -> Document:
    return {what: row[f"{what}_{metric}"] for what in ("previous", "delta", "ratio")}
