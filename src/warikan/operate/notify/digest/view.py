"""A digest in one language: every number written out, before any layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from warikan.focus.money import EXACT, Money
from warikan.operate.notify.digest import words
from warikan.operate.notify.digest.content import BudgetLine, DigestContent, Mover, OpenMatter, Spent
from warikan.operate.notify.showing import Language
from warikan.operate.notify.text import Percent, Text

Tone = Literal["up", "down", "flat"]
"""Cost up is not green: tone, arrow and sign say the same (style.md, rule 8)."""
MOST_ROWS = 5
BAR_HEIGHTS = 100
ARROWS: dict[Tone, str] = {"up": "▲", "down": "▼", "flat": "±"}
Link = Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """One line of a section: what, how much, and what is behind it."""

    name: str
    amount: str = ""
    detail: str = ""
    tone: Tone = "flat"
    url: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under one title; *more* did not fit."""

    title: str
    rows: tuple[Row, ...]
    more: str = ""


@dataclass(frozen=True)
class Headline:
    """
    What was spent in one currency.

    Attributes:
        bars: One for each day, 0 to 100, oldest first; the last *lit* of them are the digest's period.
    """

    cost: str
    change: str
    tone: Tone
    expected: str
    bars: tuple[int, ...]
    lit: int


@dataclass(frozen=True)
class DigestView:
    """All that a layout needs."""

    title: str
    subject: str
    period: str
    lead: Row
    lead_title: str
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    freshness: str
    url: str
    button: str
    footer: str


def view_of(content: DigestContent, language: Language, link: Link) -> DigestView:
    """*content* in *language*; *link* makes an address of a path."""
    say = language.text
    days = (content.end - content.start).days
    first, last = language.day(content.start), language.day(content.end - timedelta(days=1))
    period = first if days == 1 else f"{first} – {last}"
    named = words.TITLES[content.cadence]
    title = say(Text(named.en, named.ja, {"team": content.team_title, "period": period}))
    headlines = tuple(_headline(spent, language, days, content.cadence) for spent in content.spent)
    told = ", ".join(part for one in headlines[:1] for part in (one.cost, one.change) if part)
    freshness = "" if content.data_until is None else language.day(content.data_until)
    return DigestView(
        title=title,
        subject=f"{title}: {told}" if told else title,
        period=period,
        lead=_lead(content, language, link),
        lead_title=say(words.START_HERE) if not content.is_empty else "",
        headlines=headlines,
        sections=tuple(_sections(content, language, link)),
        freshness=say(words.DATA_UNTIL).replace("{day}", freshness) if freshness else "",
        url=link(content.path),
        button=say(words.OPEN),
        footer=say(words.FOOTER),
    )


def _headline(spent: Spent, language: Language, days: int, cadence: Literal["daily", "weekly"]) -> Headline:
    change = ""
    tone: Tone = "flat"
    if spent.previous is not None:
        change, tone = _change(spent.cost, spent.previous, language)
        than = words.THAN_BEFORE[cadence]
        change = language.text(Text(than.en, than.ja, {"change": change})) if tone != "flat" else change
    expected = ""
    if spent.expected is not None:
        expected = language.text(
            Text(words.EXPECTED.en, words.EXPECTED.ja, {"amount": language.money(spent.expected)})
        )
    largest = max((day.amount for day in spent.days), default=Decimal(0))
    bars = tuple(_height(day.amount, largest) for day in spent.days)
    return Headline(language.money(spent.cost), change, tone, expected, bars, min(days, len(bars)))


def _height(amount: Decimal, largest: Decimal) -> int:
    if largest <= 0 or amount <= 0:
        return 0
    return max(int(EXACT.divide(amount * BAR_HEIGHTS, largest).to_integral_value()), 2)


def _change(now: Money, before: Money, language: Language) -> tuple[str, Tone]:
    """``▲ +$120 (+11%)``: the amount first."""
    difference = now - before
    if difference.amount == 0:
        return f"{ARROWS['flat']} {language.text(words.AS_BEFORE)}", "flat"
    tone: Tone = "up" if difference.amount > 0 else "down"
    text = f"{ARROWS[tone]} {language.money(difference, is_signed=True)}"
    if before.amount == 0:
        return f"{text} ({language.text(words.NEW)})", tone
    ratio = float(EXACT.divide(difference.amount, abs(before.amount)))  # a ratio for display, not money
    return f"{text} ({language.value(Percent(ratio, is_signed=True))})", tone


def _lead(content: DigestContent, language: Language, link: Link) -> Row:
    """The one thing to look at first."""
    if content.open_matters:
        worst = content.open_matters[0]
        return _open_row(worst, language, link)
    over = [line for line in content.budgets if line.status == "over"]
    if over:
        return _budget_row(over[0], language, link)
    late = [action for action in content.actions if action.is_overdue]
    if late:
        return Row(late[0].title, detail=language.text(words.OVERDUE), tone="up", url=link(late[0].path))
    if content.movers:
        return _mover_row(content.movers[0], language, link)
    return Row(language.text(words.ALL_QUIET))


def _sections(content: DigestContent, language: Language, link: Link) -> list[Section]:
    at_risk = [line for line in content.budgets if line.status != "within"]
    built: list[tuple[Text, Sequence[Row]]] = [
        (words.OPEN_MATTERS, [_open_row(one, language, link) for one in content.open_matters]),
        (words.MOVERS, [_mover_row(one, language, link) for one in content.movers]),
        (words.BUDGETS, [_budget_row(one, language, link) for one in at_risk]),
        (words.ACTIONS, _action_rows(content, language, link)),
        (words.VERIFIED, _verified_rows(content, language, link)),
        (words.FORECAST, _forecast_rows(content, language)),
        (words.NOTICED, [Row(language.text(n.title), url=link(n.path)) for n in content.noticed]),
    ]
    return [_section(language.text(title), rows, language) for title, rows in built if rows]


def _section(title: str, rows: Sequence[Row], language: Language) -> Section:
    left = len(rows) - MOST_ROWS
    more = language.text(Text(words.MORE.en, words.MORE.ja, {"count": left})) if left > 0 else ""
    return Section(title, tuple(rows[:MOST_ROWS]), more)


def _open_row(matter: OpenMatter, language: Language, link: Link) -> Row:
    since = language.text(Text(words.SINCE.en, words.SINCE.ja, {"day": matter.since}))
    parts = [matter.id, since]
    if matter.per_day is not None:
        parts.append(language.text(Text(words.STILL.en, words.STILL.ja, {"amount": matter.per_day})))
    parts.append(language.text(words.ACKNOWLEDGED if matter.is_acknowledged else words.NOBODY))
    return Row(
        name=language.text(matter.title),
        amount=language.money(matter.excess, is_signed=True),
        detail=" · ".join(parts),
        tone="up" if matter.excess.amount > 0 else "down",
        url=link(matter.path),
    )


def _mover_row(mover: Mover, language: Language, link: Link) -> Row:
    before = mover.cost - mover.change
    change, tone = _change(mover.cost, before, language)
    why = "" if mover.why is None else language.text(mover.why)
    return Row(language.value(mover.name), change, why, tone, link(mover.path))


def _budget_row(line: BudgetLine, language: Language, link: Link) -> Row:
    words_of = words.BUDGET_NOW if line.forecast is None else words.BUDGET
    told = {"actual": line.actual, "amount": line.amount, "forecast": line.forecast or line.actual}
    return Row(
        name=language.value(line.name),
        amount=language.text(words.STATUS[line.status]),
        detail=language.text(Text(words_of.en, words_of.ja, told)),
        tone="up" if line.status != "within" else "flat",
        url=link(line.path),
    )


def _action_rows(content: DigestContent, language: Language, link: Link) -> list[Row]:
    return [
        Row(
            name=language.value(action.title),
            amount=language.day(action.due),
            detail=" · ".join(
                part
                for part in (
                    language.value(action.owner),
                    language.text(words.OVERDUE) if action.is_overdue else "",
                )
                if part
            ),
            tone="up" if action.is_overdue else "flat",
            url=link(action.path),
        )
        for action in content.actions
    ]


def _verified_rows(content: DigestContent, language: Language, link: Link) -> list[Row]:
    return [
        Row(
            name=language.text(one.title),
            amount=""
            if one.avoided is None
            else language.text(Text(words.AVOIDED.en, words.AVOIDED.ja, {"amount": one.avoided})),
            tone="down",
            url=link(one.path),
        )
        for one in content.verified
    ]


def _forecast_rows(content: DigestContent, language: Language) -> list[Row]:
    rows = []
    for one in content.forecasts:
        told = {"low": one.low, "high": one.high}
        detail = language.text(Text(words.BAND.en, words.BAND.ja, told))
        tone: Tone = "flat"
        if one.last_month is not None:
            change, tone = _change(one.middle, one.last_month, language)
            than = words.THAN_LAST_MONTH
            detail = f"{detail} · {language.text(Text(than.en, than.ja, {'change': change}))}"
        rows.append(Row(language.month(one.month), language.money(one.middle), detail, tone))
    return rows
