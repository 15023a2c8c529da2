"""Who acts through the API, and whether the request is one of ours."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from warikan.operate.actor import clean_actor, is_foreign

ACTOR_HEADER = "X-Warikan-Actor"


def actor_of(request: Request) -> str:
    """
    The name of who acts, for the record: as the caller says in ``X-Warikan-Actor``, or ``someone``.

    It is no proof: Warikan has no log-in; who may reach the server may write. A page of another site may not,
    even through the browser of somebody who can.

    Raises:
        HTTPException: 403 for a request that another site's page made.
    """
    if is_foreign(request.headers):
        raise HTTPException(403, "this request was made by a page of another site")
    return clean_actor(request.headers.get(ACTOR_HEADER, ""))


Actor = Annotated[str, Depends(actor_of)]
"""Parameter of a route that writes."""
