"""Find the episodes in a cube: one causal pass over its days."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from warikan.focus.money import EXACT
from warikan.insights.anomaly.cause import Cause, find_causes
from warikan.insights.anomaly.cube import OWNER, CostCube
from warikan.insights.anomaly.drivers import find_drivers
from warikan.insights.anomaly.episode import (
    PLACES,
    Episode,
    EpisodeDay,
    Evidence,
    Excess,
    Kind,
    episode_key,
    order_of,
)
from warikan.insights.anomaly.kinds import BEFORE, kind_of
from warikan.insights.anomaly.measure import EIGHTY, Measured, measure_cause
from warikan.insights.anomaly.quieting import make_quieting
from warikan.insights.anomaly.settings import Feedback, Settings
from warikan.insights.anomaly.unit_cost import covered_share
from warikan.insights.anomaly.walk import Found, Walk
from warikan.insights.panel import Codes, Key, Matrix, Panel
from warikan.insights.planned import PlannedEvent

RATE_DAYS = 3


def detect(
    cube: CostCube,
    *,
    settings: Settings | None = None,
    feedback: Sequence[Feedback] = (),
    planned: Sequence[PlannedEvent] = (),
    provisional: bool = True,
    beside: Sequence[Panel] = (),
) -> tuple[Episode, ...]:
    """
    The episodes of *cube*, by onset; what is decided on a day uses that day and earlier ones only.

    Days from ``cube.cost.complete`` on are not judged, but for *provisional*: an incomplete day whose
    cost already exceeds its band opens an episode that says so.

    *beside* are other panels over the same days (of other currencies, say): they are not judged, but a
    sale that moves them moves this cube's series too.

    What follows an onset only restates: the excess, the kind, the scope's drivers, the end.
    """
    if not cube.cost.keys:
        return ()
    chosen = settings or Settings()
    own = len(cube.cost.keys)
    whole = _with_others(cube, beside)
    quieting = make_quieting(whole.cost, planned, feedback)
    walk = Walk(whole, chosen, quieting, provisional=provisional, own=own)
    walk.run()
    told = [_tell(walk, cause) for cause in find_causes(walk)]
    return tuple(sorted((e for e in told if e is not None), key=order_of))


def _with_others(cube: CostCube, beside: Sequence[Panel]) -> CostCube:
    """*cube* with the series of *beside* below its own, in units of no currency, under names of their own."""
    cost = cube.cost
    fitting = [p for p in beside if p.start == cost.start and p.values.shape[1] == cost.values.shape[1]]
    if not fitting:
        return cube
    keys, values, complete = list(cost.keys), [cost.values], list(cost.complete)
    for panel in fitting:
        keys += [{c: f"{panel.currency}\x00{k.get(c)}" for c in cost.keys[0]} for k in panel.keys]
        values.append(panel.values * (cost.values.sum() / max(float(panel.values.sum()), 1e-12)))
        complete += list(panel.complete)
    stacked = np.concatenate(values)
    extra = len(stacked) - len(cost.keys)
    joined = Panel(tuple(keys), cost.currency, cost.start, stacked, tuple(complete))
    return CostCube(joined, _longer(cube.quantity, extra), _longer(cube.committed, extra), cube.detail)


def _longer(matrix: Matrix | None, rows: int) -> Matrix | None:
    """*matrix* with so many rows of zeros below it."""
    return None if matrix is None else np.concatenate([matrix, np.zeros((rows, matrix.shape[1]))])


def _tell(walk: Walk, cause: Cause) -> Episode | None:
    measured = measure_cause(walk, cause)
    thresholds = walk.settings.thresholds(walk.cube.cost.keys[int(measured.leaves[0])].get(OWNER))
    is_provisional = cause.founder.span.opened >= int(walk.complete[measured.leaves].min())
    if measured.end - measured.first < thresholds.days:
        return None
    drivers, new_share = find_drivers(walk, measured)
    kind = kind_of(walk, measured, new_share)
    days = _days(walk, measured)
    detected = max(cause.founder.span.opened, measured.first + thresholds.days - 1)
    return Episode(
        key=episode_key(_founding_scope(walk, cause.founder), _day(walk, measured.first)),
        scope=_scope(walk, measured),
        kind=kind,
        currency=walk.cube.cost.currency,
        onset=_day(walk, measured.first),
        detected=_day(walk, detected),
        end=None if measured.is_open else _day(walk, measured.end),
        days=days,
        excess=_excess(measured, days),
        rate_per_hour=_rate(measured),
        provisional=is_provisional,
        absorbed=cause.absorbed,
        drivers=drivers,
        evidence=_evidence(walk, measured, kind),
    )


def _day(walk: Walk, column: int) -> date:
    return walk.cube.cost.start + timedelta(days=column)


def _money(number: float) -> Decimal:
    return Decimal(float(number)).quantize(PLACES)


def _founding_scope(walk: Walk, founder: Found) -> Key:
    keys = [walk.cube.cost.keys[int(i)] for i in founder.leaves]
    return {c: v for c, v in _agreed(keys).items() if c != OWNER}


def _agreed(keys: Sequence[Key]) -> dict[str, str | None]:
    """The columns in which all *keys* agree."""
    return {c: v for c, v in keys[0].items() if all(k.get(c) == v for k in keys)}


def _scope(walk: Walk, measured: Measured) -> dict[str, str | None]:
    return _agreed([walk.cube.cost.keys[int(i)] for i in measured.leaves])


def _leaves_of_scope(walk: Walk, scope: Key) -> Codes:
    keys = walk.cube.cost.keys
    return np.array(
        [i for i, k in enumerate(keys) if all(k[c] == v for c, v in scope.items())], dtype=np.int64
    )


def _days(walk: Walk, measured: Measured) -> tuple[EpisodeDay, ...]:
    """Actual and expected of the whole scope: what did not move was expected as it came."""
    span = slice(measured.first, measured.end)
    leaves = _leaves_of_scope(walk, _scope(walk, measured))
    actual = walk.cube.cost.values[leaves, span].sum(axis=0)
    expected = actual - measured.by_day
    band = EIGHTY * measured.error_by_day
    return tuple(
        EpisodeDay(
            _day(walk, measured.first + i),
            _money(actual[i]),
            _money(expected[i]),
            _money(expected[i] - band[i]),
            _money(expected[i] + band[i]),
        )
        for i in range(len(actual))
    )


def _excess(measured: Measured, days: Sequence[EpisodeDay]) -> Excess:
    """The sum over *days*, to the last digit of what they show."""
    point, half = Decimal(0), _money(EIGHTY * measured.error)
    for day in days:
        point = EXACT.add(point, EXACT.subtract(day.actual, day.expected))
    return Excess(point, EXACT.subtract(point, half), EXACT.add(point, half))


def _rate(measured: Measured) -> Decimal:
    if not measured.is_open:
        return Decimal(0)
    return _money(float(np.mean(measured.by_day[-RATE_DAYS:])) / 24)


def _evidence(walk: Walk, measured: Measured, kind: Kind) -> tuple[Evidence, ...]:
    expected, over = float(measured.expected.sum()), float(measured.over.sum())
    days = max(measured.end - measured.first, 1)
    series = len(_leaves_of_scope(walk, _scope(walk, measured)))
    deviation = float(np.mean(measured.by_day / np.maximum(measured.error_by_day, 1e-12)))
    parts = [
        Evidence("cost_per_day", expected / days, (expected + over) / days),
        Evidence("deviation", 1.0, abs(deviation)),
        Evidence("series", float(series), float(len(measured.leaves))),
    ]
    unit = walk.prices.ratio(measured.leaves, measured.first, measured.end)
    if np.isfinite(unit) and expected > 0 and unit > 0:
        parts.append(Evidence("unit_cost", 1.0, unit))
        parts.append(Evidence("quantity_per_day", 1.0, (expected + over) / expected / unit))
    if kind == "commitment":
        before = covered_share(walk.cube, measured.leaves, measured.first - BEFORE, measured.first)
        after = covered_share(walk.cube, measured.leaves, measured.first, measured.end)
        parts.append(Evidence("covered_share", before, after))
    return tuple(p for p in parts if np.isfinite(p.before) and np.isfinite(p.after))
