"""When an episode begins, lasts and ends: the same rules for leaves and for what they add up to."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from warikan.insights.panel import Codes
from warikan.insights.shape import Vector

Mask = NDArray[np.bool_]
SLACK = 1.0
"""Usual deviations a day that the sum of deviations forgives (CUSUM, Page 1954)."""
DECISION = 10.0
"""The sum at which a small lasting move is told; about one false alarm in many series-years."""
CAP = 4.0
"""What one day may add to the sum: two wild days are no lasting move."""
QUIET = 0.4
"""An episode is over when what is above expectation falls under this ratio of its usual excess."""
VANISHED = 0.45
"""A series that falls below this ratio of its expectation may have vanished."""
HELD_DAYS = 14
HABIT_DAYS = 150
HABIT = 1.3
"""What went so far off twice within HABIT_DAYS is a habit of the series; the next must be so much more."""
RESTLESS = 0.5
"""Ratio of a usual deviation to what is expected up to which its tail is drawn as of ratios."""
SILENT_DAYS = 10
"""A fall that is no vanishing is the new level after so many days; nobody is told."""


@dataclass(eq=False)
class Span:
    """
    One move of one series, as columns: ``[onset, end)``; end None while it lasts.

    Attributes:
        sign: 1 above, -1 below what was expected.
        told: Whether it is worth an episode; a fall that is no vanishing is not.
        slow: Opened by the sum of small deviations, not by one day.
    """

    series: int
    sign: int
    onset: int
    opened: int
    told: bool
    slow: bool
    end: int | None = None
    absorbed: bool = False
    closed: int | None = None


@dataclass(frozen=True)
class Day:
    """
    One day of a level, arrays over its series.

    Attributes:
        over: Cost above expectation; spread: one usual deviation of it; expected: the expectation.
        gate: Money above expectation that is worth telling; strict: usual deviations one day must be off.
        mute: Series that may not open today (planned, explained by their parts).
        partial: Series whose day is not complete: it may open one by what has come, and end none.
        fell_back: Series that were raised lately: a fall is the end of that, nobody is told.
    """

    t: int
    over: Vector
    spread: Vector
    expected: Vector
    gate: Vector
    strict: Vector
    mute: Mask
    partial: Mask
    fell_back: Mask


def deviations(day: Day) -> Vector:
    """
    How many usual deviations each series is off.

    Upwards as ratios: use multiplies, and the more restless it is, the longer is its tail above (log-normal).
    What seldom costs anything has no ratio to go by.
    """
    linear: Vector = day.over / day.spread
    if not np.isfinite(day.expected).all():
        return linear
    base = np.maximum(day.expected, 1e-12)
    multiplied = np.log1p(np.maximum(day.over, 0) / base) / np.log1p(np.minimum(day.spread / base, RESTLESS))
    return np.asarray(np.where(day.over > 0, np.minimum(linear, multiplied), linear))


@dataclass(eq=False)
class Watch:
    """The state of all series of one level; call ``step`` for each day in order."""

    count: int
    absorb_after: int
    spans: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open: list[Span | None] = [None] * self.count
        self.is_open: Mask = np.zeros(self.count, dtype=bool)
        self.rising = np.zeros(self.count)
        self.falling = np.zeros(self.count)
        self.rise_start: Codes = np.zeros(self.count, dtype=np.int64)
        self.fall_start: Codes = np.zeros(self.count, dtype=np.int64)
        self._risen = np.zeros(self.count)
        self._sum = np.zeros(self.count)
        self._days: Codes = np.zeros(self.count, dtype=np.int64)
        self._quiet: Codes = np.zeros(self.count, dtype=np.int64)
        self._peak = np.zeros(self.count)
        self._past: list[list[tuple[int, int, float]]] = [[] for _ in range(self.count)]
        self._last = np.zeros(self.count)

    @property
    def suspects(self) -> Mask:
        """Series whose sum of deviations is on its way."""
        suspected: Mask = (self.rising > 1.0) | (self.falling > 1.0)
        return suspected

    def held(self, t: int) -> Mask:
        """Suspects whose level is held until it is clear; not for ever, or a level once off stays off."""
        up = (self.rising > 1.0) & (t - self.rise_start < HELD_DAYS)
        down = (self.falling > 1.0) & (t - self.fall_start < HELD_DAYS)
        return np.asarray(up | down)

    def step(self, day: Day) -> tuple[list[Span], list[Span]]:
        """Judge *day*: the spans that it opens, and those that it closes."""
        deviation = deviations(day)
        day = replace(day, gate=np.maximum(day.gate, self._habits(day.t)), mute=day.mute.copy())
        closed = self._go_on(day)
        # What ends today does not begin again today.
        day.mute[[span.series for span in closed]] = True
        opened = self._begin(day, deviation)
        self._last = deviation
        return opened, closed

    def _habits(self, t: int) -> Vector:
        """Money that each series must be off because it was so before: more than once, and lately."""
        need = np.zeros(self.count)
        for i, past in enumerate(self._past):
            if len(past) > 1:
                peaks = sorted((peak for closed, _, peak in past if t - closed <= HABIT_DAYS), reverse=True)
                if len(peaks) > 1:
                    need[i] = HABIT * peaks[1]
        return need

    def _begin(self, day: Day, deviation: Vector) -> list[Span]:
        free = ~self.is_open & ~day.mute
        self._sum_up(day, deviation, free & ~day.partial)
        whole = free & ~day.partial
        jump = free & (deviation > day.strict) & (day.over > day.gate)
        lasted = day.t - self.rise_start + 1
        slow = whole & (self.rising > DECISION * day.strict / 4.5) & (self._risen > day.gate * lasted)
        gone = whole & (deviation < -day.strict) & (-day.over > day.gate)
        gone &= day.over + day.expected < VANISHED * day.expected
        fall = whole & (self.falling > DECISION)
        spans = []
        for i in np.flatnonzero(jump | slow | gone | fall):
            told = bool(jump[i] or slow[i] or (gone[i] and not day.fell_back[i]))
            sign = 1 if jump[i] or slow[i] else -1
            onset = day.t
            if not jump[i] and not gone[i]:
                onset = int(self.rise_start[i] if sign > 0 else self.fall_start[i])
            elif self._last[i] * sign > 2.5 and day.t > 0:
                onset = day.t - 1
            span = Span(int(i), sign, onset, day.t, told, slow=bool(not jump[i] and not gone[i]))
            self._open(span, abs(float(day.over[i])))
            spans.append(span)
        return spans

    def _sum_up(self, day: Day, deviation: Vector, free: Mask) -> None:
        up = np.clip(deviation, -CAP, CAP) - SLACK
        was = self.rising > 0
        self.rising = np.where(free, np.maximum(self.rising + up, 0), 0)
        starts = (self.rising > 0) & ~was
        self.rise_start = np.where(starts, day.t, self.rise_start)
        self._risen = np.where(self.rising > 0, np.where(starts, 0, self._risen) + day.over, 0)
        down = np.clip(-deviation, -CAP, CAP) - SLACK
        was = self.falling > 0
        self.falling = np.where(free, np.maximum(self.falling + down, 0), 0)
        self.fall_start = np.where((self.falling > 0) & ~was, day.t, self.fall_start)

    def _open(self, span: Span, size: float) -> None:
        i = span.series
        self.open[i] = span
        self.is_open[i] = True
        self.rising[i] = self.falling[i] = 0
        self._sum[i], self._days[i], self._quiet[i], self._peak[i] = size, 1, 0, size
        self.spans.append(span)

    def _go_on(self, day: Day) -> list[Span]:
        """Open spans on *day*: which are over, which have become the level."""
        closed = []
        for i in np.flatnonzero(self.is_open & ~day.partial):
            span = self.open[i]
            if span is None:
                continue
            size = span.sign * float(day.over[i])
            usual = self._sum[i] / self._days[i]
            if size < max(QUIET * usual, 1.2 * float(day.spread[i])):
                self._quiet[i] += 1
                strength = usual / float(day.spread[i])
                needed = 1 if strength > 6 else 2 if strength > 3.5 else 4
                if self._quiet[i] >= needed:
                    closed.append(self.close(span, day.t - int(self._quiet[i]) + 1, day.t))
                    continue
            else:
                self._quiet[i] = 0
                self._sum[i] += size
                self._peak[i] = max(self._peak[i], size)
                self._days[i] += 1
            limit = self.absorb_after if span.told else SILENT_DAYS
            if day.t - span.onset + 1 >= limit:
                span.absorbed = True
                closed.append(self.close(span, day.t + 1, day.t))
        return closed

    def close(self, span: Span, end: int, t: int) -> Span:
        """End *span* before day *end*, as day *t* showed."""
        span.end, span.closed = max(end, span.onset + 1), t
        if span.told:
            self._past[span.series].append((t, span.sign, float(self._peak[span.series])))
        self.open[span.series] = None
        self.is_open[span.series] = False
        return span
