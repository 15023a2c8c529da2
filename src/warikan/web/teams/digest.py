"""What a team is told, as its digest says it, and the same as a mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warikan.focus.errors import NotFound
from warikan.operate.notify.channels.mail_pages import MailPages, mail_pages
from warikan.operate.notify.delivery import Delivery
from warikan.operate.notify.digest.content import Cadence, DigestContent
from warikan.operate.notify.digest.view import ARROWS, DigestView, Tone, view_of
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.showing import Language
from warikan.operate.notify.text import Text
from warikan.operate.scope import where_of
from warikan.web.budgets.accuracy import AccuracyView, load_accuracy
from warikan.web.state import encode
from warikan.web.visit import Visit

CADENCES: tuple[Cadence, ...] = ("daily", "weekly")


@dataclass(frozen=True)
class TeamPage:
    """
    The digest of a team as a page.

    Attributes:
        view: None while there are no bills.
        accuracy: How good the forecast in it is; empty where it has none.
        mail: The text of the mail.
    """

    id: str
    title: str
    href: str
    cadence: Cadence
    view: DigestView | None
    arrows: Mapping[Tone, str]
    accuracy: tuple[AccuracyView, ...]
    mail: str | None
    costs_href: str
    incidents_href: str
    reviews_href: str
    services: tuple[tuple[str, str], ...]


def load_team(visit: Visit, team: str, cadence: Cadence, origin: str) -> TeamPage:
    """
    What *team* is told now.

    Raises:
        NotFound: the catalogue has no such team.
    """
    workspace = visit.workspace
    known = workspace.catalog.teams.get(team)
    if known is None:
        raise NotFound(f"there is no team {team[:80]!r} in the catalogue")
    content = load_content(visit, team, cadence)
    where = where_of({"x_TeamId": team})
    mail = make_mail(visit, content, workspace.clock(), origin).text if content else None
    accuracy: tuple[AccuracyView, ...] = ()
    if content is not None and content.forecasts:
        accuracy = load_accuracy(visit, where, None, "EffectiveCost")
    return TeamPage(
        id=team,
        title=known.title or known.id,
        href=f"/teams/{team}",
        cadence=cadence,
        view=view_of(content, _language(visit), lambda path: path) if content else None,
        arrows=ARROWS,
        accuracy=accuracy,
        mail=mail,
        costs_href=f"/?{encode([('by', 'x_ServiceId'), ('by', 'ServiceName'), ('where', where)])}",
        incidents_href=f"/incidents?{encode([('team', team)])}",
        reviews_href=f"/reviews?{encode([('team', team)])}",
        services=tuple(
            (one.id, one.title or one.id)
            for one in workspace.catalog.services.values()
            if one.team_id == team
        ),
    )


def load_content(visit: Visit, team: str, cadence: Cadence) -> DigestContent | None:
    """What the digest of today says; None while there are no bills."""
    from warikan.operate.digest import (
        digest_content,  # it asks every other part: only this page needs them all
    )

    workspace = visit.workspace
    if visit.lacks is not None:
        return None
    return digest_content(workspace.operations, team, cadence, workspace.clock().date())


def make_mail(visit: Visit, content: DigestContent, now: datetime, origin: str) -> MailPages:
    """*content* as the mail that channels send, its links leading to *origin*."""
    title = Text(content.team_title, content.team_title)
    key = f"digest/{content.team_id}/{now:%Y-%m-%d}"
    path = content.path
    notice = Notice(
        key, "digest", "open", "info", title, now, team_id=content.team_id, path=path, digest=content
    )
    settings: Any = visit.workspace.settings.notify
    delivery = Delivery(
        uid="preview",
        thread_uid="preview",
        sequence=1,
        notice=notice,
        remote=None,
        uncertain_since=None,
        created_at=now,
        now=now,
        zone=settings.zone,
        source=visit.workspace.settings.name or "",
        base_url=(settings.base_url or origin).rstrip("/"),
    )
    return mail_pages(delivery, _language(visit))


def _language(visit: Visit) -> Language:
    return Language("ja" if visit.texts.lang == "ja" else "en", visit.workspace.settings.notify.zone)
