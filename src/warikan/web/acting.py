"""Who acts on a page: the name that the visitor gave, kept in a cookie of this site."""

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Depends, HTTPException, Request, Response

from warikan.operate.actor import UNKNOWN, clean_actor, is_foreign

COOKIE = "warikan_name"
A_YEAR = 365 * 24 * 3600


def name_of(request: Request) -> str | None:
    """The name that the visitor gave; None while they did not. No proof: Warikan has no log-in."""
    name = clean_actor(unquote(request.cookies.get(COOKIE, "")))
    return None if name == UNKNOWN else name


def remember_name(response: Response, name: str) -> None:
    """Keep *name* for a year, out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, quote(clean_actor(name)), max_age=A_YEAR, httponly=True, samesite="lax")


def acting(request: Request) -> str:
    """
    Who submits a form, for the record.

    Raises:
        HTTPException: 403 for a form that another site's page submitted.
    """
    if is_foreign(request.headers):
        raise HTTPException(403, "this form was sent by a page of another site")
    return name_of(request) or UNKNOWN


Acting = Annotated[str, Depends(acting)]
"""Parameter of a route that takes a form."""
