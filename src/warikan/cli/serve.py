"""``warikan serve``: one process for the page and the API."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.cli.output import note
from warikan.focus.errors import UsageError

if TYPE_CHECKING:
    # FastAPI costs a second to import; --help must not pay it.
    from fastapi import FastAPI

    from warikan.bootstrap import Workspace


def make_app(workspace: Workspace) -> FastAPI:
    """The ASGI application of *workspace*: the page at ``/``, the API under ``/api/v1``."""
    from fastapi import FastAPI

    from warikan import __version__, api, web

    app = FastAPI(
        title="Warikan",
        version=__version__,
        summary="What each service and team costs, exactly, with the reason for every cent.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    api.install(app, workspace)
    web.install(app, workspace)
    return app


def run_serve(folder: Path | None, *, host: str, port: int) -> None:
    """
    Serve until interrupted; prints the address when it listens.

    Raises:
        UsageError: the port is taken or the address cannot be listened on.
    """
    # Uvicorn and the engine are only needed from here on.
    import uvicorn

    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    listener = _listen(host, port)
    address = f"http://{_shown_host(host)}:{listener.getsockname()[1]}/"
    app = make_app(workspace)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    server = uvicorn.Server(config)
    note(f"Warikan shows {workspace.folder} at {address}  (Ctrl-C stops it)")
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}", hint="--port 0 picks a free one"
        ) from error
    return listener


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host
