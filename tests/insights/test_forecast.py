"""Forecasts hold their laws, keep fees apart, follow plans, and say how far they were off."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from warikan.focus.errors import ConfigError, UsageError
from warikan.insights.forecast import Calendar, forecast, make_calendar, measure_accuracy
from warikan.insights.panel import Panel
from warikan.insights.planned import PlannedEvent

START = date(2025, 6, 2)
QUICK = ("SlowSES", "Mean28")


def panel(values: NDArray[np.float64]) -> Panel:
    """A panel of *values*, complete."""
    end = START + timedelta(days=values.shape[1])
    keys = tuple({"x_ServiceId": str(i)} for i in range(len(values)))
    return Panel(keys, "USD", START, values, (end,) * len(values))


def usual(seed: int = 1, days: int = 200, count: int = 4) -> NDArray[np.float64]:
    """Series with a weekend and some chance."""
    random = np.random.default_rng(seed)
    week = np.where((START.weekday() + np.arange(days)) % 7 >= 5, 0.7, 1.0)
    level = 100.0 * (1 + np.arange(count))[:, None]
    return np.asarray(level * week * np.exp(random.normal(0, 0.03, (count, days))))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 90), st.integers(0, 120), st.sampled_from([0.0, 0.3, 0.9]))
def test_quantiles_are_ordered(seed: int, horizon: int, days: int, zeros: float) -> None:
    """p10 <= p50 <= p90 for any history, short, sparse or dead, and for every month total."""
    random = np.random.default_rng(seed)
    values = random.lognormal(3, 1, (3, days)) * (random.random((3, days)) >= zeros)
    told = forecast(panel(values), horizon, models=QUICK)

    assert told.p50.shape == (3, horizon)
    assert np.isfinite(told.p90).all()
    assert (told.p10 <= told.p50).all()
    assert (told.p50 <= told.p90).all()
    assert (told.p10 >= 0).all()
    assert all(m.p10 <= m.p50 <= m.p90 for m in told.months)


def test_the_library_models_follow_level_and_week() -> None:
    """The median of the three models is near the truth on weekdays and weekends."""
    told = forecast(panel(usual()), 28)
    truth = usual(seed=2, days=228)[:, 200:]

    assert np.abs(told.p50 / truth - 1).mean() < 0.06
    assert told.models == ("SlowSES", "DynamicOptimizedTheta", "Mean28")


def test_the_order_of_series_does_not_matter() -> None:
    """Each series is forecast by itself."""
    values = usual()
    told, mixed = (forecast(panel(v), 14, models=QUICK) for v in (values, values[::-1]))

    assert np.allclose(told.p50, mixed.p50[::-1])
    assert np.allclose(told.p90, mixed.p90[::-1])


def test_one_series_has_one_interval() -> None:
    """Whatever is asked beside it, and however far ahead: of its days, and of its month."""
    values = usual()
    beside = np.concatenate([values[:1], np.random.default_rng(3).lognormal(3, 1, (5, values.shape[1]))])
    alone, among, further = (
        forecast(panel(values[:1]), 20),
        forecast(panel(beside), 20),
        forecast(panel(values[:1]), 60),
    )

    for name in ("p10", "p50", "p90"):
        assert np.allclose(getattr(alone, name)[0], getattr(among, name)[0])
        # A week's interval is drawn from the errors of its week, the last one asked from those it reaches.
        assert np.allclose(getattr(alone, name)[0, :14], getattr(further, name)[0, :14])
    assert np.allclose(alone.totals[:, 0], among.totals[:, 0])
    assert [(m.p10, m.p90) for m in alone.months[:1]] == [
        pytest.approx((m.p10, m.p90)) for m in further.months[:1]
    ]


def test_another_unit_of_money_scales_the_forecast() -> None:
    """A thousand times the cost is a thousand times the forecast and its band."""
    one, thousand = forecast(panel(usual()), 30), forecast(panel(1000 * usual()), 30)

    assert np.allclose(thousand.p50, 1000 * one.p50)
    assert np.allclose(thousand.p10, 1000 * one.p10)


@pytest.mark.parametrize("day", [1, 15, 31])
def test_a_monthly_fee_comes_on_its_day(day: int) -> None:
    """A fee of the first, the fifteenth or the month's end is expected on that day and no other."""
    values = usual(count=1)
    days = [START + timedelta(days=i) for i in range(200)]
    due = [d.day == day or (day == 31 and (d + timedelta(days=1)).day == 1) for d in days]
    values[0, due] += 900.0
    told = forecast(panel(values), 31, models=QUICK)
    high = [d for d, cost in zip(told.days, told.p50[0], strict=True) if cost > 500]

    assert [d.day == day or (d + timedelta(days=1)).day == 1 for d in high] == [True]


def test_a_new_series_goes_on_as_it_began() -> None:
    """Five days of 40 are forecast as 40; a series that died weeks ago as nothing."""
    values = np.zeros((2, 100))
    values[0, 95:] = 40.0
    values[1, :50] = 40.0
    told = forecast(panel(values), 10, models=QUICK)

    assert np.allclose(told.p50[0], 40.0)
    assert (told.p50[1] == 0).all()


def test_holidays_are_learned_from_the_past() -> None:
    """What holidays did before they are expected to do again; without a calendar they are not."""
    values = usual(count=1)
    days = [START + timedelta(days=i) for i in range(231)]
    rests = frozenset(d for i, d in enumerate(days) if i % 17 == 0 and d.weekday() < 5)
    values[0, [i for i in range(200) if days[i] in rests]] *= 0.5
    coming = [i for i in range(31) if days[200 + i] in rests]
    with_them = forecast(panel(values), 31, calendar=Calendar(rests), models=QUICK)
    without = forecast(panel(values), 31, models=QUICK)

    assert coming
    assert (with_them.p50[0, coming] < 0.75 * without.p50[0, coming]).all()


def test_holidays_of_a_country() -> None:
    """Japan's are known; a country that does not exist is an error with a hint."""
    assert date(2026, 5, 5) in make_calendar("JP", date(2026, 1, 1), date(2026, 12, 31)).holidays
    assert make_calendar(None, START, START) == Calendar()
    with pytest.raises(ConfigError, match="XX"):
        make_calendar("XX", START, START)


def test_plans_lie_on_top() -> None:
    """An amount is added to the scope, a factor multiplies it, a level sets it; other series stay."""
    plain = forecast(panel(usual()), 20, models=QUICK)
    first = plain.start + timedelta(days=5)
    event = PlannedEvent({"x_ServiceId": "1"}, first, None, "amount", 50.0)
    added = forecast(panel(usual()), 20, planned=[event], models=QUICK)
    halved = forecast(panel(usual()), 20, planned=[replace(event, kind="factor", value=0.5)], models=QUICK)
    level = forecast(panel(usual()), 20, planned=[replace(event, kind="level", value=10.0)], models=QUICK)

    assert np.allclose(added.p50[1, 5:], plain.p50[1, 5:] + 50)
    assert np.allclose(added.p50[1, :5], plain.p50[1, :5])
    assert np.allclose(added.p50[0], plain.p50[0])
    assert np.allclose(halved.p90[1, 5:], 0.5 * plain.p90[1, 5:])
    assert abs(level.p50[1, 5:].mean() - 10) < 1e-6


def test_an_event_that_ends_is_taken_out_again() -> None:
    """A migration that doubles the last three weeks and ends tomorrow is not expected to go on."""
    values = usual(count=1)
    values[0, 180:] *= 2
    event = PlannedEvent({}, START + timedelta(days=180), START + timedelta(days=201), "factor", 2.0)
    told = forecast(panel(values), 8, planned=[event], models=QUICK)

    assert told.p50[0, 0] > 150 * 0.6
    assert told.p50[0, 1:].max() < 120


def test_a_month_total_holds_what_is_billed() -> None:
    """The running month's total is billed plus expected; its band is narrower than the days' added up."""
    told = forecast(panel(usual()), 45, models=QUICK)
    running, whole = (m for m in told.months[:2])
    billed = usual()[0, -(told.start.day - 1) :].sum()

    assert abs(running.billed - billed) < 1e-6
    assert running.p10 >= running.billed
    assert whole.is_whole
    assert whole.p90 - whole.p10 < (told.p90 - told.p10)[0, :30].sum()


def test_accuracy_is_measured_by_rolling_origin() -> None:
    """Ours beats seasonal naive on noisy weeks; bands hold about four fifths."""
    report = measure_accuracy(panel(usual(days=300, count=12)), horizon=21, windows=4, models=QUICK)

    assert report.overall.windows == 4
    assert report.overall.wape < report.naive.wape
    assert report.overall.mase < 1
    assert 0.65 < report.overall.coverage <= 1
    assert len(report.series) == 12


def test_too_short_a_history_is_not_measured() -> None:
    """Nothing to measure is said as no windows, not as a good forecast."""
    report = measure_accuracy(panel(usual(days=30)), horizon=21, models=QUICK)

    assert report.overall.windows == 0
    assert np.isnan(report.overall.wape)


def test_a_horizon_has_bounds() -> None:
    """0 days and ten years are refused."""
    for horizon in (0, 4000):
        with pytest.raises(UsageError):
            forecast(panel(usual()), horizon)
