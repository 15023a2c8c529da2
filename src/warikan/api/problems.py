"""Errors as JSON: one shape, a request id, never a traceback."""

import difflib
import logging
import re
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from warikan.focus.errors import (
    Conflict,
    DataError,
    FilterError,
    LakeError,
    NotFound,
    StateError,
    UsageError,
    WarikanError,
)

log = logging.getLogger("warikan.api")
REQUEST_ID_HEADER = "X-Request-ID"
_GIVEN_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class ProblemRoute(APIRoute):
    """
    A route whose every failure becomes ``{"error": {...}}`` with a matching status.

    A query parameter it does not have is a failure too: a misspelt ``where`` must not answer everything.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the generated handler."""
        handler = super().get_route_handler()
        known = sorted(field.alias for field in self.dependant.query_params)
        body = self.body_field.field_info.annotation if self.body_field is not None else None
        members = sorted(getattr(body, "model_fields", ()))
        is_question = self.include_in_schema

        async def answer(request: Request) -> Response:
            request_id = request_id_of(request)
            try:
                wrong = _unknown_parameter(request, known, request_id) if is_question else None
                response = wrong or await handler(request)
            except RequestValidationError as error:
                said, hint = _describe(error, members)
                response = problem(422, "invalid_parameter", said, request_id, hint=hint)
            except HTTPException as error:
                response = problem(error.status_code, "http_error", str(error.detail), request_id)
                response.headers.update(error.headers or {})
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


def _unknown_parameter(request: Request, known: Sequence[str], request_id: str) -> Response | None:
    wrong = next((name for name in request.query_params if name not in known), None)
    if wrong is None:
        return None
    hint = _nearest(wrong, known) if known else "this address has no parameters"
    return problem(
        422, "unknown_parameter", f"there is no parameter {wrong[:80]!r} here", request_id, hint=hint
    )


def _nearest(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong[:80].lower(), known, n=1, cutoff=0.4)
    question = f"did you mean {near[0]}? " if near else ""
    return f"{question}there is: {', '.join(known)}"


def _known(error: WarikanError, request_id: str) -> JSONResponse:
    match error:
        case FilterError():
            return problem(
                400, code_of(error), error.reason, request_id, hint=error.hint, position=error.position
            )
        case NotFound():
            return problem(404, "not_found", error.message, request_id, hint=error.hint)
        case UsageError():
            return problem(400, code_of(error), error.message, request_id, hint=error.hint)
        case Conflict():
            return problem(409, code_of(error), error.message, request_id, hint=error.hint)
        case DataError() | LakeError() | StateError():
            log.error("request %s: %s", request_id, error.message)
            return problem(500, code_of(error), error.message, request_id, hint=error.hint)
        case _:
            return problem(500, code_of(error), error.message, request_id, hint=error.hint)


def _describe(error: RequestValidationError, members: Sequence[str]) -> tuple[str, str | None]:
    """What is wrong, and of a member that the body does not have, which ones it has."""
    said: list[str] = []
    hint = None
    for one in error.errors():
        place = [str(part) for part in one["loc"][1:]]
        if one["type"] == "extra_forbidden":
            said.append(f"there is no member {place[-1][:80]!r} here")
            hint = hint or _nearest(place[-1], members)
        else:
            said.append(f"{'.'.join(place) or 'request'}: {one['msg']}")
    return "; ".join(said[:20]), hint
