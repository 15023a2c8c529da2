"""
One cluster after another: what it cost to run both, and what the old one left behind.

A cluster has tenants while pods run on it that are not its own: pods of a DaemonSet, and those in namespaces
that begin with ``kube-``, come and go with the nodes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from warikan.engine.cluster_costs import PlaceCost, add_places, ask_place_costs, reprice
from warikan.engine.clusters import ClusterQuery, among
from warikan.engine.engine import Engine
from warikan.engine.query import Query
from warikan.engine.usage import PLACES, UsageQuery, containers_of, understand
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.money import EXACT
from warikan.focus.period import Period, day_start

BASELINE_DAYS = 14
"""What one cluster costs is taken from so many days before the overlap; from fewer where there are fewer."""
MAX_LEFT = 50
"""Things left behind that are listed; the rest are one."""
_DAY = timedelta(days=1)
_TENANTS = "NOT (x_WorkloadKind = 'DaemonSet') AND NOT (x_Namespace LIKE 'kube-%')"


@dataclass(frozen=True)
class Life:
    """A cluster with tenants in some of the hours of *period*, from its first to its last."""

    cluster_id: str
    period: Period


@dataclass(frozen=True)
class Left:
    """
    Something of the old cluster that was still paid for after its last tenant's day.

    Attributes:
        service: ServiceName.
        resource_id: None where the bill names none.
        is_other: All that is beyond MAX_LEFT, together.
    """

    service: str | None
    resource_id: str | None
    cost: Decimal
    is_other: bool


@dataclass(frozen=True)
class ChangeoverCost:
    """
    A change-over in one currency, EffectiveCost.

    Attributes:
        old, new: What each cost during the overlap, by cause.
        both: Together.
        expected: What one would have cost in that time: as in the days before; None where there are none.
        extra: What the overlap cost: both less expected.
        left: What of the old one was paid for after it had no tenants, the largest first.
        left_cost: All of it.
        left_daily: Of that, on the last day with data.
    """

    currency: str
    old: PlaceCost | None
    new: PlaceCost | None
    both: Decimal
    expected: Decimal | None
    extra: Decimal | None
    left: tuple[Left, ...]
    left_cost: Decimal
    left_daily: Decimal


@dataclass(frozen=True)
class Changeover:
    """
    From one cluster to the next.

    Attributes:
        overlap: Whole days (UTC) in which both had tenants; None where there was no such day.
        before: The days that the overlap is compared with.
        after: From the day after the old one's last tenant to the end of the data.
    """

    old: Life
    new: Life
    overlap: Period | None
    before: Period | None
    after: Period | None
    costs: tuple[ChangeoverCost, ...]


def list_lives(engine: Engine, clusters: Sequence[str], *, now: datetime) -> tuple[Life, ...]:
    """When each of *clusters* had tenants, of all hours in the lake, in order; others are left out."""
    asked = understand(
        engine, UsageQuery(where=_TENANTS, period=_EVER, clusters=tuple(clusters)), PLACES, now=now
    )
    rows = containers_of(engine, asked)
    found = engine.to_arrow(
        rows.group_by("x_ClusterId").agg(first=rows.Hour.min(), last=rows.Hour.max())
    ).to_pylist()
    hour = timedelta(hours=1)
    lives = [Life(r["x_ClusterId"], Period(r["first"], r["last"] + hour)) for r in found]
    return tuple(sorted(lives, key=lambda life: (life.period.start, life.cluster_id)))


_EVER = "1970-01-01..2200-01-01"


def list_changeovers(
    engine: Engine, clusters: Sequence[str], *, currency: str | None = None, now: datetime
) -> tuple[Changeover, ...]:
    """
    From each of *clusters* to the one that came next, the newest first.

    Raises:
        UsageError: nothing is allocated yet.
    """
    lives = list_lives(engine, clusters, now=now)
    pairs = list(pairwise(lives))
    return tuple(_changeover(engine, old, new, currency, now) for old, new in reversed(pairs))


def _changeover(engine: Engine, old: Life, new: Life, currency: str | None, now: datetime) -> Changeover:
    data = engine.freshness(None, now=now).data
    overlap = _days(max(old.period.start, new.period.start), min(old.period.end, new.period.end))
    before = _billed(engine, old, overlap, currency, now) if overlap else None
    ended = old.period.end <= new.period.end
    after = _period(_day_after(old.period.end), data.end) if ended and data is not None else None
    costs = tuple(_costs(engine, (old, new), (overlap, before, after), currency, now))
    return Changeover(old, new, overlap, before, after, costs)


def _billed(engine: Engine, old: Life, overlap: Period, currency: str | None, now: datetime) -> Period | None:
    """The days before the overlap, at most BASELINE_DAYS, from the first that the old cluster has cost on."""
    window = Period(overlap.start - BASELINE_DAYS * _DAY, overlap.start)
    query = ClusterQuery(period=str(window), currency=currency, clusters=(old.cluster_id,))
    days = ask_place_costs(engine, query.costs((), granularity="day"), now=now)
    first = min((day.start for day in days if day.start is not None and day.cost), default=window.end)
    return _period(first, window.end)


def _costs(
    engine: Engine,
    pair: tuple[Life, Life],
    times: tuple[Period | None, Period | None, Period | None],
    currency: str | None,
    now: datetime,
) -> Iterator[ChangeoverCost]:
    overlap, before, after = times
    both = tuple(life.cluster_id for life in pair)
    during = _by_cluster(engine, both, overlap, currency, now)
    earlier = _by_cluster(engine, both, before, currency, now)
    left = _left_behind(engine, both[0], after, currency, now)
    for code in dict.fromkeys(place.currency for place in (*during, *left.places)):
        here = {place.key[0]: place for place in during if place.currency == code}
        was = [place for place in earlier if place.currency == code]
        total = add_places(list(here.values()), ()).cost if here else Decimal(0)
        expected = None
        if was and overlap and before:
            expected = reprice(add_places(was, ()).cost, before.days, overlap.days)
        of_code = [place for place in left.places if place.currency == code]
        yield ChangeoverCost(
            currency=code,
            old=here.get(both[0]),
            new=here.get(both[1]),
            both=total,
            expected=expected,
            extra=EXACT.subtract(total, expected) if expected is not None else None,
            left=left.things.get(code, ()),
            left_cost=add_places(of_code, ()).cost if of_code else Decimal(0),
            left_daily=left.daily.get(code, Decimal(0)),
        )


@dataclass(frozen=True)
class _LeftBehind:
    places: tuple[PlaceCost, ...]
    things: dict[str, tuple[Left, ...]]
    daily: dict[str, Decimal]


def _by_cluster(
    engine: Engine, clusters: tuple[str, ...], period: Period | None, currency: str | None, now: datetime
) -> tuple[PlaceCost, ...]:
    if period is None:
        return ()
    query = ClusterQuery(period=str(period), currency=currency, clusters=clusters)
    return ask_place_costs(engine, query.costs(("x_ClusterId",)), now=now)


def _left_behind(
    engine: Engine, cluster: str, period: Period | None, currency: str | None, now: datetime
) -> _LeftBehind:
    if period is None:
        return _LeftBehind((), {}, {})
    places = _by_cluster(engine, (cluster,), period, currency, now)
    last = Period(day_start(period.end - timedelta(microseconds=1)), period.end)
    daily = {p.currency: p.cost for p in _by_cluster(engine, (cluster,), last, currency, now)}
    things = engine.run(
        Query(
            by=("ServiceName", "ResourceId"),
            where=among((cluster,)),
            period=str(period),
            currency=currency,
            top=MAX_LEFT,
        ),
        now=now,
    )
    found = {
        one.currency: tuple(
            Left(row["ServiceName"], row["ResourceId"], row[DEFAULT_METRIC], row["x_IsOther"])
            for row in one.rows.to_pylist()
        )
        for one in things.answers
    }
    return _LeftBehind(places, found, daily)


def _days(start: datetime, end: datetime) -> Period | None:
    """The days that ``[start, end)`` touches."""
    return None if end <= start else _period(day_start(start), _day_after(end))


def _day_after(moment: datetime) -> datetime:
    """The first midnight that is not before *moment*."""
    return day_start(moment) if moment == day_start(moment) else day_start(moment) + _DAY


def _period(start: datetime, end: datetime) -> Period | None:
    return Period(start, end) if start < end else None
