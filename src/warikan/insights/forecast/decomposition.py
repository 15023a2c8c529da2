"""Take a series apart: monthly fees, the week, holidays, outliers; what is left goes to the models."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from warikan.insights.forecast.calendar import Calendar
from warikan.insights.panel import Matrix
from warikan.insights.shape import (
    Fees,
    Vector,
    fee_days,
    find_fees,
    robust_scale,
    rolling_median,
    weekdays,
    weekly_profile,
)

PROFILE_DAYS = 84
"""The week is learned from the last twelve weeks: long enough to average, short enough to follow."""
LOCAL = 15
OUTLIER = 5.0


@dataclass(frozen=True, eq=False)
class Decomposition:
    """
    What was taken off each series, and what is left.

    Attributes:
        used: The history less fees.
        level: The same, divided by week and holidays, outliers drawn in: for the models.
        scale: Usual size of a day's deviation from its local level (robust).
        profile: Shape (series, 7), mean 1.
        holiday: Factor of a holiday, 1 where none could be learned.
    """

    used: Matrix
    level: Matrix
    scale: Vector
    profile: Matrix
    holiday: Vector
    fees: Fees
    calendar: Calendar
    start: date

    def compose(self, level: Matrix, first: date) -> Matrix:
        """Put week, holidays and fees back on *level*, whose first column is *first*."""
        count = level.shape[1]
        days = [first + timedelta(days=i) for i in range(count)]
        shaped = level * _shape(self.profile, self.holiday, days, self.calendar)
        return shaped + self.fees.on(fee_days(first, count))


def _shape(profile: Matrix, holiday: Vector, days: Sequence[date], calendar: Calendar) -> Matrix:
    if not days:
        return np.ones((profile.shape[0], 0))
    shaped = profile[:, weekdays(days[0], len(days))]
    rests = calendar.mask(days)
    return np.where(rests[None, :], shaped * holiday[:, None], shaped)


def decompose(history: Matrix, start: date, calendar: Calendar) -> Decomposition:
    """Take *history*, whose first column is *start*, apart."""
    days = [start + timedelta(days=i) for i in range(history.shape[1])]
    recent = history[:, -PROFILE_DAYS:]
    first = start + timedelta(days=history.shape[1] - recent.shape[1])
    sparse = is_sparse(history)
    profile = _profile(recent, first.weekday(), sparse)
    flat = np.ones(history.shape[0])
    bumps = _bumps(history, _shape(profile, flat, days, calendar))
    fees = find_fees(bumps, fee_days(start, len(days)), robust_scale(bumps[:, -PROFILE_DAYS:]))
    used = history - fees.on(fee_days(start, len(days))) * (history != 0)
    # Fees bend the week they fall in, so the week is learned again without them.
    profile = _profile(used[:, -PROFILE_DAYS:], first.weekday(), sparse)
    holiday = _holiday_factor(used, profile, days, calendar)
    level = used / _shape(profile, holiday, days, calendar)
    local = rolling_median(level, LOCAL)
    scale = robust_scale((level - local)[:, -PROFILE_DAYS:])
    return Decomposition(used, _clean(level, local, scale), scale, profile, holiday, fees, calendar, start)


def is_sparse(history: Matrix) -> NDArray[np.bool_]:
    """Series with nothing billed on a third of the last eight weeks' days or more."""
    recent = history[:, -56:]
    return np.asarray((recent == 0).mean(axis=1) > 1 / 3)


def _profile(recent: Matrix, first_weekday: int, sparse: NDArray[np.bool_]) -> Matrix:
    """Days without cost tell no week: a sparse series keeps a flat one (``sparse_forecast``)."""
    profile = weekly_profile(recent, first_weekday)
    profile[sparse] = 1.0
    return profile


def _bumps(history: Matrix, shape: Matrix) -> Matrix:
    level = history / shape
    return (level - rolling_median(level, LOCAL)) * shape


def _clean(level: Matrix, local: Matrix, scale: Vector) -> Matrix:
    """Draw single wild days to their local level; a lasting shift moves the local level and stays."""
    bound = OUTLIER * np.maximum(scale, 1e-12)[:, None]
    wild = np.abs(level - local) > bound
    # Of a series that is mostly zero, the days with cost are no outliers.
    sparse = np.median(np.abs(level), axis=1) == 0 if level.shape[1] else np.zeros(len(level), dtype=bool)
    return np.where(wild & ~sparse[:, None], local, level)


def _holiday_factor(used: Matrix, profile: Matrix, days: Sequence[date], calendar: Calendar) -> Vector:
    """The median of past holidays on working days against their local level, drawn to 1 when few."""
    rests = calendar.mask(days)
    working = np.array([d.weekday() < 5 for d in days], dtype=np.bool_)
    places: NDArray[np.int64] = np.flatnonzero(rests & working)
    if len(places) < 2:
        return np.ones(used.shape[0])
    level = used / profile[:, weekdays(days[0], len(days))]
    local = rolling_median(level, LOCAL)
    ratio = np.where(local[:, places] > 0, level[:, places] / np.where(local > 0, local, 1)[:, places], 1.0)
    weight = len(places) / (len(places) + 4)
    return np.clip(1 + (np.median(ratio, axis=1) - 1) * weight, 0.05, 5.0)
