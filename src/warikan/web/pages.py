"""Rendering: a template, the visitor's language, and headers that let nothing else run."""

import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from warikan.bootstrap import Workspace
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
from warikan.web.acting import name_of
from warikan.web.bounds import shorten
from warikan.web.bundle import BUILD, load_assets
from warikan.web.memory import Memory
from warikan.web.said import translate
from warikan.web.state import encode
from warikan.web.texts import LANGUAGE_COOKIE, LANGUAGES, N_, Texts, choose_language, load_texts
from warikan.web.toolbar import hidden_fields
from warikan.web.visit import Visit

log = logging.getLogger("warikan.web")
THEME_COOKIE = "warikan_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600
MAX_MESSAGE = 2000
BAD_ADDRESS = N_("A part of this address is missing or cannot be read: %(names)s")
BAD_FORM = N_("A field of this form is missing, too long or cannot be read: %(names)s")
FOREIGN_FORM = N_("This form was sent by a page of another site; nothing was changed.")
FORBIDDEN = 403
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Pages:
    """Renders pages for the visitors of one workspace; *texts_of* gives the texts of a language."""

    memory: Memory
    texts_of: Callable[[str], Texts] = load_texts

    @property
    def workspace(self) -> Workspace:
        """Whose pages these are."""
        return self.memory.workspace

    def visit(self, request: Request) -> Visit:
        """Who asks, in which language."""
        lang = choose_language(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language"),
        )
        return Visit(self.memory, self.texts_of(lang))

    def page(
        self,
        request: Request,
        visit: Visit,
        template: str,
        status: int = 200,
        *,
        at: str | None = None,
        **context: Any,
    ) -> Response:
        """
        *template* as a whole page; remembers a language asked for by ``?lang=``.

        *at*: the address of the page itself, where a form that could not be taken shows it again.
        """
        theme = request.cookies.get(THEME_COOKIE)
        html = (
            environment(visit.texts)
            .get_template(template)
            .render(
                visit=visit,
                display=visit.display,
                lang=visit.texts.lang,
                languages=_languages(request, at),
                theme=theme if theme in THEMES else "auto",
                organisation=self.workspace.settings.name,
                actor=name_of(request),
                here=at or address_of(request),
                assets=load_assets(),
                build=BUILD,
                **context,
            )
        )
        response = HTMLResponse(html, status_code=status)
        response.headers["Vary"] = "Accept-Language, Cookie"
        response.headers["Cache-Control"] = "no-cache"
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE, visit.texts.lang, max_age=YEAR, samesite="lax", httponly=True
            )
        return response

    def problem(self, request: Request, error: Exception) -> Response:
        """*error* as a page that says what to do; a bug shows only its request's id."""
        visit, request_id = self.visit(request), uuid.uuid4().hex[:12]
        if isinstance(error, NotFound):
            return self.page(request, visit, "not_found.html", 404)
        if isinstance(error, RequestValidationError):
            places = error.errors()
            if any(place["loc"][0] == "path" for place in places):
                return self.page(request, visit, "not_found.html", 404)
            names = ", ".join(str(place["loc"][-1]) for place in places)
            is_form = any(place["loc"][0] == "body" for place in places)
            error = UsageError(visit.texts.gettext(BAD_FORM if is_form else BAD_ADDRESS, names=names))
        if isinstance(error, HTTPException):
            said = visit.texts.gettext(FOREIGN_FORM) if error.status_code == FORBIDDEN else str(error.detail)
            return self._problem(request, visit, error.status_code, said, None, request_id)
        if not isinstance(error, WarikanError):
            log.error("request %s %s failed", request_id, request.url.path, exc_info=error)
            return self._problem(request, visit, 500, None, None, request_id)
        message = error.reason if isinstance(error, FilterError) else error.message
        said = shorten(translate(message, visit.texts), MAX_MESSAGE)
        hint = translate(error.hint, visit.texts) if error.hint else None
        return self._problem(request, visit, status_of(error), said, hint, request_id)

    def _problem(
        self, request: Request, visit: Visit, status: int, message: str | None, hint: str | None, id_: str
    ) -> Response:
        return self.page(request, visit, "problem.html", status, message=message, hint=hint, request_id=id_)


def status_of(error: WarikanError) -> int:
    """The status of a page that shows *error*."""
    if isinstance(error, DataError | LakeError | StateError):
        return 500
    return 409 if isinstance(error, Conflict) else 404 if isinstance(error, NotFound) else 400


def page_route(pages: Pages) -> type[APIRoute]:
    """A route class whose failures become pages and whose answers carry the security headers; HEAD is GET."""

    class PageRoute(APIRoute):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.methods and "GET" in self.methods:
                self.methods.add("HEAD")

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    response = await handler(request)
                except Exception as error:  # noqa: BLE001 - the last place before the visitor
                    response = pages.problem(request, error)
                for name, value in SECURITY_HEADERS.items():
                    response.headers.setdefault(name, value)
                return response

            return answer

    return PageRoute


@cache
def environment(texts: Texts) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("warikan.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.globals["hidden_fields"] = hidden_fields
    made.filters["shorten"] = shorten
    made.install_gettext_translations(texts.translations, newstyle=True)  # type: ignore[attr-defined]
    return made


def address_of(request: Request) -> str:
    """This page's address on this site, to come back to; a form's own address is not one."""
    if request.method not in {"GET", "HEAD"}:
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _languages(request: Request, at: str | None) -> list[tuple[str, str, str]]:
    """(language, its own name, this page in it)."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    return [
        (lang, name, f"{at or request.url.path}?{encode([*pairs, ('lang', lang)])}")
        for lang, name in LANGUAGES.items()
    ]
