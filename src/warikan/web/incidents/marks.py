"""Marks of changes below a chart: what happened on each bar, with the list of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from warikan.focus.period import Granularity, Period
from warikan.operate.changes.change import Mark
from warikan.operate.scope import Scope
from warikan.web.bounds import shorten
from warikan.web.chart import next_bucket
from warikan.web.incidents.words import CHANGE_KINDS, say
from warikan.web.overlay import ChangeMark, place_of
from warikan.web.state import encode
from warikan.web.visit import Visit

CHANGES = "/changes"
_NAMES: Mapping[str, str] = {"x_ServiceId": "service", "x_TeamId": "team", "x_ClusterId": "cluster"}
MOST_KINDS = 3


def load_marks(
    visit: Visit, scope: Scope, buckets: Sequence[datetime], granularity: Granularity
) -> tuple[ChangeMark, ...]:
    """What happened to *scope* on each bar of *buckets*; one mark for a bar, however much happened."""
    if not buckets:
        return ()
    period = Period(buckets[0], next_bucket(buckets[-1], granularity))
    found = visit.workspace.operations.changes.for_chart(scope, period, most=max(len(buckets), 2))
    places: dict[int, list[Mark]] = {}
    for mark in found:
        # What began before and lasted into the period stands at its beginning.
        places.setdefault(place_of(mark.at, buckets) or 0, []).append(mark)
    return tuple(
        _mark(visit, scope, place, marks, buckets, granularity) for place, marks in sorted(places.items())
    )


def changes_url(scope: Scope, **more: str | None) -> str:
    """The ledger's list of what happened to *scope*."""
    pairs = [(_NAMES[column], value) for column, value in scope.items() if column in _NAMES and value]
    pairs += [(name, value) for name, value in more.items() if value]
    return f"{CHANGES}?{encode(pairs)}" if pairs else CHANGES


def _mark(
    visit: Visit,
    scope: Scope,
    place: int,
    marks: Sequence[Mark],
    buckets: Sequence[datetime],
    granularity: Granularity,
) -> ChangeMark:
    first = buckets[place].date()
    last = (next_bucket(buckets[place], granularity) - timedelta(microseconds=1)).date()
    count = sum(mark.count for mark in marks)
    made = ChangeMark(place, count, _title(visit, marks, count), "", first, last)
    return replace(made, href=changes_url(scope, first=first.isoformat(), last=last.isoformat()))


def _title(visit: Visit, marks: Sequence[Mark], count: int) -> str:
    if count == 1:
        return visit.texts.gettext(
            "%(kind)s: %(title)s", kind=say(CHANGE_KINDS, marks[0].kind, visit), title=shorten(marks[0].title)
        )
    kinds: dict[str, int] = {}
    for mark in marks:
        for kind, number in mark.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + number
    ranked = sorted(kinds, key=lambda kind: (-kinds[kind], kind))[:MOST_KINDS]
    names = ", ".join(f"{say(CHANGE_KINDS, kind, visit)} {kinds[kind]}" for kind in ranked)
    return visit.texts.ngettext("%(num)s change: %(kinds)s", "%(num)s changes: %(kinds)s", count, kinds=names)
