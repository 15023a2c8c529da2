"""Who the visitor is: a form on every page that takes a name."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from warikan.web.acting import Acting, remember_name

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")
SEE_OTHER = 303


def add_me(web: APIRouter) -> None:
    """Put the form's address into *web*."""

    @web.post("/me")
    def me(
        actor: Acting,  # noqa: ARG001 - refuses forms of other sites
        name: Annotated[str, Form(min_length=1, max_length=80)],
        back: Annotated[str, Form(max_length=8000)] = "/",
    ) -> Response:
        response = see_other(back)
        remember_name(response, name)
        return response


def see_other(address: str) -> Response:
    """After a form: the page at *address* of this site; the first page where it is of another."""
    return RedirectResponse(address if _LOCAL.fullmatch(address) else "/", SEE_OTHER)
