"""Anomalies as rows: found again when data move them, filtered by their money, planned beforehand."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.catalog.anomalies import AnomalySettings
from warikan.catalog.entities import Catalog, Service
from warikan.focus.errors import NotFound, UsageError
from warikan.insights.anomaly import Driver, Episode, EpisodeDay, Evidence, Excess, episode_key
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.anomalies.filters import IS_BOUGHT, money_filter
from warikan.operate.anomalies.matching import match
from warikan.operate.anomalies.planned import (
    Planned,
    add_planned,
    check_planned,
    list_planned,
    remove_planned,
)
from warikan.operate.anomalies.store import add, change, load_all, load_anomaly, values_of
from warikan.state import Database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAY = date(2026, 5, 1)
CATALOG = Catalog(
    services={
        "shop": Service(id="shop", title="Shop", team_id="sales"),
        "it's": Service(id="it's", title="It", team_id="sales"),
        "rank": Service(id="rank", title="Rank", team_id="search"),
    }
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Database]:
    """A new state."""
    made = Database.in_folder(tmp_path)
    yield made
    made.close()


def episode(first: int = 0, last: int | None = 3, **values: object) -> Episode:
    """An episode of shop from *first* to before *last*, days of May; None lasts."""
    scope = {"x_TeamId": "sales", "x_ServiceId": "shop", "ServiceName": "Amazon S3"}
    onset = MAY + timedelta(days=first)
    days = [
        EpisodeDay(MAY + timedelta(days=i), Decimal("15.5"), Decimal(10), Decimal(9), Decimal(11))
        for i in range(first, first + 4 if last is None else last)
    ]
    made = Episode(
        key=episode_key(scope, onset),
        scope=scope,
        kind="step",
        currency="USD",
        onset=onset,
        detected=onset,
        end=None if last is None else MAY + timedelta(days=last),
        days=tuple(days),
        excess=Excess(Decimal("5.5") * len(days), Decimal(3), Decimal(20)),
        rate_per_hour=Decimal("0.229167"),
        provisional=False,
        absorbed=False,
        drivers=(Driver("SkuId", scope | {"SkuId": "x"}, Decimal("5.5"), 1.0, is_new=False),),
        evidence=(Evidence("cost_per_day", 10.0, 15.5),),
    )
    return replace(made, **values)  # type: ignore[arg-type]


def keep(state: Database, one: Episode) -> Anomaly:
    """*one* as an anomaly of the state."""
    actuals = {day.day: day.actual for day in one.days}
    values = values_of(one, one.excess, actuals, NOW)
    owner = {"service_id": "shop", "team_id": "sales", "where": "x"}
    with state.begin() as connection:
        return load_anomaly(
            connection,
            add(connection, values | owner | {"first_excess": one.excess.point, "noticed_at": NOW}),
        )


def test_an_anomaly_is_read_as_it_was_written(state: Database) -> None:
    """Every digit and every part of it."""
    one = episode(excess=Excess(Decimal("0.1234567890123456"), Decimal(-3), Decimal("1E+3")))
    kept = keep(state, one)
    assert ("ANO-1", one.key, one.scope, one.days, one.drivers, one.evidence) == (
        kept.id, kept.key, kept.scope, kept.days, kept.drivers, kept.evidence,
    )  # fmt: skip
    assert (one.excess, "ended", None, 1) == (kept.excess, kept.state, kept.verdict, kept.version)


@pytest.mark.parametrize("name", ["ANO-2", "2", "", "ANO-", "ANO-1e9", "INC-1", "ANO-99999999999", "ANO-²"])
def test_an_unknown_anomaly_is_not_found(state: Database, name: str) -> None:
    """Whatever is asked for."""
    keep(state, episode())
    with state.read() as connection, pytest.raises(NotFound):
        load_anomaly(connection, name)


def test_a_change_counts_the_version_on(state: Database) -> None:
    """So that a person sees that it has moved under them."""
    kept = keep(state, episode())
    with state.begin() as connection:
        change(connection, kept, {"note": "x"})
        assert load_anomaly(connection, kept.id).version == 2


def test_late_rows_move_an_onset_and_make_no_second_anomaly(state: Database) -> None:
    """The same scope at an overlapping time is the same anomaly; another time or scope is another one."""
    first, later = keep(state, episode(0, 4)), keep(state, episode(20, 24))
    moved, new = episode(2, 5), episode(10, 12)
    other = episode(0, 4, scope={"x_ServiceId": "rank"}, key="other")
    found = match([moved, new, other, episode(20, 24)], [first, later])
    assert {moved.key: first, later.key: later} == found


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=6),
)
def test_no_anomaly_is_two_episodes(
    tmp_path_factory: pytest.TempPathFactory, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    """However they overlap; and an episode whose key is known is always the one that has it."""
    state = Database.in_folder(tmp_path_factory.mktemp("match"))
    for first, length in dict(before).items():
        keep(state, episode(first, first + length))
    with state.read() as connection:
        known = load_all(connection)
    state.close()
    episodes = [episode(first, first + length) for first, length in dict(after).items()]
    found = match(episodes, known)
    assert len({anomaly.id for anomaly in found.values()}) == len(found)
    by_key = {anomaly.key: anomaly for anomaly in known}
    assert all(found[e.key] == by_key[e.key] for e in episodes if e.key in by_key)


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        ({}, ""),
        ({"x_ServiceId": "it's"}, "x_OriginServiceId = 'it''s'"),
        ({"x_ServiceId": None, "x_TeamId": None}, "x_OriginServiceId IS NULL"),
        ({"x_TeamId": "sales"}, "x_OriginServiceId IN ('it''s', 'shop')"),
        (
            {"x_TeamId": None},
            "(x_OriginServiceId IS NULL OR x_OriginServiceId NOT IN ('it''s', 'rank', 'shop'))",
        ),
        (
            {"x_TeamId": "sales", "x_ServiceId": "shop", "ServiceName": "S3", "SkuId": None},
            "ServiceName = 'S3' AND SkuId IS NULL AND x_OriginServiceId = 'shop'",
        ),
    ],
)
def test_the_money_is_that_of_who_causes_it(scope: dict[str, str | None], where: str) -> None:
    """By the owner before sharing; a team is the services that it owns."""
    assert money_filter(scope, CATALOG) == " AND ".join(part for part in (IS_BOUGHT, where) if part)


def test_planned_events_of_settings_and_of_people_are_one_list(state: Database) -> None:
    """By their first day; what is removed is gone, and what is wrong is refused."""
    told = {"title": "move", "from": "2026-06-01", "kind": "factor", "value": 0.8, "service": "shop"}
    settings = AnomalySettings.model_validate({"planned": [told]})
    added = Planned(None, "sale", {"x_TeamId": "sales"}, MAY, date(2026, 5, 8), "amount", 50.0)
    with state.begin() as connection:
        name = add_planned(connection, added, actor="aya", now=NOW)
        found = list_planned(connection, settings)
        assert [(one.id, one.title) for one in found] == [("PLAN-1", "sale"), (None, "move")]
        assert found[1].scope == {"x_ServiceId": "shop"}
        assert (found[0].added_by, found[0].added_at) == ("aya", NOW)
        remove_planned(connection, name, actor="aya", now=NOW)
        assert len(list_planned(connection, settings)) == 1
        with pytest.raises(NotFound):
            remove_planned(connection, name, actor="aya", now=NOW)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scope": {"Colour": "red"}}, "no Colour"),
        ({"scope": {"x_ServiceId": "shoq"}}, "no service 'shoq'"),
        ({"scope": {"x_TeamId": "nope"}}, "no team 'nope'"),
        ({"end": MAY}, "cannot end"),
        ({"title": " "}, "1 to 200"),
        ({"title": "x" * 201}, "1 to 200"),
        ({"kind": "factor", "value": -3.0}, "not negative"),
        ({"value": math.nan}, "finite"),
        ({"kind": "level", "value": -math.inf}, "finite"),
    ],
)
def test_what_cannot_be_planned_is_refused(wrong: dict[str, Any], said: str) -> None:
    """Whoever plans it, and wherever: commands, API and page ask the same."""
    planned = Planned(None, "sale", {"x_ServiceId": "shop"}, MAY, date(2026, 5, 8), "amount", -50.0)
    check_planned(planned, CATALOG)

    with pytest.raises(UsageError, match=said):
        check_planned(replace(planned, **wrong), CATALOG)
