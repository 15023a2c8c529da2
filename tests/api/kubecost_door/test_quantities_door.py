"""Hours, averages and efficiencies beside costs, whatever is grouped by; and what nodes offered."""

from pathlib import Path
from typing import Any

import kubectl_client as kubectl
import pytest
from door_company import ask_of

from hour_lake import container_hour, fill_hours, node_hour
from slice_lake import make_workspace, ran

DAY = {"window": "2026-11-20,2026-11-21", "accumulate": "true"}


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """For 12 hours web with 2 cores and 4 GiB, of which it used 1 and 1; for 6 rank with 1, which used 2."""
    rank = {"x_Namespace": "search", "x_Pod": "rank-0", "x_Workload": "rank", "x_TeamId": "finding"}
    rows = [
        ran("2026-11-20", "4", "2", x_Labels=[("app", "web")], x_TeamId="sales"),
        ran("2026-11-20", "1", "1", **rank),
    ]
    workspace = make_workspace(tmp_path_factory.mktemp("hours") / "w", rows)
    of_rank = {"Namespace": "search", "Pod": "rank-0", "Workload": "rank", "PodUid": "pod-uid-2"}
    sent = {"TransmitBytes": 1000, "ReceiveBytes": 500}
    times = [f"2026-11-20T{hour:02}:00" for hour in range(24)]
    hours = [container_hour(time, cpu=(2, 1), memory=(4, 1), **sent) for time in times[:12]]
    hours += [container_hour(time, cpu=(1, 2), memory=(1, 0.5), **sent, **of_rank) for time in times[:6]]
    fill_hours(workspace.lake, "kubernetes_container_hours", hours)
    fill_hours(workspace.lake, "kubernetes_node_hours", [node_hour(t, CapacityType="spot") for t in times])
    return ask_of(workspace)


@pytest.mark.parametrize(
    ("aggregate", "name"),
    [
        ("namespace", "shop"),
        ("label:app", "web"),
        ("team", "sales"),
        ("controller", "deployment:web"),
        ("cluster,pod", "blue/web-1"),
        ("", "blue/node-1/shop/web-1/app"),
    ],
)
def test_hours_and_averages(get: Any, aggregate: str, name: str) -> None:
    """Sums are core-hours, averages are over the day; labels and teams are found through their pods."""
    web = get("/allocation", aggregate=aggregate, **DAY).json()["data"][0][name]

    assert web["cpuCoreHours"] == 24
    assert (web["cpuCores"], web["cpuCoreRequestAverage"], web["cpuCoreUsageAverage"]) == (1, 1, 0.5)
    assert web["ramByteHours"] == 48 * 2**30
    assert (web["ramBytes"], web["ramByteUsageAverage"]) == (2 * 2**30, 0.5 * 2**30)
    assert (web["networkTransferBytes"], web["networkReceiveBytes"]) == (12_000, 6_000)
    assert (web["cpuEfficiency"], web["ramEfficiency"]) == (0.5, 0.25)
    assert web["totalEfficiency"] == pytest.approx((0.5 * 4 + 0.25 * 2) / 6)


def test_who_uses_more_than_it_asked_for_is_above_one(get: Any) -> None:
    """As in OpenCost; and its client comes to the same."""
    body = get("/allocation", aggregate="namespace", **DAY).json()
    rank = body["data"][0]["search"]

    assert (rank["cpuCoreHours"], rank["cpuEfficiency"]) == (12, 2)
    assert kubectl.cpu_efficiency(kubectl.read_allocations(body)[0]["search"]) == 2


def test_steps_and_filters(get: Any) -> None:
    """Each set has its own hours; a filter by what hours do not know goes through the pods."""
    said = {"window": "2026-11-20,2026-11-21", "aggregate": "namespace"}
    days = get("/allocation/compute", step="12h", **said).json()["data"]
    assert days[0]["shop"]["cpuCoreHours"] == 24
    for text in ('label[app]:"web"', 'namespace:"shop"', 'team:"sales"'):
        one = get("/allocation", filter=text, **said).json()["data"][0]
        assert {name: item["cpuCoreHours"] for name, item in one.items()} == {"shop": 24}


def test_everything_as_one(get: Any) -> None:
    """The topline, and aggregate=all."""
    top = get("/allocation/summary/topline", aggregate="namespace", **DAY).json()["data"]["combined"]
    assert top["allocations"]["total"]["cpuCoreUsageAverage"] == 1
    assert get("/allocation", aggregate="all", **DAY).json()["data"][0]["all"]["cpuCoreHours"] == 36


def test_nodes(get: Any) -> None:
    """Cores, memory and type of each node, under its name in the cluster."""
    body = get("/assets", **DAY).json()
    (node,) = body["data"][0].values()

    assert (node["type"], node["properties"]["name"], node["properties"]["providerID"]) == (
        "Node",
        "node-1",
        "i-1",
    )
    assert (node["nodeType"], node["preemptible"]) == ("m6i.xlarge", 1)
    assert (node["cpuCores"], node["cpuCoreHours"], node["ramBytes"]) == (4, 96, 16 * 2**30)
    assert (node["cpuCost"], node["ramCost"], node["adjustment"], node["totalCost"]) == (5, 3, 0, 8)
    assert set(get("/assets", aggregate="type", **DAY).json()["data"][0]) == {"Node"}
    kubectl.read_assets(body)


def test_what_is_not_known_is_null(tmp_path: Path) -> None:
    """And not 0; the answer says why."""
    get = ask_of(make_workspace(tmp_path / "w", [ran("2026-11-20", "4", "2")]))
    body = get("/allocation", aggregate="namespace", **DAY).json()

    assert body["data"][0]["shop"]["cpuCoreHours"] is body["data"][0]["shop"]["totalEfficiency"] is None
    assert "hours and averages are null" in body["warning"]
