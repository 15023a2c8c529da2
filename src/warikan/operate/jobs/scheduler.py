"""The tick of jobs inside ``warikan serve``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

if TYPE_CHECKING:
    # See registry.py.
    from warikan.operate.operations import Operations

TICK_SECONDS = 60


def start_scheduler(operations: Operations) -> Callable[[], None]:
    """
    Run what is due now and each minute, in a thread; call what is returned to stop.

    A tick that comes while the one before still works is left out. Stopping waits for a job that runs.
    """
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(timezone="UTC")
    run_due = operations.jobs.run_due
    scheduler.add_job(run_due)  # at once: what was due while nothing ran
    scheduler.add_job(run_due, "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True)
    scheduler.start()

    def stop() -> None:
        scheduler.remove_all_jobs()  # else the last tick may meet an executor that is gone
        scheduler.shutdown()

    return stop
