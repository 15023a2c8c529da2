"""Errors as JSON: one shape, a request id, never a traceback."""

import logging
import re
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from warikan.focus.errors import DataError, FilterError, LakeError, UsageError, WarikanError

log = logging.getLogger("warikan.api")
REQUEST_ID_HEADER = "X-Request-ID"
_GIVEN_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class NotHereError(UsageError):
    """Something named in the path does not exist (404)."""


class ProblemRoute(APIRoute):
    """A route whose every failure becomes ``{"error": {...}}`` with a matching status."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the generated handler."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            request_id = request_id_of(request)
            try:
                response = await handler(request)
            except RequestValidationError as error:
                response = problem(422, "invalid_parameter", _describe(error), request_id)
            except HTTPException as error:
                response = problem(error.status_code, "http_error", str(error.detail), request_id)
            except WarikanError as error:
                response = _known(error, request_id)
            except Exception:
                log.exception("request %s %s failed", request_id, request.url.path)
                response = problem(
                    500,
                    "internal_error",
                    "this is a bug in Warikan",
                    request_id,
                    hint=f"find request {request_id} in the server's log and report it",
                )
            response.headers[REQUEST_ID_HEADER] = request_id
            return response

        return answer


def request_id_of(request: Request) -> str:
    """The id the caller gave, when it is harmless, or a new one."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _GIVEN_ID.match(given) else uuid.uuid4().hex


def problem(
    status: int,
    code: str,
    message: str,
    request_id: str,
    *,
    hint: str | None = None,
    position: int | None = None,
) -> JSONResponse:
    """An error answer; members that say nothing are left out."""
    body = {"code": code, "message": message, "hint": hint, "position": position, "request_id": request_id}
    return JSONResponse({"error": {k: v for k, v in body.items() if v is not None}}, status_code=status)


def code_of(error: WarikanError) -> str:
    """``FilterError`` → ``filter_error``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def _known(error: WarikanError, request_id: str) -> JSONResponse:
    match error:
        case FilterError():
            return problem(
                400, code_of(error), error.reason, request_id, hint=error.hint, position=error.position
            )
        case NotHereError():
            return problem(404, "not_found", error.message, request_id, hint=error.hint)
        case UsageError():
            return problem(400, code_of(error), error.message, request_id, hint=error.hint)
        case DataError() | LakeError():
            log.error("request %s: %s", request_id, error.message)
            return problem(500, code_of(error), error.message, request_id, hint=error.hint)
        case _:
            return problem(500, code_of(error), error.message, request_id, hint=error.hint)


def _describe(error: RequestValidationError) -> str:
    said = [f"{'.'.join(str(p) for p in e['loc'][1:]) or 'request'}: {e['msg']}" for e in error.errors()]
    return "; ".join(said)
