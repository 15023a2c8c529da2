"""
A process that collects hours into a lake, made to be killed.

Run as ``python collecting_process.py FOLDER``; FOLDER has a lake. For each line ``FIRST STEPS`` on its
standard input it forks a child that takes in the versions FIRST, FIRST + 1, ... of three days, two of them
together, and kills itself with SIGKILL after STEPS calls to the operating system (0: never). For each child
it prints ``started PID`` and, when the child is dead, ``ended SIGNAL``.
"""

import os
import signal
import sys
import traceback
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from small_hours import FIRST, hour_tables, take_files, with_versions, write_files

from warikan.ingest.sources.hours import source  # noqa: F401 - imported once for all children
from warikan.ingest.usage import collect
from warikan.ingest.usage.lake_shelf import LakeShelf
from warikan.lake import Lake, commit  # noqa: F401 - likewise PyIceberg

DAYS = 3
VERSIONS = 6
"""More than a child lives to see."""


def main(folder: Path) -> None:
    """Fork a child for each line of standard input."""
    collect.MOST_DAYS = 2
    for line in sys.stdin:
        first, steps = map(int, line.split())
        child = os.fork()
        if child == 0:
            try:
                work(folder, first, steps)
            finally:
                traceback.print_exc()
                os._exit(1)  # not back into the loop of the parent
        _, status = os.waitpid(child, 0)
        say(f"ended {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}")


def say(text: str) -> None:
    """Print *text* at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


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
    if steps:
        die_after(steps)
    for other in range(version, version + VERSIONS):
        report = take_files(files / str(other), LakeShelf(lake))
        if report.error is not None:
            raise report.error


def die_after(steps: int) -> None:
    """Have SIGKILL strike at the call number *steps* that Python makes to the operating system."""
    left = steps

    def count(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(("open", "os.", "sqlite3.", "fcntl.", "shutil.", "glob.")) and event != "os.kill":
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
