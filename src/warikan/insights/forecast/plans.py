"""Planned events in a forecast: taken out of the past they are in, put into the future they reach."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from warikan.insights.panel import Codes, Key, Matrix
from warikan.insights.planned import PlannedEvent
from warikan.insights.shape import Vector

BEFORE = 28


def take_out(history: Matrix, keys: Sequence[Key], start: date, planned: Sequence[PlannedEvent]) -> Matrix:
    """*history* as it would have been without the events: what they add or multiply is undone."""
    plain = history.copy()
    for event in planned:
        first, end = _span(event, start, history.shape[1])
        if end <= first:
            continue
        rows = touched(keys, event)
        days = slice(first, end)
        if event.kind == "amount":
            plain[rows, days] -= np.outer(_shares(history[rows, :first]), np.full(end - first, event.value))
        elif event.kind == "factor" and event.value > 0:
            plain[rows, days] /= event.value
        elif first > 0 and event.end is not None:
            # A level that will end says nothing of what comes after: the weeks before it do.
            plain[rows, days] = history[rows, max(0, first - BEFORE) : first].mean(axis=1, keepdims=True)
    return plain


def put_on(
    quantiles: Sequence[Matrix],
    history: Matrix,
    keys: Sequence[Key],
    first: date,
    planned: Sequence[PlannedEvent],
    history_start: date,
) -> None:
    """Lay the events on the forecast *quantiles*, in place; their first column is *first*."""
    for event in planned:
        begin, end = _span(event, first, quantiles[0].shape[1])
        if end <= begin:
            continue
        rows = touched(keys, event)
        days = slice(begin, end)
        recent = history[rows][:, -BEFORE:]
        if event.kind == "amount":
            for quantile in quantiles:
                quantile[rows, days] += np.outer(_shares(recent), np.full(end - begin, event.value))
        elif event.kind == "factor":
            for quantile in quantiles:
                quantile[rows, days] *= max(event.value, 0.0)
        elif event.start >= history_start + timedelta(days=history.shape[1]):
            _level(quantiles, rows, days, event.value, recent)


def _level(quantiles: Sequence[Matrix], rows: Codes, days: slice, value: float, recent: Matrix) -> None:
    middle = quantiles[len(quantiles) // 2][rows, days]
    now = float(middle.sum(axis=0).mean())
    for quantile in quantiles:
        if now > 0:
            quantile[rows, days] *= max(value, 0.0) / now
        else:
            quantile[rows, days] = np.outer(_shares(recent), np.full(days.stop - days.start, value))


def touched(keys: Sequence[Key], event: PlannedEvent) -> Codes:
    """The rows of the series that *event* touches."""
    return np.array([i for i, key in enumerate(keys) if event.touches(key)], dtype=np.int64)


def _span(event: PlannedEvent, start: date, count: int) -> tuple[int, int]:
    end = count if event.end is None else (event.end - start).days
    return max((event.start - start).days, 0), min(end, count)


def _shares(history: Matrix) -> Vector:
    """Each series' share of what they all cost; equal ones where they cost nothing."""
    cost = np.maximum(history[:, -BEFORE:].sum(axis=1), 0.0)
    whole = float(cost.sum())
    return cost / whole if whole > 0 else np.full(len(cost), 1 / max(len(cost), 1))
