"""What a cause cost: the leaves it moved, the days it lasted, the money above expectation."""

from dataclasses import dataclass

import numpy as np

from warikan.insights.anomaly.cause import Cause
from warikan.insights.anomaly.walk import Walk
from warikan.insights.panel import Codes, Matrix
from warikan.insights.shape import Vector

MOVED = 3.0
"""A leaf beside those that opened moved as well if its mean over the days is so many errors off."""
IN_SUM = 2.0
"""The same for the leaves of a sum that opened, none of which stood out alone."""
EIGHTY = 1.2816
"""Half width of an 80 % interval in standard deviations."""
CARRIED = 1.5
"""Days are alike in chance (weather lasts): the error of a sum is larger than independent days give."""
LEVEL_WEIGHT = 35.0
"""About so many days tell a level."""


@dataclass(frozen=True, eq=False)
class Measured:
    """
    A cause in money.

    Attributes:
        leaves: What it moved. *scope*: all leaves of its scope.
        first, end: Columns of its days so far; *last*: whether it still lasts.
        over: Money above expectation, leaves by days. *spread*: one deviation of a day, same shape.
    """

    cause: Cause
    leaves: Codes
    first: int
    end: int
    is_open: bool
    over: Matrix
    spread: Matrix
    expected: Matrix

    @property
    def by_day(self) -> Vector:
        """Money above expectation of each day."""
        return np.asarray(self.over.sum(axis=0))

    @property
    def error_by_day(self) -> Vector:
        """One deviation of each day's sum."""
        return np.asarray(np.sqrt((self.spread**2).sum(axis=0)))

    @property
    def error(self) -> float:
        """One deviation of the whole excess: chance of the days, and of the level they are held against."""
        days = self.over.shape[1]
        daily = float(np.sqrt((self.spread**2).sum())) * CARRIED
        level = float(np.sqrt((self.spread.sum(axis=1) ** 2 / LEVEL_WEIGHT).sum()))
        return float(np.hypot(daily, level * CARRIED)) if days else 0.0


def measure_cause(walk: Walk, cause: Cause) -> Measured:
    """Measure *cause* by all that *walk* knows of its days."""
    own = sorted({int(i) for f in cause.spans if f.level < 0 for i in f.leaves})
    around = np.flatnonzero(np.isin(walk.services, sorted(cause.services)))
    known = int(walk.complete[own or around].min())
    first = cause.onset
    end = cause.end if cause.end is not None else known
    end = max(min(end, known), first + 1)
    days = slice(first, end)
    if cause.is_price:
        leaves = np.array(own, dtype=np.int64)
        over = walk.prices.over[leaves, days]
        spread = np.full(over.shape, 0.0) + np.abs(over) * 0.02
    else:
        leaves = _moved(walk, cause, own, around, days)
        over = walk.cube.cost.values[leaves, days] - walk.expectation.expected[leaves, days]
        spread = walk.expectation.spread[leaves, days]
    expected = walk.cube.cost.values[leaves, days] - over
    return Measured(cause, leaves, first, end, cause.end is None, over, spread, expected)


def _moved(walk: Walk, cause: Cause, own: list[int], around: Codes, days: slice) -> Codes:
    """Leaves that opened, and those beside them that the days show to have moved the same way."""
    within = [i for f in cause.spans if f.level >= 0 for i in f.leaves.tolist()]
    candidates = np.array(sorted(set(within) | set(around.tolist())), dtype=np.int64)
    over = walk.cube.cost.values[candidates, days] - walk.expectation.expected[candidates, days]
    error = walk.expectation.spread[candidates, days].mean(axis=1) / np.sqrt(over.shape[1])
    score = cause.sign * over.mean(axis=1) / np.maximum(error, 1e-12)
    in_sum = np.isin(candidates, within)
    bar = np.where(in_sum & (len(own) == 0), IN_SUM, MOVED)
    # A level is no better known than by its days: long episodes do not sharpen it.
    score = score / np.sqrt(1 + over.shape[1] / LEVEL_WEIGHT)
    chosen = set(candidates[score > bar].tolist()) | set(own)
    if not chosen:
        chosen = set(within)
    return np.array(sorted(chosen), dtype=np.int64)
