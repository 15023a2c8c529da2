"""Periods are half-open, in UTC, and mean what people mean."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.focus.errors import PeriodError
from warikan.focus.period import Period, add_months, day_start, month_start, parse_period

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DATA = Period(datetime(2025, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))


def _read(text: str, data: Period | None = DATA, now: datetime = NOW) -> str:
    return str(parse_period(text, data=data, now=now))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("last 30d", "2026-10-21..2026-11-20"),
        ("30d", "2026-10-21..2026-11-20"),
        ("Last-2w", "2026-11-06..2026-11-20"),
        ("last 3m", "2026-08-01..2026-11-01"),
        ("mtd", "2026-11-01..2026-11-20"),
        ("2026-09", "2026-09-01..2026-10-01"),
        ("2026-12", "2026-12-01..2027-01-01"),
        ("2024-02", "2024-02-01..2024-03-01"),
        ("2024-02-29", "2024-02-29..2024-03-01"),
        ("2026-12-31", "2026-12-31..2027-01-01"),
        ("2026-09-01..2026-10-01", "2026-09-01..2026-10-01"),
        ("2026-08 .. 2026-10", "2026-08-01..2026-10-01"),
        ("2026-09-01T06:00..2026-09-01T18:00", "2026-09-01T06:00:00+00:00..2026-09-01T18:00:00+00:00"),
        ("2026-09-01T00:00+09:00..2026-09-02", "2026-08-31T15:00:00+00:00..2026-09-02"),
        ("all", "2025-11-01..2026-11-20"),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, period: str) -> None:
    """Relative periods end with the last day that has data, absolute ones are as written."""
    assert period == _read(text)


def test_without_data_periods_end_today() -> None:
    """An empty lake still answers, with nothing."""
    assert _read("last 7d", data=None) == "2026-11-15..2026-11-22"
    assert _read("all", data=None) == "2026-10-23..2026-11-22"


def test_data_from_the_future_does_not_move_the_end_past_today() -> None:
    """A bill that names days to come does not make ``last 30d`` look into the future."""
    future = Period(DATA.start, datetime(2027, 1, 1, tzinfo=UTC))

    assert _read("last 1d", data=future) == "2026-11-21..2026-11-22"


def test_data_that_ends_within_a_day_counts_that_day() -> None:
    """The end of data is the end of its last day."""
    data = Period(DATA.start, datetime(2026, 11, 19, 5, tzinfo=UTC))

    assert _read("last 1d", data=data) == "2026-11-19..2026-11-20"


def test_month_to_date_on_the_first_is_the_month_that_ended() -> None:
    """When the last day with data is the 31st, ``mtd`` is that whole month."""
    data = Period(DATA.start, datetime(2026, 11, 1, tzinfo=UTC))

    assert _read("mtd", data=data) == "2026-10-01..2026-11-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "last 0d",
        "2026-13",
        "2026-02-29",
        "2026-10..2026-09",
        "2026-09..2026-09",
        "9999-12",
        "..",
        "9999-12-31",
        "0001-01-01T00:00+09:00",
        "last 99999d",
        "2026-09-01..",
        "-3d",
        "all;drop",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    """PeriodError, never another exception, for texts and for dates that do not exist."""
    with pytest.raises(PeriodError):
        _read(text)


@pytest.mark.parametrize(
    ("text", "previous"),
    [
        ("2026-03", "2026-02-01..2026-03-01"),
        ("2024-03", "2024-02-01..2024-03-01"),
        ("2026-01", "2025-12-01..2026-01-01"),
        ("2026-01..2026-04", "2025-10-01..2026-01-01"),
        ("2026-03-01..2026-03-31", "2026-01-30..2026-03-01"),
        ("last 30d", "2026-09-21..2026-10-21"),
        ("2026-09-01T06:00..2026-09-01T18:00", "2026-08-31T18:00:00+00:00..2026-09-01T06:00:00+00:00"),
    ],
)
def test_the_previous_period_ends_where_it_starts(text: str, previous: str) -> None:
    """Whole months go back by months, anything else by its length."""
    period = parse_period(text, data=DATA, now=NOW)

    assert previous == str(period.previous())
    assert period.previous().end == period.start


def test_there_is_no_period_before_the_first_year() -> None:
    """The calendar's end is a PeriodError too."""
    first = Period(datetime(1, 1, 1, tzinfo=UTC), datetime(2, 1, 1, tzinfo=UTC))

    with pytest.raises(PeriodError, match="no time before"):
        first.previous()


def test_a_period_knows_its_zone_and_is_not_empty() -> None:
    """Naive times and empty periods cannot be made."""
    with pytest.raises(PeriodError, match="zone"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))
    with pytest.raises(PeriodError, match="empty"):
        Period(NOW, NOW)


def test_days_are_rounded_up() -> None:
    """A part of a day is a day."""
    assert Period(NOW, NOW + timedelta(hours=1)).days == 1
    assert Period(NOW, NOW + timedelta(days=2)).days == 2


def test_zones_do_not_matter_to_equality() -> None:
    """Two writings of one moment are one period."""
    tokyo = timezone(timedelta(hours=9))

    assert Period(NOW, NOW + timedelta(1)) == Period(NOW.astimezone(tokyo), NOW + timedelta(1))


moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(moments, st.integers(-1200, 1200))
def test_months_add_up(moment: datetime, months: int) -> None:
    """add_months is exact on first days and undoes itself."""
    first = month_start(moment)

    assert add_months(add_months(first, months), -months) == first
    assert first <= day_start(moment) <= moment


@given(moments, st.integers(1, 400))
def test_relative_days_have_their_length(now: datetime, days: int) -> None:
    """``last Nd`` is N whole days, before *now*."""
    period = parse_period(f"last {days}d", data=None, now=now)

    assert period.days == days
    assert period.end <= now
    assert day_start(period.start) == period.start
