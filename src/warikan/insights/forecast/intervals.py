"""How sure a forecast is: from the errors of forecasts made at earlier days, pooled over series."""

from dataclasses import dataclass

import numpy as np

from warikan.insights.panel import Matrix
from warikan.insights.shape import Vector

LEADS = (7, 14, 31, 62)
"""Errors are pooled by how far ahead they are: up to a week, two, a month, further."""
OWN = 12.0
"""A series' own spread counts as much as the pool's when it has so many days."""
TENTH = 0.1


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
    p10 and p90 of each row, drawn to the pool of all rows that are as restless as it.

    Rows are made alike by their own spread, pooled, and given their spread back: the pool tells the shape
    of the tails, the row how wide it is; a row with few errors is drawn to the middle spread.
    """
    finite = np.isfinite(own)
    count = finite.sum(axis=1)
    size = np.sqrt((np.where(finite, own, 0.0) ** 2).sum(axis=1) / np.maximum(count, 1))
    usual = float(np.median(size[count > 0])) if (count > 0).any() else 0.1
    trust = weight / (weight + OWN / 7)
    drawn = trust * np.log(np.maximum(size, 1e-9)) + (1 - trust) * np.log(max(usual, 1e-9))
    size = np.where(count > 0, np.exp(drawn), usual)
    alike = (own / np.maximum(size, 1e-12)[:, None])[finite]
    if alike.size < 10:
        return -1.2816 * size, 1.2816 * size
    low, high = np.quantile(alike, [TENTH, 1 - TENTH])
    return np.minimum(low * size, 0.0), np.maximum(high * size, 0.0)
