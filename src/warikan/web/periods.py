"""Choosing a period: the same picker on every page that has one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from warikan.engine.query import Freshness
from warikan.focus.period import Period, add_months, month_start
from warikan.web.state import ViewState
from warikan.web.texts import N_
from warikan.web.visit import Visit

MAX_MONTHS = 13
_QUICK = (("7d", N_("7 days")), ("30d", N_("30 days")), ("90d", N_("90 days")), ("mtd", N_("This month")))


@dataclass(frozen=True)
class Choice:
    """One thing to choose: a link or an option."""

    value: str
    label: str
    is_chosen: bool
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class PeriodPicker:
    """
    Periods as links, and a form for any other.

    Attributes:
        shown: The period in words, where it is none of *quick*; None where it is not known.
        first, last: Its days, as a date field has them.
        path: Where the form goes.
        hidden: What else the form sends.
    """

    quick: tuple[Choice, ...]
    months: tuple[Choice, ...]
    shown: str | None
    is_custom: bool
    first: str
    last: str
    path: str
    hidden: tuple[tuple[str, str], ...]


def make_periods(
    state: ViewState,
    visit: Visit,
    period: Period | None,
    freshness: Freshness,
    path: str = "/",
    extra: Mapping[str, str | None] | None = None,
) -> PeriodPicker:
    """The periods that *state* at *path*, with the parameters *extra*, can be changed to."""

    def to(words: str) -> str:
        return state.change(period=words).url(path, **(extra or {}))

    quick = tuple(
        Choice(value, visit.texts.gettext(label), state.period == value, to(value)) for value, label in _QUICK
    )
    is_custom = state.period not in {c.value for c in quick}
    kept = [(name, value) for name, value in state.parameters() if name not in {"period", "open"}]
    return PeriodPicker(
        quick=quick,
        months=_months(state, visit, freshness, to),
        shown=visit.display.period(period) if is_custom and period else None,
        is_custom=is_custom,
        first=period.start.date().isoformat() if period else "",
        last=(period.end - timedelta(microseconds=1)).date().isoformat() if period else "",
        path=path,
        hidden=(*kept, *((name, value) for name, value in (extra or {}).items() if value is not None)),
    )


def _months(
    state: ViewState, visit: Visit, freshness: Freshness, to: Callable[[str], str]
) -> tuple[Choice, ...]:
    if freshness.data is None:
        return ()
    found: list[Choice] = []
    month: datetime = month_start(freshness.data.end - timedelta(microseconds=1))
    while len(found) < MAX_MONTHS and add_months(month, 1) > freshness.data.start:
        value = f"{month:%Y-%m}"
        found.append(Choice(value, visit.display.month(month), state.period == value, to(value)))
        month = add_months(month, -1)
    return (*found, Choice("all", visit.texts.gettext("All data"), state.period == "all", to("all")))
