"""What every JSON body of the API has in common: a member that it does not have is refused."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from tiny_company import make_company
from warikan import api

METHODS = ("post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The API of a company, as it describes itself."""
    made = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(made, make_company(tmp_path_factory.mktemp("bodies") / "company"))
    return made


def bodies(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and schema of each JSON body that the API takes."""
    document = app.openapi()
    found = []
    for path, methods in document["paths"].items():
        for method in METHODS:
            content = methods.get(method, {}).get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if "$ref" in schema:
                name = schema["$ref"].rsplit("/", 1)[-1]
                found.append((method, path, document["components"]["schemas"][name]))
            elif content:
                assert "/hooks/" in path or "/slack/" in path, path
    return found


def test_no_body_takes_what_it_does_not_have(app: FastAPI) -> None:
    """Its description says so, and so does it: 422 with the name, and what there is."""
    found = bodies(app)
    assert len(found) > 20
    for method, path, schema in found:
        assert schema["additionalProperties"] is False, path
        status, error = send(app, method, path, {"vresion": 0})
        assert (status, "'vresion'" in error["message"]) == (422, True), path
        assert all(name in error["hint"] for name in schema["properties"]), path
        assert ("did you mean version?" in error["hint"]) is ("version" in schema["properties"]), path


def test_a_misspelt_scope_is_not_everything(app: FastAPI) -> None:
    """And nothing is declared."""
    status, error = send(app, "post", "/api/v1/incidents", {"onset": "2026-11-05", "service": "search"})

    assert (status, error["message"]) == (422, "there is no member 'service' here")


def send(app: FastAPI, method: str, path: str, body: Any) -> tuple[int, Any]:
    """Sends *body* to *path*, its places filled with ids that may be; the status and the error."""
    for place, value in (("{number}", "1"), ("{entry}", "1"), ("{version}", "1")):
        path = path.replace(place, value)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path.replace("{", "").replace("}", ""), json=body)

    response = run_alone(ask)
    return response.status_code, response.json()["error"]
