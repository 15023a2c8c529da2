"""The addresses of the pages of bills."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from warikan.allocate.restated import Restatements
from warikan.web.bills.listing import load_bills
from warikan.web.bills.restated import RESTATED, load_restated
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness

BILLS = "/bills"


def add_bills(web: APIRouter, pages: Pages) -> None:
    """Put the pages into *web*."""

    @web.get(BILLS)
    def bills(request: Request) -> Response:
        visit = pages.visit(request)
        return pages.page(
            request,
            visit,
            "bills.html",
            bills=() if visit.lacks == "bills" else load_bills(visit),
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get(RESTATED)
    def restated(
        request: Request,
        source: Annotated[str, Query(max_length=1000)],
        month: Annotated[str, Query(max_length=20)],
        before: Annotated[int | None, Query(alias="from", ge=0, lt=1 << 63)] = None,
    ) -> Response:
        visit, workspace = pages.visit(request), pages.workspace
        restatements = Restatements(workspace.engine, workspace.settings, workspace.catalog)
        return pages.page(
            request,
            visit,
            "restated.html",
            page=load_restated(restatements, source, month, before, visit),
            freshness=describe_freshness(visit.freshness, visit),
        )
