"""/assets: what clusters are made of adds up to what the bill has for them."""

from decimal import Decimal
from typing import Any

import pytest

DAYS = {"window": "2026-11-18,2026-11-21", "accumulate": "true"}


def sizes(body: Any) -> dict[str, float]:
    """Key → total."""
    return {key: item["totalCost"] for key, item in body["data"][0].items()}


@pytest.mark.parametrize(
    ("aggregate", "keys"),
    [
        ("type", {"Node", "Disk", "LoadBalancer", "Network", "ClusterManagement"}),
        ("category", {"Compute", "Storage", "Network", "Management"}),
        ("cluster", {"blue", "green"}),
        ("provider,cluster", {"AWS/blue", "AWS/green"}),
        ("project", {"__undefined__"}),
        ("providerid", {"i-1", "i-2", "i-9", "volume-1", "vol-2", "load_balancer-1", "cluster-1"}),
        ("team", {"sales", "finding", "__undefined__"}),
        ("label:app", {"__undefined__"}),
    ],
)
def test_whatever_is_grouped_by(ask: Any, aggregate: str, keys: set[str]) -> None:
    """Idle, overhead and what a share moved are of their asset."""
    status, body = ask("/assets", aggregate=aggregate, **DAYS)

    assert status == 200
    assert set(body["data"][0]) == keys
    assert sum(Decimal(item["totalCostExact"]) for item in body["data"][0].values()) == Decimal("103.95")
    assert body["warikan"]["totals"] == ["103.95"]


def test_the_types(ask: Any) -> None:
    """A node's parts and its adjustment, which is what is not known by resource, are its total."""
    _, body = ask("/assets", aggregate="type", **DAYS)

    assert sizes(body) == pytest.approx(
        {"Node": 87.75, "Disk": 6, "LoadBalancer": 1.8, "Network": 1.2, "ClusterManagement": 7.2}
    )
    node = body["data"][0]["Node"]
    assert node["cpuCost"] + node["gpuCost"] + node["ramCost"] + node["adjustment"] == node["totalCost"]
    assert node["adjustment"] == 15
    assert node["properties"]["category"] == "Compute"


def test_each_asset_has_opencosts_key(ask: Any) -> None:
    """Provider, account, project, category, cluster, type, service, id and name."""
    _, body = ask("/assets", **DAYS)
    key = "AWS/__undefined__/__undefined__/Compute/blue/Node/__undefined__/i-1/node-1"

    assert body["data"][0][key]["properties"] == {
        "provider": "AWS",
        "category": "Compute",
        "cluster": "blue",
        "providerID": "i-1",
        "name": "node-1",
    }


def test_days_are_the_default(ask: Any) -> None:
    """Kubecost's /assets is a series of days."""
    _, body = ask("/assets", window="2026-11-18,2026-11-21", aggregate="type")

    assert [Decimal(total) for total in body["warikan"]["totals"]] == [Decimal("34.65")] * 3


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ({"filter": 'assetType:"node"'}, "87.75"),
        ({"filter": 'assetType!:"node"+cluster:"blue"'}, "16.2"),
        ({"filterTypes": "Disk,Network"}, "7.2"),
        ({"filterClusters": "gr*"}, "33"),
        ({"filter": 'name:"node-9"'}, "33"),
        ({"filter": 'providerID<~:"vol"'}, "6"),
        ({"filterCategories": "Management"}, "7.2"),
    ],
)
def test_filters(ask: Any, said: dict[str, str], total: str) -> None:
    """v2 and v1."""
    _, body = ask("/assets", aggregate="type", **said, **DAYS)

    assert body["warikan"]["totals"] == [total]


def test_errors_and_notes(ask: Any) -> None:
    """As on the other door."""
    assert ask("/assets", window="7d", aggregate="colour")[0] == 400
    assert ask("/assets", window="7d", filterNamespaces="a")[0] == 400
    _, body = ask("/assets", aggregate="type", disableAdjustments="true", x="1", **DAYS)
    assert "disableAdjustments: changed nothing" in body["warning"]
    assert "x: not known here" in body["warning"]
