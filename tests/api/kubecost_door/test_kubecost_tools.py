"""What kubectl-cost, OpenCost's page and Grafana send, and what they make of the answer."""

from decimal import Decimal
from typing import Any

import kubectl_client as kubectl
import pytest


@pytest.mark.parametrize("path", ["/model/allocation", "/allocation/compute"])
@pytest.mark.parametrize(
    "aggregation",
    [
        ["cluster", "namespace"],
        ["cluster", "namespace", "deployment"],
        ["cluster", "namespace", "controller"],
        ["cluster", "namespace", "pod"],
        ["cluster", "label:app"],
        ["namespace"],
    ],
)
@pytest.mark.parametrize("idle", ["true", "false"])
def test_kubectl_cost_allocations(ask: Any, path: str, aggregation: list[str], idle: str) -> None:
    """`kubectl cost namespace|deployment|controller|pod|label [--opencost]`: its parameters, its table."""
    said = {"window": "1d offset 2d", "aggregate": ",".join(aggregation), "accumulate": "true"}
    status, body = ask(path, **said, includeIdle=idle, idle=idle, filterNamespaces="")
    read = kubectl.read_allocations(body)
    rows = kubectl.table_rows(read[0], aggregation, monthly=False)

    assert status == 200
    assert sum(rows.values()) == pytest.approx(34.65 - (11.75 if idle == "false" else 0))
    assert (("__idle__",) * len(aggregation) in rows) == (idle == "true")
    for name, one in read[0].items():
        assert kubectl.total_cost(one) == pytest.approx(body["data"][0][name]["totalCost"])


def test_kubectl_cost_rates(ask: Any) -> None:
    """Its default, the monthly rate, is of the days that there are bills of: 2 of the 7 asked for."""
    _, body = ask("/model/allocation", window="4d", aggregate="cluster", accumulate="true", idle="false")
    rows = kubectl.table_rows(kubectl.read_allocations(body)[0], ["cluster"], monthly=True)

    assert body["data"][0]["green"]["minutes"] == 2 * 1440
    assert rows[("green",)] == pytest.approx(6 * 30)
    assert "bills reach to 2026-11-21T00:00:00Z" in body["warning"]


def test_kubectl_cost_of_an_empty_window(ask: Any) -> None:
    """It takes the first set unasked: there always is one."""
    _, body = ask("/model/allocation", window="today", aggregate="namespace", accumulate="true")

    assert kubectl.table_rows(kubectl.read_allocations(body)[0], ["namespace"], monthly=True) == {}


def test_kubectl_cost_nodes(ask: Any) -> None:
    """`kubectl cost node`, and its question for the currency."""
    said = {"window": "2d offset 2d", "aggregate": "", "accumulate": "true", "disableAdjustments": "false"}
    _, body = ask("/model/assets", **said, filterTypes="Node")
    nodes = kubectl.read_assets(body)[0]

    assert {n["properties"]["name"]: n["totalCost"] for n in nodes.values()} == {
        "node-1": pytest.approx(2 * (6 + 4 + 4 + 0.75)),
        "node-2": pytest.approx(2 * (1.5 + 2)),
        "node-9": pytest.approx(2 * (6 + 5)),
    }
    assert {n["properties"]["cluster"] for n in nodes.values()} == {"blue", "green"}
    assert ask("/model/getConfigs")[1]["data"] == {"currencyCode": "USD"}


def test_opencost_ui(ask: Any) -> None:
    """Its one question, with and without accumulate."""
    said = {"window": "7d", "aggregate": "controllerKind", "includeIdle": "true", "step": "1d"}
    days = ask("/allocation/compute", **said, filter='namespace:"shop"')[1]
    whole = ask("/allocation/compute", **said, accumulate="true", filter='namespace:"shop"')[1]

    assert len(days["data"]) == 7
    assert sum(map(Decimal, days["warikan"]["totals"])) == Decimal(whole["warikan"]["totals"][0])
    assert Decimal(whole["warikan"]["totals"][0]) == Decimal("43.8")


def test_grafana(ask: Any) -> None:
    """A panel's time range as its JSON plug-in sends it."""
    said = {"window": "2026-11-18T12:30:00Z,2026-11-20T12:30:00Z", "aggregate": "team", "step": "1d"}
    _, body = ask("/model/allocation", **said)

    assert [w["sales"]["window"]["start"] for w in body["data"]] == [
        "2026-11-18T12:30:00Z", "2026-11-19T12:00:00Z",
    ]  # fmt: skip
