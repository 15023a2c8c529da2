"""The tiny company behind a real server, and Debian's Chromium in front of it."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from incident_company import make_incidents
from reviewed_company import make_reviewed

from tiny_clusters import make_clusters
from tiny_company import NOW, make_company
from warikan import api, web
from warikan.bootstrap import Workspace, open_workspace
from warikan.web.bundle import load_assets
from warikan.web.memory import Memory
from warikan.web.texts import load_texts
from warikan.web.visit import Visit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny company, loaded and allocated."""
    return make_company(tmp_path_factory.mktemp("tiny") / "company")


@pytest.fixture(scope="session")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company with clusters, with its hours, allocated."""
    return make_clusters(tmp_path_factory.mktemp("clusters") / "company")


@pytest.fixture(scope="session")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the company with a bug, judged; to be copied."""
    return make_incidents(tmp_path_factory.mktemp("trouble") / "company").folder


@pytest.fixture
def troubled(trouble: Path, tmp_path: Path) -> Workspace:
    """The company with a bug, for one test to do with as it likes."""
    return open_workspace(shutil.copytree(trouble, tmp_path / "company"), clock=lambda: NOW)


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the company with budgets and an incident; to be copied."""
    return make_reviewed(tmp_path_factory.mktemp("reviewed") / "company").folder


@pytest.fixture
def company(reviewed: Path, tmp_path: Path) -> Workspace:
    """The company with budgets and an incident, for one test to do with as it likes."""
    return open_workspace(shutil.copytree(reviewed, tmp_path / "company"), clock=lambda: NOW)


@pytest.fixture
def visit(workspace: Workspace) -> Visit:
    """A visitor who reads English."""
    return Visit(Memory(workspace), load_texts("en"))


def make_app(workspace: Workspace) -> FastAPI:
    """The application as `warikan serve` has it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    api.install(app, workspace)
    web.install(app, workspace)
    return app


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Workspace], str]]:
    """Serves a workspace on a free local port; the address of it."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(workspace: Workspace) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(make_app(workspace), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def address(serve: Callable[[Workspace], str], workspace: Workspace) -> str:
    """Where the tiny company is served."""
    return serve(workspace)


@pytest.fixture
def get(address: str) -> Iterator[Callable[..., httpx.Response]]:
    """Asks the server, following no redirect."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client.get


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium; skips where there is none, or where the page's scripts are not built."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    if not load_assets().files:
        pytest.skip("the page's scripts are not built: make assets")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens a path in a window of its own; at the end no page may have complained."""
    contexts, complaints = [], []

    def open_(path: str = "/", *, width: int = 1440, theme: str = "light", lang: str = "en") -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=lang,
            color_scheme=theme,
            reduced_motion="reduce",
            base_url=address,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path, wait_until="networkidle")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def asset_folder() -> Path:
    """Where npm keeps what only tests need (axe-core)."""
    return Path(web.__file__).parent / "assets"
