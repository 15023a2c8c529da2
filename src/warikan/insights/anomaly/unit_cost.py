"""What a unit cost on each day: the channel in which price changes and ended commitments show at once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from warikan.insights.anomaly.cube import CostCube
from warikan.insights.panel import Matrix
from warikan.insights.shape import TO_SIGMA, Vector

USUAL_DAYS = 28
LEAST_DAYS = 10
LEAST_SPREAD = 0.003
"""A unit price is not trusted to be steadier than this ratio (rounding, tiers)."""
MOSTLY = 0.6
"""Share of what is over that must come from the unit cost; else usage rose."""
KEPT, MORE = 0.9, 1.02
"""A commitment still covers what it did at this ratio; usage is more than usual from this one on."""
Mask = NDArray[np.bool_]


@dataclass(eq=False)
class UnitCosts:
    """
    The usual unit cost of each leaf, from earlier days only.

    Attributes:
        usual: What a unit was expected to cost on each passed day; NaN where it cannot be told.
        over: Cost above *quantity* times that; 0 where it cannot be told.
    """

    cube: CostCube
    usual: Matrix = field(init=False)
    over: Matrix = field(init=False)

    def __post_init__(self) -> None:
        cost = self.cube.cost.values
        self.usual = np.full(cost.shape, np.nan)
        self.over = np.zeros(cost.shape)
        self._spread = np.full(cost.shape[0], LEAST_SPREAD)
        quantity = self.cube.quantity
        self._quantity: Matrix = np.zeros(cost.shape) if quantity is None else quantity
        used = self._quantity > 0
        self._unit = np.where(used, cost / np.where(used, self._quantity, 1.0), np.nan)
        self._learned = self._unit.copy()
        self._now = np.full(cost.shape[0], np.nan)

    def expect(self, t: int, held: Mask) -> tuple[Vector, Vector]:
        """Cost above the usual unit cost on day *t*, and one usual deviation of it."""
        if self.cube.quantity is None:
            return self.over[:, t], np.full(len(self.over), np.inf)
        first = max(0, t - USUAL_DAYS)
        seen = self._learned[:, first:t]
        count = np.isfinite(seen).sum(axis=1)
        usual, spread = _middle(seen, count)
        keep = held | (count < LEAST_DAYS)
        self._now = np.where(keep, self._now, usual)
        self._spread = np.where(keep, self._spread, np.maximum(spread, LEAST_SPREAD))
        self.usual[:, t] = self._now
        told = np.isfinite(self._now) & np.isfinite(self._unit[:, t])
        quantity = self._quantity[:, t]
        self.over[:, t] = np.where(told, (self._unit[:, t] - self._now) * quantity, 0.0)
        scale = np.where(told, self._spread * self._now * quantity, np.inf)
        return self.over[:, t], np.maximum(np.nan_to_num(scale, nan=np.inf), 1e-12)

    def overflows(self, t: int) -> Mask:
        """Leaves that use more than usual beside a commitment that covers what it did: no price rose."""
        committed = self.cube.committed
        if committed is None:
            return np.zeros(len(self.over), dtype=bool)
        days = slice(max(0, t - USUAL_DAYS), t)
        covered = np.median(committed[:, days], axis=1) if t else np.zeros(len(self.over))
        used = np.median(self._quantity[:, days], axis=1) if t else np.zeros(len(self.over))
        keeps = (covered > 0) & (committed[:, t] > KEPT * covered)
        return keeps & (self._quantity[:, t] > used * MORE)

    def forget(self, series: int, t: int) -> None:
        """Day *t* of *series* teaches nothing: its price is being judged."""
        self._learned[series, t] = np.nan

    def restart(self, series: int, first: int, t: int) -> None:
        """The unit cost since *first* is the usual one."""
        self._learned[series, :first] = np.nan
        self._learned[series, first : t + 1] = self._unit[series, first : t + 1]

    def ratio(self, leaves: NDArray[np.int64], first: int, end: int) -> float:
        """Unit cost on the days ``[first, end)`` against the usual, weighted by money; NaN if unknown."""
        paid = self.cube.cost.values[leaves, first:end]
        usual = self.usual[leaves, first:end] * self._quantity[leaves, first:end]
        known = np.isfinite(usual) & (usual > 0)
        return float(paid[known].sum() / usual[known].sum()) if known.any() else float("nan")


def _middle(seen: Matrix, count: NDArray[np.int64]) -> tuple[Vector, Vector]:
    ordered = np.sort(seen, axis=1)
    rows = np.arange(len(seen))
    if seen.shape[1] == 0:
        return np.full(len(seen), np.nan), np.zeros(len(seen))
    usual = ordered[rows, np.maximum((count - 1) // 2, 0)]
    off = np.sort(np.abs(seen / usual[:, None] - 1), axis=1)
    middle = off[rows, np.maximum((count - 1) // 2, 0)]
    outer = off[rows, np.maximum((count * 9) // 10 - 1, 0)]
    return usual, np.maximum(TO_SIGMA * np.nan_to_num(middle), np.nan_to_num(outer) / 1.6449)


def covered_share(cube: CostCube, leaves: NDArray[np.int64], first: int, end: int) -> float:
    """Ratio of the quantity under a commitment on ``[first, end)``, weighted by leaf; NaN if unknown."""
    if cube.quantity is None or cube.committed is None or end <= max(first, 0):
        return float("nan")
    used = cube.quantity[leaves, max(first, 0) : end].sum(axis=1)
    covered = cube.committed[leaves, max(first, 0) : end].sum(axis=1)
    cost = cube.cost.values[leaves, max(first, 0) : end].sum(axis=1)
    known = (used > 0) & (cost > 0)
    if not known.any():
        return float("nan")
    return float(np.average(covered[known] / used[known], weights=cost[known]))
