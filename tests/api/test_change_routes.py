"""Changes over HTTP: deliveries prove themselves, people write as somebody, and everybody reads."""

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from tiny_company import NOW, make_company
from warikan import api
from warikan.bootstrap import open_workspace

Send = Callable[..., Any]
SECRET = "a secret of nothing"  # noqa: S105 - of nothing
SETTINGS = """
changes:
  sources:
    github: {type: github, secret_from: CHANGES_SECRET}
    unset: {type: gitlab, secret_from: CHANGES_UNSET}
    open: {type: csv, insecure: true}
"""
BODY = json.dumps(
    {
        "deployment_status": {"state": "success", "created_at": "2026-11-20T09:04:00Z"},
        "deployment": {
            "id": 1,
            "sha": "1f",
            "created_at": "2026-11-20T09:00:00Z",
            "payload": {"service": "shop"},
        },
        "repository": {"full_name": "tiny/shop"},
    }
).encode()


@pytest.fixture
def send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Sends a request to the API of a tiny company that takes deliveries; returns status and body."""
    folder = make_company(tmp_path / "company", load=False, allocate=False).folder
    with (folder / "warikan.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    monkeypatch.setenv("CHANGES_SECRET", SECRET)
    workspace = open_workspace(folder, clock=lambda: NOW)
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(app, workspace)

    def send(method: str, path: str, **more: Any) -> tuple[int, Any]:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/api/v1{path}", **more)

        response = run_alone(ask)
        return response.status_code, response.json()

    return send


def signed(body: bytes) -> dict[str, str]:
    """GitHub's signature of *body*."""
    return {"X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"}


def test_a_delivery(send: Send) -> None:
    """Signed it is taken, once; its change can be read."""
    status, first = send("POST", "/hooks/github", content=BODY, headers=signed(BODY))
    _, second = send("POST", "/hooks/github", content=BODY, headers=signed(BODY))
    _, found = send("GET", "/changes", params={"service": "shop", "kind": "deploy"})
    (row,) = found["rows"]

    assert (status, first["added"], second["added"], second["known"]) == (202, 1, 0, 1)
    assert (row["team_id"], row["at"], row["evidence"][0]["from"]) == (
        "sales",
        "2026-11-20T09:00:00Z",
        "service",
    )
    assert send("GET", f"/changes/{row['id']}") == (200, row)
    assert send("GET", "/change-sources")[1]["rows"][0]["changes"] == 1


@pytest.mark.parametrize(
    ("path", "content", "headers", "status"),
    [
        ("github", BODY, {}, 401),
        ("github", BODY, signed(b"other"), 401),
        ("nobody", BODY, {}, 404),
        ("unset", BODY, {}, 503),
        ("open", b"x" * (1024 * 1024 + 1), {}, 413),
        ("open", b"{", {}, 400),
        ("open", b'{"a":' * 100_000, {}, 400),
    ],
)
def test_deliveries_that_are_not_taken(
    send: Send, path: str, content: bytes, headers: dict[str, str], status: int
) -> None:
    """Forged, unknown, not set up, too large, unreadable: each with its status, and no secret."""
    answered, body = send("POST", f"/hooks/{path}", content=content, headers=headers)

    assert answered == status
    assert SECRET not in str(body)
    assert "CHANGES_UNSET" not in str(body)
    assert send("GET", "/changes")[1] == {"rows": []}


def test_a_csv_is_delivered(send: Send) -> None:
    """As text/csv to a source that takes it."""
    text = b"at,service,title\n2026-11-20,shop,Out\n2026-11-21,shop,\n"
    _, body = send("POST", "/hooks/open", content=text, headers={"Content-Type": "text/csv"})

    assert (body["added"], body["refused"]) == (1, 1)


def test_by_hand(send: Send) -> None:
    """Somebody writes; another site's page may not; what cannot be is an error."""
    told = {
        "title": "Doubled the cache",
        "service": "shop",
        "kind": "config",
        "at": "2026-11-20T09:00:00+09:00",
    }
    status, change = send("POST", "/changes", json=told, headers={"X-Warikan-Actor": "hanako"})

    assert (status, change["service_id"], change["at"]) == (201, "shop", "2026-11-20T00:00:00Z")
    assert send("POST", "/changes", json=told)[1]["id"] == change["id"]
    assert send("POST", "/changes", json=told, headers={"Origin": "https://evil.example"})[0] == 403
    assert send("POST", "/changes", json=told | {"service": "nobody"})[0] == 400
    for wrong in ({"at": "2026-11-20T09:00:00"}, {"kind": "none"}, {"title": ""}, {"other": 1}):
        assert send("POST", "/changes", json=told | wrong)[0] == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/changes?start=2026-11-20&end=2026-11-21T00:00Z&text=%25&owned=false&limit=5&offset=2", 200),
        ("/changes?kind=none", 422),
        ("/changes?limit=100000", 422),
        ("/changes?services=shop", 422),
        ("/changes/CHG-7", 404),
    ],
)
def test_questions(send: Send, path: str, status: int) -> None:
    """What can be asked, and what cannot."""
    assert send("GET", path)[0] == status
