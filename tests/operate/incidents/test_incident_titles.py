"""What an incident is called, in the reader's language, and that it is found by it at once."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cost_world import ONSET, World, day, noon
from warikan.operate.anomalies.filters import IS_BOUGHT, narrowed
from warikan.operate.incidents.titles import titles_of

ROW = {
    "title": "",
    "source": "anomaly",
    "kind": "step",
    "direction": 1,
    "scope": {"x_ServiceId": "shop", "ServiceName": "Amazon S3"},
    "where": "x_OriginServiceId = 'shop'",
    "currency": "USD",
    "team_id": "sales",
    "service_id": "shop",
    "onset": datetime(2026, 11, 5, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("changes", "en", "ja"),
    [
        ({}, "shop · Amazon S3: costs more since 2026-11-05", "shop · Amazon S3: 2026-11-05 から費用が増加"),
        (
            {"direction": -1, "service_id": None},
            "sales · Amazon S3: costs less since 2026-11-05",
            "sales · Amazon S3: 2026-11-05 から費用が減少",
        ),
        (
            {"kind": "vanished", "direction": -1, "scope": {}},
            "shop: cost that vanished on 2026-11-05",
            "shop: 2026-11-05 に費用が消失",
        ),
        (
            {"kind": None, "source": "budget", "scope": {}, "service_id": None},
            "sales: the budget is spent too fast since 2026-11-05",
            "sales: 2026-11-05 から予算の消費が速すぎる",
        ),
        (
            {"kind": None, "source": "person", "scope": {}, "service_id": None, "team_id": None, "where": ""},
            "All costs in USD: costs more since 2026-11-05",
            "USD の費用全体: 2026-11-05 から費用が増加",
        ),
        (
            {"kind": None, "source": "person", "scope": {}, "service_id": None, "team_id": None}
            | {"where": narrowed("ServiceName = 'Amazon S3'", IS_BOUGHT), "direction": -1},
            "`ServiceName = 'Amazon S3'`: costs less since 2026-11-05",
            "`ServiceName = 'Amazon S3'`: 2026-11-05 から費用が減少",
        ),
        (
            {"kind": None, "source": "person", "scope": {}, "service_id": None, "team_id": None}
            | {"where": IS_BOUGHT},
            "All costs in USD: costs more since 2026-11-05",
            "USD の費用全体: 2026-11-05 から費用が増加",
        ),
        ({"title": "Logs {for} ever"}, "Logs {for} ever", "Logs {for} ever"),
    ],
)
def test_titles_by_facts(changes: dict[str, Any], en: str, ja: str) -> None:
    """What is off, of what, since when; a title of a person is the same in every language."""
    assert titles_of(ROW | changes) == {"en": en, "ja": ja}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Shop costs 110 instead of 10 from the onset on."""
    made = World(tmp_path, noon(day(3)), day(3))
    made.bill(day(3), made.usual("110", 0, 3))
    return made


def found(world: World, words: str) -> list[str]:
    """The documents that have *words*."""
    return [hit.document for hit in world.all.reviews.search(words)]


def test_it_is_found_at_once_by_what_it_is_called(world: World) -> None:
    """Without any job: in both languages when declared, by its new title, by why it was dismissed."""
    usual = Decimal(10)
    incident = world.all.incidents.declare(
        actor="ann", onset=date(2026, 11, 5), scope={"x_ServiceId": "shop"}, expected_per_day=usual
    )
    assert found(world, "costs more") == found(world, "費用が増加") == [incident.id]

    world.all.incidents.rename(incident.id, "Logs for ever", actor="bob")
    assert (found(world, "logs"), found(world, "増加")) == ([incident.id], [])

    world.all.incidents.dismiss(incident.id, "planned", reason="the fair of Osaka", actor="bob")
    assert found(world, "osaka") == [incident.id]


def test_its_own_words_are_no_title_of_a_person(world: World) -> None:
    """Who sends back what it is called anyway has not named it: each reads it in their own language."""
    incident = world.all.incidents.declare(actor="ann", onset=ONSET, scope={"x_ServiceId": "shop"})

    kept = world.all.incidents.rename(incident.id, incident.title_ja, actor="bob")

    assert (kept.title, kept.is_titled, kept.version) == (incident.title, False, incident.version)
    named = world.all.incidents.rename(incident.id, "ログの保存", actor="bob")
    assert (named.titled("en"), named.titled("ja"), named.is_titled) == ("ログの保存", "ログの保存", True)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_review_is_called_so_in_its_language(world: World, language: Any) -> None:
    """And follows where the incident is named."""
    incident = world.all.incidents.declare(actor="ann", onset=ONSET, scope={"x_ServiceId": "shop"})

    begun = world.all.reviews.begin(incident.id, actor="ann", language=language)
    world.all.incidents.rename(incident.id, "Logs for ever", actor="bob")

    assert begun.title == incident.titled(language)
    assert world.all.reviews.get(begun.id).title == "Logs for ever"
