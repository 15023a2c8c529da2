"""The library's models and how they are combined: the median of a few that fail in different ways."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np

from warikan.insights.panel import Matrix

ENSEMBLE: tuple[str, ...] = ("SlowSES", "DynamicOptimizedTheta", "Mean28")
"""Combined by their median: measured in docs/incidents-method.md."""
QUICK: tuple[str, ...] = ("SlowSES", "Mean28")
"""The quick ones of ENSEMBLE: for the errors of many earlier origins."""
LONGEST = 200
"""Days of history that a model is given."""


def _makers() -> Mapping[str, Callable[[], Any]]:
    # 1 s, and most commands need no forecast.
    from statsforecast import models as library

    return {
        "SES": library.SimpleExponentialSmoothingOptimized,
        "SlowSES": lambda: library.SimpleExponentialSmoothing(alpha=0.12),
        "DampedHolt": lambda: library.AutoETS(season_length=1, model="AAN", damped=True),
        "DynamicOptimizedTheta": lambda: library.DynamicOptimizedTheta(season_length=1),
        "Mean28": lambda: library.WindowAverage(window_size=28),
    }


def run_models(levels: Matrix, horizon: int, names: Sequence[str], workers: int = 1) -> Matrix:
    """
    The forecasts of the models *names* for each row of *levels*: shape (models, series, horizon).

    Each series is scaled to a mean of 1 beforehand. A model that fails on a series, or leaves it by an
    order of magnitude, says its mean of the last four weeks there.
    """
    recent = np.ascontiguousarray(levels[:, -LONGEST:])
    if workers <= 1 or len(recent) < 64:
        return _run(recent, horizon, tuple(names))
    parts = np.array_split(recent, workers)
    # Spawned, not forked: the process holds threads (DuckDB, Arrow).
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        count = len(parts)
        done = list(pool.map(_run, parts, [horizon] * count, [tuple(names)] * count))
    return np.concatenate(done, axis=1)


def _run(levels: Matrix, horizon: int, names: tuple[str, ...]) -> Matrix:
    makers = _makers()
    made = {name: makers[name]() for name in names}
    forecasts = np.zeros((len(names), len(levels), horizon))
    for row, series in enumerate(levels):
        scale = float(np.mean(np.abs(series))) if series.size else 0.0
        if scale <= 0:
            continue
        seen = series / scale
        for number, name in enumerate(names):
            forecasts[number, row] = scale * _one(made[name], seen, horizon)
    return forecasts


def _one(model: Any, seen: np.ndarray[tuple[int, ...], np.dtype[np.float64]], horizon: int) -> Any:
    fallback = np.full(horizon, float(np.mean(seen[-28:])))
    if len(seen) < 28 or float(np.ptp(seen)) < 1e-9:
        return fallback
    try:
        told = np.asarray(model.forecast(y=seen, h=horizon)["mean"], dtype=np.float64)
    except (ValueError, ZeroDivisionError, FloatingPointError, RuntimeError, np.linalg.LinAlgError):
        return fallback
    largest = 10 * float(np.max(np.abs(seen)))
    if not np.isfinite(told).all() or float(np.max(np.abs(told))) > largest:
        return fallback
    return told
