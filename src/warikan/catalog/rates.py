"""Monthly rates: of each currency against one base, and from one currency to another through it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property

from warikan.focus.errors import ConfigError
from warikan.focus.money import format_exact

RATE_PLACES = 15
"""Decimals of a rate from one currency to another: rounded once, half-even."""
RATE_BELOW = Decimal(10) ** 8
"""Rates are smaller: then amount × rate is exact in 128 bits (engine/display.py)."""
AGAINST_BASE = Context(prec=34, rounding=ROUND_HALF_EVEN)
"""Averages and rates against the base have 34 significant digits."""
_CROSS = Context(prec=80, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class BaseRate:
    """How much of a currency one of the base is in a month; *source* says where that is written."""

    value: Decimal
    source: str
    is_frozen: bool = False


@dataclass(frozen=True)
class Rate:
    """
    How much of *to* one of *currency* is in a month.

    Attributes:
        month: Its first day.
        value: At most ``RATE_PLACES`` decimals; 1 for the same currency.
        source: Where it comes from, for people.
        is_frozen: Whether it is kept: it never moves again.
    """

    currency: str
    to: str
    month: date
    value: Decimal
    source: str
    is_frozen: bool

    @property
    def is_identity(self) -> bool:
        """Whether nothing is converted."""
        return self.currency == self.to


@dataclass(frozen=True)
class MonthRates:
    """
    What is known of one month.

    Attributes:
        rates: Of every currency but the base.
        reaches: Up to which day the daily rates of the month reach; None where nothing more is to come.
    """

    month: date
    base: str
    rates: Mapping[str, BaseRate]
    reaches: date | None = None

    @property
    def is_frozen(self) -> bool:
        """Whether every rate is kept."""
        return bool(self.rates) and all(rate.is_frozen for rate in self.rates.values())

    @property
    def is_complete(self) -> bool:
        """Whether no further day of the month is to come."""
        return self.reaches is None

    def find(self, currency: str, to: str) -> Rate | None:
        """
        The rate from *currency* to *to*; None where one of them is not known in this month.

        Raises:
            ConfigError: it is 10^8 or more, or nothing at 15 decimals.
        """
        if currency == to:
            return Rate(currency, to, self.month, Decimal(1), "the same currency", is_frozen=True)
        one, other = self._against_base(currency), self._against_base(to)
        if one is None or other is None:
            return None
        value = _CROSS.divide(other.value, one.value)
        value = value.quantize(Decimal(1).scaleb(-RATE_PLACES), context=_CROSS)
        if not 0 < value < RATE_BELOW:
            raise ConfigError(
                f"the rate from {currency} to {to} of {self.month:%Y-%m} is {format_exact(value)}; it must "
                f"have a digit among {RATE_PLACES} decimals and be below {format_exact(RATE_BELOW)}",
                hint="look at currencies.rates: docs/currencies.md",
            )
        sources = dict.fromkeys(rate.source for rate in (one, other) if rate.source)
        frozen = all(rate.is_frozen or not rate.source for rate in (one, other))
        return Rate(currency, to, self.month, value, "; ".join(sources), is_frozen=frozen)

    def _against_base(self, currency: str) -> BaseRate | None:
        return BaseRate(Decimal(1), "") if currency == self.base else self.rates.get(currency)

    def prefer(self, kept: "MonthRates") -> "MonthRates":
        """These rates, but those that are *kept*; where the base has changed, only the kept ones."""
        if kept.base != self.base:
            return kept
        return MonthRates(self.month, self.base, {**self.rates, **kept.rates}, self.reaches)


@dataclass(frozen=True)
class RateBook:
    """All months; equal books answer equally."""

    months: Mapping[date, MonthRates] = field(default_factory=dict)

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """Every currency that has a rate in some month, in the order of their names."""
        found = {currency for month in self.months.values() for currency in (month.base, *month.rates)}
        return tuple(sorted(found))

    def spelt(self, currency: str) -> str | None:
        """
        What the rates call *currency*: the same, else the one name that differs in case alone (``jpy``).

        None where there is none, or where several differ so.
        """
        if currency in self.currencies:
            return currency
        alike = [name for name in self.currencies if name.upper() == currency.upper()]
        return alike[0] if len(alike) == 1 else None

    @cached_property
    def mark(self) -> str:
        """What is the same exactly while every rate is: for memories of answers."""
        digest = hashlib.sha256()
        for day, month in sorted(self.months.items()):
            for currency, rate in sorted(month.rates.items()):
                said = (day, month.base, currency, rate.value, rate.source, rate.is_frozen)
                digest.update(repr(said).encode())
        return digest.hexdigest()

    def find(self, currency: str, to: str, month: date) -> Rate | None:
        """The rate from *currency* to *to* in *month* (its first day); None where it is not known."""
        found = self.months.get(month, MonthRates(month, "", {}))
        return found.find(currency, to)
