"""Who drove an episode: its excess by provider service, by SKU, by resource."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from warikan.insights.anomaly.episode import PLACES, Driver
from warikan.insights.anomaly.measure import Measured
from warikan.insights.anomaly.walk import Walk
from warikan.insights.panel import Codes, Key, Panel, sort_key
from warikan.insights.shape import Vector

BEFORE = 28
MOST = 8
DIMENSIONS = ("ServiceName", "SubAccountId", "SkuId")
FINE = ("ResourceId", "ChargeDescription")


def find_drivers(walk: Walk, measured: Measured) -> tuple[tuple[Driver, ...], float]:
    """
    The drivers of *measured*, and the share of its excess that is of resources which were not there.

    At most MOST for each dimension, the largest part in the direction of the episode first.
    """
    whole = float(measured.over.sum())
    keys = [walk.cube.cost.keys[int(i)] for i in measured.leaves]
    deltas = measured.over.sum(axis=1)
    before = walk.cube.cost.values[measured.leaves, max(0, measured.first - BEFORE) : measured.first]
    had = before.sum(axis=1)
    drivers: list[Driver] = []
    for place, dimension in enumerate(DIMENSIONS):
        if keys and dimension in keys[0]:
            inside = ("x_ServiceId", *DIMENSIONS[: place + 1]) if dimension == "SkuId" else (dimension,)
            drivers += _rank(dimension, inside, keys, deltas, had, whole)
    fine, new_share = _resources(walk, measured, whole)
    return (*drivers, *fine), new_share


def _rank(
    dimension: str, inside: Sequence[str], keys: Sequence[Key], deltas: Vector, had: Vector, whole: float
) -> list[Driver]:
    parts: dict[tuple[str | None, ...], tuple[float, float]] = {}
    for key, delta, earlier in zip(keys, deltas.tolist(), had.tolist(), strict=True):
        name = tuple(key.get(c) for c in inside)
        so_far = parts.get(name, (0.0, 0.0))
        parts[name] = (so_far[0] + delta, so_far[1] + earlier)
    sign = -1.0 if whole < 0 else 1.0
    ordered = sorted(parts.items(), key=lambda p: (-sign * p[1][0], sort_key(p[0])))
    return [
        Driver(
            dimension,
            {c: v for c, v in zip(inside, name, strict=True) if c in keys[0]},
            Decimal(delta).quantize(PLACES),
            delta / whole if whole else 0.0,
            is_new=earlier <= 0,
        )
        for name, (delta, earlier) in ordered[:MOST]
    ]


def _resources(walk: Walk, measured: Measured, whole: float) -> tuple[list[Driver], float]:
    detail = walk.cube.detail
    if detail is None or not detail.keys:
        return [], 0.0
    dimension = next((c for c in FINE if c in detail.keys[0]), None)
    if dimension is None:
        return [], 0.0
    rows = _inside(detail, [walk.cube.cost.keys[int(i)] for i in measured.leaves])
    offset = (walk.cube.cost.start - detail.start).days
    first, end = measured.first + offset, min(measured.end + offset, detail.values.shape[1])
    if not len(rows) or first <= 0 or end <= first:
        return [], 0.0
    before = detail.values[rows, max(0, first - BEFORE) : first]
    deltas = detail.values[rows, first:end].sum(axis=1) - _usual(before, end - first)
    keys = [detail.keys[int(i)] for i in rows]
    has_name = np.array([k[dimension] is not None for k in keys])
    new = deltas[(before.sum(axis=1) <= 0) & has_name].sum()
    named = [i for i in range(len(keys)) if has_name[i]]
    inside = tuple(
        c for c in ("x_ServiceId", "ServiceName", "SubAccountId", "SkuId", dimension) if c in keys[0]
    )
    ranked = (
        _rank(dimension, inside, [keys[i] for i in named], deltas[named], before.sum(axis=1)[named], whole)
        if named
        else []
    )
    return ranked, float(new) / whole if whole > 0 else 0.0


def _usual(before: np.ndarray[tuple[int, ...], np.dtype[np.float64]], days: int) -> Vector:
    """What the days would have cost as the mean day before them did."""
    return np.asarray(before.mean(axis=1)) * days


def _inside(detail: Panel, leaves: Sequence[Key]) -> Codes:
    """The rows of *detail* that lie in one of *leaves*."""
    columns = [c for c in leaves[0] if c in detail.keys[0] and c != "x_TeamId"]
    wanted = {tuple(leaf.get(c) for c in columns) for leaf in leaves}
    return np.array(
        [i for i, k in enumerate(detail.keys) if tuple(k.get(c) for c in columns) in wanted], dtype=np.int64
    )
