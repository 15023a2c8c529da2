"""SIGKILL at any moment: a day that has coverage is whole, and of one version in all tables."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_hours import in_lake

from warikan.lake import Lake

KILLS = 24
SEED = 20261122
STEPS = 700
"""Taking in one version took about 600 calls to the system, counted in a run."""
SECONDS = 2.0
PROCESS = Path(__file__).with_name("collecting_process.py")
MARKS = {
    "nodes": '"CpuCapacity"',
    "containers": '"CpuUsage"',
    "volumes": '"CapacityBytes"',
    "namespaces": "CAST(split_part(\"LabelsId\", '-', 2) AS BIGINT)",
    "coverage": '"UnknownPodSamples"',
}
"""Where each table has the version of its rows."""


@pytest.fixture
def process(lake: Lake) -> Iterator["subprocess.Popen[str]"]:
    """The process that starts those that die."""
    command = [sys.executable, str(PROCESS), str(lake.folder.parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


def kill(process: "subprocess.Popen[str]", version: int, *, steps: int, seconds: float) -> None:
    """Collect from *version* on, and die after *steps* calls, or after *seconds* where steps are 0."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{version} {steps}\n")
    process.stdin.flush()
    word, child = process.stdout.readline().split()
    assert word == "started"
    if not steps:
        threading.Timer(seconds, os.kill, (int(child), signal.SIGKILL)).start()
    assert process.stdout.readline().split() == ["ended", str(int(signal.SIGKILL))]


def versions_of(lake: Lake) -> dict[str, int]:
    """Day → the one version that all its rows are of, for days that have coverage."""
    rows = {
        name: in_lake(lake, name, f'CAST("Hour" AS DATE)::VARCHAR AS day, CAST({mark} AS BIGINT) AS version')
        for name, mark in MARKS.items()
    }
    counts: dict[str, dict[tuple[str, int], int]] = defaultdict(lambda: defaultdict(int))
    for name, found in rows.items():
        for day, version in found:
            counts[day][name, version] += 1
    found_versions = {}
    known = {row[0] for row in in_lake(lake, "labels", '"LabelsId"')}
    for day, version in sorted(set(rows["coverage"])):
        pods = 1 + version % 3
        assert counts[day] == {(name, version): 24 * (pods if name == "containers" else 1) for name in MARKS}
        assert f"labels-{version}" in known
        found_versions[day] = version
    return found_versions


def test_kills_leave_no_day_that_only_looks_whole(lake: Lake, process: "subprocess.Popen[str]") -> None:
    """After each kill every day with coverage is one version in all tables, never an older than before."""
    chance = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    before: dict[str, int] = {}
    seen = set()
    version = 1
    for number in range(KILLS):
        steps = chance.randrange(1, STEPS) if number % 2 else 0
        kill(process, version, steps=steps, seconds=chance.uniform(0, SECONDS))
        found = versions_of(Lake.open(lake.folder))
        assert all(found.get(day, version) >= before[day] for day in before)
        before |= found
        seen.add(tuple(sorted(found.items())))
        version = max([version, *found.values()]) + 1
    # Some kills struck before a day was there, some between two, and some after: otherwise nothing was tried.
    assert len(seen) > KILLS * 0.3
    assert any(len(state) < 3 for state in seen)
