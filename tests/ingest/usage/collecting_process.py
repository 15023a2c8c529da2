"""
A process that collects hours into a lake, made to be killed.

Run as ``python collecting_process.py FOLDER``, a program as in sudden_death.py; FOLDER has a lake. Each child
prints ``started PID`` and takes in the versions FIRST, FIRST + 1, ... of three days, two of them together.
"""

import os
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

sys.path.append(str(Path(__file__).parents[2]))

from small_hours import FIRST, hour_tables, take_files, with_versions, write_files

from sudden_death import die_after, fork_for_each_line, say
from warikan.ingest.sources.hours import source  # noqa: F401 - imported once for all children
from warikan.ingest.usage import collect
from warikan.ingest.usage.lake_shelf import LakeShelf
from warikan.lake import Lake, commit  # noqa: F401 - likewise PyIceberg

DAYS = 3
VERSIONS = 6
"""More than a child lives to see."""


def work(folder: Path, version: int, steps: int) -> None:
    """Take in one version after the other until killed."""
    files = Path(mkdtemp(dir=folder)) / "hours"
    for other in range(version, version + VERSIONS):
        for day in range(DAYS):
            start: datetime = FIRST + timedelta(days=day)
            tables = with_versions(hour_tables(start, 24, pods=1 + other % 3, version=other), other)
            write_files(files / str(other), f"{start:%d}", tables)
    lake = Lake.open(folder / ".warikan")
    say(f"started {os.getpid()}")
    die_after(steps)
    for other in range(version, version + VERSIONS):
        report = take_files(files / str(other), LakeShelf(lake))
        if report.error is not None:
            raise report.error


if __name__ == "__main__":
    collect.MOST_DAYS = 2
    fork_for_each_line(partial(work, Path(sys.argv[1])))
