"""The window of a question as Kubecost and OpenCost write it: ``7d``, ``lastmonth``, a pair of times."""

import re
from datetime import UTC, datetime, timedelta

from warikan.focus.errors import PeriodError
from warikan.focus.period import Period, add_months, day_start, month_start

EXAMPLES = (
    "today, yesterday, week, month, lastweek, lastmonth, 30m, 12h, 7d, 2w, 7d offset 1d, "
    "2026-09-01T00:00:00Z,2026-10-01T00:00:00Z, 2026-09-01,2026-10-01, 1788220800,1790812800"
)
MAX_LENGTH = 100
"""Characters of a window."""

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LAST = re.compile(r"^(\d{1,6})(m|h|d|w)(?:\s+offset\s+(\d{1,6})(m|h|d|w))?$")
_UNIX = re.compile(r"^(\d{1,12})[,-](\d{1,12})$")
_LENGTH = re.compile(r"^(?:\d{1,9}[smhdw])+$")


def parse_window(text: str, *, now: datetime) -> Period:
    """
    The half-open period in UTC that *text* names.

    As in Kubecost, ``7d`` is today as a whole and the six days before it, ``12h`` this hour and the eleven
    before it, and weeks begin on Sunday. ``week`` and ``month`` last to the end of today. What ``offset``
    takes off is taken off both ends of that.

    Raises:
        PeriodError: *text* has none of the forms in EXAMPLES, or ends before it starts.
    """
    if len(text) > MAX_LENGTH:
        raise PeriodError(f"the window has {len(text)} characters; try: {EXAMPLES}")
    words = " ".join(text.strip().lower().split())
    if not words:
        raise PeriodError(f"the window is empty; try: {EXAMPLES}")
    try:
        return _named(words, now) or _last(words, now) or _pair(words)
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"the window {text!r} lies outside the years 1 to 9999; try: {EXAMPLES}") from error


def parse_length(text: str) -> timedelta | None:
    """
    A length of time: ``1d``, ``6h``, ``1h30m``; None when *text* is none, or none at all.

    >>> parse_length("1h30m")
    datetime.timedelta(seconds=5400)
    """
    words = text.strip().lower()
    if len(words) > MAX_LENGTH or not _LENGTH.match(words):
        return None
    parts = re.findall(r"(\d+)([smhdw])", words)
    try:
        length = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
    except OverflowError:
        return None
    return length or None


def week_start(moment: datetime) -> datetime:
    """Midnight UTC of the Sunday at or before *moment*, where Kubecost's weeks begin."""
    return day_start(moment) - timedelta(days=(moment.weekday() + 1) % 7)


def _named(words: str, now: datetime) -> Period | None:
    today = day_start(now)
    tomorrow = today + _UNITS["d"]
    match words:
        case "today":
            return Period(today, tomorrow)
        case "yesterday":
            return Period(today - _UNITS["d"], today)
        case "week":
            return Period(week_start(now), tomorrow)
        case "lastweek":
            return Period(week_start(now) - _UNITS["w"], week_start(now))
        case "month":
            return Period(month_start(now), tomorrow)
        case "lastmonth":
            return Period(add_months(month_start(now), -1), month_start(now))
        case _:
            return None


def _last(words: str, now: datetime) -> Period | None:
    match = _LAST.match(words)
    if match is None:
        return None
    length = int(match[1]) * _UNITS[match[2]]
    back = int(match[3]) * _UNITS[match[4]] if match[3] else timedelta()
    if not length:
        raise PeriodError(f"the window {words!r} has no length; try: {EXAMPLES}")
    unit = _UNITS["d" if match[2] == "w" else match[2]]
    end = _round_up(now, unit) - back
    return Period(end - length, end)


def _round_up(moment: datetime, unit: timedelta) -> datetime:
    """The end of the minute, hour or day that *moment* lies in, as Kubecost rounds: never *moment* itself."""
    midnight = day_start(moment)
    return midnight + ((moment - midnight) // unit + 1) * unit


def _pair(words: str) -> Period:
    if match := _UNIX.match(words):
        start, end = (datetime.fromtimestamp(int(seconds), UTC) for seconds in match.groups())
        return _ordered(words, start, end)
    first, comma, last = words.partition(",")
    try:
        start, end = _moment(first), _moment(last if comma else "")
    except ValueError:
        raise PeriodError(f"{words!r} is no window; try: {EXAMPLES}") from None
    return _ordered(words, start, end)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().upper())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _ordered(words: str, start: datetime, end: datetime) -> Period:
    if start >= end:
        raise PeriodError(f"the window {words!r} is empty; its end is exclusive and later than its start")
    return Period(start, end)
