"""Clusters and their parts: cost beside quantities."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_lake import NOW, lake_of, open_engine, slice_of

from hour_lake import CORE, container_hour, fill_hours, node_hour
from warikan.engine.clusters import ClusterQuery, list_clusters, list_parts
from warikan.engine.engine import Engine

QUERY = ClusterQuery(period="2026-11-10..2026-11-12")
HOURS = [f"2026-11-1{day}T{hour:02}:00" for day in range(2) for hour in range(24)]


def share(day: str, cost: str, **values: Any) -> dict[str, Any]:
    """Half of it used, at half the public price."""
    half = Decimal(cost) / 2
    own = {
        "x_ClusterId": "blue", "x_ClusterAsset": "node", "x_ClusterCostClass": "workload",
        "x_NodePool": "general", "x_Namespace": "shop", "x_WorkloadKind": "Deployment", "x_Workload": "web",
        "x_UsedCost": half, "x_WorkloadIdleCost": half, "x_CpuCost": half, "x_MemoryCost": half,
        "x_GpuCost": Decimal(0), "ListCost": Decimal(cost) * 2,
    }  # fmt: skip
    return slice_of(day, cost, **(own | values))


def idle(day: str, cost: str, **values: Any) -> dict[str, Any]:
    """Free capacity."""
    nobody = dict.fromkeys(
        ("x_UsedCost", "x_WorkloadIdleCost", "x_Namespace", "x_WorkloadKind", "x_Workload")
    )
    return share(day, cost, x_ClusterCostClass="infrastructure_idle", **(nobody | values))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Blue with two days of hours, green that only the bill knows, grey that only its hours know."""
    folder = tmp_path_factory.mktemp("clusters")
    unmetered = {"x_ClusterAsset": "cluster", "x_ClusterCostClass": "unmetered"}
    slices = [
        share("2026-11-10", "6"),
        share("2026-11-10", "2", x_Namespace="search", x_Workload="index", x_NodePool="spot"),
        idle("2026-11-11", "4"),
        slice_of("2026-11-10", "1", x_ClusterId="green", **unmetered),
        slice_of("2026-11-10", "100"),
    ]
    engine = open_engine(folder, slices)
    lake = lake_of(folder)
    index = {"Namespace": "search", "Workload": "index", "PodUid": "p2", "NodeUid": "n2"}
    containers = [container_hour(hour, **own) for hour in HOURS for own in ({}, index)]
    containers.append(container_hour(HOURS[0], x_ClusterId="grey", Namespace="new"))
    second = {"NodeUid": "n2", "NodeName": "node-2", "NodePool": "spot"}
    fill_hours(lake, "kubernetes_container_hours", containers)
    fill_hours(lake, "kubernetes_node_hours", [node_hour(h, **own) for h in HOURS for own in ({}, second)])
    fill_hours(lake, "kubernetes_coverage", list(coverage()))
    return engine


def coverage() -> Iterator[dict[str, Any]]:
    """Every minute of blue's first day, nine tenths of its second."""
    for place, hour in enumerate(HOURS):
        minutes = 60 if place < 24 else 54
        yield {
            "x_ClusterId": "blue", "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC),
            "NodeMinutes": 60, "PodMinutes": minutes, "UsageMinutes": 60, "UnknownPodSamples": 0,
        }  # fmt: skip


def test_all_clusters(engine: Engine) -> None:
    """What the bill knows, the largest first, then what only its hours know."""
    found = list_clusters(engine, QUERY, now=NOW)
    blue, green, grey = found.places

    assert [place.key for place in found.places] == [("blue",), ("green",), ("grey",)]
    assert (blue.costs[0].cost, green.costs[0].cost, grey.costs) == (12, 1, ())
    assert (green.nodes, green.usage) == ({}, {})
    assert grey.usage["CpuRequest"] == CORE * 3600
    assert (found.period.end - found.period.start) == timedelta(days=2)


def test_what_a_vcpu_hour_costs(engine: Engine) -> None:
    """All that the nodes cost, for each hour of a vCPU that they offered; and at public prices."""
    blue = list_clusters(engine, QUERY, now=NOW).places[0]

    assert blue.per_vcpu_hour("USD") == Decimal(12) / (2 * 48 * 4)
    assert blue.list_per_vcpu_hour("USD") == Decimal(24) / (2 * 48 * 4)
    assert blue.per_vcpu_hour("JPY") is None


def test_how_much_was_seen(engine: Engine) -> None:
    """A minute counts where nodes, pods and use were all sampled; a cluster without hours has none."""
    seen = list_clusters(engine, QUERY, now=NOW).coverage

    assert seen.keys() == {"blue"}
    assert (seen["blue"].hours, seen["blue"].ratio) == (48, 0.95)


def test_parts_of_a_cluster(engine: Engine) -> None:
    """Pools with their nodes, namespaces and workloads without; each adds up to the cluster."""
    parts = list_parts(engine, ClusterQuery(QUERY.period, clusters=("blue",)), now=NOW)

    assert [(p.key, p.costs[0].cost) for p in parts.pools] == [(("general",), 10), (("spot",), 2)]
    assert parts.pools[0].nodes["CpuCapacity"] == 4 * CORE * 3600 * 48
    assert [p.key for p in parts.namespaces] == [("shop",), (None,), ("search",)]
    assert parts.workloads[0].key == ("shop", "Deployment", "web")
    for places in (parts.pools, parts.namespaces, parts.workloads):
        assert sum(p.costs[0].cost for p in places) == 12
        assert sum(p.usage.get("CpuUsage", 0) for p in places) == 2 * 48 * CORE * 1800


def test_a_cluster_is_named_exactly(engine: Engine) -> None:
    """A name is a value, whatever it holds."""
    hostile = ClusterQuery(QUERY.period, clusters=("blue') OR TRUE --",))

    assert list_clusters(engine, hostile, now=NOW).places == ()


def test_an_empty_lake_has_no_clusters(tmp_path: Path) -> None:
    """Nothing is loaded: nothing is there."""
    found = list_clusters(open_engine(tmp_path), QUERY, now=NOW)

    assert (found.places, found.coverage) == ((), {})
