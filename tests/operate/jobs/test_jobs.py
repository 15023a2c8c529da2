"""Jobs: what is due runs once, in whichever process asks first; what fails stops no other."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from postgres_server import new_database
from warikan.catalog.jobs import JobSettings
from warikan.catalog.settings import Settings
from warikan.focus.errors import CheckFailed, ConfigError, Conflict, NotFound
from warikan.operate.jobs import jobs as jobs_room
from warikan.operate.jobs.jobs import LEASE, Jobs
from warikan.operate.jobs.registry import Job, list_jobs
from warikan.operate.jobs.schedule import next_due
from warikan.operate.jobs.scheduler import start_scheduler
from warikan.state.database import Database

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass
class World:
    """What jobs see of operations, with work that tests choose."""

    state: Database
    settings: Settings = field(default_factory=Settings)
    now: datetime = NOW
    ran: list[str] = field(default_factory=list)
    work: dict[str, Callable[[], str]] = field(default_factory=dict)

    def clock(self) -> datetime:
        """The present moment."""
        return self.now

    def do(self, name: str) -> str:
        """The work of one job."""
        self.ran.append(name)
        return self.work.get(name, lambda: "done")()


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty state, on either database."""
    if request.param == "sqlite":
        database = Database.in_folder(tmp_path)
        yield database
        database.close()
        return
    with new_database() as url:
        database = Database.open(url)
        yield database
        database.close()


@pytest.fixture
def world(state: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """Three jobs: two by the hour or minute, one each morning at nine in Tokyo."""
    made = World(state, Settings.model_validate({"notify": {"zone": "Asia/Tokyo"}}))
    listed = {
        "judge": Job("judge", "every hour", lambda _: made.do("judge")),
        "digests": Job("digests", "0 9 * * *", lambda _: made.do("digests"), at_once=False),
        "deliver": Job("deliver", "every minute", lambda _: made.do("deliver")),
    }
    monkeypatch.setattr(jobs_room, "list_jobs", lambda _: listed)
    return made


def jobs_of(world: World) -> Jobs:
    """Jobs as another process would have them."""
    operations: Any = world
    return Jobs(operations)


def test_what_is_due_runs_once(world: World) -> None:
    """At first at once, then each by its schedule; asking more often changes nothing."""
    jobs = jobs_of(world)
    assert [(r.name, r.result, r.said) for r in jobs.run_due()] == [
        ("judge", "ok", "done"),
        ("deliver", "ok", "done"),
    ]
    assert jobs.run_due() == ()
    world.now += timedelta(minutes=1)
    jobs_of(world).run_due()
    assert world.ran == ["judge", "deliver", "deliver"]

    world.now = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # 9:00 in Tokyo
    assert [r.name for r in jobs.run_due()] == ["judge", "digests", "deliver"]
    world.now += timedelta(days=5)  # what was missed is not made up for
    assert [r.name for r in jobs.run_due()] == ["judge", "digests", "deliver"]
    assert [r.name for r in jobs.run_due()] == []


def test_two_processes_run_each_job_once(world: World) -> None:
    """While one process works, another leaves the job alone; a hand that asks for it hears why."""
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert may_end.wait(30)
        return "slowly"

    world.work["judge"] = slow
    worker = threading.Thread(target=jobs_of(world).run_due)
    worker.start()
    assert begun.wait(30)
    other = jobs_of(world)
    assert [r.name for r in other.run_due()] == ["deliver"]
    with pytest.raises(Conflict):
        other.run("judge")
    assert [j.is_running for j in other.list()] == [True, False, False]
    may_end.set()
    worker.join()
    assert world.ran.count("judge") == 1
    assert (other.list()[0].result, other.list()[0].said) == ("ok", "slowly")


def test_many_processes_begin_at_once(world: World) -> None:
    """Eight that have never seen the state before: each job runs once."""
    barrier = threading.Barrier(8)

    def begin() -> None:
        jobs = jobs_of(world)
        barrier.wait()
        jobs.run_due()

    workers = [threading.Thread(target=begin) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(world.ran) == ["deliver", "judge"]


def test_a_dead_process_keeps_nothing(world: World) -> None:
    """A job whose process died says so, and runs again when its lease has ended."""

    def die() -> str:
        raise SystemExit

    world.work["judge"] = die
    with pytest.raises(SystemExit):  # passes every handler, as a kill would
        jobs_of(world).run_due()
    world.work.clear()
    jobs = jobs_of(world)
    assert [r.name for r in jobs.run_due()] == ["deliver"]
    assert jobs.list()[0].is_running

    world.now += LEASE
    assert [r.name for r in jobs.run_due()] == ["judge", "deliver"]


def test_failures_are_seen_and_stop_no_other(world: World) -> None:
    """Each failure is counted with its reason; success sets the count back."""

    def wrong() -> str:
        raise CheckFailed("a sum is not conserved")

    def bug() -> str:
        return str([*world.ran][1000])

    jobs = jobs_of(world)
    for number, work in enumerate((wrong, bug), start=1):
        world.work["judge"] = work
        assert [r.result for r in jobs.run_due()][-2:] == ["failed", "ok"]
        assert jobs.list()[0].failures == number
        world.now += timedelta(hours=1)
    assert jobs.list()[0].said == "IndexError: list index out of range"
    world.work.clear()
    assert jobs.run("judge").result == "ok"
    assert jobs.list()[0].failures == 0


def test_another_schedule_holds_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shorter pause in the settings does not wait for the end of the longer one."""
    jobs_of(world).run_due()
    shorter = {"judge": Job("judge", "every 5 minutes", lambda _: world.do("judge"))}
    monkeypatch.setattr(jobs_room, "list_jobs", lambda _: shorter)
    world.now += timedelta(minutes=5)
    assert [r.name for r in jobs_of(world).run_due()] == []
    world.now += timedelta(minutes=5)
    assert [r.name for r in jobs_of(world).run_due()] == ["judge"]


def test_unknown_job(world: World) -> None:
    """A name that is none says which there are."""
    with pytest.raises(NotFound, match="there is no job 'nope'"):
        jobs_of(world).run("nope")


def test_the_scheduler_ticks_and_stops() -> None:
    """Inside `serve` what is due runs by itself."""
    ticked = threading.Event()
    operations: Any = SimpleNamespace(jobs=SimpleNamespace(run_due=ticked.set))
    stop = start_scheduler(operations)
    try:
        assert ticked.wait(30)
    finally:
        stop()


def test_settings_choose() -> None:
    """Jobs can be off, and have other schedules; bills are taken in only where the settings say so."""
    chosen = Settings.model_validate(
        {"jobs": {"off": ["changes"], "schedules": {"judge": "30 7 * * mon-fri"}, "sync": True}}
    )
    assert "sync" not in list_jobs(Settings())
    found = list_jobs(chosen)
    assert next(iter(found)) == "sync"
    assert "changes" not in found
    assert found["judge"].schedule == "30 7 * * mon-fri"


@pytest.mark.parametrize("text", ["0 9 * * 1", "hourly", "every 0 minutes", "every day", "1 2 3"])
def test_schedules_that_are_none(text: str) -> None:
    """Among them: days of the week by number, which programs count differently."""
    with pytest.raises(ValidationError):
        JobSettings.model_validate({"schedules": {"judge": text}})


@pytest.mark.parametrize("text", ["61 9 * * *", "0 0 31 2 *", "0 9 * * noday"])
def test_schedules_that_never_come(text: str) -> None:
    """What has the form of a schedule and is none is said when it is first looked at."""
    with pytest.raises(ConfigError):
        next_due(text, "UTC", NOW)


@given(
    after=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    schedule=st.sampled_from(
        ["every 5 minutes", "every hour", "0 9 * * *", "30 2 * * *", "15 3 * * sun", "0 9 1 * *"]
    ),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York", "Europe/London"]),
)
def test_the_next_time_is_later_and_near(after: datetime, schedule: str, zone: str) -> None:
    """A schedule comes again, also over nights in which clocks change."""
    due = next_due(schedule, zone, after)

    assert after < due <= after + timedelta(days=32)
