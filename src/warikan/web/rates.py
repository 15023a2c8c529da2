"""Amounts in another currency than they are billed in: the choice, the rates, and what has none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context

from babel.numbers import format_decimal

from warikan.catalog.rates import Rate
from warikan.engine.query import Converted, CostAnswer
from warikan.focus.period import as_utc
from warikan.web.display import Amount
from warikan.web.periods import Choice
from warikan.web.said import translate
from warikan.web.state import BILLED, ViewState
from warikan.web.visit import Visit

SHOWN_DIGITS = Context(prec=6, rounding=ROUND_HALF_EVEN)
MAX_NOTED = 6
"""Rates that a hover lists; the list of rates has them all."""


@dataclass(frozen=True)
class RateRow:
    """
    One billing currency and month: at which rate, from where, and what came of it.

    Attributes:
        said: ``1 USD = 151.29 JPY``, to six digits; *exact* has all of them.
        billed, shown: None for a month that only the period before has.
    """

    month: str
    said: str
    exact: str
    source: str
    is_frozen: bool
    billed: Amount | None
    shown: Amount | None


@dataclass(frozen=True)
class Unconverted:
    """What has no rate and stays in its own currency."""

    month: str
    currency: str
    billed: Amount


@dataclass(frozen=True)
class Rates:
    """At which rates a view shows its amounts, newest month first; *note* is for the hover of each amount."""

    currency: str
    rows: tuple[RateRow, ...]
    without: tuple[Unconverted, ...]
    note: str


@dataclass(frozen=True)
class DisplayChoice:
    """What a view can be shown in: first billing currencies, as they are, then the others by group."""

    billed: Choice
    groups: tuple[tuple[str, tuple[Choice, ...]], ...]


def describe_rates(answer: CostAnswer, metric: str, visit: Visit) -> Rates | None:
    """The rates of *answer*; None where it is in billing currencies."""
    display = answer.query.display
    if display is None:
        return None
    newest = sorted(answer.converted, key=lambda one: (one.month or date.min, one.currency), reverse=True)
    rows, rates = [], []
    for one in newest:
        if one.rate is not None and not one.rate.is_identity:
            rates.append(one.rate)
            rows.append(_row(one, one.rate, metric, visit))
    without = tuple(
        Unconverted(_month(one, visit), one.currency, visit.display.money(one.billed[metric], one.currency))
        for one in newest
        if one.rate is None and one.billed[metric]
    )
    return Rates(display, tuple(rows), without, _note(rates, visit))


def lacks_before(answer: CostAnswer, metric: str) -> bool:
    """Whether something of the period before has no rate: then it cannot be compared with."""
    return any(one.rate is None and one.before.get(metric) for one in answer.converted)


def list_choices(state: ViewState, visit: Visit) -> DisplayChoice | None:
    """What the amounts of *state* can be shown in; None where there are no rates."""
    known = visit.rate_book.currencies
    if not known:
        return None
    shown, billed = state.shown_in, visit.workspace.operations.currencies.billed_currencies()
    near = [c for c in known if c in billed or c in (state.usual_display, shown)]
    texts = visit.texts
    groups = (
        (texts.gettext("Of the bills"), tuple(_choice(c, state) for c in near)),
        (texts.gettext("Others"), tuple(_choice(c, state) for c in known if c not in near)),
    )
    as_billed = Choice(BILLED, texts.gettext("As billed"), shown is None, _shown_in(state, BILLED).url())
    return DisplayChoice(as_billed, tuple((label, choices) for label, choices in groups if choices))


def _choice(currency: str, state: ViewState) -> Choice:
    return Choice(currency, currency, currency == state.shown_in, _shown_in(state, currency).url())


def _shown_in(state: ViewState, display: str) -> ViewState:
    """All of it, whatever it is billed in."""
    return state.change(display=display, currency=None)


def _row(one: Converted, rate: Rate, metric: str, visit: Visit) -> RateRow:
    is_now = bool(one.billed[metric]) or not one.before.get(metric)
    return RateRow(
        month=_month(one, visit),
        said=_said(rate, visit),
        exact=f"1 {rate.currency} = {visit.display.exact(rate.value)} {rate.to}",
        source="; ".join(translate(part, visit.texts) for part in rate.source.split("; ")),
        is_frozen=rate.is_frozen,
        billed=visit.display.money(one.billed[metric], one.currency) if is_now else None,
        shown=visit.display.money(one.shown[metric], rate.to) if is_now else None,
    )


def _said(rate: Rate, visit: Visit) -> str:
    value = format_decimal(
        SHOWN_DIGITS.plus(rate.value), locale=visit.texts.locale, decimal_quantization=False
    )
    return f"1 {rate.currency} = {value} {rate.to}"


def _month(one: Converted, visit: Visit) -> str:
    return visit.display.month(as_utc(one.month)) if one.month else visit.texts.gettext("(no value)")


def _note(rates: Sequence[Rate], visit: Visit) -> str:
    """Each rate on a line of its own."""
    if not rates:
        return ""
    frozen = visit.texts.gettext("frozen")
    lines = [visit.texts.gettext("Rates of this view:")]
    for rate in rates[:MAX_NOTED]:
        month = visit.display.month(as_utc(rate.month))
        lines.append(f"{_said(rate, visit)} · {month}{f' · {frozen}' if rate.is_frozen else ''}")
    if (more := len(rates) - MAX_NOTED) > 0:
        lines.append(visit.texts.ngettext("and %(num)d more", "and %(num)d more", more))
    return "\n".join(lines)
