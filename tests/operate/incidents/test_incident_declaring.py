"""Declaring by hand: what is refused, and what is one incident already."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cost_world import ONSET, World, day, noon
from warikan.focus.errors import Conflict, UsageError
from warikan.operate.incidents.incident import Asked, Incident

USUAL = Decimal(10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Shop costs 110 instead of 10 from the onset on."""
    made = World(tmp_path_factory.mktemp("declaring"), noon(day(3)), day(3))
    made.bill(day(3), made.usual("110", 0, 3))
    return made


def declare(world: World, **values: Any) -> Incident:
    """An incident of shop by hand."""
    told = {"actor": "ann", "onset": ONSET, "scope": {"x_ServiceId": "shop"}, "expected_per_day": USUAL}
    return world.all.incidents.declare(**told | values)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scope": {"x_ServiceId": "nope"}}, "no service 'nope'"),
        ({"scope": {"x_TeamId": "nope"}}, "no team 'nope'"),
        ({"scope": {}}, "whose cost"),
        ({"scope": {}, "where": "  "}, "whose cost"),
        ({"everything": True}, "not everything"),
        ({"expected_per_day": Decimal(-1)}, "not negative"),
        ({"expected_per_day": Decimal("1e30")}, "an amount"),
        ({"currency": "XXX"}, "nothing is billed in XXX"),
        ({"title": "x" * 301}, "at most 300"),
    ],
)
def test_what_cannot_be_declared_is_refused(world: World, wrong: dict[str, Any], said: str) -> None:
    """And nothing is kept of it."""
    before = len(world.all.incidents.list(Asked()))

    with pytest.raises(UsageError, match=said):
        declare(world, **wrong)

    assert len(world.all.incidents.list(Asked())) == before


def test_the_same_twice_is_the_one_that_there_is(world: World) -> None:
    """Until it is over, or somebody says that it is another; of everything only where that is said."""
    later = ONSET + timedelta(days=2)  # other tests declare the days before
    first = declare(world, onset=later)
    with pytest.raises(Conflict, match=f"already {first.id}"):
        declare(world, onset=later, title="the same in other words")
    assert declare(world, onset=later, again=True).id != first.id
    assert declare(world, onset=ONSET + timedelta(days=1)).id != first.id
    assert declare(world, scope={}, everything=True).scope == {}

    for one in world.all.incidents.list(Asked()):
        world.all.incidents.dismiss(one.id, "false", reason="none", actor="ann")
    assert declare(world, onset=later).state == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": noon(day(3)) + timedelta(minutes=2)},
        {"link": "javascript:alert(1)"},
        {"link": "/somewhere"},
    ],
)
def test_a_note_is_of_what_happened_and_links_where_a_page_can(world: World, wrong: dict[str, Any]) -> None:
    """The future and other addresses are refused; a clock that is a little ahead is not."""
    one = declare(world, again=True)

    with pytest.raises(UsageError):
        world.all.incidents.add_note(one.id, "cache", actor="ann", **wrong)

    at = world.now + timedelta(seconds=30)
    assert world.all.incidents.add_note(one.id, "cache", actor="ann", at=at, link="https://x.example/1").link
    assert not any(e.kind == "note" and e.at > at for e in world.all.incidents.timeline(one.id))
