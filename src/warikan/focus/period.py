"""Periods of time: half-open ``[start, end)`` in UTC, and the words people use for them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from warikan.focus.errors import PeriodError

Granularity = Literal["hour", "day", "week", "month"]
GRANULARITIES: tuple[Granularity, ...] = ("hour", "day", "week", "month")

_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_LAST = re.compile(r"^(?:last[ -]?)?(\d{1,4})\s*(d|w|m)$")
EXAMPLES = "last 30d, mtd, 2026-09, 2026-09-01..2026-10-01 (end exclusive), all"


@dataclass(frozen=True, order=True)
class Period:
    """``[start, end)`` in aware UTC; start is before end."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise PeriodError("a period needs times with a zone; use UTC")
        if self.start >= self.end:
            raise PeriodError(
                f"the period {self.start.isoformat()} .. {self.end.isoformat()} is empty; "
                "the end is exclusive and must be later than the start"
            )

    @property
    def days(self) -> int:
        """Whole days from start to end, rounded up."""
        return -((self.start - self.end) // timedelta(days=1))

    def previous(self) -> "Period":
        """
        The period just before, for comparison.

        Whole calendar months are followed back by as many calendar months; anything else by the
        same length of time.
        """
        months = self._whole_months()
        try:
            if months:
                return Period(add_months(self.start, -months), self.start)
            return Period(self.start - (self.end - self.start), self.start)
        except (ValueError, OverflowError) as error:
            raise PeriodError(f"there is no time before {self} to compare with") from error

    def _whole_months(self) -> int:
        if self.start != month_start(self.start) or self.end != month_start(self.end):
            return 0
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def __str__(self) -> str:
        return f"{_short(self.start)}..{_short(self.end)}"


def _short(moment: datetime) -> str:
    return moment.date().isoformat() if moment == day_start(moment) else moment.isoformat()


def day_start(moment: datetime) -> datetime:
    """Midnight UTC of the day of *moment*."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(moment: datetime) -> datetime:
    """Midnight UTC of the first day of the month of *moment*."""
    return day_start(moment).replace(day=1)


def add_months(moment: datetime, months: int) -> datetime:
    """*moment*, which must be on a day that every month has, *months* later."""
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


def as_utc(day: date) -> datetime:
    """Midnight UTC of *day*."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def parse_period(text: str, *, data: Period | None, now: datetime) -> Period:
    """
    Read a period as people write it.

    ``last 30d`` and ``last 4w`` end with the last complete day that has data (never later than
    today), so that a bill that is two days late is not shown as two cheap days; ``last 3m`` are the
    last calendar months that have ended by then; ``mtd`` is the month of that day up to its end;
    ``all`` is everything there is. ``2026-09-01`` is that day, ``2026-09`` that month.

    Args:
        text: One of the forms in ``EXAMPLES``.
        data: From the first to the end of the last day that has charges; None for an empty lake.
        now: The present moment in UTC.

    Raises:
        PeriodError: when the text has none of these forms.
    """
    try:
        return _read(text, data=data, now=now)
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"{text!r} lies outside the years 1 to 9999; try: {EXAMPLES}") from error


def _read(text: str, *, data: Period | None, now: datetime) -> Period:
    words = " ".join(text.strip().lower().split())
    if not words:
        raise PeriodError(f"the period is empty; try: {EXAMPLES}")
    end = day_start(now)
    if data is not None:
        end = min(end, _day_after(data.end))
    if words == "all":
        return data if data is not None else Period(end - timedelta(days=30), end)
    if words == "mtd":
        last_day = end - timedelta(days=1)
        return Period(month_start(last_day), end)
    if match := _LAST.match(words):
        count, unit = int(match[1]), match[2]
        if count == 0:
            raise PeriodError(f"{text!r} has no days; try: {EXAMPLES}")
        if unit == "m":
            return Period(add_months(month_start(end), -count), month_start(end))
        return Period(end - timedelta(days=count * (7 if unit == "w" else 1)), end)
    if ".." in words:
        first, _, last = words.partition("..")
        return Period(_moment(first, text), _moment(last, text))
    start = _moment(words, text)
    if _MONTH.match(words):
        return Period(start, add_months(start, 1))
    return Period(start, start + timedelta(days=1))


def _day_after(moment: datetime) -> datetime:
    """The first midnight at or after *moment*."""
    midnight = day_start(moment)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def _moment(text: str, whole: str) -> datetime:
    word = text.strip().upper()
    try:
        if match := _MONTH.match(word):
            return datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC)
        moment = datetime.fromisoformat(word)
    except ValueError as error:
        raise PeriodError(f"{whole!r} is not a period; try: {EXAMPLES}") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
