"""When a job runs: by the clock as cron says it, or every so often."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

from warikan.catalog.jobs import EVERY
from warikan.focus.errors import ConfigError


def next_due(schedule: str, zone: str, after: datetime) -> datetime:
    """
    The first moment after *after* at which *schedule* has a job run.

    What was missed is not made up for: a job that was due three times meanwhile runs once.

    Raises:
        ConfigError: it is no schedule, or never comes.
    """
    if found := EVERY.match(schedule):
        # Whole minutes: who looks each minute finds it due each time, however long the run before took.
        begun = after.replace(second=0, microsecond=0)
        return begun + timedelta(**{f"{found.group(2)}s": int(found.group(1) or 1)})
    try:
        trigger = CronTrigger.from_crontab(schedule, timezone=ZoneInfo(zone))
        due = trigger.get_next_fire_time(None, after + timedelta(seconds=1))
    except ValueError as error:
        raise ConfigError(f"jobs.schedules: {schedule!r} cannot be read: {error}") from error
    if due is None:
        raise ConfigError(f"jobs.schedules: {schedule!r} never comes")
    moment: datetime = due
    return moment
