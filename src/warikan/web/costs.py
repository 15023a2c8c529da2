"""The first page: how much, against what, what changed most, and who owns it."""

from dataclasses import dataclass, replace
from datetime import datetime

from warikan.engine.query import CostAnswer, CurrencyAnswer
from warikan.focus.errors import UsageError
from warikan.web.chart import Chart, collect_series, draw, incomplete_from, list_buckets, pick_granularity
from warikan.web.colours import SLOTS, assign_slots
from warikan.web.display import Amount, Delta
from warikan.web.incidents.marks import load_marks
from warikan.web.movers import Mover, ask_movers
from warikan.web.narrowing import list_parts, narrow
from warikan.web.overlay import Overlay
from warikan.web.rates import Rates, describe_rates, lacks_before
from warikan.web.state import BILLED, ViewState
from warikan.web.table import (
    Line,
    Row,
    Segment,
    TableWriter,
    class_segments,
    read_lines,
    value_of,
)
from warikan.web.visit import Visit

MAX_ROWS = 100
"""Groups in the table; the rest are one row. Beyond 200 a table must be paged (architecture.md)."""
MAX_CHILDREN = 50
_OWNER_OF = {c: c for c in ("x_TeamId", "x_ServiceId", "x_ClusterId")} | {"x_OriginServiceId": "x_ServiceId"}


@dataclass(frozen=True)
class Headline:
    """One currency's total; never added to another."""

    currency: str
    amount: Amount
    compact: str
    href: str
    is_shown: bool
    previous: Amount | None = None
    delta: Delta | None = None


@dataclass(frozen=True)
class Costs:
    """The whole of the first page in one currency."""

    answer: CostAnswer
    headlines: tuple[Headline, ...]
    headline: Headline
    rows: tuple[Row, ...]
    chart: Chart
    coverage: tuple[Segment, ...]
    covered: str | None
    movers: tuple[Mover, ...]
    has_unallocated: bool
    rates: Rates | None
    lacks_rates_before: bool
    arriving: int
    is_comparable: bool
    before_from: datetime | None


def load_costs(state: ViewState, visit: Visit) -> tuple[CostAnswer, Costs | None]:
    """
    Ask and lay out; None when nothing matches. At most four questions, five with open rows.

    Raises:
        UsageError: the filter, a column, the period or the currency cannot be used.
    """
    compare = "previous" if state.compare else None
    billed_in = state.currency if state.shown_in else None
    first = state.query(state.by[:1], compare=compare, top=MAX_ROWS, order=state.order, currency=billed_in)
    answer = visit.ask(first)
    shown = _pick_currency(state, visit, answer)
    if shown is None:
        return answer, None
    asked = _in_one_currency(state, shown.currency)
    rates = describe_rates(answer, state.metric, visit)
    if rates is not None:
        visit = replace(visit, rates_note=rates.note)
    comparable = _is_comparable(answer, state.metric)
    lines = read_lines(shown, state.by[0], state.metric, compared=comparable)
    slots = _slots(lines, state, visit)
    by_class, totals = _ask_classes(asked, visit, shown.currency)
    writer = TableWriter(
        visit=visit,
        state=state,
        currency=shown.currency,
        places=_places(shown, state, visit),
        slots=slots,
        segments=by_class,
    )
    change = shown.changes.get(state.metric) if comparable else None
    rows = writer.rows(lines, shown.totals[state.metric], change)
    coverage = class_segments(totals, visit)
    headlines = _headlines(state, visit, answer, shown)
    return answer, Costs(
        answer=answer,
        headlines=headlines,
        headline=next(h for h in headlines if h.is_shown),
        rows=tuple(_open_rows(rows, asked, visit, writer)),
        chart=_ask_chart(asked, visit, answer, lines, slots, shown.currency),
        coverage=coverage,
        covered=_covered(coverage, visit),
        movers=ask_movers(asked, visit, writer.places, shown.currency) if comparable else (),
        arriving=_days_arriving(answer),
        is_comparable=comparable,
        before_from=_before_from(answer),
        has_unallocated=bool(totals.get("unallocated")),
        rates=rates,
        lacks_rates_before=lacks_before(answer, state.metric),
    )


def _in_one_currency(state: ViewState, currency: str) -> ViewState:
    """What asks *state* for the amounts that are in *currency*, as converted or as billed."""
    if state.shown_in is None:
        return state.change(currency=currency, opened=state.opened)
    if state.shown_in == currency:
        return state
    return state.change(currency=currency, display=BILLED, opened=state.opened)


def _pick_currency(state: ViewState, visit: Visit, answer: CostAnswer) -> CurrencyAnswer | None:
    if state.shown_in is not None:
        return answer.answers[0] if answer.answers else None
    wishes = (state.currency,) if state.currency else (visit.workspace.settings.currency,)
    for one in answer.answers:
        if one.currency in wishes:
            return one
    if state.currency and answer.answers:
        found = ", ".join(one.currency for one in answer.answers)
        raise UsageError(f"nothing here is billed in {state.currency}", hint=f"there is: {found}")
    return answer.answers[0] if answer.answers else None


def _places(shown: CurrencyAnswer, state: ViewState, visit: Visit) -> int:
    total, change = shown.totals[state.metric], shown.changes.get(state.metric)
    largest = max(abs(total), abs(change.previous)) if change else abs(total)
    return visit.display.places(largest, shown.currency)


def _slots(lines: list[Line], state: ViewState, visit: Visit) -> dict[str | None, int]:
    ranked = sorted((x for x in lines if not x.is_other), key=lambda x: -abs(x.cost))
    keys = [x.value for x in ranked[: SLOTS + 1]]
    coloured = [k for k in keys[:SLOTS] if k is not None]
    return assign_slots(state.by[0], coloured, visit.known_ids(state.by[0]))


def _headlines(
    state: ViewState, visit: Visit, answer: CostAnswer, shown: CurrencyAnswer
) -> tuple[Headline, ...]:
    found = []
    for one in answer.answers if state.shown_in is None else (shown,):
        total, change = one.totals[state.metric], one.changes.get(state.metric)
        change = change if _is_comparable(answer, state.metric) else None
        places = _places(one, state, visit)
        found.append(
            Headline(
                currency=one.currency,
                amount=visit.display.money(total, one.currency, places),
                compact=visit.display.compact(total, one.currency),
                href=state.change(currency=one.currency).url(),
                is_shown=one is shown,
                previous=visit.display.money(change.previous, one.currency, places) if change else None,
                delta=visit.display.delta(change, one.currency, places) if change else None,
            )
        )
    return tuple(found)


def _ask_chart(
    state: ViewState,
    visit: Visit,
    answer: CostAnswer,
    lines: list[Line],
    slots: dict[str | None, int],
    currency: str,
) -> Chart:
    granularity = state.granularity or pick_granularity(answer.period)
    daily = visit.ask(state.query(state.by[:1], granularity=granularity, top=SLOTS))
    buckets = list_buckets(answer.period, granularity)
    column = state.by[0]
    labels = {line.value: visit.value(column, line.value) for line in lines if not line.is_other}
    found, other = daily.answer_in(currency), visit.texts.gettext("Other")
    series = collect_series(found, column, state.metric, buckets, labels, slots, other) if found else ()
    unfinished = incomplete_from(answer.freshness)
    marks = load_marks(visit, scope_of(state, visit), buckets, granularity) if state.marks else ()
    overlay = Overlay(changes=marks)
    return draw(series, buckets, granularity, currency, unfinished, visit.display, overlay=overlay)


def scope_of(state: ViewState, visit: Visit) -> dict[str, str | None]:
    """Whose changes *state* is about: the team, service and cluster that its filter names; all for none."""
    parts = list_parts(state.where, visit.schema)
    named = {_OWNER_OF[p.column]: p.value for p in parts if p.column in _OWNER_OF and p.value is not None}
    return dict(named)


def _ask_classes(
    state: ViewState, visit: Visit, currency: str
) -> tuple[dict[str | None, tuple[Segment, ...]], dict[str, float]]:
    """Meters of the rows, and the classes of everything: ratios, so floats will do."""
    column = state.by[0]
    daily = {d.id for d in visit.dimensions if "daily_costs" in d.tables}
    by = (column, "x_AllocationClass") if column in daily - {"x_AllocationClass"} else ("x_AllocationClass",)
    answer = visit.ask(state.query(by))
    totals: dict[str, float] = {}
    rows: dict[str | None, dict[str, float]] = {}
    if (one := answer.answer_in(currency)) is not None:
        for row in one.rows.to_pylist():
            name, cost = row["x_AllocationClass"] or "unallocated", float(row[state.metric])
            totals[name] = totals.get(name, 0.0) + cost
            if len(by) > 1:
                rows.setdefault(row[column], {})[name] = cost
    return {value: class_segments(costs, visit) for value, costs in rows.items()}, totals


def _open_rows(rows: list[Row], state: ViewState, visit: Visit, writer: TableWriter) -> list[Row]:
    opened = [row for row in rows if row.is_open and row.kind != "other"]
    if not opened or len(state.by) == 1:
        return rows
    compare = "previous" if state.compare else None
    result = []
    for row in rows:
        if not row.is_open or row.kind == "other":
            result.append(row)
            continue
        where = narrow(state.where, visit.schema, state.by[0], value_of(row.key))
        query = state.change(where=where).query(
            state.by[1:], compare=compare, top=MAX_CHILDREN, order=state.order
        )
        answer = visit.ask(query)
        compared, found = _is_comparable(answer, state.metric), answer.answer_in(writer.currency)
        lines = read_lines(found, state.by[1], state.metric, compared=compared) if found else []
        result.append(replace(row, children=writer.children(row, lines)))
    return result


def _is_comparable(answer: CostAnswer, metric: str) -> bool:
    """Whether any of the period before is loaded, and all of that has rates: else much would look new."""
    data = answer.freshness.data
    if lacks_before(answer, metric):
        return False
    return answer.previous is not None and data is not None and data.start < answer.previous.end


def _before_from(answer: CostAnswer) -> datetime | None:
    """The first loaded day, when it lies inside the period before: the comparison lacks what is earlier."""
    data = answer.freshness.data
    if (
        answer.previous is None
        or data is None
        or not answer.previous.start < data.start < answer.previous.end
    ):
        return None
    return data.start


def _days_arriving(answer: CostAnswer) -> int:
    """Days at the end of the period for which a source is still expected."""
    since = incomplete_from(answer.freshness)
    return max((answer.period.end - since).days, 0) if since is not None else 0


def _covered(coverage: tuple[Segment, ...], visit: Visit) -> str | None:
    if not coverage:
        return None
    owned = sum(s.width for s in coverage if s.name != "unallocated") / 100
    # What is not quite everything must not read 100 %.
    return visit.display.percent(min(owned, 0.999) if owned < 1 else 1.0, precise=True)
