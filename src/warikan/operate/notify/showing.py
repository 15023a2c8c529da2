"""Texts and values as one language writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

from warikan.catalog.notify import Locale
from warikan.focus.money import EXACT, Money
from warikan.operate.notify.text import Percent, Text, Value

MINUS = "\N{MINUS SIGN}"
WHOLE_UNITS_FROM = 1000
"""An amount of at least this shows no cents (style.md, rule 10)."""
MOST_CHARACTERS = 2000
"""Of one text; names and titles come from outside."""
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Language:
    """One language and the zone of its moments. Everything it returns is one line of printable text."""

    locale: Locale
    zone: str = "UTC"

    def text(self, text: Text) -> str:
        """The words, with their values filled in."""
        words = text.ja if self.locale == "ja" else text.en

        def filled(found: re.Match[str]) -> str:
            name = found.group(1)
            return self.value(text.values[name]) if name in text.values else found.group(0)

        return _one_line(_PLACEHOLDER.sub(filled, words))

    def value(self, value: Value) -> str:
        """A value on its own."""
        match value:
            case Text():
                return self.text(value)
            case Money():
                return self.money(value)
            case Percent():
                sign = MINUS if value.ratio < 0 else "+" if value.is_signed and value.ratio > 0 else ""
                return sign + format_percent(abs(value.ratio), "#,##0%", locale=self.locale)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case int():
                return format_decimal(value, locale=self.locale)
            case _:
                return _one_line(value)

    def money(self, money: Money, *, is_signed: bool = False) -> str:
        """An amount, rounded for display; what is not 0 is never shown as 0."""
        precision = get_currency_precision(money.currency)
        places = 0 if abs(money.amount) >= WHOLE_UNITS_FROM else precision
        unit = Decimal(1).scaleb(-places)
        shown = money.amount.quantize(unit, rounding=ROUND_HALF_EVEN, context=EXACT)
        if shown == 0 and money.amount != 0:
            return f"< {self._currency(unit, money.currency, places)}"
        sign = MINUS if shown < 0 else "+" if is_signed and shown > 0 else ""
        return sign + self._currency(abs(shown), money.currency, places)

    def day(self, day: date) -> str:
        """``Mon 23 Nov`` / ``11月23日(月)``."""
        return format_date(day, "M月d日(E)" if self.locale == "ja" else "EEE d MMM", locale=self.locale)

    def month(self, day: date) -> str:
        """``November 2026`` / ``2026年11月``."""
        return format_date(day, "yyyy年M月" if self.locale == "ja" else "MMMM yyyy", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Day and time with the zone's name."""
        zone = ZoneInfo(self.zone)
        pattern = "M月d日(E) HH:mm" if self.locale == "ja" else "EEE d MMM HH:mm"
        local = moment.astimezone(zone)
        name = "UTC" if self.zone == "UTC" else local.tzname() or self.zone
        return f"{format_datetime(local.replace(tzinfo=UTC), pattern, locale=self.locale)} {name}"

    def _currency(self, amount: Decimal, currency: str, places: int) -> str:
        pattern = "¤#,##0" + (f".{'0' * places}" if places else "")
        text = format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False)
        return f"{currency} {text.removeprefix(currency)}" if text.startswith(currency) else text


def _one_line(text: str) -> str:
    """*text* without what could break a header, a table or the direction of writing."""
    clean = _CONTROL.sub(" ", text).strip()
    return clean if len(clean) <= MOST_CHARACTERS else f"{clean[: MOST_CHARACTERS - 1]}…"


def shortened(text: str, longest: int) -> str:
    """*text* in at most *longest* characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
