"""When things happen in the estate of these tests, read off its script: what moves there moves here."""

from datetime import UTC, date, datetime, timedelta

from warikan.estate.events import UPGRADE, write_script
from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.timeline import Timeline
from warikan.estate.usage import USAGE_MONTHS

TIMELINE = Timeline.ending(DEFAULT_UNTIL, "small")
SCRIPT = write_script(TIMELINE)
MEASURED = TIMELINE.months()[-USAGE_MONTHS:]
"""The months that have hours of what ran, oldest first."""
UPGRADE_START = SCRIPT.event(UPGRADE).start
UPGRADE_END = UPGRADE_START + timedelta(days=SCRIPT.event(UPGRADE).days)
LIVES = {
    "hinode-prod-blue": (TIMELINE.start, UPGRADE_END),
    "hinode-prod-green": (UPGRADE_START, TIMELINE.until),
    "hinode-staging": (TIMELINE.start, TIMELINE.until),
    "hinode-data": (TIMELINE.start, TIMELINE.until),
}
"""The days ``[first, last)`` of each cluster."""


def midnight(day: date) -> datetime:
    """The first moment of *day*, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def measured_life(cluster: str) -> tuple[datetime, datetime]:
    """When *cluster* runs within the measured months."""
    first, last = LIVES[cluster]
    return midnight(max(first, MEASURED[0].start)), midnight(last)
