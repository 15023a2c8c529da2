"""SIGKILL at any moment of a change of state: it is whole or absent, and doing on ends where nothing died."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from life_client import ADDRESS, Life, make_company
from scripted_life import STEPS, do_from
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL
from state_laws import as_text, broken_laws

from postgres_server import new_database

KILLS = int(os.environ.get("WARIKAN_KILLS", "40"))
"""``make chaos`` sets 100, which take two minutes."""
KILLS_ON_POSTGRESQL = 12
SEED = 20261123
MOMENTS = 450
"""Of about 4,000 in a life: each is killed about fifteen times."""
BYTES = 1_000_000
SECONDS = 0.5
PROGRAM = Path(__file__).with_name("living_process.py")
Text = dict[str, list[str]]


class Living:
    """Starts processes that live on in one workspace, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live(self, first: int, steps: int = 0, *, seconds: float | None = None) -> tuple[int, int]:
        """
        Do the steps from *first* on, and die: by *steps*, or after *seconds*.

        How many steps are known to be done, and the signal that it died of; 0: it lived to the end.
        """
        stdin = self._pipe(self._process.stdin)
        stdin.write(f"{first} {steps}\n")
        stdin.flush()
        word, number = self._line()
        assert word == "started"
        timer = threading.Timer(seconds or 0, _kill, [number])
        if seconds is not None:
            timer.start()
        done, has_lived = first, False
        while (line := self._line())[0] != "ended":
            assert line in {("did", done), ("lived", 0)}
            has_lived = line[0] == "lived"
            done += not has_lived
        timer.cancel()
        assert has_lived or line[1], "the living process failed; its error is above"
        return done, line[1]

    def close(self) -> None:
        """End the process that starts the others."""
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def _line(self) -> tuple[str, int]:
        word, _, number = self._pipe(self._process.stdout).readline().partition(" ")
        return word.strip(), int(number or 0)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[Text]:
    """The state before the first step of an undisturbed life, and after each one."""
    with looking_at(make_company(tmp_path_factory.mktemp("undisturbed"))) as life:
        return live_undisturbed(life)


@pytest.mark.timeout(900)  # a busy machine is no failure
def test_hundred_kills_leave_nothing_half(tmp_path: Path, stages: list[Text]) -> None:
    """On SQLite: at a random moment of the talk with the file, of a write to it, or of time."""
    folder = make_company(tmp_path)
    with living(folder) as process:

        def forget() -> None:
            for name in ("state.db", "state.db-wal", "state.db-shm"):
                (folder / ".warikan" / name).unlink(missing_ok=True)

        died = kill_lives(process, folder, stages, forget, KILLS, ["moment", "bytes", "time"])
    assert min(died.values()) > KILLS / 10, died


@pytest.mark.timeout(900)
def test_kills_on_postgresql_leave_nothing_half(
    tmp_path: Path, stages: list[Text], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction whose client is dead is rolled back by the server; the states are those of SQLite."""
    folder = make_company(tmp_path, is_on_postgresql=True)
    with new_database() as url:
        monkeypatch.setenv(ADDRESS, url.render_as_string(hide_password=False))
        with living(folder) as process:
            kill_lives(process, folder, stages, lambda: empty(url), KILLS_ON_POSTGRESQL, ["moment", "time"])


def kill_lives(
    process: Living, folder: Path, stages: list[Text], forget: Callable[[], None], kills: int, ways: list[str]
) -> Counter[str]:
    """
    Live again and again with *kills* deaths on the way; how many of each way.

    After each death the state is as after the last step that was told, or as after the next one; in the end
    it is that of an undisturbed life.
    """
    chance = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    died: Counter[str] = Counter()
    done = len(STEPS)
    while sum(died.values()) < kills or done < len(STEPS):
        if done == len(STEPS):
            forget()
            done = 0
        way = chance.choice(ways) if sum(died.values()) < kills else "never"
        before = done
        if way == "moment":
            done, by = process.live(done, chance.randrange(1, MOMENTS))
        elif way == "bytes":
            done, by = process.live(done, -chance.randrange(1, BYTES))
        else:
            seconds = chance.uniform(0, SECONDS) if way == "time" else None
            done, by = process.live(done, seconds=seconds)
        said = f"seed {SEED}, kill {sum(died.values())} ({way}) in steps {before} to {done}"
        if by:
            died[way] += 1
        check(folder, stages, done, said)
    return died


def check(folder: Path, stages: list[Text], done: int, said: str) -> None:
    """Every step that was told is there; the next one is, or is not: never a part of it."""
    with looking_at(folder) as life:
        assert broken_laws(life) == [], said
        now = as_text(life.all.state)
    if done < len(STEPS) and STEPS[done].is_job:
        return  # between two of its transactions the laws hold, and it goes on
    possible = stages[done : done + 2]
    assert any(now == one for one in possible), f"{said}: {[difference(one, now) for one in possible]}"


def difference(one: Text, other: Text) -> dict[str, list[list[str]]]:
    """Table → the rows that only one of them has."""
    return {
        name: [sorted(set(one[name]) - set(other[name])), sorted(set(other[name]) - set(one[name]))]
        for name in one
        if one[name] != other[name]
    }


def live_undisturbed(life: Life) -> list[Text]:
    """The state before the first step and after each one, each of which is one transaction."""
    stages = [as_text(life.all.state)]
    commits = 0

    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    def told(number: int) -> None:
        nonlocal commits
        step = STEPS[number]
        assert step.is_job or commits == 1, f"{step.name} is {commits} transactions"
        assert broken_laws(life) == [], step.name
        stages.append(as_text(life.all.state))
        commits = 0

    event.listen(life.all.state.engine, "commit", count)
    do_from(life, 0, told)
    event.remove(life.all.state.engine, "commit", count)
    assert {"incidents", "reviews", "budget_burns", "anomalies", "outbox"} <= {
        k for k, v in stages[-1].items() if v
    }
    return stages


@contextmanager
def living(folder: Path) -> Iterator[Living]:
    """Processes to be killed."""
    made = Living(folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def looking_at(folder: Path) -> Iterator[Life]:
    """The workspace as this process sees it."""
    life = Life(folder)
    try:
        yield life
    finally:
        life.all.state.close()


def empty(url: URL) -> None:
    """Have the database as it was made."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has lived
