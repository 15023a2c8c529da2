"""
A process that delivers, made to be killed.

Run as ``python delivering_process.py FOLDER SETTINGS``, a program as in sudden_death.py: a child prints
``started PID`` and delivers what is due at minute FIRST, for ever again a minute later, until it is killed.
"""

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path += [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import httpx  # noqa: F401 - slow to import: once, before the first fork
from sample_notices import CATALOG, SECRETS, settings_of

from sudden_death import die_after, fork_for_each_line, say
from warikan.operate.notify.notifier import Notifier
from warikan.state.database import Database

BEGUN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def work(folder: Path, notify: dict[str, object], minute: int, steps: int) -> None:
    """Deliver until killed."""
    say(f"started {os.getpid()}")
    die_after(steps)
    database = Database.in_folder(folder)
    chance = random.Random(minute)  # noqa: S311 - reproducible, not secret
    now = BEGUN + timedelta(minutes=minute)
    notifier = Notifier(
        database, CATALOG, settings_of(notify), lambda: now, environment=SECRETS, random=chance
    )
    while True:
        notifier.deliver_due(now)
        now += timedelta(minutes=1)


if __name__ == "__main__":
    fork_for_each_line(partial(work, Path(sys.argv[1]), json.loads(sys.argv[2])))
