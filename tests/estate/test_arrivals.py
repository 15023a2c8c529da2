"""Late bills: what arrived only grows, sources claim no more than almost all, and in the end all is there."""

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from warikan.estate.arrivals import LONGEST
from warikan.estate.company_year import CompanyYear, simulate_year
from warikan.estate.daily_costs import PROVIDERS


@pytest.fixture(scope="module")
def year() -> CompanyYear:
    """A year of ordinary days."""
    return simulate_year(6)


def by_provider_and_day(table: pa.Table) -> dict[tuple[str, str], float]:
    """EffectiveCost of use, which is never negative, in doubles: enough to compare."""
    use = table.filter(pc.equal(table["ChargeCategory"], "Usage"))
    plain = pa.table(
        {
            "provider": use["ProviderName"],
            "day": pc.strftime(use["ChargePeriodStart"], "%Y-%m-%d"),
            "cost": use["EffectiveCost"].cast(pa.float64()),
        }
    )
    sums = plain.group_by(["provider", "day"]).aggregate([("cost", "sum")]).to_pylist()
    return {(r["provider"], r["day"]): r["cost_sum"] for r in sums}


def test_what_arrived_only_grows(year: CompanyYear) -> None:
    """On each morning of three weeks no day of any source costs less than on the morning before."""
    first = year.start + timedelta(days=150)
    before: dict[tuple[str, str], float] = {}
    for morning in range(21):
        now = by_provider_and_day(year.arrived(first + timedelta(days=morning)).costs)
        assert all(now[key] >= cost - 1e-6 for key, cost in before.items())
        before = now


def test_in_the_end_everything_is_there(year: CompanyYear) -> None:
    """Two weeks after the last day the table is the whole one, digit for digit."""
    last = year.arrived(year.until + timedelta(days=LONGEST))

    assert last.costs.equals(year.costs)
    assert set(last.claimed_until.values()) == {year.until}


def test_nothing_arrives_before_it_happens(year: CompanyYear) -> None:
    """A morning knows nothing of its own day, and the newest day of AWS in part."""
    as_of = year.start + timedelta(days=200)
    seen = year.arrived(as_of)
    days = pc.max(seen.costs["ChargePeriodStart"]).as_py().date()

    assert days < as_of
    whole, part = by_provider_and_day(year.costs), by_provider_and_day(seen.costs)
    partial = [k for k, cost in part.items() if cost < whole[k] * 0.95]
    assert partial
    assert set(seen.claimed_until) == set(PROVIDERS.values())


def test_claims_are_nearly_true(year: CompanyYear) -> None:
    """Of days that a source calls complete, 98 % and more of its cost has come, on every tenth morning."""
    whole = by_provider_and_day(year.costs)
    for offset in range(100, 380, 10):
        seen = year.arrived(year.start + timedelta(days=offset))
        there = by_provider_and_day(seen.costs)
        for (provider, day), cost in whole.items():
            if day < seen.claimed_until[provider].isoformat():
                assert there.get((provider, day), 0.0) >= 0.98 * cost


def test_claimed_on_is_the_first_such_morning(year: CompanyYear) -> None:
    """The morning before, the day was not yet called complete."""
    for provider in PROVIDERS.values():
        day = year.start + timedelta(days=222)
        morning = year.arrivals.claimed_on(provider, day)
        eve = year.arrived(morning - timedelta(days=1), since=day)

        assert day < morning
        assert year.arrived(morning, since=day).claimed_until[provider] > day
        assert eve.claimed_until[provider] <= day


def test_since_is_a_part_of_the_same(year: CompanyYear) -> None:
    """With *since*, the same rows from that day on."""
    as_of = year.start + timedelta(days=120)
    since = as_of - timedelta(days=9)
    everything = year.arrived(as_of).costs
    recent = year.arrived(as_of, since=since).costs
    stamp = pa.scalar(since).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))

    assert recent.equals(everything.filter(pc.greater_equal(everything["ChargePeriodStart"], stamp)))
    assert pc.sum(recent["BilledCost"]).as_py() > Decimal(0)
