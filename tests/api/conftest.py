"""The tiny company behind the API."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from tiny_company import make_company
from warikan import api
from warikan.bootstrap import Workspace

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny company, loaded and allocated."""
    return make_company(tmp_path_factory.mktemp("tiny") / "company")


@pytest.fixture(scope="session")
def app(workspace: Workspace) -> FastAPI:
    """An application with nothing but the API."""
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(app, workspace)
    return app


@pytest.fixture
def ask(app: FastAPI) -> Ask:
    """Asks the API in this process; returns status and body."""
    transport = httpx.ASGITransport(app)

    def get(path: str, **params: Any) -> tuple[int, Any]:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/api/v1{path}", params=params)

        response = run_alone(send)
        return response.status_code, response.json()

    return get
