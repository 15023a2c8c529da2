"""A small company whose daily costs are known, and ways to plant in it what a detector must tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from warikan.insights.anomaly import CostCube
from warikan.insights.panel import Panel

START = date(2026, 1, 5)
DAYS = 150
SERVICES = ("cart", "checkout", "search", "media")
SKUS = ("compute", "storage", "requests")
NOISE = 0.02


@dataclass
class Company:
    """Twelve leaves: three SKUs for each of four services; steady but for chance and the weekend."""

    seed: int = 1
    noise: float = NOISE
    days: int = DAYS
    keys: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        week = np.where((START.weekday() + np.arange(self.days)) % 7 >= 5, 0.85, 1.0)
        rows = []
        for number, service in enumerate(SERVICES):
            for place, sku in enumerate(SKUS):
                level = 100.0 * (1 + number) / (1 + place)
                rows.append(level * week * np.exp(random.normal(0, self.noise, self.days)))
                self.keys.append(
                    {
                        "x_TeamId": "shop",
                        "x_ServiceId": service,
                        "SubAccountId": "1",
                        "ServiceName": f"Provider {sku}",
                        "SkuId": f"{service}-{sku}",
                    }
                )
        self.values: NDArray[np.float64] = np.array(rows)
        self.quantity = self.values / 2.0
        self.committed = 0.8 * self.quantity

    def place(self, service: str, sku: str) -> int:
        """The row of a leaf."""
        return next(i for i, k in enumerate(self.keys) if k["SkuId"] == f"{service}-{sku}")

    def multiply(self, row: int, first: int, end: int, factor: NDArray[np.float64] | float) -> float:
        """More usage on the days ``[first, end)``; returns what it costs."""
        before = float(self.values[row, first:end].sum())
        self.values[row, first:end] *= factor
        self.quantity[row, first:end] *= factor
        self.committed[row, first:end] *= factor
        return float(self.values[row, first:end].sum()) - before

    def reprice(self, row: int, first: int, factor: float, *, uncovered: bool = False) -> float:
        """A dearer unit from *first* on; *uncovered*: because no commitment covers it any more."""
        before = float(self.values[row, first:].sum())
        self.values[row, first:] *= factor
        if uncovered:
            self.committed[row, first:] = 0
        return float(self.values[row, first:].sum()) - before

    def appear(self, key: Mapping[str, str | None], first: int, end: int, cost: float) -> float:
        """A leaf that was never there."""
        row = np.zeros(self.days)
        row[first:end] = cost
        self.keys.append(dict(key))
        self.values = np.vstack([self.values, row])
        self.quantity = np.vstack([self.quantity, row])
        self.committed = np.vstack([self.committed, 0 * row])
        return float(row.sum())

    def cube(self, *, until: int | None = None, complete: int | None = None, scale: float = 1.0) -> CostCube:
        """What is known before column *until*, complete before column *complete*."""
        end = self.days if until is None else until
        done = START + timedelta(days=end if complete is None else complete)
        panel = Panel(tuple(self.keys), "USD", START, scale * self.values[:, :end], (done,) * len(self.keys))
        return CostCube(panel, self.quantity[:, :end], self.committed[:, :end])


def day(column: int) -> date:
    """The day of a column."""
    return START + timedelta(days=column)
