"""What moves many series on the same day (a sale, a season, a holiday) is no incident of any of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warikan.insights.panel import Codes, Matrix
from warikan.insights.shape import Vector

FEWEST_SERIES = 8
FEWEST_OWNERS = 3
FEWEST_DAYS = 28
MOST_GROUPS = 4
FOLLOWS = 4.0
"""A series belongs to a group when its slope on the group's movement is so many errors from 0."""
ALIKE = 0.1
"""Peers move by about the same ratio: the spread of their slopes around 1, before anything is known."""
_HUBER = 1.5
_STEPS = 6
STAYS = 1.5
"""So much easier it is to stay in a group than to join it."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Peers:
    """
    Groups of series that rise and fall together.

    Attributes:
        group: Of each series; -1 for those that follow nobody.
        slope: By how much a series moves when its group does, as ratios.
        variance: Of each group's daily movement.
    """

    group: Codes
    slope: Vector
    variance: Vector

    def read(self, ratios: Vector, scale: Vector, usable: Mask) -> Vector:
        """
        What its peers explain of each series' ratio off expectation, on one day.

        Robust (Huber): the few that have an incident of their own do not draw the group to it. Drawn to
        0 by as much as the group's few members leave unsure.
        """
        explained = np.zeros(len(ratios))
        for number, variance in enumerate(self.variance):
            members = np.flatnonzero((self.group == number) & usable)
            if len(members) < FEWEST_SERIES:
                continue
            slope, size = self.slope[members], scale[members]
            moved, error = _huber_mean(ratios[members], slope, size)
            weight = max(float(variance), moved**2 / 4) if abs(moved) > 4 * error else float(variance)
            everyone = self.group == number
            explained[everyone] = self.slope[everyone] * moved * weight / (weight + error**2)
        return explained


def _huber_mean(ratios: Vector, slope: Vector, size: Vector) -> tuple[float, float]:
    """The common movement that *slope* times it fits *ratios* best, and its error."""
    moved, weights = float(np.median(ratios / slope)), np.ones(len(ratios))
    for _ in range(_STEPS):
        left = np.abs(ratios - slope * moved) / size
        weights = np.minimum(1.0, _HUBER / np.maximum(left, 1e-9))
        moved = float((weights * slope * ratios / size**2).sum() / (weights * slope**2 / size**2).sum())
    return moved, float(1 / np.sqrt((weights * slope**2 / size**2).sum()))


def no_peers(count: int) -> Peers:
    """Nobody follows anybody."""
    return Peers(np.full(count, -1, dtype=np.int64), np.ones(count), np.zeros(0))


def learn_peers(ratios: Matrix, known: Mask, scale: Vector, owners: Codes, before: Peers) -> Peers:
    """
    Group the series whose *ratios* off expectation (series by days) move together on *known* days.

    Begun from the groups of *before*, or, where there were none, from the principal components that stand
    above what noise would give (Marchenko-Pastur); then each series is put with the group whose weighted
    mean, without itself, it follows best.
    """
    rows, days = ratios.shape
    alive = np.flatnonzero(((ratios != 0) & known).mean(axis=1) > 0.4)
    if len(alive) < FEWEST_SERIES or days < FEWEST_DAYS:
        return before
    size, mask = scale[alive], known[alive].astype(np.float64)
    seen = np.clip(ratios[alive] / size[:, None], -6, 6) * mask
    begun = _begin(seen)
    # Groups go on as they were, unless far more moves together than they hold.
    held = before.group[alive]
    codes = begun if (begun >= 0).sum() > 2 * (held >= 0).sum() else held
    seen *= size[:, None]
    slope = np.ones(len(alive))
    moves = np.zeros((0, days))
    kept: list[int] = []
    for _ in range(_STEPS):
        moves, kept = _movements(seen, mask, size, codes, owners[alive])
        if not len(kept):
            return before
        codes, slope = _assign(seen, mask, size, codes, kept, moves)
    group = np.full(rows, -1, dtype=np.int64)
    group[alive] = codes
    slopes = np.ones(rows)
    slopes[alive] = slope
    return Peers(group, slopes, np.asarray(moves.var(axis=1)))


def _begin(seen: Matrix) -> Codes:
    """First groups: series that point the same way in the space of the leading components; -1 for none."""
    rows, days = seen.shape
    spread = np.maximum(seen.std(axis=1, keepdims=True), 1e-9)
    unit = seen / spread
    # The components from the smaller of the two products: days are fewer than series.
    sizes, right = np.linalg.eigh(unit.T @ unit)
    sizes, right = sizes[::-1], right[:, ::-1]
    edge = (1 + np.sqrt(rows / days)) ** 2
    count = min(int((sizes / days > 1.15 * edge).sum()), MOST_GROUPS)
    if count == 0:
        return np.full(rows, -1, dtype=np.int64)
    places = unit @ right[:, :count] / np.sqrt(days)
    length = np.sqrt((places**2).sum(axis=1))
    towards = places / np.maximum(length, 1e-9)[:, None]
    centres = [towards[int(np.argmax(length))]]
    while len(centres) < count:
        likeness = np.max([towards @ c for c in centres], axis=0)
        # The longest that is least like the centres so far.
        centres.append(towards[int(np.argmax(length * (1 - likeness)))])
    codes = np.zeros(rows, dtype=np.int64)
    for _ in range(_STEPS):
        likeness_to = np.stack([towards @ c for c in centres])
        codes = np.argmax(likeness_to, axis=0)
        codes[(likeness_to.max(axis=0) < 0.5) | (length < 0.2)] = -1
        for number in range(count):
            mean = places[codes == number].sum(axis=0)
            size = float(np.linalg.norm(mean))
            if size > 0:
                centres[number] = mean / size
    return codes


def _movements(
    seen: Matrix, mask: Matrix, size: Vector, codes: Codes, owners: Codes
) -> tuple[Matrix, list[int]]:
    """The weighted mean movement of each group that is large and broad enough; which groups those are."""
    moves: list[Vector] = []
    kept: list[int] = []
    for number in sorted(set(codes.tolist()) - {-1}):
        members = codes == number
        if members.sum() < FEWEST_SERIES or len(set(owners[members].tolist())) < FEWEST_OWNERS:
            continue
        weights = _weights(size[members])[:, None] * mask[members]
        moves.append((weights * seen[members]).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-12))
        kept.append(number)
    return (np.stack(moves) if moves else np.zeros((0, seen.shape[1]))), kept


def _weights(size: Vector) -> Vector:
    """By steadiness, but no series counts more than a tenth: a group is more than its steadiest member."""
    weights = 1 / size**2
    return np.asarray(np.minimum(weights, 0.1 * weights.sum()))


def _assign(
    seen: Matrix, mask: Matrix, size: Vector, codes: Codes, kept: list[int], moves: Matrix
) -> tuple[Codes, Vector]:
    """Put each series with the movement it follows best, itself taken out of it; and its slope on it."""
    centred = moves - moves.mean(axis=1, keepdims=True)
    power = np.maximum(mask @ (centred**2).T, 1e-12)
    slopes = seen @ centred.T / power
    stays = np.zeros(slopes.shape)
    for place, number in enumerate(kept):
        members = codes == number
        weights = _weights(size[members])
        part = weights / weights.sum()
        own = (seen[members] ** 2).sum(axis=1) / power[members, place]
        slopes[members, place] = (slopes[members, place] - part * own) / np.maximum(1 - part, 0.5)
        stays[members, place] = STAYS
    # What is left of a series beside the movement is its error, not all that it moves.
    left = np.stack(
        [((seen - slopes[:, [k]] * centred[k]) ** 2 * mask).sum(axis=1) for k in range(len(kept))], 1
    )
    error = np.sqrt(left / np.maximum(mask.sum(axis=1), 1)[:, None] / power) + 1e-9
    score = slopes / error + stays
    best = np.argmax(score, axis=1)
    rows = np.arange(len(seen))
    follows = (score[rows, best] > FOLLOWS) & (slopes[rows, best] > 0.25)
    slope, wide = slopes[rows, best], error[rows, best] ** 2
    drawn = (slope / wide + 1 / ALIKE**2) / (1 / wide + 1 / ALIKE**2)
    return np.where(follows, best, -1), np.where(follows, np.clip(drawn, 0.4, 2.0), 1.0)
