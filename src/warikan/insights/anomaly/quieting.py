"""What the detector was told: days on which a leaf is muted, and how much stricter it became."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warikan.insights.anomaly.settings import Feedback
from warikan.insights.panel import Key, Matrix, Panel
from warikan.insights.planned import PlannedEvent

STRICTER = 1.5
MOST_STRICT = 3.0
LASTING_DAYS = 14
"""A planned change without an end is muted so long; then what it did is the level."""


@dataclass(frozen=True, eq=False)
class Quieting:
    """
    Arrays over leaves and days.

    Attributes:
        muted: No episode may begin. *planned*: the day is part of a planned event and teaches nothing.
        strict: Factor on thresholds, 1 and above.
        settled: (leaf rows, first day, day) at which people accepted a level: it is the level from then on.
    """

    muted: NDArray[np.bool_]
    planned: NDArray[np.bool_]
    strict: Matrix
    settled: tuple[tuple[NDArray[np.int64], int, int], ...]


def make_quieting(panel: Panel, planned: Sequence[PlannedEvent], feedback: Sequence[Feedback]) -> Quieting:
    """Lay *planned* events and *feedback* out over the leaves and days of *panel*."""
    shape = panel.values.shape
    muted, in_plan = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    strict = np.ones(shape)
    settled: list[tuple[NDArray[np.int64], int, int]] = []
    for event in planned:
        rows = _touched(panel.keys, event.scope)
        first = max(panel.index_of(event.start), 0)
        end = panel.index_of(event.end) if event.end else first + LASTING_DAYS
        muted[rows, first : max(end, 0)] = in_plan[rows, first : max(end, 0)] = True
        if event.end is None and first + 6 < shape[1] and event.start >= panel.start:
            settled.append((rows, first, first + 6))
    for said in feedback:
        _apply(panel, said, muted, strict, settled)
    return Quieting(muted, in_plan, np.clip(strict, 1.0, MOST_STRICT), tuple(settled))


def _apply(
    panel: Panel,
    said: Feedback,
    muted: NDArray[np.bool_],
    strict: Matrix,
    settled: list[tuple[NDArray[np.int64], int, int]],
) -> None:
    rows = _touched(panel.keys, said.scope)
    given = max(panel.index_of(said.given), 0)
    onset = max(panel.index_of(said.onset), 0)
    if said.verdict == "real":
        strict[rows, given:] /= STRICTER
        return
    if said.verdict == "false":
        strict[rows, given:] *= STRICTER
    else:
        end = panel.index_of(said.end) if said.end else panel.values.shape[1]
        muted[rows, given : max(end, 0)] = True
    if given < panel.values.shape[1]:
        settled.append((rows, onset, given))


def _touched(keys: Sequence[Key], scope: Key) -> NDArray[np.int64]:
    return np.array(
        [i for i, key in enumerate(keys) if all(key[c] == v for c, v in scope.items() if c in key)],
        dtype=np.int64,
    )
