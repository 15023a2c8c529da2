"""What the detector tells: one episode per cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Literal

from warikan.focus.money import EXACT
from warikan.insights.panel import Key, sort_key

Kind = Literal["spike", "step", "drift", "new", "vanished", "price", "commitment"]
KINDS: tuple[Kind, ...] = ("spike", "step", "drift", "new", "vanished", "price", "commitment")
PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class EpisodeDay:
    """
    One day of an episode: what was billed in its scope, and what was expected of it.

    *actual* is the float of the panel as a Decimal; the exact bill is the caller's (see ``restate``).
    """

    day: date
    actual: Decimal
    expected: Decimal
    expected_low: Decimal
    expected_high: Decimal


@dataclass(frozen=True)
class Excess:
    """Money above what was expected (negative: below), with an interval of about 80 %."""

    point: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Driver:
    """
    A part of the scope and its part of the excess.

    Attributes:
        dimension: The column that tells it apart, e.g. ``SkuId``.
        key: Exact columns of the part, the dimension and what it lies in.
        delta: Its money above expectation over the episode so far.
        share: Its ratio of the episode's excess; may pass 1 when other parts fell.
        is_new: Nothing was billed of it in the weeks before the onset.
    """

    dimension: str
    key: Key
    delta: Decimal
    share: float
    is_new: bool


@dataclass(frozen=True)
class Evidence:
    """
    One part of the sentence that says why: a measure, before and after the onset.

    *measure* is one of ``cost_per_day``, ``quantity_per_day`` (ratio to expected, before = 1),
    ``unit_cost`` (same), ``covered_share`` (0…1), ``deviation`` (in usual daily deviations, before = 1),
    ``series`` (how many series moved, before = how many the scope has).
    """

    measure: str
    before: float
    after: float


@dataclass(frozen=True)
class Episode:
    """
    One cause, at the level that explains it best.

    Attributes:
        key: Stable name: of the scope and the onset, whatever arrives later.
        onset: First day off its expectation. *detected*: the day whose data opened the episode, which
            is the onset for all but small steps and drifts.
        end: Exclusive; None while it lasts (at the last complete day).
        rate_per_hour: Excess per hour over the last three days while open, 0 when it ended.
        provisional: Judged on a day that is not complete and is already above its band.
        absorbed: It ended by becoming the expected level, not by going back.
        drivers: Largest first, by dimension from coarse to fine.
    """

    key: str
    scope: Key
    kind: Kind
    currency: str
    onset: date
    detected: date
    end: date | None
    days: tuple[EpisodeDay, ...]
    excess: Excess
    rate_per_hour: Decimal
    provisional: bool
    absorbed: bool
    drivers: tuple[Driver, ...]
    evidence: tuple[Evidence, ...]


def episode_key(scope: Key, onset: date) -> str:
    """The stable name of an episode: 16 hexadecimal digits of its scope and onset."""
    parts = [f"{c}={'' if v is None else 'v' + v}" for c, v in sorted(scope.items())]
    return blake2b("\x00".join([onset.isoformat(), *parts]).encode(), digest_size=8).hexdigest()


def restate(episode: Episode, actuals: Mapping[date, Decimal]) -> Excess:
    """
    The excess from the exact bill: *actuals* (EffectiveCost of the scope by day) less what was expected.

    A day without an actual was not billed: 0. The interval is moved by what the point moved.
    """
    point = Decimal(0)
    for day in episode.days:
        point = EXACT.add(point, EXACT.subtract(actuals.get(day.day, Decimal(0)), day.expected))
    moved = EXACT.subtract(point, episode.excess.point)
    return Excess(point, EXACT.add(episode.excess.low, moved), EXACT.add(episode.excess.high, moved))


def order_of(episode: Episode) -> tuple[date, tuple[tuple[bool, str], ...]]:
    """The order in which episodes are told: by onset, then by scope."""
    return episode.onset, sort_key([f"{c}={v}" for c, v in sorted(episode.scope.items())])
