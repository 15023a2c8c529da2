"""The address of the page of bills."""

from fastapi import APIRouter, Request, Response

from warikan.web.bills.listing import load_bills
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness

BILLS = "/bills"


def add_bills(web: APIRouter, pages: Pages) -> None:
    """Put the page into *web*."""

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
