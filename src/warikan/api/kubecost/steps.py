"""How a window is cut into sets: by ``step``, by ``accumulate``, or not at all."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Literal, get_args

from warikan.api.kubecost.window import parse_length, week_start
from warikan.focus.errors import UsageError
from warikan.focus.period import Period, add_months, day_start, month_start

MAX_SETS = 1_000
"""Sets of one answer."""

Calendar = Literal["hour", "day", "week", "month", "quarter"]
_WHOLE, _NOT = ("true", "1", "t", "yes", "all"), ("false", "0", "f", "no", "none", "")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Cut:
    """
    A window and where it is cut.

    Attributes:
        inner: Ascending, inside the window, each at a whole hour; n of them make n + 1 sets.
        notes: What could not be done as asked.
    """

    window: Period
    inner: tuple[datetime, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def granularity(self) -> Literal["hour", "day"] | None:
        """The coarsest buckets that no cut goes through; None for one set."""
        if not self.inner:
            return None
        return "day" if all(moment == day_start(moment) for moment in self.inner) else "hour"

    @property
    def sets(self) -> tuple[Period, ...]:
        """The sets: they follow one another and together are the window."""
        edges = (self.window.start, *self.inner, self.window.end)
        return tuple(Period(start, end) for start, end in pairwise(edges))

    def by_day(self) -> "Cut":
        """
        The same window cut at each midnight; itself where it is cut within days.

        What is worked out by the day comes out the same for a week, whatever the week is cut into.

        Raises:
            UsageError: that would be more than MAX_SETS days.
        """
        return self if self.granularity == "hour" else Cut(self.window, _bounded(self.window, "day"))

    def place_of(self, bucket: datetime) -> int:
        """The set that a bucket of ``granularity`` which starts at *bucket* belongs to."""
        return bisect_right(self.inner, bucket)


def cut_window(
    window: Period, *, step: str | None, accumulate: str | None, by_default: Calendar | None
) -> Cut:
    """
    *window* cut into sets.

    ``accumulate`` goes before ``step``: true is one set; hour, day, week (from Sunday), month and quarter
    cut at the calendar. Otherwise a set is a *step* long, the last one maybe shorter. With neither, the
    calendar of *by_default* cuts.

    Raises:
        UsageError: neither can be read, or there would be more than MAX_SETS sets.
    """
    said = (accumulate or "").strip().lower()
    if said in _WHOLE:
        return Cut(window)
    if calendar := _calendar(said):
        return Cut(window, _bounded(window, calendar))
    if said not in _NOT:
        raise UsageError(
            f"accumulate={accumulate!r} cannot be read; it is true, false, {', '.join(get_args(Calendar))}"
        )
    if not (step or "").strip():
        return Cut(window, _bounded(window, by_default) if by_default else ())
    return _by_step(window, str(step).strip().lower())


def _by_step(window: Period, step: str) -> Cut:
    if calendar := _calendar(step):
        return Cut(window, _bounded(window, calendar))
    length = parse_length(step)
    if length is None:
        raise UsageError(f"step={step!r} cannot be read; it is a length such as 1h, 6h, 1d or 1w")
    whole = -(-length // _HOUR) * _HOUR
    notes = () if whole == length else (f"step: bills are by the hour at best, so a set is {whole} long",)
    count = -((window.start - window.end) // whole)
    if count > MAX_SETS:
        raise _too_many()
    edges = (_hour_start(window.start + i * whole) for i in range(1, count))
    return Cut(window, tuple(edge for edge in edges if edge > window.start), notes)


def _calendar(word: str) -> Calendar | None:
    return next((c for c in get_args(Calendar) if c == word), None)


def _bounded(window: Period, calendar: Calendar) -> tuple[datetime, ...]:
    try:
        edges = tuple(islice(_edges(window, calendar), MAX_SETS))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"the window {window} reaches to the end of time, where no {calendar} ends"
        ) from error
    if len(edges) == MAX_SETS:
        raise _too_many()
    return edges


def _edges(window: Period, calendar: Calendar) -> Iterator[datetime]:
    """Where hours, days, weeks, months or quarters begin inside *window*."""
    edge = _first(window.start, calendar)
    while edge < window.end:
        if edge > window.start:
            yield edge
        edge = _next(edge, calendar)


def _first(start: datetime, calendar: Calendar) -> datetime:
    match calendar:
        case "hour":
            return _hour_start(start)
        case "day":
            return day_start(start)
        case "week":
            return week_start(start)
        case "month":
            return month_start(start)
        case "quarter":
            return add_months(month_start(start), -((start.month - 1) % 3))


def _next(edge: datetime, calendar: Calendar) -> datetime:
    match calendar:
        case "month":
            return add_months(edge, 1)
        case "quarter":
            return add_months(edge, 3)
        case _:
            lengths = {"hour": _HOUR, "day": timedelta(days=1), "week": timedelta(weeks=1)}
            return edge + lengths[calendar]


def _hour_start(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _too_many() -> UsageError:
    return UsageError(
        f"the window would be cut into more than {MAX_SETS} sets", hint="a longer step, or a shorter window"
    )
