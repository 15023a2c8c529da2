"""``jobs`` of ``warikan.yaml``: what runs by itself, and when."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from warikan.catalog.notify import Zone
from warikan.catalog.strict import Strict

JobName = Literal[
    "sync", "rates", "changes", "judge", "budgets", "incidents", "reminders", "digests", "deliver", "tidy"
]
_CRON = re.compile(r"^[0-9*,/-]+( [0-9*,/-]+){2} [0-9a-z*,/-]+ [a-z*,-]+$")
EVERY = re.compile(r"^every (?:([1-9][0-9]{0,3}) )?(minute|hour)s?$")


def _schedule(text: str) -> str:
    if not (_CRON.match(text) or EVERY.match(text)):
        raise ValueError(
            f"{text!r} is no schedule; write `every 10 minutes`, or minute, hour, day, month and day of week "
            "as cron does, the last one by name: `30 7 * * mon-fri`"  # its numbers differ between programs
        )
    return text


Schedule = Annotated[str, Field(max_length=100), AfterValidator(_schedule)]


class JobSettings(Strict):
    """Jobs of `warikan serve` and `warikan jobs run-due`."""

    schedules: dict[JobName, Schedule] = Field(
        {}, description="Job → its own schedule.", examples=[{"judge": "30 7 * * mon-fri"}]
    )
    zone: Zone | None = Field(None, description="Of schedules by the clock; absent: that of `notify`.")
    off: tuple[JobName, ...] = Field((), description="Jobs that never run by themselves.")
    sync: bool = Field(
        default=False, description="Also take bills and hours in and allocate them, as `warikan sync` does."
    )
