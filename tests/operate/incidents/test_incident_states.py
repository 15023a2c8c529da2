"""Whatever people call in whatever order: only legal states, one version a change, a record of each."""

import threading
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from cost_world import ONSET, World, day, noon
from warikan.catalog.incidents import IncidentSettings, SeverityMoney
from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.incidents.incident import Incident, State, number_of
from warikan.operate.incidents.severity import judge_severity
from warikan.operate.incidents.states import AFTER
from warikan.state import Database
from warikan.state.audit import list_entries

USUAL = Decimal(10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Shop costs 110 instead of 10 from the onset on, for six days."""
    made = World(tmp_path_factory.mktemp("states"), noon(day(6)), day(6))
    made.bill(day(6), made.usual("110", 0, 6))
    return made


def declare(world: World, **values: Any) -> Incident:
    """An incident of shop by hand."""
    told = {"actor": "ann", "onset": ONSET, "scope": {"x_ServiceId": "shop"}, "expected_per_day": USUAL}
    told |= {"again": True}
    return world.all.incidents.declare(**told | values)


class Dealing(RuleBasedStateMachine):
    """People who do anything at any time, seen versions or old ones."""

    world: World
    folder: Path
    databases = 0

    @initialize()
    def begin(self) -> None:
        """A new state with one incident."""
        Dealing.databases += 1
        self.world.state = Database.in_folder(self.folder / str(Dealing.databases))
        self.world.all.state = self.world.state
        for part in ("changes", "anomalies", "budgets", "incidents", "notify"):
            self.world.all.__dict__.pop(part, None)
        self.id = declare(self.world).id
        self.state: State = "open"
        self.dismissed: Incident | None = None

    def teardown(self) -> None:
        """Close the state."""
        if self.world.state is not None:
            self.world.state.close()

    @rule(
        action=st.sampled_from(sorted(AFTER)),
        old=st.booleans(),
        verdict=st.sampled_from(["planned", "false"]),
    )
    def move(self, action: str, old: bool, verdict: str) -> None:
        """One of the transitions, as law says or refused with nothing changed."""
        incidents = self.world.all.incidents
        before = incidents.get(self.id)
        values: dict[str, Any] = {"actor": "bob", "version": before.version - old}
        if action in {"verify", "reopen", "dismiss"}:
            values["reason"] = "because"
        arguments = (self.id, verdict) if action == "dismiss" else (self.id,)
        after = AFTER[action].get(self.state)  # type: ignore[index]
        if after is None or old:
            with pytest.raises(Conflict):
                getattr(incidents, action)(*arguments, **values)
            assert before == incidents.get(self.id)
            return
        done = getattr(incidents, action)(*arguments, **values)
        if action == "dismiss":
            self.dismissed = before
        if action == "reopen" and self.state == "dismissed":
            assert self.dismissed is not None
            assert self.dismissed.clock == done.clock
            after = self.dismissed.state
        elif action == "reopen" and done.clock.acknowledged is None:
            after = "open"
        self.state = after
        assert before.version + 1 == done.version

    @rule()
    def look_at_the_bill(self) -> None:
        """A job that comes by changes no state: the bill is not as expected."""
        self.world.all.incidents.refresh()

    @invariant()
    def it_is_as_it_should_be(self) -> None:
        """The state is the one that the law leads to, and the clock fits it."""
        incident = self.world.all.incidents.get(self.id)
        clock = incident.clock
        assert self.state == incident.state
        if self.state in {"contained", "verified", "closed"}:
            assert clock.contained is not None
        if self.state in {"verified", "closed"}:
            assert clock.verified is not None
        assert (clock.closed is not None) == (self.state == "closed")
        assert (incident.dismissed_as is not None) == (self.state == "dismissed")


def test_no_sequence_of_calls_leads_astray(world: World, tmp_path: Path) -> None:
    """Any calls in any order, with versions that are seen or old."""
    Dealing.world, Dealing.folder = world, tmp_path
    run_state_machine_as_test(
        Dealing, settings=settings(max_examples=12, stateful_step_count=14, deadline=None)
    )
    world.state = Database.in_folder(tmp_path / "after")
    world.bill(world.data_end)


def test_nobody_overwrites_what_they_have_not_seen(world: World) -> None:
    """Ten who saw the same version: one writes, nine are told so."""
    incident = declare(world)
    done: list[str] = []
    refused: list[str] = []

    def assign(name: str) -> None:
        try:
            world.all.incidents.assign_role(incident.id, "fixer", name, actor=name, version=incident.version)
            done.append(name)
        except Conflict:
            refused.append(name)

    people = [threading.Thread(target=assign, args=(f"person {i}",)) for i in range(10)]
    for one in people:
        one.start()
    for one in people:
        one.join()

    after = world.all.incidents.get(incident.id)
    assert (len(done), len(refused)) == (1, 9)
    assert {"fixer": done[0]} == after.roles
    assert incident.version + 1 == after.version


def test_nobodys_role_is_lost_without_versions(world: World) -> None:
    """Ten different roles at once, nobody naming a version: all ten are there."""
    incident = declare(world)
    people = [
        threading.Thread(
            target=world.all.incidents.assign_role,
            args=(incident.id, f"role {i}", "x"),
            kwargs={"actor": "x"},
        )
        for i in range(10)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()

    assert {f"role {i}": "x" for i in range(10)} == world.all.incidents.get(incident.id).roles


def test_every_change_is_recorded(world: World) -> None:
    """Who did what, with what it was before, beside the state itself."""
    incident = declare(world)
    world.all.incidents.acknowledge(incident.id, actor="bob")
    world.all.incidents.set_severity(incident.id, "SEV1", actor="cho")

    assert world.state is not None
    with world.state.read() as connection:
        entries = list_entries(connection, f"incident/{incident.id}")

    assert [(e.action, e.actor) for e in entries if e.action in {"severity", "acknowledge", "declare"}][
        :3
    ] == [("severity", "cho"), ("acknowledge", "bob"), ("declare", "ann")]
    assert {"state": "open"}.items() <= dict(entries[1].before or {}).items()


def test_who_acknowledges_leads(world: World) -> None:
    """Until somebody else is named; a job or somebody without a name does not."""
    first, second = declare(world), declare(world)

    assert world.all.incidents.acknowledge(first.id, actor="bob").roles == {"lead": "bob"}
    assert world.all.incidents.acknowledge(second.id, actor="someone").roles == {}
    assert world.all.incidents.assign_role(first.id, "Lead", "cho", actor="bob").roles == {"lead": "cho"}
    assert world.all.incidents.assign_role(first.id, "lead", None, actor="bob").roles == {}


@pytest.mark.parametrize("told", ["INC-999", "REV-1", "INC-", "INC-1x", "INC-９", "'; DROP TABLE incidents"])
def test_an_unknown_incident(world: World, told: str) -> None:
    """What is no id, and what nobody has, is not found."""
    with pytest.raises(NotFound):
        world.all.incidents.get(told)


def test_what_cannot_be_declared(world: World) -> None:
    """The future, the distant past, no amount, a filter that is none."""
    for values in (
        {"onset": day(7)},
        {"onset": date(2020, 1, 1)},
        {"severity": "SEV9"},
        {"expected_per_day": Decimal("NaN")},
        {"where": "x_ServiceId ="},
        {"where": "x" * 5000},
    ):
        with pytest.raises(UsageError):
            declare(world, **values)


def test_containment_lies_between_the_onset_and_now(world: World) -> None:
    """Nothing is contained before it began, or in the future."""
    incident = declare(world)
    for moment in (noon(ONSET) - timedelta(days=1), world.now + timedelta(minutes=1)):
        with pytest.raises(UsageError):
            world.all.incidents.contain(incident.id, actor="ann", at=moment)


@pytest.mark.parametrize(
    ("per_day", "month", "currency", "expected"),
    [
        ("1000", "1000000", "USD", "SEV1"),
        ("300", "1000000", "USD", "SEV2"),
        ("299", "1000000", "USD", "SEV3"),
        ("49", "1000000", "USD", "SEV4"),
        ("-1000", "1000000", "USD", "SEV4"),  # a saving wakes nobody
        ("-10", "600", "CHF", "SEV4"),
        ("49", "100", "USD", "SEV3"),  # all of a tiny team's month lifts by one, no more
        ("299", "10000", "USD", "SEV2"),
        ("10", None, "USD", "SEV4"),
        ("10", "600", "CHF", "SEV1"),
        ("10", "1500", "CHF", "SEV2"),
        ("10", "6000", "CHF", "SEV3"),
        ("10", "6001", "CHF", "SEV4"),
        ("10", None, "CHF", "SEV4"),
    ],
)
def test_severity_by_money_and_share(per_day: str, month: str | None, currency: str, expected: str) -> None:
    """By money; the share of the month lifts it by one, or decides where the currency has no amounts."""
    owner = None if month is None else Decimal(month)

    assert expected == judge_severity(Decimal(per_day), owner, currency, IncidentSettings())


def test_severities_in_the_settings_must_fall() -> None:
    """SEV1 is dearer than SEV2, and SEV2 than SEV3."""
    with pytest.raises(ValueError, match="SEV1 must be more"):
        SeverityMoney(SEV1=Decimal(1), SEV2=Decimal(2), SEV3=Decimal(3))


def test_numbers_of_ids() -> None:
    """Ids are short, whole and ASCII."""
    assert [number_of(told) for told in ("INC-12", "inc-12", "INC-", "INC-1²", "INC-1234567890")] == [
        12,
        12,
        None,
        None,
        None,
    ]
