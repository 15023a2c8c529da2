"""The levels above the leaves: which leaves belong together, and how restless their sums are."""

from dataclasses import dataclass, field

import numpy as np

from warikan.insights.anomaly.expectation import LEAST_SCALE, SCALE_DAYS
from warikan.insights.panel import Codes, Matrix, Panel
from warikan.insights.shape import TO_SIGMA, Vector

LEVELS: tuple[tuple[str, ...], ...] = (
    ("x_ServiceId", "SubAccountId"),
    ("x_ServiceId", "ServiceName"),
    ("x_ServiceId",),
    ("x_TeamId",),
    ("SubAccountId",),
    (),
)
"""What is judged above the leaves, fine to coarse: account or provider service in a service, service,
team, account, everything."""


@dataclass(eq=False)
class Level:
    """
    One level: its groups of leaves.

    Attributes:
        columns: What its groups agree in. *codes*: the group of each leaf.
        ratio: What each group was above its expectation, as a ratio of it, day by day.
    """

    columns: tuple[str, ...]
    codes: Codes
    count: int
    days: int
    ratio: Matrix = field(init=False)

    def __post_init__(self) -> None:
        self.ratio = np.full((self.count, self.days), np.nan)

    @property
    def is_within_service(self) -> bool:
        """Whether a group lies in one service."""
        return "x_ServiceId" in self.columns

    def add_up(self, leaves: Vector) -> Vector:
        """The sum of *leaves* in each group."""
        return np.bincount(self.codes, weights=leaves, minlength=self.count).astype(np.float64)

    def spread(self, t: int, expected: Vector) -> Vector:
        """One usual deviation of each group on day *t*, in money; infinite while it is not known."""
        sizes = np.abs(self.ratio[:, max(0, t - SCALE_DAYS) : t])
        if sizes.shape[1] < 7:
            return np.full(self.count, np.inf)
        count = np.isfinite(sizes).sum(axis=1)
        ordered = np.sort(sizes, axis=1)
        rows = np.arange(self.count)
        middle = ordered[rows, np.maximum((count - 1) // 2, 0)]
        outer = ordered[rows, np.maximum((count * 9) // 10 - 1, 0)]
        scale = np.maximum(np.maximum(TO_SIGMA * middle, outer / 1.6449), LEAST_SCALE)
        return np.where(count >= 7, np.nan_to_num(scale, nan=np.inf), np.inf) * np.maximum(expected, 1e-9)


def make_levels(panel: Panel) -> list[Level]:
    """The levels that *panel* has the columns for, each different from those before it."""
    if not panel.keys:
        return []
    present = set(panel.keys[0])
    levels: list[Level] = []
    seen = {tuple(range(len(panel.keys)))}
    for columns in LEVELS:
        if not set(columns) <= present:
            continue
        grouped, codes = panel.group(columns)
        # Two levels with the same groups would tell everything twice.
        partition = tuple(int(c) for c in np.unique(codes, return_inverse=True)[1])
        if partition in seen and columns:
            continue
        seen.add(partition)
        levels.append(Level(columns, codes, len(grouped.keys), panel.values.shape[1]))
    return levels
