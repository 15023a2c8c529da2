"""A review follows its incident while people write it; what they wrote stays."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cost_world import ONSET, World, day, noon
from postgres_server import new_database
from warikan.operate.reviews.document import Language, Review
from warikan.operate.reviews.refilling import NOTE
from warikan.state import Database
from warikan.state.audit import list_entries

WORDS = "We learned of it from a customer."


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world whose state is SQLite."""
    return make_world(tmp_path, None)


def make_world(folder: Path, state: Database | None, language: Language = "en") -> World:
    """Shop costs 110 instead of 10 from the onset on; an incident of it has a review."""
    made = World(folder, noon(day(3)), day(3), state=state)
    made.bill(day(3), made.usual("110", 0, 3))
    made.all.incidents.declare(
        actor="ann", onset=ONSET, scope={"x_ServiceId": "shop"}, expected_per_day=Decimal(10)
    )
    made.all.reviews.begin("INC-1", actor="ann", language=language)
    return made


def restate(world: World) -> None:
    """Late rows make the second day 20 dearer: 320 above what was expected instead of 300."""
    world.now += timedelta(hours=6)
    world.bill(day(3), {day(1): {"shop": "130"}})
    world.all.incidents.refresh()


def write(world: World, section: str, text: str) -> None:
    """Somebody writes a section."""
    seen = world.all.reviews.get("REV-1").sections[section].version
    world.all.reviews.edit("REV-1", section, text, version=seen, actor="ann")


def impact(world: World) -> str:
    """What the review says of the impact."""
    return world.all.reviews.get("REV-1").sections["impact"].text


def test_what_nobody_touched_is_filled_in_again(world: World) -> None:
    """Both figures are told; the version before is kept, and the record says who did it."""
    before = world.all.reviews.get("REV-1")
    restate(world)

    after = world.all.reviews.get("REV-1")
    assert "**300.00 USD**" in before.sections["impact"].text
    assert "**320.00 USD**" in after.sections["impact"].text
    assert "told before as 300.00 USD" in after.sections["impact"].text
    assert (after.facts.excess, after.sections["impact"].is_prefilled) == (Decimal(320), True)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    newest, first = world.all.reviews.versions("REV-1", "impact")
    assert (newest.actor, newest.note, first.text) == ("warikan", NOTE, before.sections["impact"].text)
    assert world.state is not None
    with world.state.read() as connection:
        entries = list_entries(connection, "review/REV-1")
    assert ("warikan", "edit impact", {"version": 1}, {"version": 2}) in [
        (e.actor, e.action, e.before, e.after) for e in entries
    ]
    (told,) = [e for e in entries if e.action == "edit facts"]
    assert told.before
    assert told.after
    assert (Decimal(told.before["excess"]), Decimal(told.after["excess"])) == (Decimal(300), Decimal(320))
    assert "REV-1" in [hit.document for hit in world.all.reviews.search("320.00")]


def test_nothing_new_writes_nothing(world: World) -> None:
    """A refresh without news makes no version."""
    before = world.all.reviews.get("REV-1")
    world.all.incidents.refresh()

    assert world.all.reviews.get("REV-1") == before


def test_words_of_people_stay_beside_new_figures(world: World) -> None:
    """Somebody wrote below the figures: the figures follow, the words are as they were."""
    write(world, "impact", f"{impact(world)}\n\n{WORDS}")
    restate(world)

    assert impact(world).endswith(WORDS)
    assert "**320.00 USD**" in impact(world)
    assert not world.all.reviews.get("REV-1").sections["impact"].is_prefilled


def test_lines_that_people_changed_are_theirs(world: World) -> None:
    """Who wrote over the figure keeps what they wrote; the figures of the export are the new ones."""
    write(world, "impact", WORDS)
    restate(world)

    review: Review = world.all.reviews.get("REV-1")
    assert review.sections["impact"].text == WORDS
    assert review.facts.excess == Decimal(320)
    assert "320.00 USD" in world.all.reviews.markdown("REV-1")


def test_the_clock_follows_what_people_do(world: World) -> None:
    """Containing the incident is in the clock of its review at once."""
    assert "Contained: not yet" in world.all.reviews.get("REV-1").sections["clock"].text

    world.all.incidents.contain("INC-1", actor="bob")

    assert "Contained: 2026-11-08" in world.all.reviews.get("REV-1").sections["clock"].text


def test_what_is_reviewed_stays_as_it_was_read(world: World) -> None:
    """A reviewed document does not change; back in review it follows again."""
    reviews = world.all.reviews
    reviews.move("REV-1", "in_review", actor="ann")
    reviews.skip_soak("REV-1", "small", version=reviews.get("REV-1").version, actor="ann")
    reviews.move("REV-1", "reviewed", actor="ann")
    before = impact(world)
    restate(world)
    assert impact(world) == before

    world.all.reviews.move("REV-1", "in_review", actor="ann")
    world.all.incidents.refresh()

    assert "**320.00 USD**" in impact(world)


def test_an_edit_of_who_saw_the_old_figures_is_not_lost(world: World) -> None:
    """The page was open while the bill was restated: both are there."""
    seen = world.all.reviews.get("REV-1").sections["impact"]
    restate(world)

    world.all.reviews.edit("REV-1", "impact", f"{seen.text}\n\n{WORDS}", version=seen.version, actor="ann")

    assert impact(world).endswith(WORDS)
    assert "**320.00 USD**" in impact(world)


def test_the_same_on_postgresql(tmp_path: Path) -> None:
    """Both rows are locked in the same order there: the incident's, then its review's."""
    with new_database() as url:
        state = Database.open(url)
        world = make_world(tmp_path, state)
        write(world, "impact", f"{impact(world)}\n\n{WORDS}")
        restate(world)

        assert impact(world).endswith(WORDS)
        assert "**320.00 USD**" in impact(world)
        assert world.all.reviews.search("costs more")
        state.close()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_filled_in_blames_nobody(tmp_path: Path, language: Language) -> None:
    """Our own words pass our own check: of what recurs, of what came once, and restated."""
    world = make_world(tmp_path, None, language)
    once = {day(i): {"rank": "5"} for i in range(3)} | {day(0): {"rank": "500"}}
    world.bill(day(3), once)
    scope = {"x_ServiceId": "rank"}
    world.all.incidents.declare(actor="ann", onset=ONSET, scope=scope, expected_per_day=Decimal(5))
    world.all.reviews.begin("INC-2", actor="ann", language=language)
    restate(world)

    for name in ("REV-1", "REV-2"):
        for section in world.all.reviews.get(name).sections:
            assert world.all.reviews.marks(name, section) == (), (name, section)
