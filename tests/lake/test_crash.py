"""SIGKILL at any moment: the lake is as before the commit or as after it, and nothing is left lying about."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from pyiceberg.table import Table

from warikan.lake import Lake, tables

KILLS = 50
SEED = 20261122
STEPS = 400
"""Opening and writing two versions took 393 calls to the system, counted in a run."""
SECONDS = 0.8
"""About the same in time."""
WRITER = Path(__file__).with_name("writing_process.py")

Read = Callable[..., list[tuple[Any, ...]]]
Iceberg = Callable[[Lake, str], Table]


class Writers:
    """Starts writing processes one after the other, each of which dies of SIGKILL."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WRITER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill_after_steps(self, version: int, steps: int) -> None:
        """Write from *version* on; die at a call to the system."""
        self._start(version, steps)
        assert int(self._line("ended")) == signal.SIGKILL

    def kill_after_seconds(self, version: int, seconds: float) -> None:
        """Write from *version* on; die at any moment, also inside DuckDB, Arrow or SQLite."""
        child = self._start(version, 0)
        timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
        timer.start()
        assert int(self._line("ended")) == signal.SIGKILL
        timer.join()

    def close(self) -> None:
        """End the process that starts the others."""
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def _start(self, version: int, steps: int) -> int:
        stdin = self._pipe(self._process.stdin)
        stdin.write(f"{version} {steps}\n")
        stdin.flush()
        return int(self._line("started"))

    def _line(self, word: str) -> str:
        found, _, rest = self._pipe(self._process.stdout).readline().partition(" ")
        assert found == word, "the writing process failed; its error is above"
        return rest

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@pytest.fixture
def writers(lake: Lake) -> Iterator[Writers]:
    """Writing processes on the lake of the test."""
    started = Writers(lake.folder)
    yield started
    started.close()


def version_of(lake: Lake, read: Read) -> int:
    """The one version that the lake holds, in every place that tells it; 0 when it is empty."""
    version = int(lake.properties("charges").get("version", "0"))
    months = [] if version == 0 else [("2026-05-01", 3 * version + 1), ("2026-06-01", version + 1)]
    counts: dict[tuple[str, str], int] = {}
    for month, load in read(lake, "charges", "BillingPeriodStart::TIMESTAMP::DATE::VARCHAR, x_LoadId"):
        counts[month, load] = counts.get((month, load), 0) + 1
    assert counts == {(month, str(version)): rows for month, rows in months}
    loads = [(str(r["BillingMonth"]), r["x_LoadId"], r["Rows"]) for r in lake.loads().to_pylist()]
    assert sorted(loads) == [(month, str(version), rows) for month, rows in months]
    return version


def test_fifty_kills_leave_whole_versions(lake: Lake, writers: Writers, read: Read, iceberg: Iceberg) -> None:
    """After each kill a reader sees exactly one version, never an older one than before the kill."""
    chance = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    versions = [0]
    for kill in range(KILLS):
        if kill % 2:
            writers.kill_after_seconds(versions[-1] + 1, chance.uniform(0, SECONDS))
        else:
            writers.kill_after_steps(versions[-1] + 1, chance.randrange(1, STEPS))
        versions.append(version_of(Lake.open(lake.folder), read))

    assert versions == sorted(versions)
    # Some kills struck before a commit and some after one: otherwise nothing was tried.
    assert KILLS * 0.1 < len(set(versions)) < KILLS * 0.9
    with lake.writing():
        pass  # finishes what the last kill left; old snapshots that this forgets are cleaned by the next
    with lake.writing():
        assert {p for p in (lake.folder / "lake").rglob("*") if p.is_file()} == named_files(lake, iceberg)
    assert version_of(lake, read) == versions[-1]


def named_files(lake: Lake, iceberg: Iceberg) -> set[Path]:
    """Every file that the lake needs, as PyIceberg tells it, with the catalogue, the mark and the plans."""
    top = lake.folder / "lake"
    named = {p for p in top.iterdir() if p.is_file()}
    home = None
    for name in tables():
        table = iceberg(lake, name)
        home = table.location().removesuffix(name)
        locations = {table.metadata_location, *(e.metadata_file for e in table.metadata.metadata_log)}
        for snapshot in table.snapshots():
            locations.add(snapshot.manifest_list)
            named.add(top / name / "metadata" / f"plan-{snapshot.snapshot_id}.json")
            for manifest in snapshot.manifests(table.io):
                locations.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
                locations.update(e.data_file.file_path for e in entries)
        named.update(top / location.removeprefix(home) for location in locations)
    return named
