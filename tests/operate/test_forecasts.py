"""Forecasts of a real lake: of what is complete, with their accuracy, and with what is planned."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from rising_company import LAST, make
from warikan.bootstrap import Workspace
from warikan.focus.errors import UsageError
from warikan.operate.anomalies.planned import Planned
from warikan.operate.forecasts import Asked, month_after


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two services that cost about 900 a day together, and do not rise."""
    return make(tmp_path_factory.mktemp("forecast"), onset=None)


def test_a_forecast_begins_where_the_bill_is_complete(company: Workspace) -> None:
    """And ends with the next whole month; the level is that of the past, within its own interval."""
    (found,) = company.operations.forecasts.of(Asked())
    made = found.forecast

    assert ("USD", LAST + timedelta(days=1)) == (found.currency, found.complete)
    assert (found.complete, date(2026, 12, 31)) == (made.days[0], made.days[-1])
    assert (made.p10 <= made.p50).all()
    assert (made.p50 <= made.p90).all()
    assert abs(made.p50.mean() - 900) < 20
    december = next(month for month in made.months if month.month == date(2026, 12, 1))
    assert december.is_whole
    assert december.p10 <= december.p50 <= december.p90
    assert abs(december.p50 - 31 * 900) < 600


def test_its_accuracy_stands_beside_it(company: Workspace) -> None:
    """Measured on the same series, beside that of the same weekday a week ago."""
    (found,) = company.operations.forecasts.of(Asked(by=("x_ServiceId",)))

    assert found.accuracy is not None
    assert [dict(key) for key in found.accuracy.keys] == [{"x_ServiceId": "rank"}, {"x_ServiceId": "shop"}]
    assert 0 < found.accuracy.overall.wape <= found.accuracy.naive.wape < 0.1
    assert found.accuracy.overall.windows > 0


def test_what_is_planned_lies_on_top(tmp_path: Path) -> None:
    """From its first day on, and nothing else moves; an answer is new when a plan is."""
    company = make(tmp_path, onset=None)
    (before,) = company.operations.forecasts.of(Asked())
    first = date(2026, 12, 1)
    plan = Planned(None, "sale", {"x_ServiceId": "shop"}, first, None, "amount", 100.0)
    company.operations.anomalies.plan(plan, actor="aya")
    (after,) = company.operations.forecasts.of(Asked())
    moved = after.forecast.p50[0] - before.forecast.p50[0]
    late = [day >= first for day in after.forecast.days]

    assert [one.title for one in after.planned] == ["sale"]
    assert all(abs(m - (100 if is_late else 0)) < 1e-6 for m, is_late in zip(moved, late, strict=True))


def test_a_question_that_cannot_be_answered_says_so(company: Workspace) -> None:
    """Neither the past nor the far future is forecast, nor a currency in which nothing is billed."""
    for until in (LAST, LAST + timedelta(days=500)):
        with pytest.raises(UsageError, match="is not within"):
            company.operations.forecasts.of(Asked(until=until))
    with pytest.raises(UsageError, match="nothing is billed in XXX"):
        company.operations.forecasts.of(Asked(currency="XXX"))


@pytest.mark.parametrize(
    ("day", "after"),
    [
        (date(2026, 11, 22), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2027, 2, 1)),
        (date(2026, 1, 1), date(2026, 3, 1)),
    ],
)
def test_the_month_after(day: date, after: date) -> None:
    """A forecast reaches to the end of the next month."""
    assert after == month_after(day)
