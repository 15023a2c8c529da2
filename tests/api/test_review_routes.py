"""Reviews over HTTP: begun, written by two at once, moved, exported, learned from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from slice_lake import NOW, make_workspace, slice_of
from warikan import api

CATALOGUE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: service, lifecycle: production, owner: sales}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: sales}
spec: {type: team, children: []}
"""
Send = Callable[..., httpx.Response]
PEOPLE = {"X-Warikan-Actor": "Hanako Tanaka"}


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Sends a request to a workspace with one incident, ``INC-1``."""
    days = [f"2026-11-{day:02}" for day in range(1, 20)]
    rows = [
        slice_of(day, "40" if day < "2026-11-15" else "400", x_ServiceId="shop", x_TeamId="sales")
        for day in days
    ]
    workspace = make_workspace(tmp_path / "company", rows)
    (workspace.folder / "catalog" / "all.yaml").write_text(CATALOGUE, encoding="utf-8")
    workspace.operations.incidents.declare(
        actor="Hanako Tanaka",
        onset=NOW.replace(day=15),
        scope={"x_ServiceId": "shop"},
        title="Logs | <b>kept</b>",
    )
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(app, workspace)

    def send(method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/api/v1{path}", headers=PEOPLE, **more)

        return run_alone(ask)

    return send


@pytest.fixture
def review(send: Send) -> dict[str, Any]:
    """The review of it, as begun."""
    made = send("POST", "/reviews", json={"incident": "INC-1", "language": "ja"})
    assert made.status_code == 201
    return made.json()


def test_it_is_begun_once_and_found(send: Send, review: dict[str, Any]) -> None:
    """Again it is the one that is there; lists, search and its page have it."""
    again = send("POST", "/reviews", json={"incident": "INC-1"}).json()
    listed = send("GET", "/reviews", params={"state": "draft"}).json()["rows"]
    found = send("GET", "/reviews/search", params={"text": "kept"}).json()["rows"]

    assert (review["id"], again["id"]) == ("REV-1", "REV-1")
    assert [one["id"] for one in listed] == ["REV-1"]
    assert [one["document"] for one in found if one["document"] == "REV-1"] == ["REV-1"]
    start, end = found[0]["snippet"]["marks"][0]
    assert found[0]["snippet"]["text"][start:end] == "kept"
    assert send("GET", "/reviews/REV-9").status_code == 404


def test_two_writers_lose_nothing(send: Send, review: dict[str, Any]) -> None:
    """Other lines are put together; the same line is refused with both texts; every version stays."""
    path = "/reviews/REV-1/sections/sense"
    base = send("PUT", path, json={"text": "a\n\nb", "version": 1}).json()["version"]
    send("PUT", path, json={"text": "a2\n\nb", "version": base})
    merged = send("PUT", path, json={"text": "a\n\nb2", "version": base})
    refused = send("PUT", path, json={"text": "a3\n\nb", "version": base})
    versions = send("GET", f"{path}/versions").json()["rows"]

    assert (merged.status_code, merged.json()["text"]) == (200, "a2\n\nb2")
    assert refused.status_code == 409
    assert refused.json()["conflict"] | {"merged": ""} == {
        "base": "a\n\nb", "yours": "a3\n\nb", "theirs": "a2\n\nb2", "merged": "", "version": 4,
    }  # fmt: skip
    assert [one["text"] for one in versions] == ["a2\n\nb2", "a2\n\nb", "a\n\nb", ""]
    restored = send("POST", f"{path}/restore", json={"restored": 2, "version": 4}).json()
    assert (restored["text"], restored["version"]) == ("a\n\nb", 5)


def test_its_whole_way(send: Send, review: dict[str, Any]) -> None:
    """What closing lacks is said; with all of it the review closes; actions may be done later."""

    def moved(state: str) -> httpx.Response:
        seen = send("GET", "/reviews/REV-1").json()["version"]
        return send("POST", "/reviews/REV-1/move", json={"state": state, "version": seen})

    assert moved("in_review").status_code == 200
    assert moved("reviewed").status_code == 400
    assert send("POST", "/reviews/REV-1/calibration").json()["calibration"]["version"] == 1
    assert "let the meeting settle" in moved("reviewed").json()["error"]["message"]
    seen = send("GET", "/reviews/REV-1").json()["version"]
    send("POST", "/reviews/REV-1/skip-soak", json={"reason": "met in person", "version": seen})
    for kind in ("tech", "signals"):
        send(
            "POST",
            "/reviews/REV-1/factors",
            json={"kind": kind, "text": f"{kind} was thin", "label": "no-limit"},
        )
    proposed = {"text": "Alert by day", "kind": "detect", "owner": "sales", "money_at_risk": "12.50"}
    action = send("POST", "/reviews/REV-1/actions", json=proposed).json()["actions"][0]
    assert action["money_at_risk"] == "12.5"
    assert moved("reviewed").status_code == 200
    lacking = moved("closed").json()["error"]["message"]
    assert "section expected" in lacking
    for name, section in send("GET", "/reviews/REV-1").json()["sections"].items():
        text = f"{section['text']}\n書きました。"
        assert (
            send("PUT", f"/reviews/REV-1/sections/{name}", json={"text": text, "version": 1}).status_code
            == 200
        )
    assert moved("closed").json()["state"] == "closed"
    version = send("GET", "/reviews/REV-1").json()["actions"][0]["version"]
    done = send("POST", f"/reviews/REV-1/actions/{action['id']}/done", json={"version": version}).json()
    assert done["actions"][0]["done_at"] is not None


def test_marks_are_advice(send: Send, review: dict[str, Any]) -> None:
    """Blame is saved all the same; kept with a reason, it is not marked again."""
    sentence = "担当者が確認を怠った。"
    send("PUT", "/reviews/REV-1/sections/sense", json={"text": sentence, "version": 1})
    marks = send("GET", "/reviews/REV-1/marks").json()
    checked = send("POST", "/reviews/check", json={"text": "Bob should have known."}).json()["rows"]

    assert [mark["sentence"] for mark in marks["sense"]] == [sentence]
    assert len(checked) == 1
    assert set(checked[0]["proposal"]) >= {"en", "ja"}
    send("POST", "/reviews/REV-1/keep", json={"sentence": sentence, "reason": "引用です"})
    assert send("GET", "/reviews/REV-1/marks").json() == {}


def test_exports_name_roles_and_run_nothing(send: Send, review: dict[str, Any]) -> None:
    """Names are roles, titles are text, in both forms and languages."""
    text = "Hanako Tanaka scaled it down. <script>alert(1)</script> ![x](https://x.example/p.png)"
    send("PUT", "/reviews/REV-1/sections/sense", json={"text": text, "version": 1})
    markdown = send("GET", "/reviews/REV-1/export.md")
    html = send("GET", "/reviews/REV-1/export.html", params={"language": "en"})

    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "対応者" in markdown.text
    assert "responder" in html.text
    for told in (markdown.text, html.text):
        assert "Tanaka" not in told
    for tag in ("<script", "<img", "<b>"):
        assert tag not in html.text


def test_what_all_teach(send: Send, review: dict[str, Any]) -> None:
    """Figures by month, and past ones like this; bounds are refused."""
    figures = send(
        "GET",
        "/learning/metrics",
        params={"start": "2026-11-01", "end": "2026-12-01"},
    ).json()

    assert figures["incidents"] == 1
    assert len(figures["by_month"]) == 1
    assert send("GET", "/incidents/INC-1/similar").json() == {"rows": []}
    assert send("GET", "/reviews/search", params={"text": "x" * 501}).status_code == 422
    assert send("POST", "/reviews/REV-1/factors", json={"kind": "person", "text": "x"}).status_code == 422
