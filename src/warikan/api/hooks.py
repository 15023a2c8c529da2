"""Where senders of changes deliver: no actor, the proof of the sender instead."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from warikan.api import models
from warikan.api.answers import to_document
from warikan.bootstrap import Workspace
from warikan.focus.errors import ConfigError
from warikan.operate.changes.change import Receipt
from warikan.operate.changes.changes import TooLarge
from warikan.operate.changes.document import MOST_BODY_BYTES
from warikan.operate.changes.proof import Forged

log = logging.getLogger("warikan.api")
_ANSWERS: dict[int | str, dict[str, Any]] = {
    401: {"model": models.ErrorModel, "description": "Not signed, or the token is wrong."},
    404: {"model": models.ErrorModel, "description": "No such source."},
    413: {"model": models.ErrorModel, "description": "More than 1 MiB."},
    503: {"model": models.ErrorModel, "description": "The source's secret is not set here."},
}


def add_hooks(api: APIRouter, workspace: Workspace) -> None:
    """Put the route into *api*."""

    @api.post(
        "/hooks/{source}",
        status_code=202,
        response_model=dict[str, Any],
        responses=_ANSWERS,
        summary="Deliver changes",
    )
    async def hook(source: Annotated[str, Path(max_length=64)], request: Request) -> JSONResponse:
        """
        What a sender of `changes.sources` delivers, in its own form.

        Answers how many changes are new, completed, known, ignored or refused; delivering again is harmless.
        """
        body = await _read(request)
        headers = dict(request.headers)
        receipt = await run_in_threadpool(_receive, workspace, source, body, headers)
        return JSONResponse(to_document(receipt), status_code=202)


def _receive(workspace: Workspace, source: str, body: bytes, headers: dict[str, str]) -> Receipt:
    try:
        return workspace.operations.changes.receive(source, body, headers)
    except Forged as error:
        raise HTTPException(401, error.message) from error
    except TooLarge as error:
        raise HTTPException(413, error.message) from error
    except ConfigError as error:
        # Whoever delivers learns nothing of our settings; whoever runs the server does.
        log.error("a delivery to %s cannot be checked: %s", source, error.message)  # noqa: TRY400 - no bug of ours
        raise HTTPException(503, f"deliveries to {source} cannot be checked here; see the log") from error


async def _read(request: Request) -> bytes:
    """The body, no more of it than a delivery may have: a longer one is not even read."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise HTTPException(413, f"a delivery has at most {MOST_BODY_BYTES:,} bytes")
    return bytes(body)
