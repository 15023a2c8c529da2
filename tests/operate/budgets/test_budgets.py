"""Budgets on a real lake: exact actuals, a tree that adds up, one burn and one message at a time."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cost_world import World, noon
from postgres_server import new_database
from warikan.focus.errors import NotFound, UsageError
from warikan.operate.budgets.budget import Burn
from warikan.state import Database

FIRST = date(2026, 7, 1)
BUDGETS: dict[str, Any] = {
    "company": {"amount": "1000", "period": "month"},
    "sales": {"amount": "350", "team": "sales", "parent": "company"},
    "shop": {"amount": "400", "service": "shop", "parent": "sales"},
    "rank": {"amount": "900", "service": "rank", "parent": "company", "period": "month"},
}
PAGER = {
    "channels": {"pd": {"type": "pagerduty", "routing_key_from": "KEY"}},
    "routes": [{"channels": ["pd"]}],
}


def make(folder: Path, until: date, costs: dict[date, dict[str, str]] | None = None, **budgets: Any) -> World:
    """The company with *budgets*, its bill complete to before *until*."""
    told = {"budgets": budgets or BUDGETS, "notify": PAGER}
    return World(folder, noon(until), until, told=told, costs=costs or {}, first=FIRST)


def run(world: World, until: date, costs: dict[date, dict[str, str]] | None = None) -> Any:
    """Bills to before *until* arrive, and every budget is judged."""
    world.now = noon(until)
    world.bill(until, costs)
    return world.all.budgets.judge()


def dear(first: date, count: int, cost: str = "40") -> dict[date, dict[str, str]]:
    """Shop costs *cost* on *count* days."""
    return {first + timedelta(days=i): {"shop": cost} for i in range(count)}


def test_actual_is_exact_and_the_rest_follows(tmp_path: Path) -> None:
    """Ten days of November, one of them with eighteen decimals."""
    odd = {date(2026, 11, 3): {"shop": "10.000000000000000001"}}
    world = make(tmp_path, date(2026, 11, 11), odd)

    status = world.all.budgets.status("shop")

    assert Decimal("100.000000000000000001") == status.actual
    assert Decimal("299.999999999999999999") == status.left
    assert (date(2026, 11, 1), date(2026, 12, 1), 1 / 3) == (status.start, status.end, status.elapsed)
    assert abs(status.planned - Decimal("133.33")) < 1
    assert [w.days for w in status.windows] == [2, 7, 28]
    assert status.level == "ok"
    assert status.outlook is not None
    assert status.outlook.p10 <= status.outlook.p50 <= status.outlook.p90
    assert status.actual <= status.outlook.p10


def test_the_tree_adds_up(tmp_path: Path) -> None:
    """Children of different periods in the parent's; what is promised twice is shown."""
    budgets = BUDGETS | {
        "year": {"amount": "9000", "period": "year"},
        "q": {"amount": "3000", "period": "quarter", "parent": "year"},
    }
    world = make(tmp_path, date(2026, 11, 11), None, **budgets)

    company, year = world.all.budgets.tree()

    assert (Decimal(1250), Decimal(250)) == (company.children_amount, company.over)
    assert [n.status.budget.id for n in company.children] == ["sales", "rank"]
    assert (Decimal(400), Decimal(50)) == (company.children[0].children_amount, company.children[0].over)
    assert (Decimal(12000), Decimal(3000)) == (year.children_amount, year.over)
    actual = {n.status.budget.id: n.status.actual for n in (company, *company.children)}
    assert actual["company"] == actual["sales"] + actual["rank"]


def test_one_burn_and_one_message(tmp_path: Path) -> None:
    """It starts, is looked at again, grows worse, ends: one row, one key, each step told once."""
    begin = date(2026, 11, 10)
    world = make(tmp_path, begin, None, shop={"amount": "400", "service": "shop"})
    assert world.all.budgets.judge().started == ()

    judged = [run(world, begin + timedelta(days=i), dear(begin, i)) for i in range(1, 8)]
    started = [burn for one in judged for burn in one.started]
    assert len(started) == 1
    key = "budget/shop/2026-11-01"
    told = len(world.all.notify.list_messages(key=key))
    again = world.all.budgets.judge()
    assert (again.started, again.changed, again.ended) == ((), (), ())
    assert told == len(world.all.notify.list_messages(key=key))

    run(world, date(2026, 11, 19), dear(date(2026, 11, 17), 2, "100"))
    (burn,) = world.all.budgets.burns()
    assert (burn.level, burn.worst, burn.budget_id) == ("exhausted", "exhausted", "shop")

    over = run(world, date(2026, 12, 2))
    assert [burn.id] == [b.id for b in over.ended]
    assert burn.id not in [b.id for b in world.all.budgets.burns()]
    newest = world.all.notify.list_messages(key=key)[0]
    assert (newest.notice.state, newest.notice.team_id) == ("resolved", "sales")


def test_two_who_judge_at_once_start_one(tmp_path: Path) -> None:
    """On PostgreSQL, where writers do not wait for each other, too."""
    with new_database() as url:
        world = make(
            tmp_path,
            date(2026, 11, 17),
            dear(date(2026, 11, 8), 9),
            shop={"amount": "310", "service": "shop"},
        )
        world.state = Database.open(url)
        world.bill(date(2026, 11, 17))
        budgets = world.all.budgets
        people = [threading.Thread(target=budgets.judge) for _ in range(4)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        burns = budgets.history("shop").burns
        world.state.close()

    assert [(b.level, b.ended_at) for b in burns] == [("exhausted", None)]


@pytest.mark.parametrize("day", [1, 28])
def test_a_monthly_fee_is_no_burn(tmp_path: Path, day: int) -> None:
    """A fee of half of the month on the same day of each month alarms on no day of November."""
    fees = {date(2026, m, day): {"shop": "310"} for m in range(7, 12)}
    world = make(tmp_path, date(2026, 10, 31), fees, shop={"amount": "625", "service": "shop"})

    told = [run(world, date(2026, 11, 1) + timedelta(days=i)) for i in range(0, 29, 2)]
    told.append(run(world, date(2026, 11, 30)))

    assert [burn for one in told for burn in one.started] == []


def test_a_day_is_no_burn(tmp_path: Path) -> None:
    """One dear day, and the plan goes on: both windows must burn."""
    world = make(tmp_path, date(2026, 11, 10), None, shop={"amount": "400", "service": "shop"})

    told = [
        run(world, date(2026, 11, 10) + timedelta(days=i), dear(date(2026, 11, 10), 1)) for i in range(1, 8)
    ]

    assert [burn for one in told for burn in one.started] == []


def test_an_incident_from_a_burn(tmp_path: Path) -> None:
    """What the budget pays for, from the day it began; twice is once, and the burn knows its incident."""
    begin = date(2026, 11, 10)
    world = make(tmp_path, begin, None, shop={"amount": "310", "service": "shop"})
    burn: Burn | None = None
    for i in range(1, 8):
        burn = next(iter(run(world, begin + timedelta(days=i), dear(begin, i)).started), burn)
    assert burn is not None

    first = world.all.incidents.declare_from_budget(burn.id, actor="ann")
    second = world.all.incidents.declare_from_budget(burn.id, actor="bob")

    assert (first.id, "budget", "shop", "sales") == (second.id, first.source, first.service_id, first.team_id)
    assert burn.onset == first.clock.onset.date()
    assert first.id == world.all.budgets.get_burn(burn.id).incident_id
    assert first.figure is not None
    assert first.figure.accrued > 0


def test_history_has_every_period_with_bills(tmp_path: Path) -> None:
    """Whole months exactly, the running one so far, newest first."""
    world = make(tmp_path, date(2026, 11, 11))

    periods = world.all.budgets.history("shop").periods

    assert [(p.start.month, str(p.actual.to_integral()), p.is_complete) for p in periods] == [
        (11, "100", False),
        (10, "310", True),
        (9, "300", True),
        (8, "310", True),
        (7, "310", True),
    ]


def test_a_budget_begins_with_its_first_month(tmp_path: Path) -> None:
    """Before `from` nothing is planned, so nothing burns until its own days fill the windows."""
    told = {"amount": "100", "service": "shop", "from": "2026-11"}
    world = make(tmp_path, date(2026, 11, 4), None, shop=told)

    status = world.all.budgets.status("shop")

    assert [w.days for w in status.windows] == [2]
    assert len(world.all.budgets.history("shop").periods) == 1


def test_an_unknown_budget_and_an_empty_lake(tmp_path: Path) -> None:
    """What is not in the settings is not found."""
    world = make(tmp_path, date(2026, 11, 4))
    with pytest.raises(NotFound, match="company"):
        world.all.budgets.status("nothing")
    with pytest.raises(NotFound):
        world.all.budgets.get_burn("BURN-x")


def test_a_budget_of_nobody_is_an_error(tmp_path: Path) -> None:
    """Not one that is never spent; the budgets of others can still be read."""
    nobody = {"amount": "100", "team": "salse"}
    world = make(tmp_path, date(2026, 11, 4), nobody=nobody, shop=BUDGETS["shop"] | {"parent": None})
    with pytest.raises(UsageError, match=r"budgets\.nobody: there is no team 'salse'") as raised:
        world.all.budgets.list()
    assert raised.value.hint == "did you mean sales?"
    assert [status.budget.id for status in world.all.budgets.list(team="sales")] == ["shop"]
