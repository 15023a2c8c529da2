"""The life of an incident on a real lake: declared, followed, restated, verified by the bill."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cost_world import ONSET, World, day, noon, total
from warikan.catalog.entities import Service
from warikan.focus.errors import Conflict, NotFound
from warikan.insights.anomaly import Driver, Episode, EpisodeDay, Evidence, Excess, episode_key
from warikan.operate.anomalies.store import add, values_of
from warikan.operate.changes.change import ChangeDraft, Subject
from warikan.operate.incidents.incident import Asked, Incident
from warikan.state import Database

USUAL = Decimal(10)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Shop costs 110 instead of 10 from the onset on; the bill has three such days."""
    made = World(tmp_path, noon(day(3)), day(3))
    made.bill(day(3), made.usual("110", 0, 3))
    return made


def declare(world: World, **values: Any) -> Incident:
    """An incident of shop by hand."""
    told = {"actor": "ann", "onset": ONSET, "scope": {"x_ServiceId": "shop"}, "expected_per_day": USUAL}
    told |= {"again": True}
    return world.all.incidents.declare(**told | values)


def keep_anomaly(world: World, **values: Any) -> str:
    """An anomaly as the detector would keep it: three days of shop, 100 over what was expected."""
    scope = {"x_TeamId": "sales", "x_ServiceId": "shop"}
    days = tuple(EpisodeDay(day(i), Decimal(110), Decimal("10.5"), Decimal(9), Decimal(12)) for i in range(3))
    episode = Episode(
        key=episode_key(scope, ONSET),
        scope=scope,
        kind="price",
        currency="USD",
        onset=ONSET,
        detected=ONSET,
        end=None,
        days=days,
        excess=Excess(Decimal("298.5"), Decimal(294), Decimal(303)),
        rate_per_hour=Decimal("4.15"),
        provisional=False,
        absorbed=False,
        drivers=(Driver("SkuId", scope | {"SkuId": "storage"}, Decimal(300), 1.0, is_new=True),),
        evidence=(Evidence("unit_cost", 1.0, 11.0),),
    )
    told = values_of(episode, episode.excess, {d.day: d.actual for d in days}, world.now)
    told |= {"service_id": "shop", "team_id": "sales", "where": "x_OriginServiceId = 'shop'"}
    told |= {"first_excess": episode.excess.point, "noticed_at": world.now}
    assert world.state is not None
    with world.state.begin() as connection:
        return add(connection, told | values)


def test_from_declared_to_closed(world: World) -> None:
    """Everything that happens to an incident whose fix works, with the money of each step."""
    incidents = world.all.incidents
    declared = declare(world)
    assert (Decimal(300), 3, "SEV2") == (
        declared.figure.accrued if declared.figure else None,
        declared.figure.days if declared.figure else None,
        declared.severity,
    )
    incidents.acknowledge(declared.id, actor="bob")

    world.now = noon(day(5))
    world.bill(day(5), world.usual("110", 3, 5))
    incidents = world.all.incidents
    assert (declared.id,) == incidents.refresh().restated
    assert incidents.refresh().restated == ()

    contained = incidents.contain(declared.id, actor="bob", at=noon(day(4)))
    assert contained.figure is not None
    assert (Decimal(500), Decimal(0), Decimal(0)) == (
        contained.figure.accrued,
        contained.figure.rate_per_hour,
        contained.figure.live,
    )

    world.now = noon(day(7))
    world.bill(day(7))
    assert world.all.incidents.refresh().verified == ()
    world.now = noon(day(8))
    world.bill(day(8))
    assert (declared.id,) == world.all.incidents.refresh().verified

    verified = world.all.incidents.get(declared.id)
    assert ("verified", "warikan", world.now) == (
        verified.state, verified.verified_by, verified.clock.verified,
    )  # fmt: skip
    assert verified.figure is not None
    assert (Decimal(500), Decimal(300)) == (verified.figure.accrued, verified.figure.avoided)
    assert world.all.incidents.close(declared.id, actor="bob").state == "closed"
    titles = [e.title for e in world.all.incidents.timeline(declared.id) if e.kind == "state"]
    for said in ("Declared", "Acknowledged", "Contained", "Verified on the bill", "Closed"):
        assert said in titles


def test_every_figure_is_the_sum_of_its_days(world: World) -> None:
    """Accrued, and what each payer paid, are the days' actual less expected, exactly."""
    world.bill(day(3), {day(1): {"shop": "110.123456789012345678", "rank": "6"}})
    incident = declare(world, scope={}, where="ServiceName = 'S3'", expected_per_day=Decimal("15.1"))

    detail = world.all.incidents.detail(incident.id)
    billed = [d for d in detail.days if d.actual is not None]

    assert incident.figure is not None
    assert total((d.actual or 0) - d.expected for d in billed) == incident.figure.accrued
    assert total(p.excess for p in detail.payers) == incident.figure.accrued
    assert Decimal("300.823456789012345678") == incident.figure.accrued
    assert [p.service_id for p in detail.payers] == ["shop", "rank"]


def test_late_rows_restate_and_the_first_is_kept(world: World) -> None:
    """A day that becomes dearer on the bill: both what was told first and what is known now are there."""
    incident = declare(world)
    world.now = noon(day(3)) + timedelta(hours=6)
    world.bill(day(3), {day(1): {"shop": "130"}})

    world.all.incidents.refresh()

    detail = world.all.incidents.detail(incident.id)
    figure = detail.incident.figure
    assert figure is not None
    assert (Decimal(320), Decimal(300), Decimal(20)) == (
        figure.accrued, figure.first_accrued, figure.restated,
    )  # fmt: skip
    assert [Decimal(300), Decimal(320)] == [f.accrued for f in detail.figures]
    assert incident.figure is not None
    assert detail.figures[0].as_of == incident.figure.as_of
    assert (Decimal(130), Decimal(110)) == (detail.days[1].actual, detail.days[1].first_actual)
    assert "The bill was restated" in [e.title for e in detail.timeline]


def test_the_expectation_is_frozen(world: World) -> None:
    """What is billed before the onset later changes no expected day."""
    history = {"expected_per_day": None}
    world.bill(day(3), {ONSET - timedelta(days=i): {"shop": "10"} for i in range(1, 10)})
    incident = declare(world, onset=ONSET - timedelta(days=25), **history)  # ten days before: their mean
    before = world.all.incidents.detail(incident.id).days

    world.bill(day(3), {ONSET - timedelta(days=i): {"shop": "99"} for i in range(26, 34)})
    world.all.incidents.refresh()

    after = world.all.incidents.detail(incident.id).days
    assert [(d.day, d.expected, d.low, d.high) for d in before] == [
        (d.day, d.expected, d.low, d.high) for d in after
    ]


def test_an_anomaly_is_one_incident(world: World) -> None:
    """Declared twice it is found; its days are expected as the detector expected them, and it is real now."""
    anomaly = keep_anomaly(world)
    world.told = {**world.told, "incidents": {"expect_days": 14}}
    first = world.all.incidents.declare_from_anomaly(anomaly, actor="ann")
    second = world.all.incidents.declare_from_anomaly(anomaly, actor="bob", title="again")

    assert first.id == second.id
    assert (
        first.source, first.origin, first.kind, first.team_id,
    ) == ("anomaly", "anomaly/ANO-1", "price", "sales")  # fmt: skip
    days = world.all.incidents.detail(first.id).days
    assert [Decimal("10.5")] * 3 == [d.expected for d in days[:3]]
    assert first.figure is not None
    assert Decimal("298.5") == first.figure.accrued
    assert world.all.anomalies.get(anomaly).verdict == "real"
    kinds = [e.kind for e in world.all.incidents.timeline(first.id)]
    assert {"price", "anomaly", "state"} <= set(kinds)


def test_an_anomaly_that_has_ended_is_over_when_it_is_declared(world: World) -> None:
    """It counts up to its end, is verified by the bill, was spent unseen, and nobody avoided anything."""
    world.now = noon(day(9))
    world.bill(day(9))
    ended = keep_anomaly(world, state="ended", end=day(3))

    incident = world.all.incidents.declare_from_anomaly(ended, actor="ann")
    facts = world.all.incidents.facts(incident.id)

    assert incident.figure is not None
    assert (noon(day(3)).replace(hour=0), None) == (incident.clock.contained, incident.clock.acknowledged)
    assert ("verified", 3, Decimal(0)) == (incident.state, incident.figure.days, incident.figure.avoided)
    assert (incident.figure.accrued, None) == (facts.before_detection, facts.avoided)
    assert "Contained by the bill" in [e.title for e in world.all.incidents.timeline(incident.id)]


def test_a_level_that_was_learned_has_not_ended(world: World) -> None:
    """It costs as much as ever: an incident of it is open and counts on."""
    world.now = noon(day(5))
    world.bill(day(5), world.usual("110", 3, 5))
    learned = keep_anomaly(world, state="ended", end=day(3), absorbed=True)

    incident = world.all.incidents.declare_from_anomaly(learned, actor="ann")

    assert incident.figure is not None
    assert (incident.state, incident.clock.contained, incident.figure.days) == ("open", None, 5)
    titles = [e.title for e in world.all.incidents.timeline(incident.id)]
    assert f"{learned}: still as high; the new level is expected since {day(3)}" in titles


def test_a_dismissal_taken_back_leaves_no_trace(world: World) -> None:
    """State, clock and the verdict on its anomaly are as they were; so is what was closed by mistake."""
    noticed = keep_anomaly(world)
    incidents = world.all.incidents
    before = incidents.declare_from_anomaly(noticed, actor="ann")
    before = incidents.contain(before.id, actor="ann")

    incidents.dismiss(before.id, "planned", reason="a slip", actor="ann")
    after = incidents.reopen(before.id, reason="a slip", actor="ann")

    assert (before.state, before.clock, None) == (after.state, after.clock, after.dismissed_as)
    assert world.all.anomalies.get(noticed).verdict == "real"
    incidents.verify(before.id, reason="seen", actor="ann")
    incidents.close(before.id, actor="ann")
    assert incidents.reopen(before.id, reason="a slip", actor="ann", last_only=True).state == "verified"


def test_a_dismissal_teaches_the_detector(world: World) -> None:
    """Planned, with the reason as its note; the figures are followed no more."""
    anomaly = keep_anomaly(world)
    incident = world.all.incidents.declare_from_anomaly(anomaly, actor="ann")

    done = world.all.incidents.dismiss(incident.id, "planned", reason="load test", actor="ann")

    said = world.all.anomalies.get(anomaly)
    assert (done.state, done.dismissed_as, done.reason) == ("dismissed", "planned", "load test")
    assert (said.verdict, said.note) == ("planned", "load test")
    world.bill(day(3), {day(0): {"shop": "500"}})
    assert world.all.incidents.refresh().restated == ()


def test_severity_rises_by_itself_and_never_falls(world: World) -> None:
    """The money raises it; a person's word stands whatever the money does."""
    incident = declare(world)
    judged = declare(world)
    world.all.incidents.set_severity(judged.id, "SEV4", actor="ann")
    world.now = noon(day(6))
    world.bill(day(6), world.usual("2000", 3, 6))
    world.all.incidents.refresh()
    assert tuple(world.all.incidents.get(i.id).severity for i in (incident, judged)) == ("SEV1", "SEV4")

    world.now = noon(day(12))
    world.bill(day(12))
    world.all.incidents.refresh()
    assert world.all.incidents.get(incident.id).severity == "SEV1"


def test_a_refresh_takes_nobodys_version(world: World) -> None:
    """Who edits while a job brings new figures has missed nothing; who edits after it was verified has."""
    incident = declare(world)
    world.now = noon(day(4))
    world.bill(day(4), world.usual("300", 3, 4))
    world.all.incidents.refresh()

    acknowledged = world.all.incidents.acknowledge(incident.id, actor="b", version=incident.version)
    contained = world.all.incidents.contain(incident.id, actor="b", version=acknowledged.version)
    world.now = noon(day(8))
    world.bill(day(8))
    world.all.incidents.refresh()

    assert world.all.incidents.get(incident.id).state == "verified"
    with pytest.raises(Conflict):
        world.all.incidents.reopen(incident.id, reason="no", actor="b", version=contained.version)


def test_a_reopened_one_goes_on_from_the_onset(world: World) -> None:
    """Containment that did not hold: every day counts again."""
    incident = declare(world)
    world.all.incidents.contain(incident.id, actor="b", at=noon(day(0)))
    contained = world.all.incidents.get(incident.id).figure
    reopened = world.all.incidents.reopen(incident.id, reason="still there", actor="b")

    assert contained is not None
    assert reopened.figure is not None
    assert (Decimal(100), Decimal(200)) == (contained.accrued, contained.after_containment)
    assert (Decimal(300), None) == (reopened.figure.accrued, reopened.clock.contained)


def test_the_timeline_takes_notes_and_keeps_what_people_do(world: World) -> None:
    """Notes stand at their time; a pinned, annotated or hidden line stays so, and nothing is deleted."""
    incidents = world.all.incidents
    incident = declare(world)
    note = incidents.add_note(incident.id, "cache filled\nmore", actor="bob", at=noon(ONSET))
    assert (note.title, note.detail, note.link, note.actor) == ("cache filled", "more", None, "bob")

    pinned = incidents.change_entry(incident.id, note.id, actor="ann", pinned=True, annotation="see graph")
    with pytest.raises(Conflict):
        incidents.change_entry(incident.id, note.id, actor="ann", hidden=True, version=note.version)
    with pytest.raises(NotFound):
        incidents.change_entry(incident.id, 10**6, actor="ann", hidden=True)
    incidents.change_entry(incident.id, note.id, actor="ann", hidden=True, version=pinned.version)
    incidents.refresh()

    assert note.id not in {e.id for e in incidents.timeline(incident.id)}
    (kept,) = [e for e in incidents.timeline(incident.id, hidden=True) if e.id == note.id]
    assert (kept.pinned, kept.hidden, kept.annotation) == (True, True, "see graph")


def test_changes_are_on_the_timeline_from_two_days_before(world: World) -> None:
    """The owner's changes are there once, the ones of long before are not; none is called the cause."""
    for hours, title, service in (
        (-30, "deploy 2.1", "shop"),
        (-60, "deploy 2.0", "shop"),
        (-3, "other", "rank"),
    ):
        at = noon(ONSET) + timedelta(hours=hours - 12)
        draft = ChangeDraft("deploy", title, at=at, subject=Subject(service=service))
        world.all.changes.add(draft, "ann")
    incident = declare(world)
    world.all.incidents.refresh()

    changes = [e for e in world.all.incidents.timeline(incident.id) if e.kind == "change"]

    assert [e.title for e in changes].count("deploy 2.1") == 1
    assert "deploy 2.0" not in [e.title for e in changes]
    (near,) = [e for e in changes if e.title == "deploy 2.1"]
    assert near.rank is not None
    assert near.coincidence is not None
    assert "caus" not in str(changes)


def test_declared_weeks_later_it_ranks_by_the_onset(world: World) -> None:
    """Five weeks on, only the changes around the onset are ranked; the owner's later ones stand there too."""
    days = range(36)
    world.now = noon(day(36))
    world.bill(day(36), world.usual("110", 0, 36))
    for number in (-1, *days):
        draft = ChangeDraft(
            "deploy", f"deploy {number}", at=noon(day(number)), subject=Subject(service="shop")
        )
        world.all.changes.add(draft, "ann")
    stranger = ChangeDraft("deploy", "stranger", at=noon(day(30)), subject=Subject(service="rank"))
    world.all.changes.add(stranger, "ann")

    incident = declare(world)

    changes = [e for e in world.all.incidents.timeline(incident.id) if e.kind == "change"]
    ranked = sorted((e for e in changes if e.rank), key=lambda e: e.rank or 0)
    assert [e.title for e in ranked[:2]] == ["deploy 0", "deploy 1"]
    assert {e.title for e in ranked} == {f"deploy {i}" for i in range(-1, 8)}
    assert {"deploy 35"} <= {e.title for e in changes}
    assert "stranger" not in {e.title for e in changes}


def test_changes_of_what_it_stands_on_are_nearer_than_strangers(world: World) -> None:
    """The catalogue says that shop stands on the platform: its change comes before another service's."""
    services = {**world.all.catalog.services, "core": Service(id="core", title="Core")}
    services["shop"] = replace(services["shop"], depends_on=("core",))
    world.all = replace(world.all, catalog=replace(world.all.catalog, services=services))
    for service, hour in (("rank", 2), ("core", 1)):
        at = noon(ONSET) + timedelta(hours=hour)
        draft = ChangeDraft("deploy", service, at=at, subject=Subject(service=service))
        world.all.changes.add(draft, "ann")

    incident = declare(world)

    changes = [e for e in world.all.incidents.timeline(incident.id) if e.kind == "change"]
    assert [e.title for e in sorted(changes, key=lambda e: e.rank or 0)] == ["core", "rank"]


def test_tasks_have_owners_and_versions(world: World) -> None:
    """A task counts within its incident; nobody overwrites one that they have not seen."""
    incidents = world.all.incidents
    incident = declare(world)
    first = incidents.add_task(incident.id, title="lifecycle rule", owner="bob", due=day(20), actor="ann")
    second = incidents.add_task(incident.id, title="alarm", owner="cho", actor="ann")
    done = incidents.update_task(incident.id, 1, actor="bob", state="done", version=first.version)

    assert (1, 2, "done", world.now) == (first.number, second.number, done.state, done.done_at)
    with pytest.raises(Conflict):
        incidents.update_task(incident.id, 1, actor="cho", due=None, version=first.version)
    with pytest.raises(NotFound):
        incidents.update_task(incident.id, 3, actor="cho", due=None)
    assert incidents.update_task(incident.id, 1, actor="cho", due=None).due is None


def test_the_list_is_by_money(world: World) -> None:
    """The most first; by state, team, service and severity."""
    small = declare(world, scope={"x_ServiceId": "rank"}, expected_per_day=Decimal(4))
    large = declare(world)
    world.all.incidents.acknowledge(small.id, actor="ann")
    listed = world.all.incidents.list

    assert [large.id, small.id] == [i.id for i in listed()]
    assert [small.id] == [i.id for i in listed(Asked(states=("acknowledged",)))]
    assert [small.id] == [i.id for i in listed(Asked(team="search"))]
    assert [large.id] == [i.id for i in listed(Asked(service="shop", severity=large.severity))]
    assert [large.id] == [i.id for i in listed(Asked(limit=1))]


def test_what_a_review_is_told(world: World) -> None:
    """Money, clock, people and labels, as the incident has them."""
    incident = world.all.incidents.declare_from_anomaly(keep_anomaly(world), actor="ann")
    world.all.incidents.acknowledge(incident.id, actor="bob")
    world.all.incidents.contain(incident.id, actor="bob")
    world.all.incidents.add_task(incident.id, title="x", owner="cho", actor="ann")

    facts = world.all.incidents.facts(incident.id)

    assert (Decimal("298.5"), Decimal("298.5")) == (facts.excess, facts.before_detection)
    assert (
        facts.id, facts.service_id, facts.team_id, facts.people,
    ) == ("INC-1", "shop", "sales", ("bob", "cho"))  # fmt: skip
    assert {"storage"} == facts.skus
    assert {"shop": Decimal("298.5")} == facts.paid_by
    brief = replace(facts, timeline=(), changes=(), restated=(), paid_by={}, people=())
    assert [brief] == list(world.all.incidents.list_facts())


def test_one_notice_for_each_incident(world: World) -> None:
    """Every step is told under one key; a refresh without news tells nothing."""
    world.told = {
        **world.told,
        "notify": {
            "channels": {"pd": {"type": "pagerduty", "routing_key_from": "KEY"}},
            "routes": [{"channels": ["pd"]}],
        },
    }
    world.bill(day(3))
    incident = declare(world)
    told = len(world.all.notify.list_messages(key=f"incident/{incident.id}"))
    world.all.incidents.refresh()
    assert (told, len(world.all.notify.list_messages(key=f"incident/{incident.id}"))) == (1, 1)

    world.all.incidents.acknowledge(incident.id, actor="bob")
    newest = world.all.notify.list_messages(key=f"incident/{incident.id}")[0]
    assert (
        newest.notice.state, newest.notice.severity, newest.notice.team_id,
    ) == ("acknowledged", "high", "sales")  # fmt: skip


def test_two_who_declare_at_once_find_one(world: World, tmp_path: Path) -> None:
    """On PostgreSQL, where writers do not wait for each other, too."""
    import threading

    from postgres_server import new_database

    with new_database() as url:
        world.state = Database.open(url)
        world.bill(day(3))
        anomaly = keep_anomaly(world)
        found: list[str] = []
        people = [
            threading.Thread(
                target=lambda: found.append(world.all.incidents.declare_from_anomaly(anomaly, actor="a").id)
            )
            for _ in range(4)
        ]
        world.all.incidents  # noqa: B018 - made once, before the threads ask for it
        for one in people:
            one.start()
        for one in people:
            one.join()
        listed = world.all.incidents.list()
        world.state.close()

    assert [listed[0].id] * 4 == found
    assert len(listed) == 1
