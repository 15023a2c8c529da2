"""Burn rates beside hand calculation, periods beside the calendar, settings that cannot be."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.catalog.budgets import BudgetSettings, BurnSettings
from warikan.catalog.settings import Settings
from warikan.operate.budgets.budget import Outlook, Window
from warikan.operate.budgets.burning import burn_over, expected_shape, judge_level
from warikan.operate.budgets.periods import amount_of, period_of, previous_period
from warikan.operate.daily import DailyCost

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def cost_of(first: date, end: date, amount: str = "10", **on: str) -> DailyCost:
    """*amount* on each day of ``[first, end)``; *on*: another one, as ``d0401="700"``."""
    costs = {first + timedelta(days=i): Decimal(amount) for i in range((end - first).days)}
    costs |= {date(2026, int(k[1:3]), int(k[3:])): Decimal(v) for k, v in on.items()}
    return DailyCost(first, end, costs, {})


@given(days, st.sampled_from(["month", "quarter", "year"]), st.integers(1, 12))
def test_every_day_is_in_one_period(day: date, kind: str, fiscal: int) -> None:
    """Periods follow each other without a gap, and years begin in the fiscal month."""
    start, end = period_of(day, kind, fiscal)  # type: ignore[arg-type]

    assert start <= day < end
    assert (start, end) == period_of(end - timedelta(days=1), kind, fiscal)  # type: ignore[arg-type]
    assert end == period_of(end, kind, fiscal)[0]  # type: ignore[arg-type]
    assert previous_period(end, kind) == (start, end)  # type: ignore[arg-type]
    if kind == "year":
        assert fiscal == start.month


def test_fiscal_periods_of_japan() -> None:
    """The year begins in April, its first quarter with it."""
    assert (date(2026, 4, 1), date(2027, 4, 1)) == period_of(date(2027, 3, 31), "year", 4)
    assert (date(2027, 1, 1), date(2027, 4, 1)) == period_of(date(2027, 3, 31), "quarter", 4)
    assert (date(2026, 2, 1), date(2026, 5, 1)) == period_of(date(2026, 3, 31), "quarter", 2)


def test_amounts_grow_and_are_overridden() -> None:
    """10 % more each quarter since January, compounded; one quarter has its own amount."""
    told = {"amount": "1000", "period": "quarter", "from": "2026-01", "growth": "10"}
    budget = BudgetSettings.model_validate(told | {"amounts": {"2026-08": "777"}})

    starts = (date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1))

    assert [
        format(amount_of(budget, start, 1).normalize(), "f")
        if start.month == 1
        else str(amount_of(budget, start, 1))
        for start in starts
    ] == ["1000", "1100.00", "777", "1331.00"]


def test_a_burn_by_hand() -> None:
    """310 for March is 10 a day: two days at 20 burn twice the plan, the week before them 80 / 70."""
    cost = cost_of(MARCH, date(2026, 3, 15), d0313="20", d0314="20")
    plan = {MARCH + timedelta(days=i): Decimal(10) for i in range(31)}

    short = burn_over(2, cost, plan, date(2026, 3, 15))
    week = burn_over(7, cost, plan, date(2026, 3, 15))

    assert Window(2, Decimal(40), Decimal(20), 2.0) == short
    assert Window(7, Decimal(90), Decimal(70), 90 / 70) == week
    assert burn_over(28, cost, plan, date(2026, 3, 15)) is None


@pytest.mark.parametrize(
    ("rates", "actual", "p50", "expected"),
    [
        ((1.0, 1.0, 1.0), 100, 900, "ok"),
        ((2.0, 1.2, 1.0), 100, 900, "ok"),  # a day's spike: the week does not burn
        ((1.6, 1.6, 1.0), 100, 900, "fast"),
        ((1.0, 1.6, 1.0), 100, 900, "ok"),  # it is over: the short window does not burn
        ((1.0, 1.2, 1.2), 100, 900, "slow"),
        ((1.6, 1.6, 1.2), 100, 1100, "fast"),
        ((1.0, 1.2, 1.2), 100, 1100, "forecast_over"),
        ((1.0, 1.0, 1.0), 1000, 1100, "exhausted"),
        ((None, None, None), 100, None, "ok"),
    ],
)
def test_levels(rates: tuple[float | None, ...], actual: int, p50: int | None, expected: str) -> None:
    """Both windows must burn; the worst that holds is told."""
    windows = [Window(d, Decimal(0), Decimal(1), r) for d, r in zip((2, 7, 28), rates, strict=True)]
    outlook = None if p50 is None else Outlook(Decimal(0), Decimal(p50), Decimal(9999))

    level, reasons = judge_level(
        actual=Decimal(actual), amount=Decimal(1000), windows=windows, outlook=outlook, burn=BurnSettings()
    )

    assert expected == level
    assert bool(reasons) == (expected != "ok")


def test_the_shape_adds_up_and_knows_fees() -> None:
    """A fee of 300 on each first is expected on the next one; the parts of a period are 1."""
    fees = {"d0101": "310", "d0201": "310", "d0301": "310"}
    history = cost_of(date(2026, 1, 1), APRIL, **fees)

    shape = expected_shape(history, date(2026, 1, 1), APRIL, date(2026, 5, 1))

    assert pytest.approx(1) == sum(shape.values())
    assert pytest.approx(310 / 600, rel=0.02) == shape[APRIL]
    assert pytest.approx(10 / 600, rel=0.02) == shape[date(2026, 4, 15)]


def test_the_shape_knows_weekends() -> None:
    """Saturdays and Sundays cost nothing: no part of the plan is theirs."""
    costs = {
        MARCH + timedelta(days=i): Decimal(0 if (MARCH + timedelta(days=i)).weekday() > 4 else 10)
        for i in range(31)
    }
    shape = expected_shape(DailyCost(MARCH, APRIL, costs, {}), MARCH, APRIL, date(2026, 5, 1))

    saturday, monday = date(2026, 4, 11), date(2026, 4, 13)
    assert shape[saturday] < shape[monday] / 5


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=0, max_size=120))
def test_any_history_gives_a_shape(costs: list[Decimal]) -> None:
    """Credits, gaps or nothing at all: every day has a part that is not negative, together 1."""
    first = APRIL - timedelta(days=len(costs))
    known = {first + timedelta(days=i): cost for i, cost in enumerate(costs)}

    shape = expected_shape(DailyCost(first, APRIL, known, {}), first, APRIL, date(2026, 7, 1))

    assert len(shape) == 91
    assert pytest.approx(1) == sum(shape.values())
    assert min(shape.values()) >= 0


@pytest.mark.parametrize(
    ("budgets", "said"),
    [
        ({"a": {"amount": "1", "parent": "b"}}, "no budget 'b'"),
        ({"a": {"amount": "1", "parent": "b"}, "b": {"amount": "1", "parent": "a"}}, "a part of itself"),
        (
            {"a": {"amount": "1", "parent": "b", "currency": "USD"}, "b": {"amount": "1", "currency": "JPY"}},
            "different currencies",
        ),
        ({"a": {"amount": "1", "parent": "b", "period": "year"}, "b": {"amount": "1"}}, "longer than"),
        ({"a": {"amount": "0"}}, "greater than 0"),
        ({"a": {"amount": "1", "team": "x", "service": "y"}}, "exclude each other"),
        ({"a": {"amount": "1", "growth": "5"}}, "growth needs from"),
        ({"a": {"amount": "1", "from": "2026-05", "until": "2026-04"}}, "before from"),
        ({"a": {"amount": "1", "metric": "Cost"}}, "metric must be"),
        ({"a": {"amount": "1", "from": "2026-13"}}, "pattern"),
    ],
)
def test_settings_that_cannot_be(budgets: dict[str, dict[str, str]], said: str) -> None:
    """Each is refused with the reason."""
    with pytest.raises(ValueError, match=said):
        Settings.model_validate({"budgets": budgets})
