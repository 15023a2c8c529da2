"""Forecasts beside the library's single models and seasonal naive, and the speed of all of it."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.estate_cubes import make_cubes
from warikan.estate.company_year import simulate_year
from warikan.estate.weather import Noise
from warikan.insights.anomaly import CostCube, detect
from warikan.insights.forecast import forecast, measure_accuracy
from warikan.insights.forecast.models import ENSEMBLE
from warikan.insights.panel import Panel

LEVELS: tuple[Noise, ...] = ("calm", "normal", "rough")
HORIZON, WINDOWS = 30, 4
ALONE: dict[str, Callable[[Any], Any]] = {
    "AutoTheta": lambda m: m.AutoTheta(season_length=7),
    "DynamicOptimizedTheta": lambda m: m.DynamicOptimizedTheta(season_length=7),
    "MSTL": lambda m: m.MSTL(season_length=[7]),
    "SeasonalWindowAverage": lambda m: m.SeasonalWindowAverage(season_length=7, window_size=4),
    "SeasonalNaive": lambda m: m.SeasonalNaive(season_length=7),
}
"""Models of the library as they come, with the week as their season."""


def print_forecasts(console: Console, seeds: Sequence[int]) -> None:
    """Errors over *seeds* of provider services in services, 30 days ahead, from four origins each."""
    panels = [_panel(seed) for seed in seeds]
    table = Table(
        "forecast", "WAPE", "MASE", "month-total error", "days in p10…p90", "totals in p10…p90", "s"
    )
    parts = {"Warikan (median of three)": ENSEMBLE}
    parts |= {f"{name}, in our decomposition": (name,) for name in (*ENSEMBLE, "SES", "DampedHolt")}
    for name, models in parts.items():
        since = time.perf_counter()
        reports = [
            measure_accuracy(p, horizon=HORIZON, windows=WINDOWS, models=models).overall for p in panels
        ]
        mean = [float(np.mean([getattr(r, n) for r in reports])) for n in _MEASURES]
        table.add_row(
            name, f"{mean[0]:.2%}", f"{mean[1]:.3f}", f"{mean[2]:.2%}", f"{mean[3]:.0%}", f"{mean[4]:.0%}",
            f"{time.perf_counter() - since:.0f}",
        )  # fmt: skip
    for name, make in ALONE.items():
        since = time.perf_counter()
        errors = np.mean([_alone(p, make) for p in panels], axis=0)
        table.add_row(
            f"{name}, as it comes", f"{errors[0]:.2%}", f"{errors[1]:.3f}", f"{errors[2]:.2%}", "", "",
            f"{time.perf_counter() - since:.0f}",
        )  # fmt: skip
    console.print(f"Forecasts: seeds {list(seeds)}, {HORIZON} days ahead, {WINDOWS} origins a seed")
    console.print(table)


_MEASURES = ("wape", "mase", "month_error", "coverage", "month_coverage")


def _panel(seed: int) -> Panel:
    year = simulate_year(seed, noise=LEVELS[seed % 3])
    cubes = make_cubes(year.costs, year.start, year.until, year.until)
    return cubes["USD"].cost.group(("x_ServiceId", "ServiceName"))[0]


def _alone(panel: Panel, make: Callable[[Any], Any]) -> NDArray[np.float64]:
    from statsforecast import models

    off = whole = total = scaled = scales = 0.0
    for number in range(1, WINDOWS + 1):
        origin = panel.values.shape[1] - number * HORIZON
        history, actual = panel.values[:, :origin], panel.values[:, origin : origin + HORIZON]
        told = np.array([_forecast(make(models), row) for row in history])
        error = np.abs(told - actual)
        off, whole = off + error.sum(), whole + np.abs(actual).sum()
        total += np.abs(told.sum(axis=1) - actual.sum(axis=1)).sum()
        scaled += error.mean(axis=1).sum()
        scales += np.abs(history[:, 7:] - history[:, :-7]).mean(axis=1).sum()
    return np.array([off / whole, scaled / scales, total / whole])


def _forecast(model: Any, series: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.ptp(series[-200:]) <= 0:
        return np.full(HORIZON, series[-1])
    return np.asarray(np.maximum(model.forecast(y=series[-200:], h=HORIZON)["mean"], 0))


def print_speed(console: Console, series: int = 2000, days: int = 400) -> None:
    """The time that *series* take to be forecast and judged."""
    random = np.random.default_rng(7)
    level = np.exp(random.normal(3, 1.2, (series, 1)))
    week = 1 - random.uniform(0, 0.3, (series, 1)) * (np.arange(days) % 7 >= 5)
    values = level * week * np.exp(random.normal(0, 0.05, (series, days)))
    keys = tuple(
        {
            "x_ServiceId": f"s{i // 10}",
            "SubAccountId": f"a{i % 7}",
            "ServiceName": f"p{i % 12}",
            "SkuId": str(i),
        }
        for i in range(series)
    )
    panel = Panel(keys, "USD", date(2025, 1, 1), values, (date(2026, 2, 5),) * series)
    workers = min(2, os.cpu_count() or 1)
    begun = time.perf_counter()
    forecast(panel, 62, workers=workers)
    middle = time.perf_counter()
    detect(CostCube(panel, values / level))
    ended = time.perf_counter()
    console.print(
        f"Speed: {series} series × {days} days: forecast {middle - begun:.1f} s ({workers} processes), "
        f"judged {ended - middle:.1f} s (one), together {ended - begun:.1f} s"
    )
