"""``warikan serve``: one process for the page and the API."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.cli.output import note
from warikan.focus.errors import UsageError

if TYPE_CHECKING:
    # FastAPI costs a second to import; --help must not pay it.
    from fastapi import FastAPI

    from warikan.bootstrap import Workspace


MAX_PORT = 65535
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def make_app(workspace: Workspace, *, hosts: Sequence[str] = ()) -> FastAPI:
    """
    The ASGI application of *workspace*: the page at ``/``, the API under ``/api/v1``, Kubecost's beside it.

    With *hosts*, a request whose Host header names none of them (on any port) is refused with 400.
    """
    from fastapi import FastAPI
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from warikan import __version__, api, web
    from warikan.api import kubecost

    app = FastAPI(
        title="Warikan",
        version=__version__,
        summary="What each service and team costs, exactly, with the reason for every cent.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    api.install(app, workspace)
    kubecost.install(app, workspace)
    web.install(app, workspace)
    if hosts:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    return app


def trusted_hosts(host: str, address: str) -> tuple[str, ...]:
    """
    The names under which a server on *address*, asked for as *host*, may be called; empty for any.

    A server on the loopback is for this machine alone: were any name allowed, a foreign site could let
    its own name point here and read the bills through a visitor's browser (DNS rebinding).
    """
    if not ipaddress.ip_address(address).is_loopback:
        return ()
    return tuple(dict.fromkeys((*LOOPBACK_NAMES, _shown_host(host).lower())))


def run_serve(folder: Path | None, *, host: str, port: int, jobs: bool = True) -> None:
    """
    Serve until interrupted; prints the address when it listens. With *jobs*, what is due runs by itself.

    Raises:
        UsageError: there is no such port, it is taken, or the address cannot be listened on.
        StateError: jobs run, and the state cannot be opened.
    """
    # Uvicorn and the engine are only needed from here on.
    import uvicorn

    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    listener = _listen(host, port)
    bound, port = listener.getsockname()[:2]
    address = f"http://{_shown_host(host)}:{port}/"
    app = make_app(workspace, hosts=trusted_hosts(host, bound))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    server = uvicorn.Server(config)
    note(f"Warikan shows {workspace.folder} at {address}  (Ctrl-C stops it)")
    if not jobs:
        server.run(sockets=[listener])
        return
    from warikan.operate.jobs.scheduler import start_scheduler  # as above

    stop = start_scheduler(workspace.operations)
    try:
        server.run(sockets=[listener])
    finally:
        stop()


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= MAX_PORT:
        raise UsageError(f"--port {port} is no port; it is 0 to {MAX_PORT}", hint="--port 0 picks a free one")
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
