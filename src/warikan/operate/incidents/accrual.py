"""What an incident costs: exact sums over days, nothing else. No lake, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.focus.money import EXACT
from warikan.focus.period import as_utc
from warikan.operate.incidents.incident import Day, Figure

AVOIDED_DAYS = 30
"""A month: as savings are told in Warikan."""
RATE_DAYS = 3
FEWEST_TO_TELL = 3
"""Days before one can tell what recurs from what came once."""
PLACES = Decimal("0.000001")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Billed:
    """
    A day that is complete on the bill; see ``Day``.

    *first* is what the bill said when the day was first complete.
    """

    day: date
    expected: Decimal
    low: Decimal
    high: Decimal
    actual: Decimal
    first: Decimal

    @property
    def excess(self) -> Decimal:
        """Actual less expected."""
        return EXACT.subtract(self.actual, self.expected)

    def is_back(self, direction: int) -> bool:
        """Whether the bill is within the expected band again, on the side that the incident left it."""
        return self.actual <= self.high if direction > 0 else self.actual >= self.low


def billed_days(days: Sequence[Day]) -> list[Billed]:
    """The days of *days* that the bill has, in order, as far as it has all of them."""
    found: list[Billed] = []
    for day in sorted(days, key=lambda d: d.day):
        if day.actual is None:
            break
        first = day.actual if day.first_actual is None else day.first_actual
        found.append(Billed(day.day, day.expected, day.low, day.high, day.actual, first))
    return found


def add_up(amounts: Sequence[Decimal]) -> Decimal:
    """The exact sum."""
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def compute_figure(
    days: Sequence[Day],
    *,
    contained: datetime | None,
    as_of: datetime,
    data_end: date,
    ended_by_itself: bool = False,
) -> Figure | None:
    """
    The figure of *days* (their first is the onset's); None before the first complete day.

    Nothing was avoided where it *ended_by_itself*.

    Conserved: accrued = recurring + one_off = the sum over its days of actual less expected, exactly.
    ``rate_per_hour`` is that of the last accrued days, contained or not; ``shown`` makes of it what is told.
    """
    billed = billed_days(days)
    if not billed:
        return None
    last = last_day(contained)
    accrued = [b for b in billed if b.day <= last] or billed[:1]
    after = billed[len(accrued) :]
    total = add_up([b.excess for b in accrued])
    first = add_up([EXACT.subtract(b.first, b.expected) for b in accrued])
    recurring_per_day = _recurring(accrued)
    recurring = (
        None if recurring_per_day is None else EXACT.multiply(recurring_per_day, Decimal(len(accrued)))
    )
    recent = accrued[-RATE_DAYS:]
    return Figure(
        as_of=as_of,
        data_end=data_end,
        accrued=total,
        low=add_up([EXACT.subtract(b.actual, b.high) for b in accrued]),
        high=add_up([EXACT.subtract(b.actual, b.low) for b in accrued]),
        first_accrued=first,
        restated=EXACT.subtract(total, first),
        days=len(accrued),
        rate_per_hour=_divide(add_up([b.excess for b in recent]), 24 * len(recent)),
        live=ZERO,
        recurring_per_day=recurring_per_day,
        one_off=None if recurring is None else EXACT.subtract(total, recurring),
        recurring=recurring,
        after_containment=add_up([b.excess for b in after]),
        avoided=ZERO if ended_by_itself else _avoided(accrued, after, recurring_per_day),
    )


def last_day(contained: datetime | None) -> date:
    """The last day with a moment before containment: one contained at midnight ended the day before."""
    return date.max if contained is None else (contained - timedelta(microseconds=1)).astimezone(UTC).date()


def live_of(figure: Figure, *, contained: datetime | None, now: datetime) -> Decimal:
    """What the hours since the last complete day are estimated to cost: its rate, to *now* or containment."""
    until = now if contained is None else min(now, contained)
    seconds = max((until - as_utc(figure.data_end)) // timedelta(seconds=1), 0)
    return _divide(EXACT.multiply(figure.rate_per_hour, Decimal(seconds)), 3600)


def per_day_of(days: Sequence[Day], *, contained: datetime | None, direction: int) -> Decimal:
    """
    The largest mean excess of three days in a row up to containment, or of all if they are fewer.

    Only money in the incident's *direction* counts: 0 where there was none. What severity is judged by: it
    does not fall when the incident ends.
    """
    last = last_day(contained)
    billed = [b for b in billed_days(days) if b.day <= last]
    if not billed:
        return ZERO
    width = min(RATE_DAYS, len(billed))
    means = [
        _divide(add_up([b.excess for b in billed[i : i + width]]), width)
        for i in range(len(billed) - width + 1)
    ]
    most = max(means, key=lambda mean: mean * direction)
    return most if most * direction > 0 else ZERO


def back_since(days: Sequence[Day], *, contained: datetime, direction: int, needed: int) -> date | None:
    """
    The first of the last complete days that are all as expected, if they are *needed* or more.

    Only days after the day of containment count.
    """
    after = [b for b in billed_days(days) if b.day > last_day(contained)]
    run = 0
    for billed in reversed(after):
        if not billed.is_back(direction):
            break
        run += 1
    return after[-run].day if run >= needed else None


def excess_before(days: Sequence[Day], moment: datetime, *, contained: datetime | None) -> Decimal | None:
    """
    The excess of the days before that of *moment*; None while some of them are not complete.

    All of the excess up to containment where that was earlier than *moment*.
    """
    billed = billed_days(days)
    if contained is not None and contained < moment:
        wanted = [d for d in days if d.day <= last_day(contained)] or list(days[:1])
    else:
        wanted = [d for d in days if d.day < moment.date()]
    if len(billed) < len(wanted):
        return None
    return add_up([b.excess for b in billed[: len(wanted)]])


def _recurring(accrued: Sequence[Billed]) -> Decimal | None:
    if len(accrued) < FEWEST_TO_TELL:
        return None
    ordered = sorted(b.excess for b in accrued)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return _divide(EXACT.add(ordered[middle - 1], ordered[middle]), 2)


def _avoided(accrued: Sequence[Billed], after: Sequence[Billed], per_day: Decimal | None) -> Decimal:
    counted = after[:AVOIDED_DAYS]
    usual = per_day
    if usual is None:
        usual = _divide(add_up([b.excess for b in accrued]), len(accrued))
    would = EXACT.multiply(usual, Decimal(len(counted)))
    return EXACT.subtract(would, add_up([b.excess for b in counted]))


def _divide(amount: Decimal, by: int) -> Decimal:
    return EXACT.divide(amount, Decimal(by)).quantize(PLACES, context=EXACT)
