"""What stands above the numbers: filter, grouping, period, cost, and how fresh the data is."""

from dataclasses import dataclass
from datetime import timedelta

from warikan.engine.months import MonthState
from warikan.engine.query import Freshness
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import FilterError
from warikan.focus.period import Period, as_utc
from warikan.web.bounds import MAX_TITLE, shorten
from warikan.web.labels import GROUPS, METRIC_LABELS, METRIC_NOTES
from warikan.web.narrowing import list_parts
from warikan.web.periods import Choice, PeriodPicker, make_periods
from warikan.web.rates import DisplayChoice, list_choices
from warikan.web.said import translate
from warikan.web.state import ViewState
from warikan.web.visit import Visit

MAX_COLUMN = 200
"""Characters of a column that an address may name: a tag's key can be longer."""


_MOST_WORDS = 12
"""Reasons of estimated months that a tooltip names."""


@dataclass(frozen=True)
class ChoiceGroup:
    """Options under one heading."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Chip:
    """One condition of the filter, with the view without it."""

    label: str
    text: str
    href: str


@dataclass(frozen=True)
class FilterProblem:
    """A filter that cannot be read, cut where it went wrong."""

    before: str
    at: str
    after: str
    reason: str
    hint: str | None


@dataclass(frozen=True)
class FreshnessLine:
    """How far the numbers reach: what is always visible."""

    data_to: str | None
    late: tuple[str, ...]
    estimated: tuple[str, ...]
    loaded_at: str | None
    stale: tuple[str, ...] = ()
    why_open: tuple[str, ...] = ()


@dataclass(frozen=True)
class Toolbar:
    """All controls of a view."""

    periods: PeriodPicker
    groups: tuple[ChoiceGroup, ...]
    then: tuple[ChoiceGroup, ...]
    metrics: tuple[Choice, ...]
    compare: Choice
    display: DisplayChoice | None
    chips: tuple[Chip, ...]
    hidden: tuple[tuple[str, str], ...]


def make_toolbar(state: ViewState, visit: Visit, period: Period | None, freshness: Freshness) -> Toolbar:
    """The controls that lead from *state* to its neighbours."""
    then = _columns(visit, state.by[1] if len(state.by) > 1 else None)
    return Toolbar(
        periods=make_periods(state, visit, period, freshness),
        groups=_columns(visit, state.by[0]),
        then=then,
        metrics=tuple(_metric(m, state, visit) for m in dict.fromkeys((*COST_METRICS, state.metric))),
        compare=Choice("compare", "", state.compare, _flip_compare(state).url()),
        display=list_choices(state, visit),
        chips=list_chips(state, visit),
        hidden=tuple(state.parameters()),
    )


def describe_freshness(freshness: Freshness, visit: Visit) -> FreshnessLine:
    """In words; days late are counted from the newest source."""
    if freshness.data is None:
        return FreshnessLine(None, (), (), None)
    ends = {source.source_id: source.data_end for source in freshness.sources}
    late = tuple(
        visit.texts.ngettext(
            "%(source)s %(num)d day late",
            "%(source)s %(num)d days late",
            (freshness.data.end - ends[s]).days,
            source=s,
        )
        for s in freshness.late
    )
    loaded = max((source.loaded_at for source in freshness.sources), default=None)
    return FreshnessLine(
        data_to=visit.display.day(freshness.data.end - timedelta(microseconds=1)),
        late=late,
        estimated=tuple(visit.display.month(m) for m in freshness.estimated_months),
        loaded_at=visit.display.moment(loaded) if loaded else None,
        stale=tuple(visit.display.month(as_utc(day)) for day in freshness.stale_months),
        why_open=tuple(_why_open(s, visit) for s in freshness.months if s.status == "open")[:_MOST_WORDS],
    )


def _why_open(state: MonthState, visit: Visit) -> str:
    """Why a month of one source can still change, in the visitor's language."""
    month, source = visit.display.month(as_utc(state.month)), state.source_id
    gettext = visit.texts.gettext
    if state.why == "not ended":
        return gettext("%(source)s, %(month)s: the month has not ended", source=source, month=month)
    if state.why == "settling":
        day = visit.display.day(state.final_from)
        return gettext("%(source)s, %(month)s: final from %(day)s", source=source, month=month, day=day)
    if state.why == "not closed":
        return gettext("%(source)s, %(month)s: the provider has not closed it", source=source, month=month)
    return gettext("%(source)s, %(month)s: not loaded since it ended", source=source, month=month)


def describe_problem(error: FilterError, visit: Visit) -> FilterProblem:
    """Cut the filter at the character where it went wrong; say why in the visitor's language."""
    place = min(max(error.position, 0), len(error.text))
    at = error.text[place : place + 1]
    return FilterProblem(
        before=error.text[:place],
        at=at or "\N{NO-BREAK SPACE}",
        after=error.text[place + 1 :],
        reason=translate(error.reason, visit.texts),
        hint=translate(error.hint, visit.texts) if error.hint else None,
    )


def hidden_fields(state: ViewState, *without: str) -> list[tuple[str, str]]:
    """The state as hidden inputs of a form that itself sends the parameters *without*."""
    return [(name, value) for name, value in state.parameters() if name not in {*without, "open"}]


def _columns(visit: Visit, chosen: str | None) -> tuple[ChoiceGroup, ...]:
    known = {d.id: d for d in visit.dimensions}
    found = []
    placed: set[str] = set()
    for label, columns in GROUPS:
        here = [c for c in columns if c in known]
        placed.update(here)
        found.append(ChoiceGroup(visit.texts.gettext(label), tuple(_column(c, visit, chosen) for c in here)))
    tags = [c for c, d in known.items() if d.is_tag and len(c) <= MAX_COLUMN]
    rest = sorted((c for c in known if c not in placed and c not in tags), key=visit.column)
    if chosen and chosen not in known:
        tags = [*tags, chosen]
    found.append(ChoiceGroup(visit.texts.gettext("Tags"), tuple(_column(c, visit, chosen) for c in tags)))
    found.append(ChoiceGroup(visit.texts.gettext("More"), tuple(_column(c, visit, chosen) for c in rest)))
    return tuple(group for group in found if group.choices)


def _column(column: str, visit: Visit, chosen: str | None) -> Choice:
    return Choice(column, visit.column(column), column == chosen, note=column)


def _metric(metric: str, state: ViewState, visit: Visit) -> Choice:
    return Choice(
        metric,
        visit.texts.gettext(METRIC_LABELS[metric]),
        metric == state.metric,
        state.change(metric=metric).url(),
        visit.texts.gettext(METRIC_NOTES[metric]),
    )


def _flip_compare(state: ViewState) -> ViewState:
    return state.change(compare=not state.compare, order="cost" if state.order == "change" else state.order)


def list_chips(state: ViewState, visit: Visit, path: str = "/") -> tuple[Chip, ...]:
    """The filter condition by condition; none when it cannot be read."""
    try:
        parts = list_parts(state.where, visit.schema)
    except FilterError:
        return ()
    chips = []
    for part in parts:
        label = shorten(part.text)
        if part.column is not None:
            label = f"{visit.column(part.column)}: {visit.value(part.column, part.value)}"
        chips.append(Chip(label, shorten(part.text, MAX_TITLE), state.change(where=part.rest).url(path)))
    return tuple(chips)
