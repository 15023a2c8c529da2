"""What each leaf was expected to cost on each day, from earlier days only."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from warikan.insights.anomaly.peers import Peers, learn_peers, no_peers
from warikan.insights.panel import Codes, Matrix
from warikan.insights.shape import TO_SIGMA, Vector, fee_days, month_lengths, weekdays, weekly_profile

LEVEL_DAYS = 112
PROFILE_DAYS = 84
SCALE_DAYS = 84
OUTER = ((0.9, 1.6449), (0.97, 2.4))
"""Quantiles of sizes, and what they are of a normal deviation (the last a little wider: few days tell it)."""
PEER_DAYS = 180
HALF_LIFE = 40.0
"""Days after which a day counts half in the level: noise averages out, the level is not too old."""
STAY_DAYS = 56
MOVES, MOVES_NORMAL = 0.92, 2.475
"""Quantile of moves from day to day, and what it is of a normal deviation: lumps (a machine more or less)
come too seldom for the middle of deviations to tell."""
MONTH_RATE_NEAR = 0.02
FEE_SCORE = 2.8
FEE_SPREAD = 0.1
"""A fee is surer than usage, but not the same each month."""
SLOPE_SPREAD = 0.0012
"""Usual size of daily growth as a ratio (0.12 % is half again in a year): the prior of a series' slope."""
LEAST_SCALE = 0.006
"""No series is trusted to be steadier than this ratio of its level."""
LONE = 8.0
"""Usual deviations from which a single day of the first history is no part of its level."""
Mask = NDArray[np.bool_]


@dataclass(eq=False)
class Expectation:
    """
    The state of the causal pass: call ``expect(t)`` then ``learn(t)`` for each day in order.

    Attributes:
        values: Cost, series by days. *owners*: a code of each series' owner, to find peers.
        expected: What was expected of each day that was passed.
        spread: One usual deviation of that day.
        frozen: Series whose level is held as it was before something began.
        valid: Days that may teach: not in an episode, not before a level that was left.
        regular: Days that tell how large usual deviations are: valid ones, and short episodes.
    """

    values: Matrix
    start: date
    owners: Codes
    least: Vector
    expected: Matrix = field(init=False)
    spread: Matrix = field(init=False)
    frozen: Mask = field(init=False)
    valid: Mask = field(init=False)
    regular: Mask = field(init=False)

    def __post_init__(self) -> None:
        rows, days = self.values.shape
        self.expected = self.values.copy()
        self.spread = np.ones((rows, days))
        self.frozen = np.zeros(rows, dtype=bool)
        self.valid = np.ones((rows, days), dtype=bool)
        self.regular = np.ones((rows, days), dtype=bool)
        self._month_days = month_lengths(self.start, days)
        self._weekday = weekdays(self.start, days)
        self._fee_day = fee_days(self.start, days)
        self._profile = np.ones((rows, 7))
        self._multiplier = np.ones((rows, days))
        self._adjusted = self.values.copy()
        self._bump = np.zeros((rows, days))
        self.fee_today = np.zeros(rows)
        self._ratio = np.zeros((rows, days))
        self._before_common = np.zeros((rows, days))
        self._peers: Peers = no_peers(rows)
        self._level = np.zeros(rows)
        self._slope = np.zeros(rows)
        self._restless = np.zeros(rows)
        self._level_day = np.zeros(rows, dtype=np.int64)
        self._scale = np.zeros(rows)

    def begin(self, first: int) -> None:
        """Learn the days before *first*, which nobody judges, as if they had been passed one by one."""
        history = self.values[:, :first]
        self._profile = weekly_profile(history, self.start.weekday())
        shaped = self._profile[:, self._weekday[:first]]
        self._adjusted[:, :first] = history / shaped
        level = np.median(self._adjusted[:, :first], axis=1)
        self._adjusted[:, :first] = _without_lone_days(self._adjusted[:, :first], level, self.least)
        self.expected[:, :first] = level[:, None] * shaped
        self._note(slice(0, first))

    def _note(self, days: slice) -> None:
        """Keep how far *days* were off, before and after fees."""
        base = np.maximum(self.expected[:, days], self.least[:, None])
        self._bump[:, days] = self.values[:, days] - self.expected[:, days]
        self._ratio[:, days] = self._bump[:, days] / base
        self._before_common[:, days] = self._ratio[:, days]

    def expect(self, t: int) -> tuple[Vector, Vector]:
        """Expected cost of day *t* and one usual deviation of it, from the days before it."""
        if t % 7 == 0:
            self._refresh(t)
        self._fit(t)
        level = self._level + self._slope * (t - self._level_day)
        plain = np.maximum(level, 0) * self._profile[:, self._weekday[t]]
        base = np.maximum(plain, self.least)
        ratio = (self.values[:, t] - plain) / base
        usable = (self._scale > 0) & self.valid[:, t - 1] & (plain > 3 * self.least)
        restless = self._restless / np.maximum(np.abs(level), self.least)
        scale = np.maximum(np.maximum(self._scale, np.minimum(restless, 1.0)), LEAST_SCALE)
        common = self._peers.read(ratio, scale, usable)
        self._before_common[:, t] = ratio
        self._multiplier[:, t] = np.clip(1 + common, 0.3, 3.0)
        self._multiplier[:, t] *= self._month_rate(t, plain * self._multiplier[:, t])
        expected = plain * self._multiplier[:, t]
        self.fee_today = self._fee(t, expected)
        expected = np.maximum(expected + self.fee_today, 0.0)
        self.fee_today = expected - plain * self._multiplier[:, t]
        self.expected[:, t] = expected
        self.spread[:, t] = np.maximum(np.maximum(scale * expected, self._restless), self.least)
        self.spread[:, t] += FEE_SPREAD * np.abs(self.fee_today)
        return expected, self.spread[:, t]

    def learn(self, t: int) -> None:
        """Take day *t* into the history; whether it teaches is told by ``valid``."""
        shaped = self._profile[:, self._weekday[t]] * self._multiplier[:, t]
        over = self.values[:, t] - self.expected[:, t]
        adjusted = (self.values[:, t] - self.fee_today) / shaped
        # What a fee leaves over or short is the fee's, not the level's.
        level = self._level + self._slope * (t - self._level_day)
        has_fee = np.abs(self.fee_today) > 3 * np.maximum(self.least, LEAST_SCALE * np.abs(level))
        self._adjusted[:, t] = np.where(has_fee, level, adjusted)
        self._ratio[:, t] = over / np.maximum(self.expected[:, t], self.least)
        # Days of an episode tell no fee.
        self._bump[:, t] = np.where(self.valid[:, t], over + self.fee_today, 0.0)

    def _fee(self, t: int, expected: Vector) -> Vector:
        """
        What the day of the month adds: a fee, or what is done at a month's start.

        The mean of what stood out on the same day of the last months, drawn to 0 by as much as chance
        explains it; one month alone tells only of a large bump. It is taken where today is nearer to it: what
        looks like the bump of a day may be the trace of an incident of that day, and does not come again.
        """
        past = np.flatnonzero(self._fee_day[:t] == self._fee_day[t])[-4:]
        if len(past) == 0:
            return np.zeros(len(expected))
        bumps = self._bump[:, past]
        one = np.maximum(np.maximum(self._scale, LEAST_SCALE) * np.abs(expected), self.least)
        usual = np.median(bumps, axis=1)
        agree = (np.sign(bumps) == np.sign(usual)[:, None]).mean(axis=1) > 0.7
        score = np.abs(usual) * np.sqrt(len(past)) / one
        over = self.values[:, t] - expected
        large = (usual > 4 * one) & (bumps.min(axis=1) > 0.4 * usual)
        drawn = usual * np.maximum(0, 1 - 1 / np.maximum(score, 1) ** 2)
        told = agree & (large | ((score > FEE_SCORE) & (len(past) > 1)))
        bump = np.where(told, np.where(large, usual, drawn), 0.0)
        fee: Vector = np.where(np.abs(over - bump) < np.abs(over), bump, 0.0)
        return fee

    def _refresh(self, t: int) -> None:
        """Once a week: the weekly shape, and who moves with whom."""
        first = max(0, t - PROFILE_DAYS)
        self._give_to_level(t)
        shaped = (
            np.where(self.valid[:, first:t], self.values[:, first:t], self.expected[:, first:t])
            / self._multiplier[:, first:t]
        )
        profile = weekly_profile(shaped, int(self._weekday[first]))
        self._profile = np.where(self.frozen[:, None], self._profile, profile)
        begin = max(0, t - PEER_DAYS)
        moves = np.abs(np.diff(self._adjusted[:, begin:t], axis=1))
        often = np.quantile(moves, MOVES, axis=1) / MOVES_NORMAL
        self._restless = often
        self._peers = learn_peers(
            self._before_common[:, begin:t],
            self.regular[:, begin:t],
            np.maximum(self._scale, LEAST_SCALE),
            self.owners,
            self._peers,
        )

    def _month_rate(self, t: int, expected: Vector) -> Vector:
        """
        What is priced by the month costs more a day in February: 1, or a long month over this one.

        Taken where the day is close to it and closer than without.
        """
        rate = 31 / self._month_days[t]
        near = np.abs(self.values[:, t] - rate * expected) < MONTH_RATE_NEAR * expected
        closer = np.abs(self.values[:, t] - rate * expected) < np.abs(self.values[:, t] - expected)
        return np.where(near & closer, rate, 1.0)

    def _give_to_level(self, t: int) -> None:
        """What peers have long had in common is the level of each; what was expected stays the same."""
        stayed = np.median(self._multiplier[:, max(0, t - STAY_DAYS) : t], axis=1)
        self._level *= stayed
        self._slope *= stayed
        self._adjusted[:, :t] *= stayed[:, None]
        self._multiplier[:, :t] /= stayed[:, None]
        self._before_common[:, :t] = (1 + self._before_common[:, :t]) / stayed[:, None] - 1

    def _fit(self, t: int) -> None:
        """Level and slope at *t* of the series that are not frozen: a robust, drawn-in line."""
        first = max(0, t - LEVEL_DAYS)
        age = np.arange(first, t) - t
        seen = self._adjusted[:, first:t]
        weights = self.valid[:, first:t] * 0.5 ** (-age / HALF_LIFE)[None, :]
        guess = (self._level + self._slope * (t - self._level_day))[:, None] + self._slope[:, None] * age
        known = self._scale > 0
        bound = 2.5 * np.maximum(self._scale, LEAST_SCALE)[:, None] * np.maximum(np.abs(guess), 1e-9)
        clipped = np.clip(seen, guess - bound, guess + bound)
        # The newest week is not clipped: a true move of the level must be able to pull it along.
        seen = np.where(known[:, None] & (age < -3)[None, :], clipped, seen)
        level, slope = _line(seen, weights, age.astype(np.float64), self._scale)
        moving = ~self.frozen
        self._level = np.where(moving, level, self._level)
        self._slope = np.where(moving, slope, self._slope)
        self._level_day = np.where(moving, t, self._level_day)
        if t % 2 == 0 or not known.any():
            self._scale = np.where(moving, self._spread_before(t), self._scale)

    def _spread_before(self, t: int) -> Vector:
        """Usual deviation as a ratio: the larger of what the middle and what the outer days tell."""
        first = max(0, t - SCALE_DAYS)
        sizes = np.where(self.regular[:, first:t], np.abs(self._ratio[:, first:t]), np.nan)
        count = np.isfinite(sizes).sum(axis=1)
        ordered = np.sort(sizes, axis=1)  # NaN last
        rows = np.arange(len(sizes))
        spread = TO_SIGMA * ordered[rows, np.maximum((count - 1) // 2, 0)]
        for share, normal in OUTER:
            at = np.maximum((count * share).astype(np.int64) - 1, 0)
            spread = np.maximum(spread, ordered[rows, at] / normal)
        return np.where(count >= 7, np.nan_to_num(spread), np.maximum(self._scale, 0.05))

    def level(self, series: int) -> float:
        """What an ordinary day of *series* was expected to cost when it was last learned."""
        return float(self._level[series])

    def restart(self, series: int, first: int, t: int) -> None:
        """The level of *series* is what it has been since *first*: earlier days no longer teach it."""
        days = slice(first, t + 1)
        seen = self._adjusted[series, days]
        level = float(np.median(seen))
        self.valid[series, :first] = False
        self.valid[series, days] = True
        self.regular[series, :first] = self.regular[series, days] = True
        self.frozen[series] = False
        self._level[series], self._slope[series], self._level_day[series] = level, 0.0, t + 1
        base = max(level, float(self.least[series]))
        self._ratio[series, days] = seen / base - 1
        self._before_common[series, days] = self._multiplier[series, days] * seen / base - 1

    def forgive(self, series: int, first: int, end: int) -> None:
        """A short episode is over: that such days happen is taken into the usual deviation."""
        self.regular[series, first:end] = True


def _without_lone_days(seen: Matrix, level: Vector, least: Vector) -> Matrix:
    """
    *seen* with the level in the place of single days that stand far out, as a fee of the month does.

    Nothing was judged before, so nothing else keeps a fee out of the first level.
    """
    off = seen - level[:, None]
    usual = TO_SIGMA * np.median(np.abs(off), axis=1)
    far = np.abs(off) > np.maximum(LONE * usual, 3 * least)[:, None]
    beside = np.zeros_like(far)
    beside[:, 1:] |= far[:, :-1]
    beside[:, :-1] |= far[:, 1:]
    return np.where(far & ~beside, level[:, None], seen)


def _line(seen: Matrix, weights: Matrix, age: Vector, scale: Vector) -> tuple[Vector, Vector]:
    """Level at age 0 and slope a day: least squares, the slope drawn to 0 by its prior spread."""
    total = np.maximum(weights.sum(axis=1), 1e-9)
    mean_age = (weights * age).sum(axis=1) / total
    mean = (weights * seen).sum(axis=1) / total
    apart = age[None, :] - mean_age[:, None]
    square = (weights * apart**2).sum(axis=1)
    product = (weights * apart * (seen - mean[:, None])).sum(axis=1)
    drawn = (np.maximum(scale, LEAST_SCALE) / SLOPE_SPREAD) ** 2
    slope = product / np.maximum(square + drawn, 1e-9)
    return mean - slope * mean_age, slope
