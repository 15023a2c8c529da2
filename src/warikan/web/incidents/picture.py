"""The picture of what is off: cost by day, the band that was expected, and when what was seen and done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.engine.query import Query
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.period import as_utc
from warikan.operate.scope import Scope
from warikan.web.chart import Chart, Series, draw, incomplete_from
from warikan.web.incidents.marks import load_marks
from warikan.web.overlay import Band, Moment, MomentKind, Overlay, place_of
from warikan.web.visit import Visit

BEFORE = timedelta(days=28)
MOST_DAYS = 200
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Expected:
    """What was expected of one day: the middle of it, and the edges of the band."""

    day: date
    low: Decimal
    middle: Decimal
    high: Decimal


@dataclass(frozen=True)
class Money:
    """Whose money is drawn: a filter and a currency, and whose changes are marked."""

    where: str
    currency: str
    scope: Scope


def load_picture(
    visit: Visit,
    money: Money,
    expected: Sequence[Expected],
    moments: Sequence[tuple[datetime | date, MomentKind, str]],
    *,
    onset: date,
    end: date | None,
    with_marks: bool = True,
) -> Chart | None:
    """
    The days from four weeks before *onset* to a week after *end* (or as far as the data go); at most 200.

    Bars from *onset* to before *end* that lie outside the band are drawn as off. None while nothing is
    allocated.

    Raises:
        UsageError: the filter cannot be read any more.
    """
    if visit.lacks is not None or (reach := visit.freshness.data) is None:
        return None
    newest = (reach.end - timedelta(microseconds=1)).astimezone(UTC).date()
    first = onset - BEFORE
    last = newest if end is None else min(newest, end + AHEAD)
    last = min(max(last, onset), first + timedelta(days=MOST_DAYS - 1))
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    buckets = [as_utc(day) for day in days]
    actual = _actual(visit, money, days)
    series = Series("actual", visit.texts.gettext("Actual"), 0, is_other=False, amounts=actual)
    band = _band(days, expected)
    overlay = Overlay(
        band=band,
        moments=_moments(moments, buckets),
        off=frozenset(
            i
            for i, day in enumerate(days)
            if day >= onset and (end is None or day < end) and not _is_inside(band, i, actual[i])
        ),
        changes=load_marks(visit, money.scope, buckets, "day") if with_marks else (),
    )
    unfinished = incomplete_from(visit.freshness)
    return draw((series,), buckets, "day", money.currency, unfinished, visit.display, overlay=overlay)


def _actual(visit: Visit, money: Money, days: Sequence[date]) -> tuple[Decimal, ...]:
    period = f"{days[0]}..{days[-1] + timedelta(days=1)}"
    query = Query(where=money.where or None, period=period, granularity="day", currency=money.currency)
    found: Mapping[date, Decimal] = {}
    for answer in visit.ask(query).answers:
        rows = answer.rows.select(["period_start", DEFAULT_METRIC]).to_pylist()
        found = {row["period_start"].astimezone(UTC).date(): row[DEFAULT_METRIC] for row in rows}
    return tuple(found.get(day, Decimal(0)) for day in days)


def _band(days: Sequence[date], expected: Sequence[Expected]) -> Band | None:
    of_day = {one.day: one for one in expected}
    if not of_day.keys() & set(days):
        return None
    found = [of_day.get(day) for day in days]
    return Band(
        low=tuple(one.low if one else None for one in found),
        middle=tuple(one.middle if one else None for one in found),
        high=tuple(one.high if one else None for one in found),
    )


def _is_inside(band: Band | None, place: int, amount: Decimal) -> bool:
    """Whether *amount* is as expected: a day of an incident may be an ordinary one."""
    if band is None:
        return False
    low, high = band.low[place], band.high[place]
    return low is not None and high is not None and low <= amount <= high


def _moments(
    moments: Sequence[tuple[datetime | date, MomentKind, str]], buckets: Sequence[datetime]
) -> tuple[Moment, ...]:
    end = buckets[-1] + timedelta(days=1)
    placed = [
        Moment(place, kind, label)
        for at, kind, label in moments
        if (place := place_of(at, buckets)) is not None
        and (at < end if isinstance(at, datetime) else at < end.date())
    ]
    return tuple(sorted(placed, key=lambda moment: moment.place))
