"""The year that detectors are judged by: incidents cost exactly what is said, and nothing else happens."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from warikan.estate.company_year import CompanyYear, simulate_year
from warikan.estate.events import write_quiet_script
from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.incidents import KINDS
from warikan.estate.planting import DAYS_APART, QUIET_DAYS, plant_incidents
from warikan.estate.plants import add_plants, mute
from warikan.estate.profile import Profile
from warikan.estate.simulation import PROVIDERS, Estate
from warikan.estate.weather import LEVELS, Noise

SEEDS = (1, 8, 23)


@pytest.fixture(scope="module", params=SEEDS)
def year(request: pytest.FixtureRequest) -> CompanyYear:
    """A year of ordinary days."""
    return simulate_year(request.param)


def grouped(table: pa.Table) -> dict[tuple[str, str, date], Decimal]:
    """EffectiveCost by service, currency and day, of what meters are charged."""
    is_use = pc.and_(
        pc.equal(table["ChargeCategory"], "Usage"),
        pc.not_equal(table["ServiceName"], "AWS Support (Business)"),
    )
    kept = table.filter(is_use)
    sums: dict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
    names = ("x_ServiceId", "BillingCurrency", "ChargePeriodStart", "EffectiveCost")
    for service, currency, at, cost in zip(*(kept[n].to_pylist() for n in names), strict=True):
        sums[service, currency, at.date()] += cost
    return sums


@pytest.mark.parametrize(("seed", "noise"), [(1, "normal"), (5, "calm"), (11, "rough")])
def test_excess_is_all_that_incidents_change(seed: int, noise: Noise) -> None:
    """The year with its incidents, less the same year without, is their excess: per service and day."""
    year = simulate_year(seed, noise)
    company, timeline = year.company, Estate.build("small", seed, DEFAULT_UNTIL).timeline
    quiet = write_quiet_script(timeline, LEVELS[noise])
    base = Profile.of(Estate.build("small", seed, DEFAULT_UNTIL, quiet))
    plants = plant_incidents(seed, timeline, company, base)
    script = mute(add_plants(quiet, plants), plants)
    without = Profile.of(Estate.build("small", seed, DEFAULT_UNTIL, script))
    differences = grouped(year.costs)
    for (service, currency), costs in without.totals.items():
        for offset, cost in enumerate(costs.tolist()):
            key = (service, currency, timeline.start + timedelta(days=offset))
            differences[key] -= Decimal(cost).scaleb(-12)
    for incident in year.incidents:
        for day, cost in incident.excess_by_day.items():
            differences[incident.service, incident.currency, day] -= cost
    unexplained = {key: cost for key, cost in differences.items() if cost}

    assert len(plants) == len(year.incidents)
    assert unexplained == {}


def test_the_year_is_what_bills_are_made_of() -> None:
    """Every sum of the year is that of the charges of the same estate, fees included, to the last digit."""
    seed, until = 3, date(2026, 11, 20)
    year = simulate_year(seed)
    timeline = Estate.build("small", seed, until).timeline
    quiet = write_quiet_script(timeline, LEVELS["normal"])
    base = Profile.of(Estate.build("small", seed, until, quiet))
    plants = plant_incidents(seed, timeline, year.company, base)
    estate = Estate.build("small", seed, until, add_plants(quiet, plants))
    for provider, name in zip(PROVIDERS, ("AWS", "Google Cloud", "Microsoft", "Mihari"), strict=True):
        billed = effective = 0
        for month in timeline.months():
            bill = estate.bill(provider, month)
            parts = [*bill.usage()]
            parts.append(bill.charge_fees(bill.fees()))
            billed += sum(int(p.billed_cost.sum()) for p in parts)
            effective += sum(int(p.effective_cost.sum()) for p in parts)
        ours = year.costs.filter(pc.equal(year.costs["ProviderName"], name))

        assert pc.sum(ours["BilledCost"]).as_py() == Decimal(billed).scaleb(-12)
        assert pc.sum(ours["EffectiveCost"]).as_py() == Decimal(effective).scaleb(-12)


def test_incidents_are_many_and_large_enough(year: CompanyYear) -> None:
    """At least eight a seed (200 in 25), each kind among them, none below 5 % of its service."""
    shares = [i.share_of_service for i in year.incidents]

    assert len(year.incidents) >= 8
    assert {i.kind for i in year.incidents} == set(KINDS)
    assert min(shares) >= 0.05
    assert max(shares) <= 3.5
    assert all((i.excess < 0) == (i.kind == "vanished") for i in year.incidents)
    assert all(i.cause and i.cause_ja and i.sku_ids for i in year.incidents)


def test_incidents_of_a_service_lie_apart(year: CompanyYear) -> None:
    """None begins while a detector still learns, nor within five weeks of another of its service."""
    for i in year.incidents:
        assert (i.onset - year.start).days >= QUIET_DAYS
        for other in year.incidents:
            if other is not i and other.service == i.service and other.onset >= i.onset:
                assert i.end is not None
                assert (other.onset - i.end).days >= DAYS_APART


def test_guilty_changes_precede_their_onset(year: CompanyYear) -> None:
    """Each stands in the list, minutes or hours earlier, on the service or on one that it depends on."""
    changes = {c.id: c for c in year.changes}
    guilty = [c for c in year.changes if c.incident is not None]

    for incident in year.incidents:
        if incident.kind in ("price", "commitment"):
            assert incident.guilty_change is None
            continue
        assert incident.guilty_change is not None
        change = changes[incident.guilty_change]
        assert timedelta(minutes=3) < incident.onset_at - change.at < timedelta(hours=10)
        assert change.service in (incident.service, *year.depends_on[incident.service])
    assert len(year.changes) - len(guilty) >= 10 * len(guilty)
    assert list(year.changes) == sorted(year.changes, key=lambda c: (c.at, c.id))
    assert len(changes) == len(year.changes)


def test_same_seed_same_year() -> None:
    """The same arguments give the same year; another seed and another noise give another."""
    one, again, other, rough = (
        simulate_year(2), simulate_year(2), simulate_year(4), simulate_year(2, "rough"),
    )  # fmt: skip

    assert one.costs.equals(again.costs)
    assert (one.incidents, one.changes) == (again.incidents, again.changes)
    assert not one.costs.equals(other.costs)
    assert not one.costs.equals(rough.costs)


def test_incidents_cover_every_kind_over_seeds() -> None:
    """The places of 25 seeds, before they are measured: eleven each, no seed short of a kind."""
    kinds: Counter[str] = Counter()
    for seed in range(1, 26, 6):
        timeline = Estate.build("small", seed, DEFAULT_UNTIL).timeline
        quiet = write_quiet_script(timeline, LEVELS["normal"])
        estate = Estate.build("small", seed, DEFAULT_UNTIL, quiet)
        kinds.update(p.kind for p in plant_incidents(seed, timeline, estate.company, Profile.of(estate)))

    assert set(kinds) == set(KINDS)
    assert kinds.total() >= 10 * 5
