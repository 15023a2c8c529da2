"""Files of rates: the ECB's, wide and long, and a simple list; averages of their days."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, NoReturn

from warikan.catalog.currencies import CurrencySettings
from warikan.catalog.rates import AGAINST_BASE, BaseRate, MonthRates, RateBook
from warikan.focus.errors import ConfigError

MAX_BYTES = 32 * 1024 * 1024
"""The ECB's whole history since 1999 has less than 2 MB."""
_MAX_FIELD = 100
_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")
_IN_WORDS = re.compile(r"^(\d{1,2}) ([A-Za-z]+) (\d{4})$")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_LONG = ("FREQ", "CURRENCY", "CURRENCY_DENOM", "TIME_PERIOD", "OBS_VALUE")
_SIMPLE = ("month", "from", "to", "rate")
_LEAST, _MOST = Decimal("1E-12"), Decimal("1E12")
_NOTHING = {"", "N/A", "NAN", "-"}
_FORMS = "docs/currencies.md has the forms of files"


class Observation(NamedTuple):
    """How much of *currency* one of the base is, on *day*, or (without one) over all of *month*."""

    month: date
    day: date | None
    currency: str
    value: Decimal


def read_rates(settings: CurrencySettings, folder: Path) -> RateBook:
    """
    The rates that *settings* name: those of the table go before those of the file.

    Raises:
        ConfigError: the file is not there, or has no form that is known; the message names the line.
    """
    months: dict[date, MonthRates] = {}
    if settings.rates.path is not None:
        file = folder / settings.rates.path
        lines = _Lines(file, settings)
        months |= _by_month(list(lines.observations()), settings, file.name)
    for text, told in settings.rates.table.items():
        month = _month_of(text)
        rates = {c: BaseRate(value, "warikan.yaml") for c, value in told.items() if c != settings.base}
        known = months.get(month)
        before = known.rates if known else {}
        months[month] = MonthRates(
            month, settings.base, {**before, **rates}, known.reaches if known else None
        )
    return RateBook(months)


class _Lines:
    """One file: which form it has, and what it says line by line."""

    def __init__(self, file: Path, settings: CurrencySettings) -> None:
        self._file = file
        self._settings = settings
        self._number = 1

    def observations(self) -> Iterator[Observation]:
        rows = self._rows()
        header = [cell.strip() for cell in next(rows, [])]
        places = {name: i for i, name in enumerate(header)}
        small = {name.lower(): i for i, name in enumerate(header)}
        if all(name in places for name in _LONG):
            yield from self._long(rows, places)
        elif all(name in small for name in _SIMPLE):
            yield from self._simple(rows, small)
        elif header and header[0].lower() == "date":
            yield from self._wide(rows, header[1:])
        else:
            self._fail(f"no form that is known begins with the columns {', '.join(header)[:200]!r}")

    def _rows(self) -> Iterator[list[str]]:
        try:
            size = self._file.stat().st_size
            if size > MAX_BYTES:
                self._fail(f"it has {size:,} bytes; at most {MAX_BYTES:,} are read")
            with self._file.open(encoding="utf-8-sig", newline="") as text:
                for row in csv.reader(text):
                    if any(cell.strip() for cell in row):
                        yield row
                    self._number += 1
        except OSError as error:
            raise ConfigError(
                f"currencies.rates.path: {self._file}: {error.strerror}", hint=_FORMS
            ) from error
        except (UnicodeDecodeError, csv.Error) as error:
            self._fail(f"it is no CSV in UTF-8: {error}")

    def _wide(self, rows: Iterator[list[str]], columns: Sequence[str]) -> Iterator[Observation]:
        for name in columns:
            if name and not _CODE.match(name):
                self._fail(f"{name[:80]!r} is no currency")
        for row in rows:
            month, day = self._time(row[0])
            for currency, cell in zip(columns, row[1:], strict=False):
                value = self._value(cell)
                if value is not None and currency:
                    yield from self._seen(month, day, currency, value)

    def _long(self, rows: Iterator[list[str]], places: Mapping[str, int]) -> Iterator[Observation]:
        wanted_suffix = "A" if self._settings.monthly == "average" else "E"
        for row in rows:
            told = {name: row[i].strip() if i < len(row) else "" for name, i in places.items()}
            is_monthly = told["FREQ"] == "M"
            if told["FREQ"] not in {"D", "M"} or told.get("EXR_TYPE", "SP00") != "SP00":
                continue
            if is_monthly and told.get("EXR_SUFFIX", wanted_suffix) != wanted_suffix:
                continue
            if told["CURRENCY_DENOM"] != self._settings.base:
                self._fail(
                    f"its rates are against {told['CURRENCY_DENOM'][:80]!r}, and `currencies.base` is "
                    f"{self._settings.base}"
                )
            month, day = self._time(told["TIME_PERIOD"])
            if (day is None) != is_monthly:
                self._fail(f"{told['TIME_PERIOD']!r} does not go with the frequency {told['FREQ']}")
            value = self._value(told["OBS_VALUE"])
            if value is not None:
                yield from self._seen(month, day, self._code(told["CURRENCY"]), value)

    def _simple(self, rows: Iterator[list[str]], places: Mapping[str, int]) -> Iterator[Observation]:
        base = self._settings.base
        for row in rows:
            said, one, other, cell = (row[places[n]].strip() if places[n] < len(row) else "" for n in _SIMPLE)
            if not _MONTH.match(said):
                self._fail(f"{said[:80]!r} is no month such as 2026-10")
            one, other, value = self._code(one), self._code(other), self._value(cell)
            if base not in (one, other):
                self._fail(f"neither {one} nor {other} is {base}, which is `currencies.base`")
            if value is None:
                continue
            if one == base:
                yield from self._seen(_month_of(said), None, other, value)
            else:
                yield from self._seen(_month_of(said), None, one, AGAINST_BASE.divide(Decimal(1), value))

    def _seen(self, month: date, day: date | None, currency: str, value: Decimal) -> Iterator[Observation]:
        if currency != self._settings.base:
            yield Observation(month, day, currency, value)
        elif value != 1:
            self._fail(f"one {currency} would be {value} {currency}; it is `currencies.base`")

    def _time(self, cell: str) -> tuple[date, date | None]:
        text = cell.strip()
        try:
            if _MONTH.match(text):
                return _month_of(text), None
            if words := _IN_WORDS.match(text):
                number = _MONTH_NAMES.index(words[2].lower()) + 1
                day = date(int(words[3]), number, int(words[1]))
            else:
                day = date.fromisoformat(text)
        except ValueError:
            self._fail(f"{text[:80]!r} is neither a day such as 2026-10-30 nor a month such as 2026-10")
        return day.replace(day=1), day

    def _value(self, cell: str) -> Decimal | None:
        text = cell.strip()
        if text.upper() in _NOTHING:
            return None
        try:
            value = AGAINST_BASE.create_decimal(text) if len(text) <= _MAX_FIELD else Decimal("NaN")
        except ArithmeticError:
            value = Decimal("NaN")
        if not value.is_finite() or not _LEAST < value < _MOST:
            self._fail(f"{text[:80]!r} is no rate: a number above 0, such as 1.0812")
        return value

    def _code(self, text: str) -> str:
        if not _CODE.match(text):
            self._fail(f"{text[:80]!r} is no currency")
        return text

    def _fail(self, said: str) -> NoReturn:
        raise ConfigError(f"currencies.rates.path: {self._file} line {self._number}: {said}", hint=_FORMS)


def _by_month(seen: Sequence[Observation], settings: CurrencySettings, name: str) -> dict[date, MonthRates]:
    """What was *seen*, as one rate for each month and currency; a rate of a whole month goes before days."""
    whole: dict[tuple[date, str], Decimal] = {}
    days: dict[tuple[date, str], dict[date, Decimal]] = {}
    for one in seen:
        key = (one.month, one.currency)
        if one.day is None:
            known = whole.setdefault(key, one.value)
        else:
            known = days.setdefault(key, {}).setdefault(one.day, one.value)
        if known != one.value:
            when = f"{one.month:%Y-%m}" if one.day is None else one.day
            raise ConfigError(
                f"currencies.rates.path: {name} has two rates of {one.currency} for {when}: "
                f"{known} and {one.value}",
                hint="keep one of them",
            )
    rates: dict[date, dict[str, BaseRate]] = {}
    for (month, currency), value in whole.items():
        rates.setdefault(month, {})[currency] = BaseRate(value, f"{name}: rate of the month")
    for (month, currency), by_day in days.items():
        of_days = _of_days(by_day, settings, name)
        rates.setdefault(month, {}).setdefault(currency, of_days)
    last = max((one.day for one in seen if one.day is not None), default=None)
    return {
        month: MonthRates(month, settings.base, found, _reach(month, found, days, last))
        for month, found in rates.items()
    }


def _of_days(by_day: Mapping[date, Decimal], settings: CurrencySettings, name: str) -> BaseRate:
    last = max(by_day)
    if settings.monthly == "last":
        return BaseRate(by_day[last], f"{name}: rate of {last}")
    total = Decimal(0)
    for _, value in sorted(by_day.items()):
        total = AGAINST_BASE.add(total, value)
    counted = f"average of {len(by_day)} {'day' if len(by_day) == 1 else 'days'} to {last}"
    return BaseRate(AGAINST_BASE.divide(total, len(by_day)), f"{name}: {counted}")


def _reach(
    month: date,
    rates: Mapping[str, BaseRate],
    days: Mapping[tuple[date, str], Mapping[date, Decimal]],
    last: date | None,
) -> date | None:
    """The last day of *month* that the file has, while the file does not reach beyond the month."""
    of_days = [days[month, currency] for currency in rates if (month, currency) in days]
    if last is None or not of_days or last.replace(day=1) > month:
        return None
    return max(day for by_day in of_days for day in by_day)


def _month_of(text: str) -> date:
    return date(int(text[:4]), int(text[5:7]), 1)
