"""Where Slack tells which button somebody pressed."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import JSONResponse

from warikan.api.models import ErrorModel
from warikan.bootstrap import Workspace
from warikan.focus.errors import WarikanError
from warikan.operate.buttons import buttons_of
from warikan.operate.notify.interactions import (
    MOST_BYTES,
    is_signed,
    parse_press,
    perform,
    tell_presser,
)

_REFUSED: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorModel, "description": "Slack did not sign it, or more than five minutes ago."}
}


async def bounded_body(request: Request) -> bytes:
    """
    The body of *request*.

    Raises:
        HTTPException: 413 for more bytes than Slack ever sends.
    """
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BYTES:
            raise HTTPException(413, f"more than {MOST_BYTES:,} bytes")
    return bytes(found)


def add_slack(api: APIRouter, workspace: Workspace) -> None:
    """Put the route into *api*."""

    @api.post(
        "/slack/interactions",
        response_model=dict[str, Any],
        responses=_REFUSED,
        summary="Buttons of Slack's messages",
    )
    def interactions(
        request: Request, body: Annotated[bytes, Depends(bounded_body)], later: BackgroundTasks
    ) -> JSONResponse:
        """
        The Request URL of the app's Interactivity. Takes what Slack signed with the app's signing secret.

        The message is brought up to date at once; what could not be done is said to who pressed alone.
        """
        operations = workspace.operations
        now = workspace.clock()
        secrets = operations.notify.signing_secrets()
        if not is_signed(secrets, request.headers, body, now):
            raise HTTPException(401, "Slack did not sign this request, or more than five minutes ago")
        press = parse_press(body)
        if press is None:
            return JSONResponse({})
        try:
            perform(press, buttons_of(operations))
        except WarikanError as error:
            later.add_task(tell_presser, press, error.message, now)
            answer = {"response_type": "ephemeral", "text": error.message}
            return JSONResponse(answer, background=later)
        later.add_task(operations.notify.deliver_due, key=press.key)
        newest = operations.notify.list_messages(key=press.key, limit=1)
        state = newest[0].notice.state if newest else None
        return JSONResponse({"key": press.key, "state": state}, background=later)
