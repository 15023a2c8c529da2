"""Which teams get a digest now, and that each gets it once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from warikan.catalog.entities import Catalog
from warikan.catalog.notify import NotifySettings
from warikan.operate.notify.digest.content import Cadence, DigestContent, Noticed, Provide
from warikan.operate.notify.digest.words import NAMES
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.routing import places_of
from warikan.operate.notify.stored import from_stored
from warikan.operate.notify.text import Text
from warikan.state.database import Database
from warikan.state.tables.outbox import outbox, threads

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Tell = Callable[[Connection, Notice], int]


def cadence_on(day: date, settings: NotifySettings) -> Cadence | None:
    """Which digest *day* has: on the weekly one's day that one alone."""
    digest = settings.digest
    if digest is None:
        return None
    if digest.weekly is not None and WEEKDAYS[day.weekday()] == digest.weekly:
        return "weekly"
    return "daily" if digest.daily is not None else None


def local_day(now: datetime, settings: NotifySettings) -> date:
    """The day that *now* is in where digests are read."""
    zone = (settings.digest.zone if settings.digest is not None else None) or settings.zone
    return now.astimezone(ZoneInfo(zone)).date()


def send_digests(
    state: Database,
    catalog: Catalog,
    settings: NotifySettings,
    now: datetime,
    provide: Provide,
    tell: Tell,
) -> int:
    """
    Tell every team of the catalogue its digest of today; how many teams were told.

    An empty daily one is not sent; a weekly one is, so that silence means that something is broken. What was
    held back for the digest goes with it, in the same transaction. A team that was told today is left alone.
    """
    day = local_day(now, settings)
    cadence = cadence_on(day, settings)
    if cadence is None:
        return 0
    told = 0
    for team_id, team in catalog.teams.items():
        empty = _notice(DigestContent(team_id, team.title, cadence, day, day), day, now)
        if not places_of(empty, settings, catalog) or _is_told(state, empty.key):
            continue
        provided = provide(team_id, cadence, day)
        with state.begin() as connection:
            held = _held(connection, team_id)
            noticed = tuple(_noticed(notice) for _, notice in held)
            content = provided or DigestContent(team_id, team.title, cadence, day, day)
            content = replace(content, noticed=(*content.noticed, *noticed))
            if (content.is_empty and cadence == "daily") or (provided is None and not noticed):
                continue
            told += tell(connection, _notice(content, day, now)) > 0
            ids = [row_id for row_id, _ in held]
            connection.execute(
                update(outbox).where(outbox.c.id.in_(ids), outbox.c.state == "held").values(state="digested")
            )
    return told


def _notice(content: DigestContent, day: date, now: datetime) -> Notice:
    title = NAMES[content.cadence]
    return Notice(
        key=f"digest/{content.team_id}/{day.isoformat()}",
        kind="digest",
        state="open",
        severity="info",
        title=Text(title.en, title.ja, {"team": content.team_title}),
        occurred_at=now,
        team_id=content.team_id,
        path=content.path,
        digest=content,
    )


def _is_told(state: Database, key: str) -> bool:
    with state.read() as connection:
        return (
            connection.execute(select(threads.c.id).where(threads.c.key == key).limit(1)).first() is not None
        )


def _held(connection: Connection, team_id: str) -> list[tuple[int, Notice]]:
    """What waits for the team's digest: (row, notice), oldest first."""
    found = connection.execute(
        select(outbox.c.id, outbox.c.content)
        .where(outbox.c.state == "held", outbox.c.team_id == team_id)
        .order_by(outbox.c.id)
        .with_for_update()
    )
    return [(row.id, from_stored(row.content)) for row in found]


def _noticed(notice: Notice) -> Noticed:
    return Noticed(notice.title, notice.path)
