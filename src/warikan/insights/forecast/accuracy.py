"""How far forecasts of the panel's own past were off: rolling origin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from warikan.insights.forecast.calendar import Calendar
from warikan.insights.forecast.forecasting import SHORT, forecast
from warikan.insights.forecast.models import ENSEMBLE
from warikan.insights.panel import Key, Matrix, Panel
from warikan.insights.shape import WEEK, Vector


@dataclass(frozen=True)
class Accuracy:
    """
    Errors of one series, or of all together (float ratios; NaN where nothing could be measured).

    Attributes:
        wape: Sum of absolute daily errors over sum of absolute actuals.
        mase: Mean absolute error over that of seasonal naive 7 on the history (Hyndman & Koehler 2006).
        month_error: Sum over windows of the absolute error of the window's total, over the sum of totals.
        coverage: Share of days within p10…p90; 0.8 is right.
        month_coverage: Share of window totals within their p10…p90.
        windows: Origins that were measured.
    """

    wape: float
    mase: float
    month_error: float
    coverage: float
    month_coverage: float
    windows: int


@dataclass(frozen=True)
class AccuracyReport:
    """Ours beside seasonal naive 7, overall (money-weighted) and for each series in the panel's order."""

    overall: Accuracy
    naive: Accuracy
    keys: tuple[Key, ...]
    series: tuple[Accuracy, ...]


@dataclass(frozen=True, eq=False)
class _Window:
    actual: Matrix
    middle: Matrix
    naive: Matrix
    inside: Matrix
    total_inside: Vector
    naive_error: Vector


def measure_accuracy(
    panel: Panel,
    *,
    horizon: int = 30,
    windows: int = 4,
    calendar: Calendar | None = None,
    workers: int = 1,
    models: Sequence[str] = ENSEMBLE,
) -> AccuracyReport:
    """
    Forecast *panel* from *windows* earlier days, each *horizon* before the next, and compare.

    A window is measured where at least four weeks lie before its origin. The totals are judged over each
    window, as a month that has just begun.
    """
    known = int(panel.complete_columns().min()) if panel.keys else 0
    measured: list[_Window] = []
    for number in range(1, windows + 1):
        origin = known - number * horizon
        if origin < 2 * SHORT:
            break
        measured.append(_try(panel, origin, horizon, calendar, workers, models))
    series = tuple(_accuracy(measured, [i], naive=False) for i in range(len(panel.keys)))
    every = list(range(len(panel.keys)))
    return AccuracyReport(
        _accuracy(measured, every, naive=False), _accuracy(measured, every, naive=True), panel.keys, series
    )


def _try(
    panel: Panel, origin: int, horizon: int, calendar: Calendar | None, workers: int, models: Sequence[str]
) -> _Window:
    first = panel.start + timedelta(days=origin)
    told = forecast(panel.until(first), horizon, calendar=calendar, workers=workers, models=models)
    actual = panel.values[:, origin : origin + horizon]
    history = panel.values[:, :origin]
    naive = np.tile(history[:, -WEEK:], (1, horizon // WEEK + 1))[:, :horizon]
    inside = (actual >= told.p10 - 1e-9) & (actual <= told.p90 + 1e-9)
    total = actual.sum(axis=1)
    low, _, high = told.totals
    naive_error = np.abs(history[:, WEEK:] - history[:, :-WEEK]).mean(axis=1)
    is_in = (total >= low - 1e-9) & (total <= high + 1e-9)
    return _Window(actual, told.p50, naive, inside.astype(float), is_in.astype(float), naive_error)


def _accuracy(windows: Sequence[_Window], rows: list[int], *, naive: bool) -> Accuracy:
    nothing = float("nan")
    if not windows:
        return Accuracy(nothing, nothing, nothing, nothing, nothing, 0)
    off = whole = total_off = scaled = scales = 0.0
    for w in windows:
        told = w.naive if naive else w.middle
        error = np.abs(told[rows] - w.actual[rows])
        off += float(error.sum())
        whole += float(np.abs(w.actual[rows]).sum())
        total_off += float(np.abs(told[rows].sum(axis=1) - w.actual[rows].sum(axis=1)).sum())
        scaled += float(error.mean(axis=1).sum())
        scales += float(w.naive_error[rows].sum())
    inside = float(np.mean([w.inside[rows].mean() for w in windows]))
    total_inside = float(np.mean([w.total_inside[rows].mean() for w in windows]))
    return Accuracy(
        wape=off / whole if whole else nothing,
        mase=scaled / scales if scales else nothing,
        month_error=total_off / whole if whole else nothing,
        coverage=nothing if naive else inside,
        month_coverage=nothing if naive else total_inside,
        windows=len(windows),
    )
