"""Pass over the days of a cube once, in order: each day is judged by what was known before it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warikan.insights.anomaly.cube import OWNER, CostCube
from warikan.insights.anomaly.expectation import FEE_SPREAD, Expectation
from warikan.insights.anomaly.levels import Level, make_levels
from warikan.insights.anomaly.quieting import Quieting
from warikan.insights.anomaly.settings import Settings
from warikan.insights.anomaly.unit_cost import MOSTLY, UnitCosts
from warikan.insights.anomaly.watch import Day, Span, Watch
from warikan.insights.panel import Codes
from warikan.insights.shape import Vector

OPENING = 0.6
"""A day opens an episode from this ratio of the thresholds on: its first day is seldom a whole one."""
PARENT_STRICT = 1.15
"""Sums are judged a little more strictly than leaves: there are as many chances again."""
SHORT_DAYS = 2
ABOVE_STRICT = 1.6
FALL_DAYS = 120
"""So long after a rise became the level, a fall is its end and no loss."""
BACK = 0.25
"""A leaf is back at the level it left when it is nearer to it than this ratio of the way it had gone."""
FLOOR = 1e-5
"""Money that is nothing: this ratio of a day of everything."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Found:
    """A span and where it is: *level* -1 for a leaf, -2 for the unit cost of a leaf, else its number."""

    level: int
    span: Span
    leaves: Codes


class Walk:
    """The whole state of the pass. ``run`` it, then read ``found``, ``expectation`` and ``prices``."""

    def __init__(
        self, cube: CostCube, settings: Settings, quieting: Quieting, *, provisional: bool, own: int
    ) -> None:
        panel = cube.cost
        rows, self.days = panel.values.shape
        self.cube, self.settings, self.quieting = cube, settings, quieting
        self.services, services = _codes_of(cube, "x_ServiceId")
        daily = float(np.abs(panel.values[:own]).sum()) / max(self.days, 1)
        self.least_money = daily * FLOOR
        self.thresholds = [settings.thresholds(k.get(OWNER)) for k in panel.keys]
        self.shares = np.array([t.share for t in self.thresholds])
        self.moneys = np.array([max(t.money(daily), self.least_money) for t in self.thresholds])
        least = np.full(rows, self.least_money) + 0.05 * self.moneys
        self.expectation = Expectation(panel.values, panel.start, self.services, least)
        self.prices = UnitCosts(cube)
        self.levels: list[Level] = make_levels(panel)
        self.complete = panel.complete_columns()
        self.provisional = provisional
        self.foreign: Mask = np.arange(rows) >= own
        self.found: list[Found] = []
        self._leaf = Watch(rows, settings.absorb_after_days)
        self._price = Watch(rows, settings.absorb_after_days)
        self._above = [Watch(level.count, settings.absorb_after_days) for level in self.levels]
        self._service_count = services
        self._held: Mask = np.zeros(rows, dtype=bool)
        self._raised: Codes = np.full(rows, -FALL_DAYS - 1, dtype=np.int64)
        self._left = np.full(rows, np.nan)
        self._back: Mask = np.zeros(rows, dtype=bool)

    def run(self) -> None:
        """Judge every day from ``history_days`` on."""
        first = min(self.settings.history_days, self.days)
        if first < 7 or not len(self.services):
            return
        self.expectation.begin(first)
        for t in range(first):
            self.prices.expect(t, np.zeros(len(self.services), dtype=bool))
            self._note_levels(t, self.expectation.expected[:, t], np.zeros(len(self.services), dtype=bool))
        for t in range(first, self.days):
            self._judge(t)

    def _judge(self, t: int) -> None:
        expected, spread = self.expectation.expect(t)
        over = self.cube.cost.values[:, t] - expected
        known = t < self.complete
        back = known & self._is_back(t, expected)
        mute = self.foreign | self.quieting.muted[:, t] | (~known & (not self.provisional)) | back
        strict = self.settings.sensitivity * self.quieting.strict[:, t]
        of_service = np.bincount(self.services, weights=expected, minlength=self._service_count)
        base = of_service[self.services]
        gate = OPENING * np.maximum(self.moneys, self.shares * base) * self.quieting.strict[:, t]
        priced = self._judge_prices(t, over, gate, strict, mute | ~known)
        rest = np.where(priced, over - self.prices.over[:, t], over)
        leaf = Day(
            t,
            rest,
            np.maximum(spread, 0.15 * gate),
            expected,
            gate,
            strict,
            mute | priced,
            ~known,
            t - self._raised < FALL_DAYS,
        )
        self._take(-1, *self._leaf.step(leaf))
        self._judge_sums(t, rest, expected, spread, gate, self.quieting.muted[:, t] | ~known | back)
        self._hold(t, known)
        self._settle(t)
        self.expectation.learn(t)
        self._go_back(t, back)

    def _is_back(self, t: int, expected: Vector) -> Mask:
        """Leaves whose cost is where it was before a rise or fall that became the level: nobody's news."""
        lately = t - self._raised < FALL_DAYS
        way = np.abs(expected - self._left)
        near = np.abs(self.cube.cost.values[:, t] - self._left) < BACK * way
        return np.asarray(lately & near & ~self._leaf.is_open)

    def _go_back(self, t: int, back: Mask) -> None:
        """Two days make the level that was left the level again."""
        for leaf in np.flatnonzero(back & self._back):
            self.expectation.restart(int(leaf), t - 1, t)
            self._left[leaf] = np.nan
            back[leaf] = False
        self._back = back

    def _judge_prices(self, t: int, over: Vector, gate: Vector, strict: Vector, mute: Mask) -> Mask:
        """The unit costs; returns the leaves whose price is being told, so that it is not told as usage."""
        if self.cube.quantity is None:
            return self._price.is_open
        above, spread = self.prices.expect(t, self._price.is_open | self._price.suspects)
        known = t < self.complete
        # More usage beyond a commitment raises the unit cost as well: then usage is the news.
        not_price = ((above < MOSTLY * over) | self.prices.overflows(t)) & ~self._price.is_open
        day = Day(
            t,
            above,
            np.maximum(spread, 0.15 * gate),
            np.full(len(above), np.inf),
            gate,
            strict,
            mute | self._leaf.is_open | not_price,
            ~known,
            np.zeros(len(above), dtype=bool),
        )
        opened, closed = self._price.step(day)
        # A falling price is welcome; nobody is told.
        for span in opened:
            span.told = span.told and span.sign > 0
        self._take(-2, opened, closed)
        for i in np.flatnonzero(self._price.is_open):
            self.prices.forget(int(i), t)
        return self._price.is_open.copy()

    def _judge_sums(
        self, t: int, over: Vector, expected: Vector, spreads: Vector, gate: Vector, mute: Mask
    ) -> None:
        free = ~self._leaf.is_open & ~mute
        for number, level in enumerate(self.levels):
            watch = self._above[number]
            inside = self._inside(number)
            sizes = np.maximum(level.add_up(np.ones(len(gate))), 1)
            take = free & ~inside & ~self.foreign
            above = level.add_up(np.where(take, over, 0.0))
            base = level.add_up(np.where(self.foreign, 0.0, expected))
            # A sum is at least as restless as its leaves are, each by itself.
            spread = np.maximum(level.spread(t, base), np.sqrt(level.add_up(spreads**2)))
            spread = spread + FEE_SPREAD * level.add_up(np.abs(self.expectation.fee_today))
            if level.is_within_service:
                need = level.add_up(gate) / sizes
            else:
                need = OPENING * np.maximum(self.moneys.max(), self.shares.mean() * base)
            stricter = PARENT_STRICT if level.is_within_service else ABOVE_STRICT
            strict = np.full(level.count, self.settings.sensitivity * stricter)
            # People's word on a leaf counts in a sum by what the leaf is of it.
            weight = expected + self.least_money
            strict *= level.add_up(self.quieting.strict[:, t] * weight) / level.add_up(weight)
            unknown = level.add_up((mute & ~self.foreign).astype(np.float64)) > 0
            fell = level.add_up((t - self._raised < FALL_DAYS).astype(np.float64)) > 0
            day = Day(t, above, np.maximum(spread, 0.15 * need), base, need, strict, unknown, unknown, fell)
            self._take(number, *watch.step(day))
            usual = ~watch.is_open
            level.ratio[:, t] = np.where(usual & (base > 0), above / np.maximum(base, 1e-9), np.nan)

    def _inside(self, number: int) -> Mask:
        """Leaves that an open episode of a finer level explains."""
        inside = np.zeros(len(self.services), dtype=bool)
        for level, watch in zip(self.levels[:number], self._above[:number], strict=True):
            inside |= watch.is_open[level.codes]
        return inside

    def _note_levels(self, t: int, expected: Vector, held: Mask) -> None:
        over = np.where(held | self.foreign, 0, self.cube.cost.values[:, t] - expected)
        expected = np.where(self.foreign, 0, expected)
        for level in self.levels:
            base = level.add_up(expected)
            level.ratio[:, t] = np.where(base > 0, level.add_up(over) / np.maximum(base, 1e-9), np.nan)

    def _hold(self, t: int, known: Mask) -> None:
        """Which leaves do not learn from day *t*."""
        is_open = self._leaf.is_open | self._price.is_open
        for level, watch in zip(self.levels, self._above, strict=True):
            if level.is_within_service:
                is_open = is_open | watch.is_open[level.codes]
        self._held = is_open
        teaches = ~is_open & known & ~self.quieting.planned[:, t]
        self.expectation.valid[:, t] = self.expectation.regular[:, t] = teaches
        self.expectation.frozen = is_open | self._leaf.held(t) | self.quieting.planned[:, t]

    def _take(self, level: int, opened: list[Span], closed: list[Span]) -> None:
        for span in opened:
            leaves = self._leaves(level, span)
            self.found.append(Found(level, span, leaves))
            self.expectation.valid[leaves, span.onset : span.opened] = False
            self.expectation.regular[leaves, span.onset : span.opened] = False
        for span in closed:
            if level == -1 and span.end is not None and span.end - span.onset <= SHORT_DAYS:
                self.expectation.forgive(span.series, span.onset, span.end)
            # What rose above all services is no level of any leaf.
            near = level < 0 or self.levels[level].is_within_service
            if span.absorbed and span.closed is not None and near:
                for leaf in self._leaves(level, span):
                    self._accept(int(leaf), span.onset, span.closed, is_price=level == -2)

    def _leaves(self, level: int, span: Span) -> Codes:
        if level < 0:
            return np.array([span.series], dtype=np.int64)
        return np.flatnonzero(self.levels[level].codes == span.series).astype(np.int64)

    def _accept(self, leaf: int, first: int, t: int, *, is_price: bool) -> None:
        """What *leaf* has cost since *first* is its level from now on."""
        # The newest four weeks tell the level; a drift has grown since its onset.
        begin = min(max(first, t - 27), max(t - 6, 0))
        self._raised[leaf], self._left[leaf] = t, self.expectation.level(leaf)
        self.expectation.restart(leaf, begin, t)
        if is_price:
            self.prices.restart(leaf, begin, t)

    def _settle(self, t: int) -> None:
        """People have accepted a level: what is open there ends, absorbed."""
        for rows, first, day in self.quieting.settled:
            if day != t:
                continue
            touched = set(rows.tolist())
            for found in self.found:
                span = found.span
                if span.end is None and touched >= set(found.leaves.tolist()):
                    span.absorbed = True
                    self._watch(found.level).close(span, t + 1, t)
            for leaf in rows:
                self._accept(int(leaf), min(first, t), t, is_price=True)

    def _watch(self, level: int) -> Watch:
        return self._leaf if level == -1 else self._price if level == -2 else self._above[level]


def _codes_of(cube: CostCube, column: str) -> tuple[Codes, int]:
    names = [key.get(column) or "" for key in cube.cost.keys]
    place = {name: i for i, name in enumerate(sorted(set(names)))}
    return np.array([place[n] for n in names], dtype=np.int64), max(len(place), 1)
