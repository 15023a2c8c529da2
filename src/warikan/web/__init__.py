"""The page: what each team and service costs, server-rendered, the URL as the whole state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # FastAPI costs a second to import; only `warikan serve` pays it.
    from fastapi import APIRouter, FastAPI

    from warikan.bootstrap import Workspace

__all__ = ["install", "router"]


def router(workspace: Workspace) -> APIRouter:
    """The pages of *workspace*, to be included into an application."""
    from warikan.web import routes

    return routes.router(workspace)


def install(app: FastAPI, workspace: Workspace) -> None:
    """Put the pages into *app*, compressed; include the API first: unknown paths end here as a page."""
    from starlette.middleware.gzip import GZipMiddleware

    from warikan.web import routes

    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.include_router(routes.router(workspace))
    app.include_router(routes.not_found_router(workspace))
