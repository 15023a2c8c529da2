"""Rates of months: read from the settings, kept once a month is final, listed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from warikan.catalog.currencies import CurrencySettings
from warikan.catalog.rate_files import read_rates
from warikan.catalog.rates import BaseRate, MonthRates, RateBook
from warikan.engine.cells import NO_CURRENCY
from warikan.engine.engine import Engine
from warikan.focus.errors import NotFound, UsageError
from warikan.focus.money import format_exact
from warikan.focus.period import add_months, as_utc
from warikan.state.audit import SYSTEM, record
from warikan.state.database import Database
from warikan.state.tables.rates import frozen_rates

RateState = Literal["frozen", "final", "open"]
HINT = "currencies.rates in warikan.yaml: docs/currencies.md"


@dataclass(frozen=True)
class RateLine:
    """
    One currency of one billing month.

    Attributes:
        rate: From *currency* to *to*, exactly as amounts are multiplied; None where it is not known.
        source: Where it comes from; empty without a rate.
        state: ``frozen``: kept, it never moves; ``final``: it will be kept; ``open``: the month goes on.
    """

    month: date
    currency: str
    to: str
    rate: Decimal | None
    source: str
    state: RateState


@dataclass(frozen=True)
class RateGap:
    """
    A rate that a final month needs and that is not kept: it may still come or move, and change what is shown.

    Attributes:
        reaches: Up to which day the file has rates of the month; None where the month has none of *currency*.
    """

    month: date
    currency: str
    reaches: date | None


class Currencies:
    """
    What one currency was in another, month by month. Safe to share between threads.

    *is_final*: whether the bill of a month (its first day) will not change any more; by default as the engine
    says of every source (engine/months.py).
    """

    def __init__(
        self,
        state: Database,
        engine: Engine,
        settings: CurrencySettings,
        clock: Callable[[], datetime],
        *,
        root: Path,
        is_final: Callable[[date], bool] | None = None,
    ) -> None:
        self._state = state
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._root = root
        self._is_final = is_final
        self._lock = threading.Lock()
        self._read: tuple[object, RateBook] | None = None
        self._merged: tuple[RateBook, dict[date, MonthRates], RateBook] | None = None

    def book(self) -> RateBook:
        """
        The rates of every month: those that are kept, else what the settings say now.

        Raises:
            ConfigError: the file of rates cannot be read.
        """
        told, kept, before = self._told(), self._kept(), self._merged
        if before is not None and before[0] is told and before[1] == kept:
            return before[2]
        months = dict(told.months)
        for month, rates in kept.items():
            months[month] = months[month].prefer(rates) if month in months else rates
        book = RateBook(months)
        self._merged = (told, kept, book)
        return book

    def require_display(self, currency: str) -> tuple[str, RateBook]:
        """
        *currency* as the rates spell it (``jpy`` is JPY), and the book, for amounts in it.

        Raises:
            UsageError: it is empty, there are no rates, or none of this currency in any month.
        """
        if not currency.strip():
            raise UsageError("the currency to show amounts in is empty", hint="name one, such as JPY")
        book = self.book()
        if not book.months:
            raise UsageError(f"nothing can be shown in {currency}: there are no rates", hint=HINT)
        name = book.spelt(currency.strip())
        if name is None:
            known = ", ".join(book.currencies[:60])
            raise UsageError(f"there are no rates of {currency}", hint=f"there is: {known}")
        return name, book

    def billed_currencies(self) -> tuple[str, ...]:
        """What the bills are in, in the order of their names."""
        return tuple(sorted({currency for _, currency in self._billed()}))

    def list(self, to: str | None = None, *, every: bool = False) -> tuple[RateLine, ...]:
        """
        The rate to *to* of each billing month, newest first: of what is billed, or of *every* currency.

        *to*: by default the currency of display, else the base.

        Raises:
            UsageError: as `require_display`.
        """
        wanted = to if to is not None else self._settings.display or self._settings.base
        to, book = self.require_display(wanted)
        billed = self._billed()
        months = {month for month, _ in billed} or set(book.months)
        currencies = {currency for _, currency in billed}
        if every or not currencies:
            currencies |= set(book.currencies)
        is_final = self._final_months()
        return tuple(
            self._line(book, month, currency, to, is_final=is_final(month))
            for month in sorted(months, reverse=True)
            for currency in sorted(currencies - {to})
        )

    def freeze(self, month: date, *, actor: str) -> MonthRates:
        """
        Keep the rates of *month* (its first day) as they are; those that are kept already stay.

        Raises:
            NotFound: there are no rates of this month.
            UsageError: the month has not ended, or its file does not reach its end.
        """
        told = self._told().months.get(month)
        if told is None:
            raise NotFound(f"there are no rates of {month:%Y-%m}", hint=HINT)
        if not self._has_ended(month):
            raise UsageError(f"{month:%Y-%m} has not ended: its rates can still change")
        if not told.is_complete:
            raise UsageError(
                f"the rates of {month:%Y-%m} reach only to {told.reaches}, and no later day is there",
                hint="get a newer file of rates: docs/currencies.md",
            )
        self._keep([told], actor)
        return told.prefer(self._kept()[month])

    def freeze_final(self, *, actor: str = SYSTEM) -> tuple[date, ...]:
        """Keep the rates of all final months that have bills; the months of which something new was kept."""
        told = self._told().months
        billed, is_final = {month for month, _ in self._billed()}, self._final_months()
        ready = [
            told[month]
            for month in sorted(billed & told.keys())
            if told[month].is_complete and self._has_ended(month) and is_final(month)
        ]
        return self._keep(ready, actor)

    def list_gaps(self, month: date | None = None) -> tuple[RateGap, ...]:
        """
        What final months with bills (or *month* alone) lack, oldest first: nothing of it can be frozen.

        A month needs a rate of each currency that it is billed in, and of the currency of display; where all
        of it is billed in that one, it needs none.
        """
        book, billed, is_final = self.book(), self._billed(), self._final_months()
        display = self._settings.display or self._settings.base
        to = book.spelt(display) or display
        gaps = []
        for one in sorted({m for m, _ in billed}):
            if one != month if month is not None else not (is_final(one) and self._has_ended(one)):
                continue
            there = book.months.get(one, MonthRates(one, self._settings.base, {}))
            needed = {currency for m, currency in billed if m == one} | {to}
            for currency in sorted(needed - {there.base}) if len(needed) > 1 else ():
                rate = there.rates.get(currency)
                if rate is None:
                    gaps.append(RateGap(one, currency, None))
                elif not rate.is_frozen and there.reaches is not None:
                    gaps.append(RateGap(one, currency, there.reaches))
        return tuple(gaps)

    def unfreeze(self, month: date, *, actor: str) -> None:
        """
        Give the kept rates of *month* up: what the settings say holds again, until it is kept anew.

        Raises:
            NotFound: none are kept.
        """
        with self._state.begin() as connection:
            kept = _read_kept(connection, month).get(month)
            if kept is None:
                raise NotFound(f"no rates of {month:%Y-%m} are frozen", hint="warikan currencies lists them")
            connection.execute(delete(frozen_rates).where(frozen_rates.c.month == month))
            self._record(connection, month, "unfreeze", actor, before=kept.rates, after=None)

    def _keep(self, months: Sequence[MonthRates], actor: str) -> tuple[date, ...]:
        if not months:
            return ()
        done, now = [], self._clock()
        with self._state.begin() as connection:
            for told in months:
                kept = _read_kept(connection, told.month).get(told.month)
                if kept is not None and kept.base != told.base:
                    continue
                known = kept.rates if kept is not None else {}
                new = {c: rate for c, rate in sorted(told.rates.items()) if c not in known}
                if not new:
                    continue
                rows = [
                    {"month": told.month, "currency": currency, "base": told.base, "frozen_at": now}
                    | {"rate": format_exact(rate.value), "source": rate.source[:400]}
                    for currency, rate in new.items()
                ]
                connection.execute(insert(frozen_rates), rows)
                self._record(connection, told.month, "freeze", actor, before=None, after=new)
                done.append(told.month)
        return tuple(done)

    def _record(
        self,
        connection: Connection,
        month: date,
        action: str,
        actor: str,
        *,
        before: Mapping[str, BaseRate] | None,
        after: Mapping[str, BaseRate] | None,
    ) -> None:
        said = [
            None if rates is None else {c: format_exact(rate.value) for c, rate in rates.items()}
            for rates in (before, after)
        ]
        record(
            connection,
            at=self._clock(),
            actor=actor,
            subject=f"rates/{month:%Y-%m}",
            action=action,
            before=said[0],
            after=said[1],
        )

    def _line(self, book: RateBook, month: date, currency: str, to: str, *, is_final: bool) -> RateLine:
        rate = book.find(currency, to, month)
        if rate is not None and rate.is_frozen:
            state: RateState = "frozen"
        else:
            state = "final" if is_final and self._has_ended(month) else "open"
        return RateLine(month, currency, to, rate.value if rate else None, rate.source if rate else "", state)

    def _told(self) -> RateBook:
        """What the settings say; the file is read again when it has changed."""
        key: object = None
        if self._settings.rates.path is not None:
            try:
                found = (self._root / self._settings.rates.path).stat()
                key = (found.st_mtime_ns, found.st_size, found.st_ino)
            except OSError:
                key = object()  # reading it says why it cannot be
        with self._lock:
            if self._read is None or self._read[0] != key:
                self._read = (key, read_rates(self._settings, self._root))
            return self._read[1]

    def _kept(self) -> dict[date, MonthRates]:
        with self._state.read() as connection:
            return _read_kept(connection)

    def _billed(self) -> Collection[tuple[date, str]]:
        loads = self._engine.lake.loads()
        months, currencies = (loads[name].to_pylist() for name in ("BillingMonth", "BillingCurrency"))
        pairs = zip(months, currencies, strict=True)
        return {(m, c) for m, c in pairs if m is not None and c is not None and c != NO_CURRENCY}

    def _final_months(self) -> Callable[[date], bool]:
        """Whether the bills of a month are final, looked up once."""
        if self._is_final is not None:
            return self._is_final
        states = self._engine.freshness(now=self._clock()).months
        final = {one.month for one in states} - {one.month for one in states if one.status == "open"}
        return final.__contains__

    def _has_ended(self, month: date) -> bool:
        return self._clock() >= add_months(as_utc(month), 1)


def _read_kept(connection: Connection, month: date | None = None) -> dict[date, MonthRates]:
    statement = select(frozen_rates).order_by(frozen_rates.c.month, frozen_rates.c.currency)
    if month is not None:
        statement = statement.where(frozen_rates.c.month == month)
    bases: dict[date, str] = {}
    rates: dict[date, dict[str, BaseRate]] = {}
    for row in connection.execute(statement).mappings():
        kept = BaseRate(Decimal(row["rate"]), row["source"], is_frozen=True)
        rates.setdefault(row["month"], {})[row["currency"]] = kept
        bases[row["month"]] = row["base"]
    return {month: MonthRates(month, bases[month], found) for month, found in rates.items()}
