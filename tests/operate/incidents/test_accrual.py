"""What an incident costs: sums over days that are exact whatever the days are."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.operate.daily import DailyCost
from warikan.operate.incidents.accrual import (
    back_since,
    compute_figure,
    excess_before,
    live_of,
    per_day_of,
)
from warikan.operate.incidents.expectation import Expected, extend
from warikan.operate.incidents.incident import Day
from warikan.operate.incidents.payers import compute_payers

ONSET = date(2026, 11, 5)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
money = st.decimals(-(10**6), 10**6, places=6, allow_nan=False)


def days_of(actuals: list[str], expected: str = "10", *, first: list[str] | None = None) -> list[Day]:
    """Days from the onset on with these *actuals*, expected as *expected*, one more or less."""
    usual = Decimal(expected)
    told = first or actuals
    return [
        Day(ONSET + timedelta(days=i), usual, usual - 1, usual + 1, Decimal(a), Decimal(f))
        for i, (a, f) in enumerate(zip(actuals, told, strict=True))
    ]


def figure_of(days: list[Day], contained: datetime | None = None) -> object:
    """The figure of *days* as at NOW."""
    end = ONSET + timedelta(days=len([d for d in days if d.actual is not None]))
    return compute_figure(days, contained=contained, as_of=NOW, data_end=end)


def on(day: int, hour: int = 12) -> datetime:
    """A moment on the day *day* days after the onset."""
    return datetime(2026, 11, 5, hour, tzinfo=UTC) + timedelta(days=day)


@given(st.lists(st.tuples(money, money), min_size=1, max_size=40), st.integers(0, 45) | st.none())
def test_accrued_is_the_sum_of_its_days(pairs: list[tuple[Decimal, Decimal]], last: int | None) -> None:
    """Accrued is actual less expected over its days, to the last digit; its parts add up to it."""
    days = [
        Day(ONSET + timedelta(days=i), expected, expected - 1, expected + 1, actual, actual)
        for i, (actual, expected) in enumerate(pairs)
    ]
    contained = None if last is None else on(last)

    figure = compute_figure(days, contained=contained, as_of=NOW, data_end=ONSET + timedelta(days=len(days)))

    assert figure is not None
    count = len(days) if last is None else min(last + 1, len(days))
    excesses = [actual - expected for actual, expected in pairs]
    assert sum(excesses[:count], Decimal(0)) == figure.accrued
    assert sum(excesses[count:], Decimal(0)) == figure.after_containment
    assert count == figure.days
    assert figure.low <= figure.accrued <= figure.high
    assert figure.first_accrued + figure.restated == figure.accrued
    if figure.recurring is not None and figure.one_off is not None:
        assert figure.recurring + figure.one_off == figure.accrued


def test_a_hand_calculated_figure() -> None:
    """Five days at 110, one at 1110, contained on the fourth; then a day at 15 and one at 9."""
    days = days_of(["1110", "110", "110", "110", "15", "9"])

    figure = compute_figure(days, contained=on(3), as_of=NOW, data_end=ONSET + timedelta(days=6))

    assert figure is not None
    assert Decimal(1400) == figure.accrued
    assert (Decimal(1396), Decimal(1404)) == (figure.low, figure.high)
    assert (Decimal(100), Decimal(400), Decimal(1000)) == (
        figure.recurring_per_day, figure.recurring, figure.one_off,
    )  # fmt: skip
    assert Decimal(4) == figure.after_containment
    assert Decimal(196) == figure.avoided
    assert Decimal("4.166667") == figure.rate_per_hour


def test_contained_at_midnight_ends_with_the_day_before() -> None:
    """The day that begins then is already as it should be: it neither costs nor counts as one of the days."""
    days = days_of(["110", "110", "110", "9"])

    figure = compute_figure(days, contained=on(3, 0), as_of=NOW, data_end=ONSET + timedelta(days=4))

    assert figure is not None
    assert (figure.days, figure.accrued, figure.after_containment) == (3, Decimal(300), Decimal(-1))
    assert (figure.recurring, figure.one_off) == (Decimal(300), Decimal(0))
    assert back_since(days, contained=on(3, 0), direction=1, needed=1) == ONSET + timedelta(days=3)


def test_days_that_the_bill_does_not_have_are_not_judged() -> None:
    """A gap ends what is judged: a later day may be there before an earlier one."""
    days = days_of(["20", "20", "20"])
    gap = Day(days[1].day, Decimal(10), Decimal(9), Decimal(11), None, None)

    figure = figure_of([days[0], gap, days[2]])

    assert figure.days == 1  # type: ignore[attr-defined]
    assert figure_of([gap]) is None


def test_live_is_the_rate_since_the_last_complete_day() -> None:
    """24 an hour, 36 hours since midnight of the last complete day; containment ends it."""
    figure = figure_of(days_of(["586", "586", "586"]))

    assert Decimal(864) == live_of(figure, contained=None, now=on(4))  # type: ignore[arg-type]
    assert Decimal(288) == live_of(figure, contained=on(3), now=on(9))  # type: ignore[arg-type]
    assert Decimal(0) == live_of(figure, contained=on(1), now=on(9))  # type: ignore[arg-type]


def test_severity_goes_by_the_dearest_three_days() -> None:
    """What an incident cost a day at its height stays when it is over."""
    assert Decimal(90) == per_day_of(days_of(["100", "100", "100", "10", "10"]), contained=None, direction=1)
    assert Decimal(90) == per_day_of(days_of(["100"]), contained=None, direction=1)
    assert Decimal(-10) == per_day_of(days_of(["0", "0", "0"]), contained=None, direction=-1)


def test_only_money_in_its_direction_makes_it_severe() -> None:
    """A fee on the first of the month is no saving, and a saving is no fee."""
    vanished = days_of(["0", "0", "0", "9000", "0"])

    assert Decimal(-10) == per_day_of(vanished, contained=None, direction=-1)
    assert Decimal(0) == per_day_of(days_of(["110"]), contained=None, direction=-1)
    assert Decimal(0) == per_day_of(days_of(["0"]), contained=None, direction=1)


@pytest.mark.parametrize(
    ("actuals", "direction", "expected"),
    [
        (["110", "10", "10", "10"], 1, 1),
        (["110", "10", "12", "10", "10"], 1, None),
        (["110", "12", "10", "11", "10"], 1, 2),
        (["110", "0", "0", "0"], 1, 1),
        (["0", "9", "9", "9"], -1, 1),
        (["0", "8", "9", "9"], -1, None),
        (["110", "10", "10"], 1, None),
    ],
)
def test_it_is_over_after_enough_days_within_the_band(
    actuals: list[str], direction: int, expected: int | None
) -> None:
    """Three complete days in a row, the last ones, after the day of containment."""
    found = back_since(days_of(actuals), contained=on(0), direction=direction, needed=3)

    assert (None if expected is None else ONSET + timedelta(days=expected)) == found


def test_what_was_spent_before_it_was_seen() -> None:
    """The days before the day of detection; unknown while one of them is not complete."""
    days = days_of(["110", "110", "110"])

    assert Decimal(200) == excess_before(days, on(2), contained=None)
    assert Decimal(200) == excess_before(days, on(2), contained=on(9))
    assert Decimal(0) == excess_before(days, on(0), contained=None)
    unfinished = [*days, Day(ONSET + timedelta(days=3), Decimal(10), Decimal(9), Decimal(11), None, None)]
    assert excess_before(unfinished, on(4), contained=None) is None


@given(st.lists(money, min_size=1, max_size=8), st.integers(0, 8), st.integers(0, 24))
def test_what_was_over_before_it_was_seen_was_all_spent_before(
    actuals: list[str], contained: int, hour: int
) -> None:
    """Then it is the figure itself, and nobody avoided anything."""
    days, end = days_of(actuals), ONSET + timedelta(days=len(actuals))
    moment = on(contained, hour) if hour < 24 else on(contained + 1, 0)
    figure = compute_figure(days, contained=moment, as_of=NOW, data_end=end, ended_by_itself=True)

    assert figure is not None
    assert figure.accrued == excess_before(days, moment + timedelta(minutes=1), contained=moment)
    assert Decimal(0) == figure.avoided


@given(st.lists(st.lists(money, min_size=35, max_size=35), max_size=6), money)
def test_payers_add_up_to_the_excess(costs: list[list[Decimal]], expected: Decimal) -> None:
    """Whoever paid before and after the onset: their parts of the excess are the excess."""
    first = ONSET - timedelta(days=28)
    owners = {
        ("team", f"service {n}"): {first + timedelta(days=i): cost for i, cost in enumerate(one)}
        for n, one in enumerate(costs)
    }
    end = ONSET + timedelta(days=7)
    actual = sum((c for one in costs for c in one[28:]), Decimal(0))

    payers = compute_payers(
        DailyCost(first, end, {}, owners), onset=ONSET, end=end, expected=expected, most=3
    )

    assert actual - expected == sum((p.excess for p in payers), Decimal(0))
    assert len(payers) <= 3


def test_days_after_the_frozen_ones_are_as_four_weeks_before() -> None:
    """The expectation goes on with its own last weeks, so that it cannot follow the incident."""
    known = [
        Expected(ONSET + timedelta(days=i), Decimal(i), Decimal(i), Decimal(i), "forecast") for i in range(40)
    ]

    more = extend(known, ONSET + timedelta(days=70))

    assert [Decimal(12 + i % 28) for i in range(30)] == [e.expected for e in more]
    assert known[-1].day + timedelta(days=1) == more[0].day
