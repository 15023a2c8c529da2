"""Clusters that follow each other: what they cost together, what running both cost, what was left behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from warikan.engine.changeover import Changeover, ChangeoverCost, Left
from warikan.engine.clusters import among
from warikan.engine.query import Query
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.period import Period, day_start
from warikan.web.bounds import full_title
from warikan.web.causes import cause_segments
from warikan.web.chart import (
    Chart,
    collect_series,
    draw,
    incomplete_from,
    list_buckets,
    pick_granularity,
)
from warikan.web.cluster_links import cluster_path, slices_of
from warikan.web.colours import SLOTS, assign_slots
from warikan.web.display import Amount
from warikan.web.periods import Choice
from warikan.web.state import ViewState
from warikan.web.table import Segment
from warikan.web.visit import Visit

AROUND = timedelta(days=21)
"""Shown on either side of a change-over, where no period is asked for."""


@dataclass(frozen=True)
class Side:
    """One of the two clusters during the overlap."""

    label: str
    href: str | None
    amount: Amount | None
    charges: str | None
    segments: tuple[Segment, ...]
    efficiency: str | None


@dataclass(frozen=True)
class LeftRow:
    """Something that was still paid for."""

    label: str
    title: str | None
    service: str
    amount: Amount
    href: str | None


@dataclass(frozen=True)
class Handover:
    """
    From one cluster to the next, in words and amounts of one currency.

    Attributes:
        overlap, before, after: Days in words; None where there are none.
        sides: The old and the new one.
        expected, extra: What one would have cost, and what the overlap cost; None where nobody knows.
        is_dearer: Whether both cost more than one would have.
    """

    old: str
    new: str
    overlap: str | None
    before: str | None
    after: str | None
    days: int
    left_href: str | None
    sides: tuple[Side, ...] = ()
    both: Amount | None = None
    expected: Amount | None = None
    extra: Amount | None = None
    is_dearer: bool = False
    left: tuple[LeftRow, ...] = ()
    left_total: Amount | None = None
    left_daily: Amount | None = None


@dataclass(frozen=True)
class LogicalPage:
    """The page; *state* has the period that is shown, *handovers* the newest first."""

    name: str
    state: ViewState
    clusters: tuple[tuple[str, str | None], ...]
    period: Period
    currency: str
    currencies: tuple[Choice, ...]
    headline: Amount | None
    chart: Chart | None
    handovers: tuple[Handover, ...]


def load_logical(name: str, state: ViewState, visit: Visit, path: str, *, around: bool) -> LogicalPage | None:
    """
    Ask and lay out; None where ``warikan.yaml`` has no clusters of this logical *name*.

    With *around* the period is that of the newest change-over, with some days on either side.

    Raises:
        UsageError: the period or the currency cannot be used.
    """
    clusters = visit.workspace.clusters.of_logical(name)
    if not clusters:
        return None
    found = visit.clusters.changeovers(name)
    if around and found:
        state = state.change(period=str(_around(found[0], visit)))
    query = Query(by=("x_ClusterId",), where=among(clusters), period=state.period)
    answer = visit.ask(query)
    codes = [one.currency for one in answer.answers]
    wishes = (state.currency, visit.workspace.settings.currency, *codes)
    currency = next((code for code in wishes if code in codes), None) or ""
    shown = next((one for one in answer.answers if one.currency == currency), None)
    asked = state.change(currency=currency or None)
    return LogicalPage(
        name=name,
        state=state,
        clusters=tuple((visit.value("x_ClusterId", c), _href(c, state)) for c in clusters),
        period=answer.period,
        currency=currency,
        currencies=_currencies(codes, currency, state, path),
        headline=visit.display.money(shown.totals[DEFAULT_METRIC], currency) if shown else None,
        chart=_draw(query, answer.period, clusters, asked, visit) if shown else None,
        handovers=tuple(_handover(one, currency, visit) for one in found),
    )


def _around(found: Changeover, visit: Visit) -> Period:
    """The days of the change-over and AROUND, as far as there is data."""
    times = found.overlap or Period(found.new.period.start - AROUND, found.new.period.start + AROUND)
    data = visit.freshness.data
    start, end = day_start(times.start) - AROUND, day_start(times.end) + AROUND
    if data is not None and data.start < end and start < data.end:
        start, end = max(start, data.start), min(end, data.end)
    return Period(start, end)


def _draw(query: Query, period: Period, clusters: tuple[str, ...], state: ViewState, visit: Visit) -> Chart:
    """Cost over time, stacked by cluster."""
    granularity = state.granularity or pick_granularity(period)
    answer = visit.ask(replace(query, granularity=granularity, currency=state.currency, top=SLOTS))
    buckets = list_buckets(period, granularity)
    labels: dict[str | None, str] = {c: visit.value("x_ClusterId", c) for c in clusters}
    slots = assign_slots("x_ClusterId", clusters[:SLOTS], clusters)
    other = visit.texts.gettext("Other")
    series = (
        collect_series(answer.answers[0], "x_ClusterId", DEFAULT_METRIC, buckets, labels, slots, other)
        if answer.answers
        else ()
    )
    unfinished = incomplete_from(answer.freshness)
    return draw(series, buckets, granularity, state.currency or "", unfinished, visit.display)


def _currencies(codes: Sequence[str], shown: str, state: ViewState, path: str) -> tuple[Choice, ...]:
    if len(codes) < 2:
        return ()
    return tuple(Choice(c, c, c == shown, state.change(currency=c).url(path)) for c in codes)


def _href(cluster: str, state: ViewState) -> str | None:
    path = cluster_path(cluster)
    return state.url(path) if path else None


def _handover(found: Changeover, currency: str, visit: Visit) -> Handover:
    display = visit.display
    cost = next((one for one in found.costs if one.currency == currency), None)
    old, after = found.old.cluster_id, _state_of(found.after, currency)
    words = [display.period(p) if p else None for p in (found.overlap, found.before, found.after)]
    known = Handover(
        old=visit.value("x_ClusterId", old),
        new=visit.value("x_ClusterId", found.new.cluster_id),
        overlap=words[0],
        before=words[1],
        after=words[2],
        days=found.overlap.days if found.overlap else 0,
        left_href=slices_of(after, visit, [("x_ClusterId", old)]) if after else None,
    )
    if cost is None:
        return known
    places, left_places = (display.places(total, currency) for total in (cost.both, cost.left_cost))

    def money(amount: Decimal | None, decimals: int | None) -> Amount | None:
        return display.money(amount, currency, decimals) if amount is not None else None

    return replace(
        known,
        sides=_sides(found, cost, currency, places, visit),
        both=money(cost.both, places) if found.overlap else None,
        expected=money(cost.expected, places),
        extra=money(abs(cost.extra) if cost.extra is not None else None, places),
        is_dearer=cost.extra is not None and cost.extra > 0,
        left=_left_rows(cost, old, after, left_places, visit),
        left_total=money(cost.left_cost, left_places) if cost.left else None,
        left_daily=money(cost.left_daily, None) if cost.left else None,
    )


def _sides(
    found: Changeover, cost: ChangeoverCost, currency: str, places: int, visit: Visit
) -> tuple[Side, ...]:
    state = _state_of(found.overlap, currency)
    if state is None:
        return ()
    both = [place.cost for place in (cost.old, cost.new) if place]
    amounts = iter(visit.display.column(both, cost.both, currency, places))
    sides = []
    for life, place in ((found.old, cost.old), (found.new, cost.new)):
        efficiency = place.efficiency if place else None
        sides.append(
            Side(
                label=visit.value("x_ClusterId", life.cluster_id),
                href=_href(life.cluster_id, state),
                amount=next(amounts) if place else None,
                charges=slices_of(state, visit, [("x_ClusterId", life.cluster_id)]),
                segments=cause_segments(place, visit) if place else (),
                efficiency=visit.display.percent(efficiency) if efficiency is not None else None,
            )
        )
    return tuple(sides)


def _left_rows(
    cost: ChangeoverCost, cluster: str, state: ViewState | None, places: int, visit: Visit
) -> tuple[LeftRow, ...]:
    amounts = visit.display.column([one.cost for one in cost.left], cost.left_cost, cost.currency, places)
    return tuple(
        _left(one, cluster, state, amount, visit) for one, amount in zip(cost.left, amounts, strict=True)
    )


def _left(one: Left, cluster: str, state: ViewState | None, amount: Amount, visit: Visit) -> LeftRow:
    if one.is_other:
        return LeftRow(visit.texts.gettext("Other"), None, "", amount, None)
    label = visit.value("ResourceId", one.resource_id)
    pairs = [("x_ClusterId", cluster), ("ServiceName", one.service), ("ResourceId", one.resource_id)]
    return LeftRow(
        label=label,
        title=full_title(one.resource_id, label),
        service=visit.value("ServiceName", one.service),
        amount=amount,
        href=slices_of(state, visit, pairs) if state else None,
    )


def _state_of(period: Period | None, currency: str) -> ViewState | None:
    return ViewState(period=str(period), currency=currency or None) if period else None
