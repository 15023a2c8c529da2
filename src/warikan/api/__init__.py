"""The HTTP API: the questions of the command line, answered as JSON under ``/api/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # FastAPI costs a second to import; `warikan cost` imports warikan.api.answers and must not pay it.
    from fastapi import APIRouter, FastAPI

    from warikan.bootstrap import Workspace

__all__ = ["install", "router"]


def router(workspace: Workspace) -> APIRouter:
    """The API over *workspace*, to be included into an application."""
    from warikan.api import routes

    return routes.router(workspace)


def install(app: FastAPI, workspace: Workspace) -> None:
    """Put the API into *app*: its routes, and a JSON 404 or 405 for everything else under ``/api``."""
    from warikan.api import routes

    known = routes.router(workspace)
    app.include_router(known)
    app.include_router(routes.not_found_router(known))
