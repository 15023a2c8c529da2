"""How sure a forecast is: from the errors of forecasts of the same series, made at earlier days."""

from dataclasses import dataclass

import numpy as np

from warikan.insights.panel import Matrix
from warikan.insights.shape import Vector

LEADS = (7, 14, 31, 62)
"""Errors are pooled by how far ahead they are: up to a week, two, a month, further."""
PRIOR, WEEKS = 0.05, 1.0
"""The spread assumed before anything is known, as a ratio of the level, and the weeks that it counts."""
SHAPE = 30.0
"""A series' own tails count as much as the normal ones when it has so many errors."""
TENTH, NORMAL = 0.1, 1.2816


@dataclass(frozen=True, eq=False)
class Errors:
    """
    What earlier forecasts were off, in units of each series' level.

    Attributes:
        daily: Shape (origins, series, horizon); NaN where nothing is known.
    """

    daily: Matrix

    def spread_days(self, horizon: int) -> tuple[Matrix, Matrix]:
        """Offsets of p10 and p90 for each series and lead, as ratios of its level."""
        _, series, known = self.daily.shape
        low, high = np.zeros((series, horizon)), np.zeros((series, horizon))
        begin = 0
        for end in (*[lead for lead in LEADS if lead < horizon], horizon):
            part = self.daily[:, :, min(begin, max(known - 7, 0)) : max(min(end, known), 1)]
            own = np.moveaxis(part, 1, 0).reshape(series, -1)
            low[:, begin:end], high[:, begin:end] = (q[:, None] for q in _quantiles(own, own.shape[1] / 7))
            begin = end
        return low, high

    def spread_total(self, days: int) -> tuple[Vector, Vector]:
        """Offsets of p10 and p90 of the sum over the first *days*, as ratios of level times days."""
        known = max(1, min(days, self.daily.shape[2]))
        sums = self.daily[:, :, :known].mean(axis=2)
        return _quantiles(sums.T, sums.shape[0])


def _quantiles(own: Matrix, weight: float) -> tuple[Vector, Vector]:
    """
    p10 and p90 of each row, drawn to what is assumed before anything is known.

    A row is told by its own errors alone: the same series has the same interval whatever is asked beside it.
    """
    finite = np.isfinite(own)
    count = finite.sum(axis=1)
    squares = (np.where(finite, own, 0.0) ** 2).sum(axis=1)
    size = np.sqrt(squares / np.maximum(count, 1))
    trust = np.where(count > 0, weight / (weight + WEEKS), 0.0)
    size = np.exp(trust * np.log(np.maximum(size, 1e-9)) + (1 - trust) * np.log(PRIOR))
    alike = np.where((count > 0)[:, None], own / size[:, None], 0.0)
    tails = np.nanquantile(alike, [TENTH, 1 - TENTH], axis=1) if own.shape[1] else np.zeros((2, len(own)))
    shape = count / (count + SHAPE)
    low = (shape * tails[0] - (1 - shape) * NORMAL) * size
    high = (shape * tails[1] + (1 - shape) * NORMAL) * size
    return np.minimum(low, 0.0), np.maximum(high, 0.0)
