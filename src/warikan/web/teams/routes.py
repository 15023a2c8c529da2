"""The addresses of teams."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from warikan.focus.errors import NotFound
from warikan.operate.notify.digest.content import Cadence
from warikan.web.links import origin_of
from warikan.web.pages import Pages
from warikan.web.teams.digest import CADENCES, load_content, load_team, make_mail
from warikan.web.toolbar import describe_freshness

Id = Annotated[str, Path(max_length=200)]
Digest = Annotated[Cadence, Query()]
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation"
)
"""A mail has its style in itself; apart from that it may do nothing."""


def add_teams(web: APIRouter, pages: Pages) -> None:
    """Put the pages of teams into *web*."""

    @web.get("/teams/{team}")
    def team(request: Request, team: Id, digest: Digest = "weekly") -> Response:
        visit = pages.visit(request)
        page = load_team(visit, team, digest, origin_of(request))
        return pages.page(
            request,
            visit,
            "team.html",
            page=page,
            cadences=CADENCES,
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get("/teams/{team}/mail")
    def mail(request: Request, team: Id, digest: Digest = "weekly") -> Response:
        visit = pages.visit(request)
        content = load_content(visit, team, digest)
        if content is None:
            raise NotFound(f"there is nothing to tell {team[:80]!r}")
        made = make_mail(visit, content, visit.workspace.clock(), origin_of(request))
        return HTMLResponse(
            made.html, headers={"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-cache"}
        )
