"""When the estate runs: its months, its slots of time, and the seasons of a Japanese online shop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

Scale = Literal["small", "medium", "large"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY_HOURS = 24
MONTHS = 13
"""Billing months of an estate, the last one still open."""
_EPOCH = date(1970, 1, 1)
# Orders of a day of the week (Monday first) and hour of the day (Japan) against the average.
_WEEK = np.array([0.97, 0.94, 0.94, 0.96, 1.00, 1.11, 1.08])
HOUR_JST = np.array(
    [0.95, 0.62, 0.38, 0.25, 0.20, 0.22, 0.38, 0.65, 0.88, 0.98, 1.04, 1.10,
     1.28, 1.15, 1.05, 1.04, 1.06, 1.10, 1.22, 1.42, 1.66, 1.84, 1.72, 1.31]
)  # fmt: skip
_BATCH_WEEK = np.array([1.16, 1.13, 1.12, 1.12, 1.11, 0.70, 0.66])
_MONTH_START = (1, 2)
# First and last day (month, day) of what every shopper in Japan knows, and its factor on orders.
_SEASONS = (
    ((12, 1), (12, 25), 1.14), ((1, 1), (1, 3), 1.24), ((3, 4), (3, 11), 1.16), ((4, 29), (5, 5), 1.06),
    ((6, 4), (6, 11), 1.19), ((7, 20), (7, 31), 1.05), ((8, 12), (8, 16), 0.93), ((9, 4), (9, 11), 1.12),
)  # fmt: skip


@dataclass(frozen=True)
class Month:
    """A billing month ``[start, end)``; charges exist until *data_end* only."""

    start: date
    end: date
    data_end: date

    @property
    def label(self) -> str:
        """``2026-09``."""
        return f"{self.start:%Y-%m}"

    @property
    def hours(self) -> int:
        """Hours of the whole month, whether already billed or not."""
        return (self.end - self.start).days * 24

    @property
    def is_open(self) -> bool:
        """Whether days of it are still to come."""
        return self.data_end < self.end


@dataclass(frozen=True)
class Slots:
    """Equal slots of time in one month: the columns of every quantity matrix."""

    month: Month
    start: date
    count: int
    hours: int

    @property
    def starts(self) -> Ints:
        """Hour (since 1970, UTC) at which each slot starts."""
        first = hours_since_epoch(self.start)
        return np.arange(first, first + self.count * self.hours, self.hours, dtype=np.int64)

    @property
    def days(self) -> list[date]:
        """The day of each slot."""
        return [self.start + timedelta(days=(i * self.hours) // 24) for i in range(self.count)]


@dataclass(frozen=True)
class Timeline:
    """
    The days ``[start, until)`` of an estate.

    Attributes:
        start: First day: the first of a month, ``MONTHS - 1`` months before the month of *until*.
        until: First day without data.
        slot_hours: 24 for daily bills, 1 for hourly ones.
        copies: How many times larger than the small company it is.
    """

    start: date
    until: date
    slot_hours: int
    copies: int

    @classmethod
    def ending(cls, until: date, scale: Scale) -> "Timeline":
        """The timeline of an estate whose last day is the one before *until*."""
        last = (until - timedelta(days=1)).replace(day=1)
        slot_hours, copies = {"small": (24, 1), "medium": (1, 3), "large": (1, 30)}[scale]
        return cls(shift_month(last, 1 - MONTHS), until, slot_hours, copies)

    @property
    def days(self) -> int:
        """Days with data."""
        return (self.until - self.start).days

    def months(self) -> list[Month]:
        """The billing months, oldest first."""
        starts = [shift_month(self.start, i) for i in range(MONTHS)]
        return [Month(s, shift_month(s, 1), min(shift_month(s, 1), self.until)) for s in starts]

    def slots(self, month: Month) -> Iterator[Slots]:
        """*month* in pieces that fit in memory: the whole month by day, or each day by hour."""
        days = (month.data_end - month.start).days
        if self.slot_hours == DAY_HOURS:
            yield Slots(month, month.start, days, 24)
            return
        for day in range(days):
            yield Slots(month, month.start + timedelta(days=day), 24 // self.slot_hours, self.slot_hours)

    def month_before_end(self, months: int, day: int) -> date:
        """Day *day* of the month that lies *months* before the open one."""
        return shift_month(self.until - timedelta(days=1), -months).replace(day=day)


def shift_month(day: date, months: int) -> date:
    """The first of the month *months* after the month of *day*."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def hours_since_epoch(day: date) -> int:
    """Hours from 1970 to the start of *day*, UTC."""
    return (day - _EPOCH).days * 24


def moment(hour: int) -> datetime:
    """The aware UTC time of an hour since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def traffic(day: date) -> float:
    """Orders of *day* against an ordinary day: week, point days (5, 10, ...), sales and holidays."""
    factor = float(_WEEK[day.weekday()]) * (1.05 if day.day % 5 == 0 else 1.0)
    for (month, first), (last_month, last), season in _SEASONS:
        if (month, first) <= (day.month, day.day) <= (last_month, last):
            factor *= season
    return factor


def batch(day: date) -> float:
    """Work of reports and trainings on *day*: weekdays, more at the start of a month."""
    return float(_BATCH_WEEK[day.weekday()]) * (1.25 if day.day in _MONTH_START else 1.0)


def hour_profile(slots: Slots) -> Floats:
    """Share of a slot against an even day; all ones for daily slots."""
    if slots.hours >= DAY_HOURS:
        return np.ones(slots.count)
    profile = HOUR_JST / HOUR_JST.mean()
    jst = (slots.starts % 24 + 9) % 24
    share: Floats = profile[jst]
    return share
