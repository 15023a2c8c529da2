"""How money, ratios and days look to a person: rounded only here, in the visitor's language."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)
from babel.units import format_unit

from warikan.engine.query import Change
from warikan.focus.money import format_exact, round_to_total
from warikan.focus.period import Granularity, Period
from warikan.web.texts import Texts

WHOLE_UNITS_FROM = 1000
"""A column whose total is at least this shows no cents (style.md, rule 10)."""
ONE_DECIMAL_BELOW = 0.0995
"""Ratios below this show one decimal of a percent: what rounds to 10 % shows none."""
MINUS = "\N{MINUS SIGN}"
Direction = Literal["up", "down", "flat", "new", "gone"]


@dataclass(frozen=True)
class Amount:
    """An amount as shown, and in full for the hover."""

    text: str
    exact: str


@dataclass(frozen=True)
class Delta:
    """
    A change as shown: amount first, then percent.

    Attributes:
        percent: ``+12%``; "new" where there was nothing before.
        direction: What arrow and colour say; ``flat`` when nothing shows at this rounding.
    """

    amount: Amount
    percent: str
    direction: Direction


@dataclass(frozen=True)
class Display:
    """Numbers and dates in one language; *note* stands below every exact amount."""

    texts: Texts
    note: str = ""

    def places(self, total: Decimal, currency: str) -> int:
        """Decimals of a column of amounts whose largest total is *total*."""
        return 0 if abs(total) >= WHOLE_UNITS_FROM else min(get_currency_precision(currency), 4)

    def column(self, amounts: list[Decimal], total: Decimal, currency: str, places: int) -> list[Amount]:
        """*amounts* rounded so that what is shown adds up to the shown *total*."""
        shown = round_to_total(amounts, total, places=places)
        return [self._amount(a, s, currency, places) for a, s in zip(amounts, shown, strict=True)]

    def money(self, amount: Decimal, currency: str, places: int | None = None) -> Amount:
        """One amount on its own."""
        decimals = self.places(amount, currency) if places is None else places
        return self._amount(amount, round_half_even(amount, decimals), currency, decimals)

    def signed(self, amount: Decimal, currency: str, places: int) -> Amount:
        """A change on its own: ``+$1.20``, ``−$1.20``."""
        return self._signed(amount, round_half_even(amount, places), currency, places)

    def full(self, amount: Decimal, currency: str) -> str:
        """Every digit, with the currency's code."""
        exact = f"{self.exact(amount)} {currency}"
        return f"{exact}\n{self.note}" if self.note else exact

    def exact(self, amount: Decimal) -> str:
        """Every digit, grouped as the language does."""
        whole, _, rest = format_exact(amount).partition(".")
        grouped = format_decimal(abs(int(whole)), locale=self.texts.locale)
        sign = MINUS if amount < 0 else ""
        return f"{sign}{grouped}.{rest}" if rest else f"{sign}{grouped}"

    def compact(self, amount: Decimal, currency: str) -> str:
        """For cards: ``$1.23M``, ``￥123万``; small amounts in full."""
        if abs(amount) < 10 * WHOLE_UNITS_FROM:
            return self.money(amount, currency).text
        text = format_compact_currency(amount, currency, locale=self.texts.locale, fraction_digits=1)
        return _apart(text.replace("-", MINUS), currency)

    def deltas(self, changes: list[Change], total: Change, currency: str, places: int) -> list[Delta]:
        """One column of changes, adding up to the shown change of the total."""
        shown = round_to_total([c.delta for c in changes], total.delta, places=places)
        return [self._delta(c, s, currency, places) for c, s in zip(changes, shown, strict=True)]

    def delta(self, change: Change, currency: str, places: int) -> Delta:
        """One change on its own."""
        return self._delta(change, round_half_even(change.delta, places), currency, places)

    def percent(self, ratio: float, *, signed: bool = False, precise: bool = False) -> str:
        """A ratio as percent: one decimal below 10 % (or when *precise*), none above."""
        digits = "0.0" if 0 < abs(ratio) < ONE_DECIMAL_BELOW or (precise and 0 < abs(ratio) < 1) else "#,##0"
        text = _percent(abs(ratio), f"{digits}%", self.texts.locale)
        if abs(ratio) > 0 and text.strip("0.%") == "":
            text = "< 0.1%"
        sign = MINUS if ratio < 0 else ("+" if signed and ratio > 0 else "")
        return f"{sign}{text}"

    def number(self, count: int) -> str:
        """A count."""
        return format_decimal(count, locale=self.texts.locale)

    def quantity(self, amount: Decimal, unit: str = "") -> str:
        """An amount of something, to three digits or to the unit: ``0.25 vCPU``, ``1,204 GiB``."""
        places = next((n for n, least in ((0, 100), (1, 10)) if abs(amount) >= least), 2)
        pattern = "#,##0" + (f".{'#' * places}" if places else "")
        text = format_decimal(round_half_even(amount, places), format=pattern, locale=self.texts.locale)
        if amount and text.strip("-0.,") == "":
            text = f"< {format_decimal(Decimal(1).scaleb(-places), locale=self.texts.locale)}"
        return f"{text.replace('-', MINUS)} {unit}".strip()

    def day(self, moment: datetime) -> str:
        """``20 Nov 2026`` as the language writes it, UTC."""
        return format_date(moment.astimezone(UTC).date(), "medium", locale=self.texts.locale)

    def date(self, day: date) -> str:
        """``20 Nov 2026`` as the language writes it, of a calendar day."""
        return format_date(day, "medium", locale=self.texts.locale)

    def minute(self, moment: datetime) -> str:
        """``20 Nov, 09:30`` as the language writes it, UTC: for lists of what happened."""
        pattern = "M月d日 HH:mm" if self.texts.lang == "ja" else "d MMM, HH:mm"
        return format_datetime(moment.astimezone(UTC), pattern, locale=self.texts.locale)

    def span(self, length: timedelta) -> str:
        """How long, in its two largest units: ``2 days 5 hours``; less than a minute is ``0 minutes``."""
        minutes = max(int(length.total_seconds()) // 60, 0)
        days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
        parts = [(days, "day"), (hours, "hour"), (rest, "minute")]
        shown = next(
            ([p for p in parts[i : i + 2] if p[0]] for i in range(3) if parts[i][0]), [(0, "minute")]
        )
        # Japanese has no long form of its own here (CLDR by way of Babel).
        form: Literal["short", "long"] = "short" if self.texts.lang == "ja" else "long"
        said = (format_unit(n, f"duration-{unit}", form, locale=self.texts.locale) for n, unit in shown)
        return " ".join(said)

    def moment(self, moment: datetime) -> str:
        """Day and time, UTC."""
        return format_datetime(moment.astimezone(UTC), "medium", locale=self.texts.locale)

    def month(self, moment: datetime) -> str:
        """``November 2026`` / ``2026年11月``."""
        skeleton = "yyyy年M月" if self.texts.lang == "ja" else "MMMM yyyy"
        return format_date(moment.astimezone(UTC).date(), skeleton, locale=self.texts.locale)

    def period(self, period: Period) -> str:
        """First to last day, the last included."""
        first, last = period.start.date(), (period.end - timedelta(microseconds=1)).date()
        if first == last:
            return self.day(period.start)
        return format_interval(first, last, "yMMMd", locale=self.texts.locale)

    def bucket(self, start: datetime, granularity: Granularity) -> tuple[str, str]:
        """The short label on a time axis and the long one for the hover."""
        if granularity == "month":
            short = format_date(start, "M月" if self.texts.lang == "ja" else "MMM", locale=self.texts.locale)
            return short, self.month(start)
        if granularity == "hour":
            return f"{start:%H:%M}", self.moment(start)
        pattern = "M/d" if self.texts.lang == "ja" else "d MMM"
        long = format_date(
            start, "M月d日(E)" if self.texts.lang == "ja" else "EEE d MMM yyyy", locale=self.texts.locale
        )
        return format_date(start, pattern, locale=self.texts.locale), long

    def _amount(self, amount: Decimal, shown: Decimal, currency: str, places: int) -> Amount:
        return Amount(self._shown(amount, shown, currency, places), self.full(amount, currency))

    def _shown(self, amount: Decimal, shown: Decimal, currency: str, places: int) -> str:
        if shown == 0 and amount != 0:
            smallest = self._currency(Decimal(1).scaleb(-places), currency, places)
            return f"< {smallest}" if amount > 0 else f"> {MINUS}{smallest}"
        sign = MINUS if shown < 0 else ""
        return sign + self._currency(abs(shown), currency, places)

    def _currency(self, amount: Decimal, currency: str, places: int) -> str:
        pattern = "¤#,##0" + (f".{'0' * places}" if places else "")
        text = format_currency(amount, currency, pattern, locale=self.texts.locale, currency_digits=False)
        return _apart(text, currency)

    def _delta(self, change: Change, shown: Decimal, currency: str, places: int) -> Delta:
        amount = self._signed(change.delta, shown, currency, places)
        return Delta(amount, self._change_percent(change), _direction(change, shown))

    def _signed(self, amount: Decimal, shown: Decimal, currency: str, places: int) -> Amount:
        text = self._shown(amount, shown, currency, places)
        if amount > 0 and not text.startswith("<"):
            text = f"+{text}"
        return Amount(text, self.full(amount, currency))

    def _change_percent(self, change: Change) -> str:
        if change.ratio is not None:
            return self.percent(change.ratio, signed=True)
        return self.texts.gettext("new") if change.current != 0 else "–"


@lru_cache(maxsize=4096)
def _percent(ratio: float, pattern: str, locale: Locale) -> str:
    """A page of a cluster has hundreds; Babel takes a quarter of a millisecond for one."""
    return format_percent(ratio, format=pattern, locale=locale)


def _apart(text: str, currency: str) -> str:
    """*text* with a space after the code of a currency that has no sign."""
    sign = MINUS if text.startswith(MINUS) else ""
    code, amount = f"{sign}{currency}", text.removeprefix(f"{sign}{currency}")
    return f"{code} {amount}" if amount != text and amount[:1].isdigit() else text


def round_half_even(amount: Decimal, places: int) -> Decimal:
    """*amount* at *places* decimals, for display."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _direction(change: Change, shown: Decimal) -> Direction:
    if shown == 0:
        return "flat"
    if change.previous == 0:
        return "new"
    if change.current == 0:
        return "gone"
    return "up" if shown > 0 else "down"
