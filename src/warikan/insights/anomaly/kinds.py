"""What kind of episode the days of a cause look like."""

import numpy as np

from warikan.insights.anomaly.episode import Kind
from warikan.insights.anomaly.measure import Measured
from warikan.insights.anomaly.unit_cost import MOSTLY, covered_share
from warikan.insights.anomaly.walk import Walk
from warikan.insights.shape import Vector

BEFORE = 28
SPIKE_DAYS = 5
"""A rise that is over within so many days is a spike."""
DRIFT_DAYS = 8
COVER_LOST = 0.08
"""A fall of the covered share of quantity that says that a commitment ended."""
NEW_SHARE = 0.6
"""Share of the excess that comes from what was not there before."""


def kind_of(walk: Walk, measured: Measured, new_share: float) -> Kind:
    """
    The kind of *measured*.

    *new_share* is the part of its excess that comes from resources which were not there before.
    """
    if measured.cause.sign < 0:
        return "vanished"
    if _price_share(walk, measured) > MOSTLY:
        lost = _cover(walk, measured, before=True) - _cover(walk, measured, before=False)
        return "commitment" if lost > COVER_LOST else "price"
    if max(_born_share(walk, measured), new_share) > NEW_SHARE:
        return "new"
    if is_drift(measured.by_day):
        return "drift"
    days = measured.end - measured.first
    if days <= SPIKE_DAYS and not measured.is_open:
        return "spike"
    return "spike" if days <= 2 else "step"


def _price_share(walk: Walk, measured: Measured) -> float:
    """How much of the excess the unit cost explains."""
    if walk.cube.quantity is None:
        return 0.0
    days = slice(measured.first, measured.end)
    over = float(measured.over.sum())
    return float(walk.prices.over[measured.leaves, days].sum()) / over if over > 0 else 0.0


def _cover(walk: Walk, measured: Measured, *, before: bool) -> float:
    first, end = (
        (max(0, measured.first - BEFORE), measured.first) if before else (measured.first, measured.end)
    )
    return float(np.nan_to_num(covered_share(walk.cube, measured.leaves, first, end)))


def _born_share(walk: Walk, measured: Measured) -> float:
    """The part of the excess on leaves that cost (almost) nothing in the weeks before."""
    before = walk.cube.cost.values[measured.leaves, max(0, measured.first - BEFORE) : measured.first]
    after = measured.over.sum(axis=1)
    if before.shape[1] == 0 or after.sum() <= 0:
        return 0.0
    daily = after / max(measured.end - measured.first, 1)
    born = before.mean(axis=1) < 0.03 * np.maximum(daily, 1e-12)
    return float(after[born].sum() / after.sum())


def is_drift(over: Vector) -> bool:
    """Whether the excess grew day by day: its first third is well under its last, without a jump."""
    days = len(over)
    if days < DRIFT_DAYS:
        return False
    third = days // 3
    first, middle, last = (
        float(np.median(part)) for part in (over[:third], over[third:-third], over[-third:])
    )
    if last <= 0:
        return False
    grows = first < 0.55 * last and first < 0.95 * middle
    jump = float(np.max(np.diff(over))) if days > 1 else 0.0
    return grows and jump < 0.8 * last
