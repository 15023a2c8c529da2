"""
A process that lives the scripted life, made to be killed.

Run as ``python living_process.py FOLDER``, a program as in sudden_death.py: a child prints ``started PID``,
then ``did NUMBER`` for each step from FIRST on when it is done, and ``lived`` at the end. STEPS says how it
dies:

N: by SIGKILL at the moment number N of its talk with the database (before and after each statement and each
commit, its migrations included).
-N: in the middle of a write, when a file is N bytes long (SIGXFSZ, which ends a process as abruptly).
0: by whoever reads; or it lives.
"""

import importlib
import os
import pkgutil
import resource
import signal
import sys
from functools import partial
from pathlib import Path

sys.path += [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from life_client import Life
from scripted_life import do_from
from sqlalchemy import Engine, Pool, event

import warikan
from sudden_death import fork_for_each_line, say

SLOW = (
    "alembic.autogenerate",
    "alembic.runtime.migration",
    "ibis.backends.duckdb",
    "pandas",
    "psycopg",
    "pyarrow.dataset",
    "sqlalchemy.dialects.postgresql.psycopg",
    "statsforecast.models",
)
ROOMS = ("warikan.operate.", "warikan.insights.", "warikan.engine.", "warikan.state.")


def work(folder: Path, first: int, steps: int) -> None:
    """Do the steps from *first* on."""
    say(f"started {os.getpid()}")
    if steps > 0:
        die_talking(steps)
    elif steps < 0:
        die_writing(-steps)
    do_from(Life(folder), first, lambda number: say(f"did {number}"))
    say("lived")
    os._exit(0)


def die_talking(moments: int) -> None:
    """Have SIGKILL strike at the moment number *moments* of the talk with a database."""
    left = moments

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, name, count)
    event.listen(Pool, "checkin", count)  # after a commit, or after reading


def die_writing(size: int) -> None:
    """Let no file grow past *size* bytes: what fits is written, and the writer dies."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def import_everything() -> None:
    """Import once, before the first fork, what is only imported when it is needed."""
    for name in SLOW:
        importlib.import_module(name)
    for found in pkgutil.walk_packages(warikan.__path__, "warikan."):
        if found.name.startswith(ROOMS) and not found.name.startswith("warikan.state.migrations"):
            importlib.import_module(found.name)


if __name__ == "__main__":
    import_everything()
    fork_for_each_line(partial(work, Path(sys.argv[1])))
