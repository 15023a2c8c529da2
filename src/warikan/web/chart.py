"""The picture of a table: series over time, as JSON for the ``<cost-chart>`` element."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from warikan.engine.query import CurrencyAnswer, Freshness
from warikan.focus.money import Money
from warikan.focus.period import Granularity, Period, add_months, month_start
from warikan.web.bounds import shorten
from warikan.web.display import Display
from warikan.web.overlay import ChangeMark, Overlay
from warikan.web.table import key_of

MAX_SERIES = 8
LATE_BUT_COMING = timedelta(days=10)
"""A source that is later than this has ended rather than being late: nothing more is expected."""
_UP_TO_DAYS: tuple[tuple[Granularity, int], ...] = (("hour", 2), ("day", 95), ("week", 300))
OTHER_KEY = "~other"


@dataclass(frozen=True)
class Series:
    """One colour of the picture; *slot* None is grey."""

    key: str
    label: str
    slot: int | None
    is_other: bool
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True)
class Chart:
    """
    What is drawn.

    Attributes:
        data: JSON for the element: labels, series, incomplete buckets; amounts as numbers, since a
            picture needs no more.
        summary: The picture in one or two sentences, for those who do not see it.
        changes: What is marked below it.
    """

    series: tuple[Series, ...]
    granularity: Granularity
    data: str
    summary: str
    changes: tuple[ChangeMark, ...] = ()


def pick_granularity(period: Period) -> Granularity:
    """Days up to three months, weeks up to ten, then months; hours for a day or two."""
    for granularity, days in _UP_TO_DAYS:
        if period.days <= days:
            return granularity
    return "month"


def list_buckets(period: Period, granularity: Granularity) -> list[datetime]:
    """Starts of all buckets that touch *period*; weeks start on Monday."""
    moment = period.start.replace(minute=0, second=0, microsecond=0)
    if granularity != "hour":
        moment = moment.replace(hour=0)
    if granularity == "week":
        moment -= timedelta(days=moment.weekday())
    elif granularity == "month":
        moment = month_start(moment)
    found = []
    while moment < period.end:
        found.append(moment)
        moment = next_bucket(moment, granularity)
    return found


def incomplete_from(freshness: Freshness) -> datetime | None:
    """The day from which at least one source is still expected; None when all are there."""
    if freshness.data is None:
        return None
    newest = freshness.data.end
    ends = [
        s.data_end
        for s in freshness.sources
        if s.source_id in freshness.late and newest - s.data_end <= LATE_BUT_COMING
    ]
    return min(ends, default=None)


def collect_series(
    answer: CurrencyAnswer,
    column: str,
    metric: str,
    buckets: Sequence[datetime],
    labels: dict[str | None, str],
    slots: dict[str | None, int],
    other_label: str,
) -> tuple[Series, ...]:
    """The rows of a daily answer as series, largest first as the answer has them, Other last."""
    place = {moment: i for i, moment in enumerate(buckets)}
    amounts: dict[tuple[bool, str | None], list[Decimal]] = {}
    for row in answer.rows.select(["period_start", column, "x_IsOther", metric]).to_pylist():
        who = (bool(row["x_IsOther"]), row[column])
        line = amounts.setdefault(who, [Decimal(0)] * len(buckets))
        if row["period_start"] in place:
            line[place[row["period_start"]]] += row[metric]
    order = {key: i for i, key in enumerate(labels)}
    ranked = sorted(amounts, key=lambda who: (who[0], order.get(who[1], len(order))))
    return tuple(
        Series(
            key=OTHER_KEY if is_other else key_of(key),
            label=other_label if is_other else labels.get(key, shorten(str(key))),
            slot=None if is_other else slots.get(key),
            is_other=is_other,
            amounts=tuple(amounts[is_other, key]),
        )
        for is_other, key in ranked
    )


def draw(
    series: Sequence[Series],
    buckets: Sequence[datetime],
    granularity: Granularity,
    currency: str,
    unfinished: datetime | None,
    display: Display,
    *,
    unit: str | None = None,
    overlay: Overlay | None = None,
) -> Chart:
    """
    Put *series* into the form that the element reads, with its summary.

    Amounts are of *currency*; with *unit* they are quantities of it, and *currency* is not read.
    *overlay* lies over the bars.
    """
    labels = [display.bucket(moment, granularity) for moment in buckets]
    hatched = [
        i
        for i, moment in enumerate(buckets)
        if unfinished is not None and next_bucket(moment, granularity) > unfinished
    ]
    totals = [_total((s.amounts[i] for s in series), unit or currency) for i in range(len(buckets))]
    document = {
        "currency": currency,
        "unit": unit,
        "lang": display.texts.lang,
        "labels": [short for short, _ in labels],
        "titles": [long for _, long in labels],
        "hatched": hatched,
        "totals": [float(t.amount) for t in totals],
        "words": {
            "total": display.texts.gettext("Total"),
            "incomplete": display.texts.gettext("still arriving"),
        },
        "series": [
            {
                "key": s.key,
                "label": s.label,
                "slot": s.slot,
                "other": s.is_other,
                "values": [float(a) for a in s.amounts],
            }
            for s in series
        ],
    }
    document |= overlay.document(display) if overlay else {}
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    summary = _summarise(series, labels, totals, unit, display)
    return Chart(tuple(series), granularity, data, summary, overlay.changes if overlay else ())


def _summarise(
    series: Sequence[Series],
    labels: Sequence[tuple[str, str]],
    totals: Sequence[Money],
    unit: str | None,
    display: Display,
) -> str:
    if not series or not labels:
        return display.texts.gettext("Nothing to draw.")
    high = max(range(len(labels)), key=lambda i: totals[i].amount)
    low = min(range(len(labels)), key=lambda i: totals[i].amount)

    def said(total: Money) -> str:
        return (
            display.quantity(total.amount, unit) if unit else display.money(total.amount, total.currency).text
        )

    return display.texts.gettext(
        "%(count)s bars, from %(first)s to %(last)s. Highest: %(high)s on %(high_day)s; lowest: %(low)s on "
        "%(low_day)s. Stacked: %(names)s. The table below has the same numbers.",
        count=len(labels),
        first=labels[0][1],
        last=labels[-1][1],
        high=said(totals[high]),
        high_day=labels[high][1],
        low=said(totals[low]),
        low_day=labels[low][1],
        names=", ".join(s.label for s in series),
    )


def _total(amounts: Iterable[Decimal], currency: str) -> Money:
    total = Money(Decimal(0), currency)
    for amount in amounts:
        total += Money(amount, currency)
    return total


def next_bucket(moment: datetime, granularity: Granularity) -> datetime:
    """Where the bucket after the one that starts at *moment* starts."""
    if granularity == "month":
        return add_months(moment, 1)
    return (
        moment
        + {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}[granularity]
    )
