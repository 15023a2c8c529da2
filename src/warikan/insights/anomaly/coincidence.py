"""Rank what happened around the onset of an episode. Coincident, never "the cause"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import exp, log1p

from warikan.insights.anomaly.episode import Episode

BEFORE = timedelta(hours=48)
"""Further back nothing is called coincident with a jump."""
BEFORE_SLOW = timedelta(days=7)
"""The onset of a drift or a small step is known only to some days, before it and after it."""
HALF_LIFE_HOURS = 12.0
_DAY = timedelta(days=1)
OTHER_SERVICE, DEPENDENCY = 0.05, 0.3
"""Scope score of a change elsewhere, and of one of a service that the episode's stands on."""
TOUCHES_NOTHING = 0.35
"""Of a change whose scope names other things than what moved."""
SCOPED = ("SkuId", "ResourceId", "ServiceName", "SubAccountId", "RegionId")
SIZES = {
    "deploy": 0.8,
    "sync": 0.8,
    "apply": 0.9,
    "config": 0.8,
    "price": 1.0,
    "commitment": 1.0,
    "upgrade": 0.9,
    "scale": 0.4,
    "node": 0.4,
}
"""How much a change of a kind usually weighs when its size is not told; other kinds weigh 0.6."""


@dataclass(frozen=True)
class Change:
    """
    Something that happened: a deploy, an apply, a scaling, a price list, an expiry.

    Attributes:
        service: ``x_ServiceId``; None when it is of no single service (a price list, an account).
        kind: deploy, apply, scale, config, price, commitment, upgrade, or another word.
        scope: Exact columns it touched, where known (SkuId, ServiceName, SubAccountId, RegionId, ResourceId).
        size: How much it changed as its source tells it (lines, replicas, resources); 0 when unknown.
    """

    key: str
    at: datetime
    service: str | None
    kind: str
    title: str = ""
    scope: Mapping[str, str | None] = field(default_factory=dict)
    size: float = 0.0


@dataclass(frozen=True)
class RankedChange:
    """A change beside an episode; each part of the score lies in 0…1, the score is their product."""

    change: Change
    score: float
    time: float
    scope: float
    size: float


def rank_changes(
    episode: Episode, changes: Sequence[Change], *, depends_on: Mapping[str, Sequence[str]] | None = None
) -> tuple[RankedChange, ...]:
    """
    Rank those of *changes* that lie in `coincident_window`, most coincident first.

    Times are exact but the onset is a day: what happened on the day itself is as close as can be known.
    Before it, and after it where the onset is slow, the score halves every 12 hours (every 1.75 days for a
    slow one). When it was noticed does not count: weeks later changes are no nearer to the onset for it.

    Args:
        depends_on: x_ServiceId → services it stands on (a platform); a change of one counts less.
    """
    start, end = coincident_window(episode)
    begins = datetime.combine(episode.onset, time(), UTC)
    half_life = HALF_LIFE_HOURS * (BEFORE_SLOW / BEFORE if _is_slow(episode) else 1)
    ranked = []
    for change in changes:
        if not start <= change.at < end:
            continue
        away = max(begins - change.at, change.at - (begins + _DAY), timedelta())
        closeness = exp(-away.total_seconds() / 3600 / half_life * 0.6931)
        overlap = _overlap(episode, change, depends_on or {})
        size = _size(change)
        ranked.append(RankedChange(change, closeness * overlap * size, closeness, overlap, size))
    return tuple(sorted(ranked, key=lambda r: (-r.score, -r.change.at.timestamp(), r.change.key)))


def coincident_window(episode: Episode) -> tuple[datetime, datetime]:
    """
    The moments ``[start, end)`` whose changes can be coincident: they go by the onset.

    From 48 h before the onset's day to its end; a slow one from a week before it to a week after it, but no
    later than the day that told.
    """
    begins = datetime.combine(episode.onset, time(), UTC)
    if not _is_slow(episode):
        return begins - BEFORE, begins + _DAY
    told = datetime.combine(max(episode.detected, episode.onset), time(), UTC)
    return begins - BEFORE_SLOW, min(told, begins + BEFORE_SLOW) + _DAY


def _is_slow(episode: Episode) -> bool:
    return episode.kind == "drift" or episode.detected > episode.onset


def _overlap(episode: Episode, change: Change, depends_on: Mapping[str, Sequence[str]]) -> float:
    """How much of what moved the change is about: the service first, then what it touched."""
    service = episode.scope.get("x_ServiceId")
    if change.service is None or service is None:
        whose = 0.7
    elif change.service == service:
        whose = 1.0
    else:
        whose = DEPENDENCY if change.service in depends_on.get(service, ()) else OTHER_SERVICE
    return whose * _touch(episode, change)


def _touch(episode: Episode, change: Change) -> float:
    """1 where every named column agrees with what moved; 0.7 where nothing is named."""
    moved = _moved(episode)
    named = [(c, v) for c, v in change.scope.items() if c in SCOPED and v is not None and moved.get(c)]
    if not named:
        return 0.7
    agree = sum(v in moved[c] for c, v in named)
    return TOUCHES_NOTHING + (1 - TOUCHES_NOTHING) * agree / len(named)


def _moved(episode: Episode) -> dict[str, set[str]]:
    """The values of each column in the episode's scope and in its larger drivers."""
    moved: dict[str, set[str]] = {}
    keys = [episode.scope, *(d.key for d in episode.drivers if abs(d.share) >= 0.1)]
    for key in keys:
        for column, value in key.items():
            if value is not None:
                moved.setdefault(column, set()).add(value)
    return moved


def _size(change: Change) -> float:
    if change.size > 0:
        return min(1.0, 0.5 + 0.1 * log1p(change.size))
    return SIZES.get(change.kind, 0.6)
