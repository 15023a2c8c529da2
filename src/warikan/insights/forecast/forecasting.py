"""Forecast every series of a panel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from warikan.focus.errors import UsageError
from warikan.insights.forecast.calendar import Calendar
from warikan.insights.forecast.decomposition import decompose, is_sparse
from warikan.insights.forecast.intervals import Errors
from warikan.insights.forecast.models import ENSEMBLE, QUICK, run_models
from warikan.insights.forecast.plans import put_on, take_out
from warikan.insights.forecast.result import Forecast, MonthForecast
from warikan.insights.panel import Matrix, Panel
from warikan.insights.planned import PlannedEvent
from warikan.insights.shape import Vector, fee_days, weekdays

LONGEST_HORIZON = 400
ORIGINS, STEP, REACH = 8, 10, 62
"""Earlier days from which the quick models are tried, the days between them, and how far they look."""
SHORT = 14
"""A series with fewer days of cost goes on as their mean."""
DEAD = 28
SPARSE_WEEKS = 8


@dataclass(frozen=True, eq=False)
class Middle:
    """The middle forecast of each series and day, and the usual size of the series."""

    values: Matrix
    size: Vector


def forecast(
    panel: Panel,
    horizon: int,
    *,
    calendar: Calendar | None = None,
    planned: Sequence[PlannedEvent] = (),
    workers: int = 1,
    models: Sequence[str] = ENSEMBLE,
) -> Forecast:
    """
    The next *horizon* days of each series, with p10, p50 and p90 and month totals.

    Args:
        horizon: Days from the first that is not complete in any series, 1 to 400.
        planned: Laid on top of what the past tells.
        workers: Processes among which the library's models are shared out.
        models: The library models that are combined (names in ``models.py``).

    Raises:
        UsageError: *horizon* is out of range.
    """
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise UsageError(f"a forecast of {horizon} days; give 1 to {LONGEST_HORIZON}")
    columns = int(panel.complete_columns().min()) if panel.keys else 0
    history = panel.values[:, :columns]
    first = panel.start + timedelta(days=columns)
    rest = calendar or Calendar()
    plain = take_out(history, panel.keys, panel.start, planned)
    middle = expect_days(plain, panel.start, horizon, rest, models, workers)
    errors = try_earlier(plain, panel.start, rest)
    below, above = errors.spread_days(horizon)
    size = middle.size[:, None]
    p50 = middle.values
    floor = np.minimum(history.min(axis=1, keepdims=True), 0.0) if columns else np.zeros((len(p50), 1))
    p10, p90 = np.maximum(p50 + below * size, floor), p50 + above * size
    p10 = np.minimum(p10, p50)
    quantiles = [p10, p50.copy(), p90]
    put_on(quantiles, history, panel.keys, first, planned, panel.start)
    ordered = np.sort(np.stack(quantiles), axis=0)
    months = _months(panel, history, first, ordered, errors, middle.size)
    totals = _total(ordered, errors, middle.size)
    low, middle_day, high = ordered
    return Forecast(panel.keys, panel.currency, first, low, middle_day, high, totals, months, tuple(models))


def expect_days(
    history: Matrix, start: date, horizon: int, calendar: Calendar, models: Sequence[str], workers: int = 1
) -> Middle:
    """The middle forecast from *history*: the models' median on its level, with week, holidays and fees."""
    rows, columns = history.shape
    if columns == 0:
        return Middle(np.zeros((rows, horizon)), np.zeros(rows))
    first = start + timedelta(days=columns)
    parts = decompose(history, start, calendar)
    used = parts.used
    alive = (np.abs(used[:, -DEAD:]).sum(axis=1) > 0) & ~is_sparse(used)
    told = np.zeros((rows, horizon))
    if alive.any():
        told[alive] = np.median(run_models(parts.level[alive], horizon, models, workers), axis=0)
    born = np.where((used != 0).any(axis=1), columns - np.argmax(used != 0, axis=1), 0)
    young = (born < SHORT) & (born > 0)
    values = parts.compose(told, first)
    fees = parts.fees.on(fee_days(first, horizon))
    if young.any():
        values[young] = fees[young] + (used[young].sum(axis=1) / np.maximum(born[young], 1))[:, None]
    sparse = ~alive & ~young
    values[sparse] = fees[sparse] + _sparse(used[sparse], start, horizon)
    size = np.abs(history[:, -DEAD:]).mean(axis=1)
    values[size == 0] = 0.0
    floor = np.minimum(history.min(axis=1, keepdims=True), 0.0)
    return Middle(np.maximum(values, floor), size)


def _sparse(history: Matrix, start: date, horizon: int) -> Matrix:
    """Each weekday's mean over eight weeks, drawn to the mean day by as much as chance explains it."""
    columns = history.shape[1]
    recent = history[:, -7 * SPARSE_WEEKS :]
    if not len(recent):
        return np.zeros((0, horizon))
    days = weekdays(start + timedelta(days=columns - recent.shape[1]), recent.shape[1])
    mean = recent.mean(axis=1, keepdims=True)
    means = np.repeat(mean, 7, axis=1)
    for weekday in set(days.tolist()):
        means[:, weekday] = recent[:, days == weekday].mean(axis=1)
    noise = np.maximum(recent.var(axis=1, keepdims=True) / max(recent.shape[1] / 7, 1), 1e-18)
    signal = np.maximum(((means - mean) ** 2).mean(axis=1, keepdims=True) - noise, 0.0)
    drawn = mean + (means - mean) * signal / (signal + noise)
    return np.asarray(drawn[:, weekdays(start + timedelta(days=columns), horizon)])


def try_earlier(history: Matrix, start: date, calendar: Calendar) -> Errors:
    """
    What the quick models, tried at earlier days, were off, as ratios of each series' level then.

    They look equally far ahead whatever is asked: a day's interval is the same in every answer.
    """
    columns = history.shape[1]
    reach = max(1, min(REACH, columns // 3))
    errors = np.full((ORIGINS, history.shape[0], reach), np.nan)
    for number in range(ORIGINS):
        origin = columns - reach - number * STEP
        if origin < 2 * SHORT:
            break
        known = history[:, :origin]
        middle = expect_days(known, start, reach, calendar, QUICK)
        size = np.maximum(middle.size, 0)[:, None]
        off = history[:, origin : origin + reach] - middle.values
        errors[number] = np.where(size > 0, off / np.where(size > 0, size, 1.0), np.nan)
    return Errors(errors)


def _total(quantiles: Matrix, errors: Errors, size: Vector) -> Matrix:
    """p10, p50 and p90 of the sum over all days: from the errors of such sums."""
    whole = quantiles[1].sum(axis=1)
    low, high = errors.spread_total(quantiles.shape[2])
    scale = size * quantiles.shape[2]
    return np.stack([whole + low * scale, whole, whole + high * scale])


def _months(
    panel: Panel, history: Matrix, first: date, quantiles: Matrix, errors: Errors, size: Vector
) -> tuple[MonthForecast, ...]:
    horizon = quantiles.shape[2]
    last = first + timedelta(days=horizon)
    spans: list[tuple[date, int, int, Vector, bool]] = []
    month = first.replace(day=1)
    while month < last:
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        begin, end = max((month - first).days, 0), min((following - first).days, horizon)
        billed = history[:, max((month - panel.start).days, 0) : (first - panel.start).days].sum(axis=1)
        if month > first:
            billed = np.zeros(len(panel.keys))
        whole = following <= last and month >= panel.start
        spans.append((month, begin, end, billed, whole))
        month = following
    found: list[list[MonthForecast]] = [[] for _ in panel.keys]
    for month, begin, end, billed, whole in spans:
        middle = quantiles[1][:, begin:end].sum(axis=1)
        low, high = errors.spread_total(end - begin)
        scale = size * (end - begin)
        for i, key in enumerate(panel.keys):
            p50 = float(billed[i] + middle[i])
            least = float(min(billed[i], p50)) if (panel.values[i] >= 0).all() else -np.inf
            p10 = max(p50 + float(low[i] * scale[i]), least)
            p90 = p50 + float(high[i] * scale[i])
            found[i].append(
                MonthForecast(key, month, float(billed[i]), min(p10, p50), p50, max(p90, p50), whole)
            )
    return tuple(m for months in found for m in months)
