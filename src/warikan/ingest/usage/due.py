"""Which days are read: those that are not kept whole, and those that may have got better since."""

from collections.abc import Mapping
from datetime import date, timedelta

from warikan.ingest.usage.batch import Day
from warikan.ingest.usage.shelf import KeptDay

SETTLED = timedelta(days=2)
"""
A day with gaps is read again while its end is younger than this: agents that lost their server keep two hours
of samples to send later, and servers take samples that are late by hours, seldom by days.
"""
_DAY = timedelta(days=1)


def due_days(
    origins: Mapping[date, str], kept: Mapping[date, KeptDay], *, today: date, again: bool
) -> dict[date, str]:
    """
    The days of *origins* (day → origin, as the source has them) that are to be read, ascending.

    A day of files is read again when they changed; a server's when it lacks hours, was seen without anything
    at all, or has gaps and ended within two days. All are where *again*.
    """
    return {
        day: origin
        for day, origin in sorted(origins.items())
        if again or _is_due(day, origin, kept.get(day), today)
    }


def _is_due(day: date, origin: str, kept: KeptDay | None, today: date) -> bool:
    if kept is None:
        return True
    if is_of_files(origin):
        return kept.origin != origin
    return kept.hours < 24 or kept.minutes == 0 or (kept.gaps > 0 and today - (day + _DAY) < SETTLED)


def is_of_files(origin: str) -> bool:
    """Whether *origin* is a digest of files, which are the truth; a server forgets."""
    return ":" in origin


def is_worth_keeping(new: Day, kept: KeptDay | None, *, again: bool) -> bool:
    """
    Whether *new* takes the place of what is *kept*: what a server forgot meanwhile stays in the lake.

    Files replace always. A server's day replaces one in which as many minutes and more, or more hours, were
    sampled; where *again*, unless the server has nothing of it at all.
    """
    if kept is None or is_of_files(new.origin):
        return True
    if again:
        return new.minutes > 0 or kept.minutes == 0
    return new.minutes >= kept.minutes and (new.minutes, new.hours) != (kept.minutes, kept.hours)
