"""Rendering: a template, the visitor's language, and headers that let nothing else run."""

import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from warikan.bootstrap import Workspace
from warikan.focus.errors import DataError, FilterError, LakeError, UsageError, WarikanError
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
        self, request: Request, visit: Visit, template: str, status: int = 200, **context: Any
    ) -> Response:
        """*template* as a whole page; remembers a language asked for by ``?lang=``."""
        theme = request.cookies.get(THEME_COOKIE)
        html = (
            environment(visit.texts)
            .get_template(template)
            .render(
                visit=visit,
                display=visit.display,
                lang=visit.texts.lang,
                languages=_languages(request),
                theme=theme if theme in THEMES else "auto",
                organisation=self.workspace.settings.name,
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
        if isinstance(error, RequestValidationError):
            places = error.errors()
            if any(place["loc"][0] == "path" for place in places):
                return self.page(request, visit, "not_found.html", 404)
            names = ", ".join(str(place["loc"][-1]) for place in places)
            error = UsageError(
                visit.texts.gettext(
                    "A part of this address is missing or cannot be read: %(names)s", names=names
                )
            )
        if not isinstance(error, WarikanError):
            log.error("request %s %s failed", request_id, request.url.path, exc_info=error)
            return self.page(
                request, visit, "problem.html", 500, message=None, hint=None, request_id=request_id
            )
        status = 500 if isinstance(error, DataError | LakeError) else 400
        message = error.reason if isinstance(error, FilterError) else error.message
        return self.page(
            request,
            visit,
            "problem.html",
            status,
            message=shorten(translate(message, visit.texts), MAX_MESSAGE),
            hint=translate(error.hint, visit.texts) if error.hint else None,
            request_id=request_id,
        )


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


def _languages(request: Request) -> list[tuple[str, str, str]]:
    """(language, its own name, this page in it)."""
    pairs = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    return [
        (lang, name, f"{request.url.path}?{encode([*pairs, ('lang', lang)])}")
        for lang, name in LANGUAGES.items()
    ]
