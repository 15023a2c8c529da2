"""Windows and steps as Kubecost writes them: half-open, in UTC, cut without a gap."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.api.kubecost.steps import MAX_SETS, cut_window
from warikan.api.kubecost.window import parse_length, parse_window, week_start
from warikan.focus.errors import PeriodError, UsageError
from warikan.focus.period import Period

NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
"""A Sunday."""
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
calendars = st.sampled_from(["hour", "day", "week", "month", "quarter"])
steps = st.one_of(calendars, st.builds("{}{}".format, st.integers(1, 400), st.sampled_from("hdw")))


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-22", "2026-11-23"),
        ("yesterday", "2026-11-21", "2026-11-22"),
        ("week", "2026-11-22", "2026-11-23"),
        ("lastweek", "2026-11-15", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-23"),
        ("lastmonth", "2026-10-01", "2026-11-01"),
        ("LastMonth ", "2026-10-01", "2026-11-01"),
        ("7d", "2026-11-16", "2026-11-23"),
        ("1w", "2026-11-16", "2026-11-23"),
        ("12h", "2026-11-21T22:00", "2026-11-22T10:00"),
        ("30m", "2026-11-22T09:01", "2026-11-22T09:31"),
        ("7d offset 1d", "2026-11-15", "2026-11-22"),
        ("1d offset 36h", "2026-11-20T12:00", "2026-11-21T12:00"),
        ("2026-09-01T00:00:00Z,2026-10-01T00:00:00Z", "2026-09-01", "2026-10-01"),
        ("2026-09-01T09:00:00+09:00,2026-09-02T00:00:00Z", "2026-09-01", "2026-09-02"),
        ("2026-09-01,2026-09-08", "2026-09-01", "2026-09-08"),
        ("1578002645,1580681045", "2020-01-02T22:04:05", "2020-02-02T22:04:05"),
        ("1578002645-1580681045", "2020-01-02T22:04:05", "2020-02-02T22:04:05"),
    ],
)
def test_every_form_of_window(text: str, start: str, end: str) -> None:
    """All of Kubecost's words, lengths and pairs."""
    assert parse_window(text, now=NOW) == Period(at(start), at(end))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "7x", "0d", "-7d", "7d offset", "2026-09-01", "2026-09-02,2026-09-01", "1,1", "9999999d"),
        *("2026-13-01,2026-14-01", "a,b", ",", "x" * 200, "99999999999d", "999999999999,1", "７d,", "\0"),
    ],
)
def test_a_bad_window_says_what_a_window_is(text: str) -> None:
    """Never a guess, never another error."""
    with pytest.raises(PeriodError, match="window"):
        parse_window(text, now=NOW)


@given(st.text(max_size=40))
def test_any_text_is_a_window_or_an_error(text: str) -> None:
    """Whatever is sent."""
    try:
        period = parse_window(text, now=NOW)
    except PeriodError:
        return
    assert period.start < period.end


@given(moments, st.integers(1, 400), st.sampled_from("mhd"))
def test_a_length_is_its_length_and_has_the_present_in_it(now: datetime, count: int, unit: str) -> None:
    """``7d`` is seven whole days, the last of them today."""
    period = parse_window(f"{count}{unit}", now=now)

    assert period.end - period.start == count * {"m": timedelta(minutes=1), "h": timedelta(hours=1)}.get(
        unit, timedelta(days=1)
    )
    assert period.end - period.start >= period.end - now > timedelta()


@given(moments)
def test_weeks_begin_on_sunday(now: datetime) -> None:
    """As Kubecost's."""
    start = week_start(now)

    assert start.strftime("%A %H:%M") == "Sunday 00:00"
    assert timedelta() <= now - start < timedelta(days=7)


@given(moments, st.integers(1, 24 * 90), st.integers(0, 59), steps, st.sampled_from(["step", "accumulate"]))
def test_sets_follow_one_another_and_are_the_window(
    start: datetime, hours: int, minutes: int, step: str, how: str
) -> None:
    """No time is in two sets or in none; and each bucket of the lake is in one (pains 17)."""
    window = Period(start, start + timedelta(hours=hours, minutes=minutes))
    calendar = step in {"hour", "day", "week", "month", "quarter"}
    try:
        if how == "step" or not calendar:
            cut = cut_window(window, step=step, accumulate=None, by_default=None)
        else:
            cut = cut_window(window, step=None, accumulate=step, by_default=None)
    except UsageError:
        assert hours >= MAX_SETS
        return

    assert cut.sets[0].start == window.start
    assert cut.sets[-1].end == window.end
    assert [s.end for s in cut.sets[:-1]] == [s.start for s in cut.sets[1:]]
    assert all(inner.minute == inner.second == 0 for inner in cut.inner)
    bucket = timedelta(hours=1) if cut.granularity == "hour" else timedelta(days=1)
    first = window.start.replace(minute=0, second=0, microsecond=0)
    if cut.granularity == "day":
        first = first.replace(hour=0)
    while cut.granularity and first < window.end:
        of_bucket = cut.sets[cut.place_of(first)]
        assert of_bucket.start <= max(first, window.start)
        assert min(first + bucket, window.end) <= of_bucket.end
        first += bucket


def test_steps_and_calendars() -> None:
    """A day in hours, a week in days, months in months; true is one set, false is what the endpoint does."""
    month = Period(at("2026-10-01"), at("2026-11-15"))

    def starts(step: str | None, accumulate: str | None) -> list[str]:
        cut = cut_window(month, step=step, accumulate=accumulate, by_default="week")
        return [f"{one.start:%m-%d}" for one in cut.sets]

    assert starts(None, "true") == starts("1d", "all") == ["10-01"]
    assert starts(None, "month") == starts("month", None) == ["10-01", "11-01"]
    assert starts(None, "false") == ["10-01", "10-04", "10-11", "10-18", "10-25", "11-01", "11-08"]
    assert starts("10d", "false") == ["10-01", "10-11", "10-21", "10-31", "11-10"]
    assert len(starts("24h", None)) == 45
    assert len(starts(None, "quarter")) == 1


def test_a_step_below_an_hour_is_an_hour_and_says_so() -> None:
    """Bills are by the hour at best."""
    day = Period(at("2026-11-01"), at("2026-11-02"))
    cut = cut_window(day, step="30m", accumulate=None, by_default=None)

    assert len(cut.sets) == 24
    assert "by the hour" in cut.notes[0]


@pytest.mark.parametrize("step", ["", "x", "0d", "1y", "-1d", "1d1", "9" * 99])
def test_a_bad_step_is_refused(step: str) -> None:
    """And a blank one asks for nothing."""
    day = Period(at("2026-11-01"), at("2026-11-02"))
    if not step:
        assert cut_window(day, step=step, accumulate="", by_default=None).sets == (day,)
        return
    with pytest.raises(UsageError, match="step="):
        cut_window(day, step=step, accumulate=None, by_default=None)
    with pytest.raises(UsageError, match="accumulate="):
        cut_window(day, step=None, accumulate=step, by_default=None)


@pytest.mark.parametrize("calendar", ["hour", "day", "week", "month", "quarter"])
def test_the_ends_of_time_are_no_bug(calendar: str) -> None:
    """Years 1 and 9999 are cut, or refused for what they are."""
    for start, end in (("0001-01-01", "0001-01-03"), ("9999-12-30", "9999-12-31T23:00")):
        window = Period(at(start), at(end))
        with contextlib.suppress(UsageError):
            assert cut_window(window, step=None, accumulate=calendar, by_default=None).sets[0].start == at(
                start
            )


def test_too_many_sets_are_refused() -> None:
    """A year by the hour is no answer for anybody."""
    year = Period(at("2025-01-01"), at("2026-01-01"))
    for step, accumulate in (("1h", None), (None, "hour")):
        with pytest.raises(UsageError, match="more than"):
            cut_window(year, step=step, accumulate=accumulate, by_default=None)


def test_lengths() -> None:
    """As Go writes them."""
    assert parse_length("1h30m") == timedelta(minutes=90)
    assert parse_length("24h0m0s") == timedelta(days=1)
    assert parse_length("2w") == timedelta(days=14)
    assert parse_length("0s") is parse_length("h") is parse_length("1 d") is None
