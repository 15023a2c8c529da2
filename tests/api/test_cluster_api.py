"""Clusters over the API: cost by cause and quantities, exact, and what is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from tiny_clusters import make_clusters
from warikan import api

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks the API over the company with clusters; returns status and body."""
    app = FastAPI()
    api.install(app, make_clusters(tmp_path_factory.mktemp("clusters") / "company"))

    def get(path: str, **params: Any) -> tuple[int, Any]:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/api/v1{path}", params=params)

        response = run_alone(send)
        return response.status_code, response.json()

    return get


def test_all_clusters(ask: Ask) -> None:
    """One entry each: names, coverage, and what it costs by cause in each currency."""
    status, body = ask("/clusters")
    blue, green, old = body["clusters"]

    assert status == 200
    assert body["period"] == {"start": "2026-10-22T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    assert (green["cluster"], green["title"], green["logical"]) == (
        "green",
        "Production (green)",
        "production",
    )
    assert green["coverage"] == {"hours": 408, "sampled_minutes": 408 * 57, "ratio": 0.95}
    assert green["results"] == [
        {
            "currency": "USD",
            "cost": "408",
            "list_cost": "816",
            "causes": {
                "used": "142.8",
                "workload_idle": "102",
                "infrastructure_idle": "122.4",
                "system_overhead": "40.8",
            },
            "idle": "224.4",
            "efficiency": pytest.approx(142.8 / 244.8),
            "matched": 1.0,
            "vcpu_hour": "0.25",
            "list_vcpu_hour": "0.5",
        }
    ]
    assert green["nodes"]["CpuCapacity"] == str(4000 * 3600 * 408)
    assert blue["results"][0]["causes"]["unmetered"] == "18"
    assert (old["coverage"], old["results"][0]["currency"]) == (None, "JPY")


def test_causes_add_up(ask: Ask) -> None:
    """In every part of every cluster."""
    for cluster in ("blue", "green", "old"):
        _, body = ask(f"/clusters/{cluster}", period="all")
        parts = [p for name in ("pools", "namespaces", "workloads") for p in body[name]]
        for result in (r for place in (body, *parts) for r in place["results"]):
            assert Decimal(result["cost"]) == sum(map(Decimal, result["causes"].values()))
        for name in ("pools", "namespaces", "workloads"):
            costs = [Decimal(r["cost"]) for place in body[name] for r in place["results"]]
            assert Decimal(body["results"][0]["cost"]) == sum(costs)


def test_one_cluster(ask: Ask) -> None:
    """Its parts have the values of their columns."""
    _, body = ask("/clusters/green", last="7d")

    assert [p["x_NodePool"] for p in body["pools"]] == ["general"]
    assert [p["x_Namespace"] for p in body["namespaces"]] == ["shop", None, "kube-system"]
    assert body["workloads"][0]["x_Workload"] == "web"
    assert body["workloads"][0]["used_of_requested"] == {"cpu": 0.5, "memory": 0.5}


def test_quantities(ask: Ask) -> None:
    """By short names, a filter and a bucket; of containers or of nodes."""
    _, body = ask("/usage", by=["namespace"], where="x_ClusterId = 'green'", granularity="day", last="2d")
    _, nodes = ask("/usage", by="pool", of="nodes", last="1d")

    assert body["by"] == ["x_Namespace"]
    assert [(r["period_start"], r["x_Namespace"]) for r in body["rows"][:2]] == [
        ("2026-11-19T00:00:00Z", "shop"),
        ("2026-11-19T00:00:00Z", "kube-system"),
    ]
    assert body["rows"][0]["CpuUsage"] == str(1000 * 3600 * 24)
    assert nodes["rows"][0]["NodeHours"] == "24"


@pytest.mark.parametrize(
    ("path", "params", "status", "says"),
    [
        ("/clusters/nobody", {}, 404, "nobody"),
        ("/clusters", {"period": "someday"}, 400, "not a period"),
        ("/clusters", {"where": "x"}, 422, "where"),
        ("/usage", {"by": "ServiceName"}, 400, "there is no column"),
        ("/usage", {"where": "x_Namespace ="}, 400, "missing"),
        ("/usage", {"of": "volumes"}, 422, "of"),
    ],
)
def test_what_cannot_be(ask: Ask, path: str, params: dict[str, str], status: int, says: str) -> None:
    """One shape of error, with what to do."""
    found, body = ask(path, **params)

    assert found == status
    assert says in body["error"]["message"]


def test_parts_of_a_cost(ask: Ask) -> None:
    """Used and workload idle are metrics, and open as any other."""
    _, body = ask(
        "/cost", by="workload", metric=["x_UsedCost", "EffectiveCost"], where="x_ClusterId = 'green'"
    )
    _, opened = ask("/explain", metric="x_UsedCost", where="x_Workload = 'web' AND x_ClusterId = 'green'")

    assert body["results"][0]["totals"] == {"x_UsedCost": "142.8", "EffectiveCost": "408"}
    assert opened["cells"][0]["amount"] == "102"
