"""Four simple detectors on daily cost of provider services in services: what most tools do."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.alarms import Alarm
from warikan.insights.panel import Panel

Matrix = NDArray[np.float64]
HISTORY = 28
LEAST_SHARE = 0.03
"""Of the service's cost: all rivals ignore less, as ours does."""
GAP = 2
REFIT = 14


def mean_and_percent(values: Matrix, percent: float = 0.3) -> tuple[Matrix, Matrix]:
    """Mean of four weeks, and that + *percent* (OptScale)."""
    middle = _trailing(values, lambda w: w.mean(axis=1))
    return middle, middle * (1 + percent)


def z_score(values: Matrix, deviations: float = 3.0) -> tuple[Matrix, Matrix]:
    """Mean of four weeks, and that + *deviations* standard deviations."""
    middle = _trailing(values, lambda w: w.mean(axis=1))
    return middle, middle + deviations * _trailing(values, lambda w: w.std(axis=1))


def seasonal_naive_band(values: Matrix, deviations: float = 3.0) -> tuple[Matrix, Matrix]:
    """The day a week ago, and that + *deviations* of such differences over eight weeks."""
    middle = np.full(values.shape, np.nan)
    middle[:, 7:] = values[:, :-7]
    differences = np.abs(np.nan_to_num(values - middle))
    return middle, middle + deviations * 1.4826 * _trailing(differences, lambda w: np.median(w, axis=1), 56)


def library_interval(values: Matrix, make: Callable[[Any], Any], level: int = 99) -> tuple[Matrix, Matrix]:
    """A library model, fitted every two weeks on what was known, and the upper end of its interval."""
    from statsforecast import models

    middle, high = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    model = make(models)
    for start in range(HISTORY + 14, values.shape[1], REFIT):
        end = min(start + REFIT, values.shape[1])
        for row, series in enumerate(values):
            seen = series[max(0, start - 140) : start]
            if np.ptp(seen) <= 0:
                middle[row, start:end] = high[row, start:end] = seen[-1]
                continue
            told = model.forecast(y=seen, h=end - start, level=[level])
            middle[row, start:end], high[row, start:end] = told["mean"], told[f"hi-{level}"]
    return middle, high


LIBRARY: Mapping[str, Callable[[Any], Any]] = {
    "SeasonalNaive 99 %": lambda m: m.SeasonalNaive(season_length=7),
    "DynamicOptimizedTheta 99 %": lambda m: m.DynamicOptimizedTheta(season_length=7),
}
SIMPLE: Mapping[str, Callable[[Matrix], tuple[Matrix, Matrix]]] = {
    "mean of 28 days + 30 %": mean_and_percent,
    "z-score 3 on 28 days": z_score,
    "seasonal naive band": seasonal_naive_band,
}


def _trailing(values: Matrix, of: Callable[[Matrix], Matrix], days: int = HISTORY) -> Matrix:
    told = np.full(values.shape, np.nan)
    for t in range(days, values.shape[1]):
        told[:, t] = of(values[:, t - days : t])
    return told


def alarms_of(panel: Panel, middle: Matrix, high: Matrix, first: date) -> list[Alarm]:
    """Runs of days above *high*, at most GAP days apart, from *first* on, by service."""
    services = [str(k["x_ServiceId"]) for k in panel.keys]
    whole: dict[str, Matrix] = {}
    for name, row in zip(services, panel.values, strict=True):
        whole[name] = whole.get(name, np.zeros(row.shape)) + row
    alarms = []
    for row, name in enumerate(services):
        over = panel.values[row] - middle[row]
        usual = np.convolve(whole[name], np.ones(28) / 28)[: len(over)]
        above = (panel.values[row] > high[row]) & (over > LEAST_SHARE * usual)
        above[: panel.index_of(first)] = False
        alarms += _runs(panel, name, np.flatnonzero(above), over)
    return _joined(alarms)


def _runs(panel: Panel, name: str, days: NDArray[np.int64], over: Matrix) -> list[Alarm]:
    alarms = []
    for run in np.split(days, np.flatnonzero(np.diff(days) > GAP + 1) + 1):
        if len(run):
            begin, end = int(run[0]), int(run[-1]) + 1
            onset = panel.start + timedelta(days=begin)
            finish = panel.start + timedelta(days=end)
            money = float(np.nansum(over[begin:end]))
            alarms.append(Alarm(name, panel.currency, onset, onset, finish, money, days=end - begin))
    return alarms


def _joined(alarms: list[Alarm]) -> list[Alarm]:
    """Alarms of one service whose days meet are one, as ours are."""
    joined: list[Alarm] = []
    for alarm in sorted(alarms, key=lambda a: (a.service or "", a.onset)):
        last = joined[-1] if joined else None
        if last and last.service == alarm.service and alarm.onset <= (last.end or alarm.onset):
            end = max(last.end or alarm.onset, alarm.end or alarm.onset)
            joined[-1] = Alarm(
                last.service, last.currency, last.onset, last.detected, end, last.excess + alarm.excess
            )
        else:
            joined.append(alarm)
    return joined
