"""The shapes of a daily series that have a name: its local level, its week, and its monthly fees."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from warikan.insights.panel import Codes, Matrix

WEEK = 7
TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution."""
FEE_DAYS = 31
"""Codes of fee days: 28, 29 and 30 are the last three days of a month, the others are its days less 1."""
Vector = NDArray[np.float64]


def weekdays(start: date, count: int) -> Codes:
    """The weekday (Monday 0) of each of *count* days from *start*."""
    return (start.weekday() + np.arange(count)) % WEEK


def fee_days(start: date, count: int) -> Codes:
    """For each day the code of its place in its month (see FEE_DAYS): no month has a code twice."""
    codes = np.empty(count, dtype=np.int64)
    for i in range(count):
        day = start + timedelta(days=i)
        left = _days_left(day)
        codes[i] = 30 - left if left <= 2 else min(day.day - 1, 27)
    return codes


def _days_left(day: date) -> int:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - day).days - 1


def month_lengths(start: date, count: int) -> Codes:
    """For each day the number of days of its month."""
    days = (start + timedelta(days=i) for i in range(count))
    return np.array([d.day + _days_left(d) for d in days], dtype=np.int64)


def rolling_median(values: Matrix, width: int) -> Matrix:
    """The centred median of *width* (odd) columns; at the edges of those there are (mirrored)."""
    if values.shape[1] == 0:
        return values.copy()
    half = min(width // 2, values.shape[1] - 1)
    padded = np.pad(values, ((0, 0), (half, half)), mode="reflect" if half else "edge")
    return np.asarray(np.median(sliding_window_view(padded, 2 * half + 1, axis=1), axis=2))


def robust_scale(values: Matrix) -> Vector:
    """Spread of each row about zero: from the median of sizes, so a few wild days do not count."""
    if values.shape[1] == 0:
        return np.zeros(values.shape[0])
    return np.asarray(TO_SIGMA * np.median(np.abs(values), axis=1))


def weekly_profile(values: Matrix, first_weekday: int) -> Matrix:
    """
    How each weekday stands to the week around it: shape (series, 7), Monday first, mean 1.

    The median over weeks of the ratio to the centred mean of seven days, drawn to 1 by as much as
    chance would explain (the ratio's spread against its error). 1 where a series has no two whole weeks.
    """
    rows, columns = values.shape
    profile = np.ones((rows, WEEK))
    if columns < 2 * WEEK:
        return profile
    means = sliding_window_view(values, WEEK, axis=1).mean(axis=2)
    centre = values[:, 3 : columns - 3]
    usable = means > 1e-9 * np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-300)
    ratios = np.where(usable, centre / np.where(usable, means, 1.0), np.nan)
    order = (first_weekday + 3 + np.arange(centre.shape[1])) % WEEK
    errors = np.zeros((rows, WEEK))
    for weekday in range(WEEK):
        of_day = ratios[:, order == weekday]
        middle, error = _median_and_error(of_day)
        profile[:, weekday], errors[:, weekday] = middle, error
    profile /= np.maximum(profile.mean(axis=1, keepdims=True), 1e-9)
    noise = (errors**2).mean(axis=1)
    signal = np.maximum(((profile - 1) ** 2).mean(axis=1) - noise, 0)
    weight = signal / np.maximum(signal + noise, 1e-12)
    return np.asarray(np.clip(1 + (profile - 1) * weight[:, None], 0.02, 6.5))


def _median_and_error(of_day: Matrix) -> tuple[Vector, Vector]:
    count = np.isfinite(of_day).sum(axis=1)
    filled = np.where(np.isfinite(of_day), of_day, 1.0)
    middle = np.median(filled, axis=1)
    spread = TO_SIGMA * np.median(np.abs(filled - middle[:, None]), axis=1)
    # 1.2533: a median's error over that of a mean.
    return middle, 1.2533 * np.maximum(spread, 0.002) / np.sqrt(np.maximum(count, 1))


@dataclass(frozen=True, eq=False)
class Fees:
    """
    Fixed amounts by the day of the month.

    Attributes:
        amounts: Shape (series, FEE_DAYS): what the coded day has more than its neighbours; mostly 0.
    """

    amounts: Matrix

    def on(self, codes: Codes) -> Matrix:
        """The fees of the coded days (see ``fee_days``)."""
        return self.amounts[:, codes]


def find_fees(bumps: Matrix, codes: Codes, scale: Vector, *, least_times: int = 2) -> Fees:
    """
    The fees in *bumps*, the excess of each day over its usual level.

    A day of the month has a fee when its last three occurrences (*least_times* at least) each stand
    out by four spreads; the fee is their median. One that changed lately keeps the latest amount when
    the last two agree.
    """
    rows = bumps.shape[0]
    amounts = np.zeros((rows, FEE_DAYS))
    least = 4 * scale
    for code in range(FEE_DAYS):
        places = np.flatnonzero(codes == code)[-3:]
        if len(places) < least_times:
            continue
        taken = bumps[:, places]
        stands_out = (taken > least[:, None]).all(axis=1) & (taken.min(axis=1) > 0)
        amounts[:, code] = np.where(stands_out, np.median(taken, axis=1), 0.0)
    return Fees(amounts)
