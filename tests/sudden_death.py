"""
Processes under test that are killed at a chosen moment.

A program of this kind reads lines ``FIRST STEPS`` from its standard input. For each it forks a child that
works from version FIRST on and, where STEPS is not 0, kills itself with SIGKILL at call number STEPS that
Python makes to the operating system; when the child is dead, it prints ``ended SIGNAL``. What is slow to
import is imported once, before the first fork.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable


def fork_for_each_line(work: Callable[[int, int], None]) -> None:
    """Have a child do ``work(FIRST, STEPS)`` for each line of standard input."""
    for line in sys.stdin:
        first, steps = map(int, line.split())
        child = os.fork()
        if child == 0:
            try:
                work(first, steps)
            finally:
                traceback.print_exc()
                os._exit(1)  # not back into the loop of the parent
        _, status = os.waitpid(child, 0)
        say(f"ended {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}")


def say(text: str) -> None:
    """Print *text* at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def die_after(steps: int) -> None:
    """Have SIGKILL strike at the call number *steps* that Python makes to the operating system; 0: never."""
    left = steps or -1

    def count(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(("open", "os.", "sqlite3.", "fcntl.", "shutil.", "glob.")) and event != "os.kill":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
