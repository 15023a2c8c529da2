"""The detector tells what was planted, once, when it is known, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from planted_costs import SERVICES, SKUS, Company, day

from warikan.insights.anomaly import CostCube, Episode, Feedback, Settings, Thresholds, detect, restate
from warikan.insights.anomaly.settings import Verdict
from warikan.insights.anomaly.watch import Day, deviations
from warikan.insights.panel import Panel
from warikan.insights.planned import PlannedEvent


def near(episode: Episode, truth: float, share: float = 0.1) -> bool:
    """Whether the excess is near the truth."""
    return abs(float(episode.excess.point) / truth - 1) < share


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chance_alone_is_no_episode(seed: int) -> None:
    """A company on which nothing happens has no episode."""
    assert detect(Company(seed).cube()) == ()


def test_a_spike_is_one_episode_with_its_money() -> None:
    """Three days of double usage are one spike, told on the first of them, over when it is over."""
    company = Company()
    truth = company.multiply(company.place("checkout", "compute"), 90, 93, 2.0)
    (episode,) = detect(company.cube())

    assert (episode.kind, episode.onset, episode.detected, episode.end) == (
        "spike",
        day(90),
        day(90),
        day(93),
    )
    assert near(episode, truth)
    assert episode.scope["SkuId"] == "checkout-compute"
    assert episode.rate_per_hour == 0


def test_a_step_goes_on_being_measured_from_its_onset() -> None:
    """A lasting rise is one open episode; its excess is against what was before it."""
    company = Company()
    truth = company.multiply(company.place("search", "compute"), 110, 150, 1.3)
    (episode,) = detect(company.cube())

    assert (episode.kind, episode.onset, episode.end) == ("step", day(110), None)
    assert near(episode, truth)
    assert len(episode.days) == 40
    assert abs(float(episode.rate_per_hour) * 24 - truth / 40) < 0.2 * truth / 40


def test_a_step_becomes_the_level() -> None:
    """After absorb_after_days a step is told as absorbed, and is not told again."""
    company = Company()
    company.multiply(company.place("search", "compute"), 70, 150, 1.3)
    (episode,) = detect(company.cube(), settings=Settings(absorb_after_days=28))

    assert (episode.absorbed, episode.end) == (True, day(98))


def test_a_drift_is_told_while_it_grows() -> None:
    """A leak that grows by the day is a drift, not a step."""
    company = Company()
    ramp = 1 + 0.03 * np.arange(1, 41)
    truth = company.multiply(company.place("media", "compute"), 110, 150, ramp)
    (episode,) = detect(company.cube())

    assert (episode.kind, episode.end) == ("drift", None)
    assert abs((episode.onset - day(110)).days) <= 4
    assert near(episode, truth, 0.15)


def test_a_new_sku_is_told_on_its_first_day() -> None:
    """What was never billed and costs much is new."""
    company = Company()
    key = {**company.keys[0], "SkuId": "cart-gpu"}
    truth = company.appear(key, 100, 150, 60.0)
    (episode,) = detect(company.cube())

    assert (episode.kind, episode.onset, episode.detected) == ("new", day(100), day(100))
    assert near(episode, truth, 0.02)
    assert any(d.is_new and d.dimension == "SkuId" for d in episode.drivers)


def test_what_vanishes_is_told() -> None:
    """A leaf whose cost stops is vanished; the excess is negative."""
    company = Company()
    truth = company.multiply(company.place("media", "storage"), 120, 150, 0.0)
    (episode,) = detect(company.cube())

    assert (episode.kind, episode.onset) == ("vanished", day(120))
    assert near(episode, truth)


@pytest.mark.parametrize(("uncovered", "kind"), [(False, "price"), (True, "commitment")])
def test_a_dearer_unit_is_told_as_such(*, uncovered: bool, kind: str) -> None:
    """The unit cost rises and the quantity does not: a price; with the cover gone: a commitment."""
    company = Company()
    truth = company.reprice(company.place("checkout", "compute"), 115, 1.2, uncovered=uncovered)
    (episode,) = detect(company.cube())
    told = {e.measure: e for e in episode.evidence}

    assert (episode.kind, episode.onset, episode.detected) == (kind, day(115), day(115))
    assert near(episode, truth, 0.03)
    assert abs(told["unit_cost"].after - 1.2) < 0.02


def test_one_cause_is_one_episode() -> None:
    """Three SKUs of a service that rise together are told once, at what they have in common."""
    company = Company()
    truth = sum(company.multiply(company.place("search", sku), 105, 130, 1.5) for sku in SKUS)
    (episode,) = detect(company.cube())

    assert episode.scope == {"x_TeamId": "shop", "x_ServiceId": "search", "SubAccountId": "1"}
    assert near(episode, truth)


def test_two_services_are_two_causes() -> None:
    """What happens to two services on different days is told twice."""
    company = Company()
    company.multiply(company.place("cart", "compute"), 80, 84, 2.0)
    company.multiply(company.place("media", "compute"), 100, 103, 2.0)

    assert [e.scope["x_ServiceId"] for e in detect(company.cube())] == ["cart", "media"]


def test_a_day_that_is_not_complete_is_not_judged() -> None:
    """A day of which half has come is no fall; and too much already is provisional."""
    company = Company()
    company.multiply(company.place("cart", "compute"), 120, 121, 0.2)
    assert detect(company.cube(until=121, complete=120)) == ()

    company.multiply(company.place("cart", "compute"), 120, 121, 10.0)
    (episode,) = detect(company.cube(until=121, complete=120))
    assert episode.provisional
    assert detect(company.cube(until=121, complete=120), provisional=False) == ()


def test_later_days_change_no_decision() -> None:
    """What was told on a morning is still told, with the same key, onset and day of detection."""
    company = Company(4, noise=0.03)
    company.multiply(company.place("search", "compute"), 80, 95, 1.6)
    company.multiply(company.place("media", "requests"), 115, 150, 1.8)
    whole = {e.key: (e.onset, e.detected) for e in detect(company.cube())}
    for morning in (81, 90, 100, 116, 130):
        known = detect(company.cube(until=morning))
        assert {e.key: (e.onset, e.detected) for e in known}.items() <= whole.items()


def test_the_order_of_series_does_not_matter() -> None:
    """Series in another order give the same episodes."""
    company = Company()
    company.multiply(company.place("search", "compute"), 80, 95, 1.6)
    company.multiply(company.place("media", "requests"), 115, 150, 1.8)
    cube = company.cube()
    order = np.random.default_rng(5).permutation(len(company.keys))
    assert cube.quantity is not None
    assert cube.committed is not None
    mixed = CostCube(cube.cost.select(order.tolist()), cube.quantity[order], cube.committed[order])
    first, second = detect(cube), detect(mixed)

    for one, other in zip(first, second, strict=True):
        assert (one.key, one.kind, one.end) == (other.key, other.kind, other.end)
        assert abs(one.excess.point - other.excess.point) < Decimal("0.001")


def test_another_unit_of_money_scales_what_is_told() -> None:
    """Costs a hundred times as large give the same episodes with a hundred times the money."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 150, 1.4)
    (one,), (hundred,) = detect(company.cube()), detect(company.cube(scale=100.0))

    assert (one.kind, one.onset, one.key) == (hundred.kind, hundred.onset, hundred.key)
    assert abs(hundred.excess.point - 100 * one.excess.point) < Decimal("0.01")


def test_a_planned_event_is_not_told() -> None:
    """What was announced for the scope is no episode; elsewhere it is."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 110, 2.0)
    planned = PlannedEvent({"x_ServiceId": "search"}, day(100), day(110), "factor", 2.0)

    assert detect(company.cube(), planned=[planned]) == ()
    elsewhere = replace(planned, scope={"x_ServiceId": "cart"})
    assert len(detect(company.cube(), planned=[elsewhere])) == 1


def said(episode: Episode, verdict: Verdict, column: int) -> Feedback:
    """*verdict* on *episode*, given on the day of *column*."""
    return Feedback(
        episode.key, episode.scope, episode.kind, episode.onset, episode.end, verdict, day(column)
    )


def test_false_raises_the_threshold_and_real_lowers_it_again() -> None:
    """A small move after `false` on its series is not told; after `real` it is."""
    company = Company()
    row = company.place("search", "compute")
    company.multiply(row, 80, 82, 1.25)
    company.multiply(row, 120, 122, 1.12)
    cube = company.cube()
    first, second = detect(cube)
    assert (first.onset, second.onset) == (day(80), day(120))

    false = said(first, "false", 90)
    assert [e.key for e in detect(cube, feedback=[false])] == [first.key]
    real = said(first, "real", 95)
    assert [e.key for e in detect(cube, feedback=[false, real])] == [first.key, second.key]


def test_feedback_accepts_a_level() -> None:
    """A step that people call planned ends on that day, absorbed, and stays known under its key."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 150, 1.4)
    (before,) = detect(company.cube())
    (after,) = detect(company.cube(), feedback=[said(before, "planned", 110)])

    assert after.key == before.key
    assert (after.absorbed, after.end) == (True, day(111))


@pytest.mark.parametrize("factor", [0.1, 1.8])
def test_who_comes_back_to_the_level_he_left_is_no_news(factor: float) -> None:
    """What rose or vanished until it was the level, and is then as before, is not told a second time."""
    company = Company()
    company.multiply(company.place("search", "compute"), 60, 125, factor)
    (only,) = detect(company.cube())

    assert (only.onset, only.absorbed) == (day(60), True)


def test_what_was_an_incident_on_a_day_of_the_month_is_no_fee() -> None:
    """After a level was left on the 17th of a month, nothing is expected of the 17th of the next ones."""
    company = Company()
    row = company.place("search", "compute")
    company.multiply(row, 40, 101, 4.0)
    assert day(101).day == 16

    assert [e.onset for e in detect(company.cube())] == [day(40)]


@pytest.mark.parametrize("history", [45, 60])
def test_a_fee_of_the_month_is_no_level(history: int) -> None:
    """What costs on the first of each month only neither vanishes between, nor is it news when it comes."""
    company = Company()
    key = {
        "x_TeamId": "shop",
        "x_ServiceId": "cart",
        "SubAccountId": "1",
        "ServiceName": "Support",
        "SkuId": None,
    }
    company.appear(key, 0, 0, 0.0)
    for column in range(company.days):
        if day(column).day == 1:
            company.values[-1, column] = 900.0 + column

    assert detect(company.cube(), settings=Settings(history_days=history)) == ()


def test_the_more_restless_the_longer_the_tail_above() -> None:
    """Chance multiplies: five usual deviations up are fewer where use is restless; down, and of 0, five."""
    for size, least, most in ((0.01, 4.8, 5.0), (0.2, 3.5, 4.5), (0.5, 3.0, 3.5)):
        off = deviations(day_of([5 * size * 100, -5 * size * 100], size * 100, 100.0))
        assert least < off[0] <= most
        assert off[1] == pytest.approx(-5)
    assert deviations(day_of([50.0], 1.0, 1e-9))[0] == pytest.approx(50)
    assert deviations(day_of([5.0], 1.0, np.inf))[0] == pytest.approx(5)


def day_of(over: list[float], spread: float, expected: float) -> Day:
    """A day of series that are alike but for how much they are off."""
    count = len(over)
    nothing, none = np.zeros(count), np.zeros(count, dtype=bool)
    same = np.full(count, spread), np.full(count, expected)
    return Day(0, np.array(over), *same, nothing, nothing, none, none, none)


def test_thresholds_of_an_owner() -> None:
    """An owner who wants no less than a sum a day, or so many days, is told no less."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 103, 1.5)
    for thresholds in (Thresholds(money_per_day=10_000.0), Thresholds(days=5)):
        assert detect(company.cube(), settings=Settings(owners={"shop": thresholds})) == ()
    assert len(detect(company.cube(), settings=Settings(owners={"other": Thresholds(days=5)}))) == 1


def test_a_sale_that_moves_all_is_nobodys_incident() -> None:
    """What everybody has in common is taken off, once it has been seen to be common."""
    company = Company(7, noise=0.03, days=200)
    sale = np.ones(200)
    sale[::5] = 1.08
    sale[160:168] = 1.25
    company.values *= sale
    company.quantity *= sale

    assert detect(company.cube()) == ()


def test_money_is_restated_from_the_exact_bill() -> None:
    """The caller's exact actuals replace the panel's floats; the interval moves with the point."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 103, 1.5)
    (episode,) = detect(company.cube())
    late = {d.day: d.actual + Decimal(1) for d in episode.days}
    excess = restate(episode, late)

    assert excess.point - episode.excess.point == Decimal(3)
    assert excess.low - episode.excess.low == Decimal(3)


def test_drivers_add_up_and_go_down_to_the_resource() -> None:
    """Drivers rank provider service, SKU and resource; a resource that was not there says so."""
    company = Company()
    row = company.place("search", "compute")
    old = company.values[row].copy()
    truth = company.multiply(row, 110, 150, 1.5)
    cube = company.cube()
    key = company.keys[row]
    added = company.values[row] - old
    detail = replace(
        cube.cost,
        keys=({**key, "ResourceId": "old"}, {**key, "ResourceId": "forgotten"}),
        values=np.array([old, added]),
        complete=(day(150),) * 2,
    )
    (episode,) = detect(replace(cube, detail=detail))
    resource = next(d for d in episode.drivers if d.dimension == "ResourceId")

    assert episode.kind == "new"
    assert (resource.key["ResourceId"], resource.is_new) == ("forgotten", True)
    assert abs(float(resource.delta) / truth - 1) < 0.02
    sku = next(d for d in episode.drivers if d.dimension == "SkuId")
    assert sku.key["SkuId"] == "search-compute"


def test_nothing_is_said_of_resources_before_they_are_known() -> None:
    """Detail that begins after an episode neither drives it nor is new in it."""
    company = Company()
    row = company.place("search", "compute")
    company.multiply(row, 80, 82, 1.6)
    cube = company.cube()
    later = Panel(
        ({**company.keys[row], "ResourceId": "known later"},), "USD", day(100),
        company.values[[row], 100:], (day(150),),
    )  # fmt: skip
    (episode,) = detect(replace(cube, detail=later))

    assert [d.dimension for d in episode.drivers if d.dimension == "ResourceId"] == []
    assert episode.kind == "spike"


def test_nothing_in_nothing_out() -> None:
    """No series, or too few days: no episode, no error."""
    company = Company()

    assert detect(company.cube(until=5)) == ()
    assert detect(CostCube(company.cube().cost.select([]))) == ()
    assert len(SERVICES) * len(SKUS) == len(company.keys)
    assert day(1) - day(0) == timedelta(days=1)
