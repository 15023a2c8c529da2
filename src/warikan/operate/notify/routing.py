"""Where a notice goes, and when: routes, owners of the catalogue, quiet hours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from warikan.catalog.entities import Catalog, Team
from warikan.catalog.notify import (
    MAIL_ADDRESS,
    SEVERITIES,
    SLACK_ID,
    Channel,
    NotifySettings,
    Route,
    Severity,
)
from warikan.operate.notify.notice import Notice

SLACK_ANNOTATION = "warikan.io/slack-channel"
_READ_BY_PEOPLE = ("slack", "email", "webhook")
"""Types of channels that take digests; a pager does not."""
_SLACK_ID = re.compile(SLACK_ID)
_MAIL = re.compile(MAIL_ADDRESS)


@dataclass(frozen=True, order=True)
class Place:
    """A channel of the settings; with *address*, the same channel but to an owner's own place."""

    channel: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}" if self.address else self.channel


def parse_place(text: str) -> Place:
    """What ``str(place)`` was."""
    channel, _, address = text.partition(":")
    return Place(channel, address)


def severity_rank(severity: Severity) -> int:
    """0 for the least."""
    return SEVERITIES.index(severity)


def with_team(notice: Notice, catalog: Catalog) -> Notice:
    """*notice* with the team that owns its service, where it names none."""
    if notice.team_id is not None or notice.service_id is None:
        return notice
    service = catalog.services.get(notice.service_id)
    return notice if service is None else replace(notice, team_id=service.team_id)


def places_of(notice: Notice, settings: NotifySettings, catalog: Catalog) -> tuple[Place, ...]:
    """
    Every place that *notice* goes to, each once, in alphabetical order.

    All routes that match; where none does, the owner as the catalogue knows it (its Group, or the nearest one
    above it with an address); where it cannot be reached, ``otherwise``.
    """
    matching = [route for route in settings.routes if _matches(route, notice)]
    if matching:
        found = {Place(name) for route in matching for name in route.channels}
    else:
        found = set(_owner_places(notice.team_id, settings, catalog))
        found = found or {Place(name) for name in settings.otherwise}
    if notice.kind == "digest":
        found = {place for place in found if settings.channels[place.channel].type in _READ_BY_PEOPLE}
    return tuple(sorted(found))


def quiet_until(
    now: datetime, settings: NotifySettings, channel: Channel, severity: Severity
) -> datetime | None:
    """When the quiet hours end that *now* is in; None where people may be told at once."""
    quiet = settings.quiet_hours
    if quiet is None or not channel.quiet or severity_rank(severity) >= severity_rank(quiet.except_severity):
        return None
    zone = ZoneInfo(quiet.zone or settings.zone)
    local = now.astimezone(zone)
    at, is_overnight = local.time(), quiet.start > quiet.end
    if not ((at >= quiet.start or at < quiet.end) if is_overnight else (quiet.start <= at < quiet.end)):
        return None
    day = local.date() + timedelta(days=1) if is_overnight and at >= quiet.start else local.date()
    return _moment(day, quiet.end, zone, after=now)


def _moment(day: date, at: time, zone: tzinfo, *, after: datetime) -> datetime:
    """*at* on *day* in *zone*; the second of the two where clocks are set back and the first has passed."""
    first = datetime.combine(day, at, tzinfo=zone)
    return first if first.timestamp() > after.timestamp() else first.replace(fold=1)


def _matches(route: Route, notice: Notice) -> bool:
    return (
        (not route.teams or notice.team_id in route.teams)
        and (not route.services or notice.service_id in route.services)
        and (not route.kinds or notice.kind in route.kinds)
        and severity_rank(notice.severity) >= severity_rank(route.severity_at_least)
    )


def _owner_places(team_id: str | None, settings: NotifySettings, catalog: Catalog) -> Iterator[Place]:
    for team in _upwards(team_id, catalog):
        slack, email = team.annotations.get(SLACK_ANNOTATION, "").strip(), (team.email or "").strip()
        is_reached = False
        if settings.owners.slack is not None and _SLACK_ID.fullmatch(slack):
            is_reached = True
            yield Place(settings.owners.slack, slack)
        if settings.owners.email is not None and _MAIL.fullmatch(email):
            is_reached = True
            yield Place(settings.owners.email, email)
        if is_reached:
            return


def _upwards(team_id: str | None, catalog: Catalog) -> Iterator[Team]:
    seen: set[str] = set()
    while team_id is not None and team_id not in seen and (team := catalog.teams.get(team_id)) is not None:
        yield team
        seen.add(team_id)
        team_id = team.parent_id
