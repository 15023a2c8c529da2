"""Anomalies, planned events and forecasts over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from rising_company import make
from warikan import api

Send = Callable[..., Any]


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Sends a request to the API of a company with one rise; returns status and body."""
    return sender(tmp_path)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Send:
    """As `send`, for questions that change nothing."""
    return sender(tmp_path_factory.mktemp("asked"))


def sender(folder: Path) -> Send:
    """Sends requests to the API of a new company in *folder*."""
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(app, make(folder))

    def send(method: str, path: str, **more: Any) -> tuple[int, Any]:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/api/v1{path}", **more)

        response = run_alone(ask)
        return response.status_code, response.json()

    return send


def test_from_judgement_to_verdict(send: Send) -> None:
    """Judged, listed, opened, and called planned by somebody with a name; money is text."""
    assert send("POST", "/anomalies/judge")[1]["opened"] == ["ANO-1"]
    (row,) = send("GET", "/anomalies", params={"team": "sales"})[1]["rows"]
    one = send("GET", "/anomalies/ano-1")[1]
    assert row == one
    assert isinstance(one["excess"]["point"], str)
    assert len(one["days"]) == 8

    said = {"verdict": "planned", "note": "moving in", "version": one["version"]}
    status, done = send("POST", "/anomalies/ANO-1/verdict", json=said, headers={"X-Warikan-Actor": "aya"})
    assert (status, done["verdict"], done["verdict_by"]) == (200, "planned", "aya")
    assert send("GET", "/anomalies")[1]["rows"] == []
    status, error = send("POST", "/anomalies/ANO-1/verdict", json=said)
    assert (status, error["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/anomalies/ANO-9", None, 404),
        ("GET", "/anomalies/x", None, 404),
        ("POST", "/anomalies/ANO-9/verdict", {"verdict": "real"}, 404),
        ("POST", "/anomalies/ANO-9/verdict", {"verdict": "maybe"}, 422),
        ("POST", "/anomalies/ANO-9/verdict", {"verdict": "real", "note": "x" * 5000}, 422),
        ("POST", "/planned", {"title": "", "start": "2026-12-01", "kind": "factor", "value": 1}, 422),
        (
            "POST",
            "/planned",
            {"title": "x", "start": "2026-12-01", "kind": "factor", "value": 1, "scope": {"Colour": "red"}},
            400,
        ),
        ("DELETE", "/planned/PLAN-9", None, 404),
        ("GET", "/forecast?until=2020-01-01", None, 400),
        ("GET", "/forecast?by=Colour", None, 400),
    ],
)
def test_what_cannot_be_is_said(ask: Send, method: str, path: str, body: Any, status: int) -> None:
    """With the status that fits, and an error in the one shape."""
    found, answer = ask(method, path, json=body)

    assert status == found
    assert answer["error"]["message"]


def test_another_sites_page_may_not_write(send: Send) -> None:
    """Even through the browser of somebody who may."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert send("POST", "/anomalies/judge", headers=headers)[0] == 403
    assert send("POST", "/anomalies/judge", headers={"Origin": "http://test"})[0] == 200


def test_planned_events(send: Send) -> None:
    """Added, listed, removed."""
    event = {"title": "sale", "scope": {"x_ServiceId": "shop"}, "start": "2026-12-01", "kind": "factor"}
    assert send("POST", "/planned", json=event | {"value": 1.5}) == (201, {"id": "PLAN-1"})
    (row,) = send("GET", "/planned")[1]["rows"]
    assert (row["id"], row["title"], row["value"], row["added_by"]) == ("PLAN-1", "sale", 1.5, "someone")
    assert send("DELETE", "/planned/PLAN-1")[0] == 200
    assert send("GET", "/planned")[1]["rows"] == []


def test_a_forecast_says_how_well_it_can_know(ask: Send) -> None:
    """Days and months with their quantiles, and accuracy beside that of the naive one."""
    (found,) = ask("GET", "/forecast", params={"by": "x_ServiceId"})[1]["results"]
    rank, shop = found["series"]

    assert (rank["key"], shop["key"]) == ({"x_ServiceId": "rank"}, {"x_ServiceId": "shop"})
    assert "2026-11-22" == shop["days"][0]["day"] == found["complete"]
    assert all(day["p10"] <= day["p50"] <= day["p90"] for day in shop["days"])
    assert [month["month"] for month in shop["months"]] == ["2026-11", "2026-12"]
    assert found["accuracy"]["wape"] > 0
    assert found["seasonal_naive"]["wape"] > 0
