"""Cells as the answer that surfaces show: one Arrow table and exact totals for each currency."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warikan.engine.buckets import number_of, start_of
from warikan.engine.cells import CHARGES, CURRENCY, OTHER, PLACE, Cells
from warikan.engine.query import Change, CostAnswer, CurrencyAnswer
from warikan.focus.money import EXACT, PRECISION, SCALE

MONEY = pa.decimal128(PRECISION, SCALE)
TIME = pa.timestamp("us", tz="UTC")


def answers_of(cells: Cells, rows: pa.Table, totals: pa.Table) -> tuple[CurrencyAnswer, ...]:
    """
    One answer for each row of *totals*, in their order.

    *rows* is what ``cells.rows`` gives, *totals* what ``cells.totals`` gives.
    """
    return tuple(_answer(cells, rows, total) for total in totals.to_pylist())


def to_table(answer: CostAnswer) -> pa.Table:
    """The rows of all currencies of *answer*, each with its ``BillingCurrency``; typed even without rows."""
    tables = [
        one.rows.add_column(0, "BillingCurrency", pa.array([one.currency] * one.rows.num_rows, pa.string()))
        for one in answer.answers
    ]
    if tables:
        return pa.concat_tables(tables)
    empty = {name: pa.array([], pa.string()) for name in ("BillingCurrency", *answer.query.by)}
    return pa.table(empty | {metric: pa.array([], MONEY) for metric in answer.query.metrics})


def _answer(cells: Cells, rows: pa.Table, total: dict[str, Any]) -> CurrencyAnswer:
    metrics = cells.plan.query.metrics
    mine = rows.filter(pc.equal(rows[CURRENCY], total[CURRENCY]))
    changes = {
        m: _change(total[n], total[p]) for m, n, p in zip(metrics, cells.now, cells.before, strict=False)
    }
    return CurrencyAnswer(
        currency=total[CURRENCY],
        rows=_shown(cells, mine),
        totals={m: total[n] for m, n in zip(metrics, cells.now, strict=True)},
        changes=changes,
        charges=int(total[CHARGES]),  # DuckDB adds whole numbers up as HUGEINT
    )


def _shown(cells: Cells, rows: pa.Table) -> pa.Table:
    plan = cells.plan
    columns: dict[str, Any] = {}
    if plan.query.granularity:
        first = number_of(plan.period.start, plan.query.granularity)
        places = rows[PLACE].combine_chunks().dictionary_encode()
        starts = [start_of(first + place.as_py(), plan.query.granularity) for place in places.dictionary]
        columns["period_start"] = pa.array(starts, TIME).take(places.indices)
    for group, key in zip(plan.groups, cells.keys, strict=True):
        columns[group.id] = as_text(rows[key])
    if plan.query.top is not None:
        columns["x_IsOther"] = rows[OTHER]
    for metric, name in zip(plan.query.metrics, cells.now, strict=True):
        columns[metric] = rows[name].cast(MONEY)
    for i, metric in enumerate(plan.query.metrics if plan.previous else ()):
        columns[f"previous_{metric}"] = rows[f"p{i}"].cast(MONEY)
        columns[f"delta_{metric}"] = rows[f"d{i}"].cast(MONEY)
        columns[f"ratio_{metric}"] = rows[f"r{i}"]
    return pa.table(columns)


def _change(now: Decimal, before: Decimal) -> Change:
    delta = EXACT.subtract(now, before)
    return Change(now, before, delta, float(delta) / float(before) if before else None)


def as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """*values* as strings, null where there is none; times as ISO 8601 in UTC with a ``Z``."""
    if pa.types.is_timestamp(values.type):
        return pa.chunked_array([[_iso(v) for v in values.to_pylist()]], pa.string())
    return values.cast(pa.string())


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
