"""What is of clusters leaves as FOCUS rows: split by the real allocation, each charge made whole again."""

import csv
import json
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from bills import charge
from cluster_workspace import SmallCluster, machine
from small_workspace import NOW, SmallWorkspace

from warikan.engine.query import Query
from warikan.export.run import export
from warikan.focus.columns import COST_METRICS

QUANTITIES = ("PricingQuantity", "ConsumedQuantity")


@pytest.fixture
def allocated(workspace: SmallWorkspace) -> SmallWorkspace:
    """A node with two pods and room, a volume, one that nobody mounts, a control plane, and a bucket."""
    cluster = SmallCluster()
    cluster.node(range(3))
    cluster.pod(range(3), uid="p1", used=0.5, labels={"app": "a"}, workload=("Deployment", "web"))
    cluster.pod(range(1, 2), uid="p2", cores=0.7, container="db", namespace="data")
    cluster.volume(range(3), handle="vol-1", pod="p1")
    cluster.volume(range(3), handle="vol-2", pod=None)
    cluster.keep(workspace)
    priced = {"PricingQuantity": Decimal("2.1"), "ConsumedQuantity": Decimal(7), "ListUnitPrice": Decimal(4)}
    workspace.load(
        [
            machine("8.000000000000000001", hours=(0, 3), Tags={"s": "platform", "app": "a"}, **priced),
            machine("3", name="vol-1", hours=(0, 3), **priced),
            machine("1", name="vol-2", hours=(0, 3)),
            machine("5", name="arn:aws:eks:eu-west-1:1:cluster/prod", hours=(0, 3)),
            charge("6", Tags={"s": "b"}),
        ]
    )
    workspace.allocate()
    return workspace


def exported(workspace: SmallWorkspace, out: Path, *, where: str | None = None) -> list[dict[str, Any]]:
    """The rows of the one file."""
    report = export(
        workspace.engine,
        workspace.lake,
        workspace.settings,
        workspace.catalog,
        query=Query(metrics=COST_METRICS, period="all", where=where),
        version="1.3",
        out=out,
        now=NOW,
    )
    [file] = report.files
    with file.open(newline="", encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def test_parts_add_up_to_their_charges(allocated: SmallWorkspace, tmp_path: Path) -> None:
    """Costs, quantities and ratios of the parts of each charge are the charge's, to the last digit."""
    rows = exported(allocated, tmp_path / "out")
    charges = {str(c["x_ChargeKey"]): c for c in allocated.rows("charges")}

    assert len(rows) == len(allocated.rows("allocations"))
    with localcontext(prec=60):
        for key, one in charges.items():
            parts = [r for r in rows if r["x_ChargeKey"] == key]
            for name in (*COST_METRICS, *QUANTITIES):
                found = [Decimal(r[name]) for r in parts if r[name]]
                assert (sum(found, Decimal(0)) if found else None) == one[name]
            ratios = [
                json.loads(r["AllocatedMethodDetails"], parse_float=Decimal)["Elements"][0]["AllocatedRatio"]
                for r in parts
                if r["AllocatedMethodDetails"]
            ]
            assert not ratios or (sum(ratios) == 1 and len(ratios) == len(parts))


def test_parts_say_what_bears_them(allocated: SmallWorkspace, tmp_path: Path) -> None:
    """Pods by uid and path, services that a share gave idle to; nobody for what nobody mounts."""
    rows = exported(allocated, tmp_path / "out")
    found = {
        (r["x_ClusterAsset"], r["x_ClusterCostClass"], r["AllocatedResourceId"], r["AllocatedResourceName"])
        for r in rows
    }

    assert {("node", "workload", "p1", "prod/shop/pod-p1/app"), ("volume", "unmounted", "", "")} <= found
    assert ("node", "infrastructure_idle", "b", "b") in found
    assert ("cluster", "cluster_overhead", "", "") in found
    methods = {(r["x_ClusterAsset"], r["AllocatedMethodId"]) for r in rows}
    assert {
        ("node", "warikan:kubernetes-node/1"),
        ("node", "warikan:proportional/1"),
        ("cluster", ""),
    } <= methods
    # The node has the tag app=a itself.
    assert {r["AllocatedTags"] for r in rows if r["x_ClusterAsset"] == "node"} == {""}
    assert '{"app":"a"}' in {r["AllocatedTags"] for r in rows if r["x_ClusterAsset"] == "volume"}


def test_a_filter_by_namespace_exports_its_parts(allocated: SmallWorkspace, tmp_path: Path) -> None:
    """The filter language reads cluster columns; a part stays the part that it is of the whole charge."""
    everything = exported(allocated, tmp_path / "all")
    some = exported(allocated, tmp_path / "some", where="x_Namespace = 'data'")

    assert some
    assert some == [{n: r[n] for n in some[0]} for r in everything if r["x_Namespace"] == "data"]
