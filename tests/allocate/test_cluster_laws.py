"""Laws of a cluster's cost in the whole run (research/k8s.md 6.4): over random clusters and bills."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from bills import catalog, charge
from cluster_workspace import SmallCluster, machine
from hypothesis import given, settings
from hypothesis import strategies as st
from small_workspace import NOW, SETTINGS, SmallWorkspace

from warikan.allocate.check import check
from warikan.engine.engine import Engine
from warikan.engine.query import Query
from warikan.focus.columns import COST_METRICS, PART_METRICS

_HOURS = 26
_COSTS = st.decimals(min_value=-50, max_value=500, places=9, allow_nan=False)
"""Money of charges: credits too, with more digits than a cut has room for."""


@st.composite
def clusters(draw: st.DrawFn) -> tuple[SmallCluster, list[dict[str, Any]]]:
    """Hours of up to three nodes with pods, a volume and a load balancer, and the bill of them."""
    cluster, bill = SmallCluster(), []
    for n in range(draw(st.integers(1, 3))):
        name = f"i-0000{n}"
        first, last = sorted(draw(st.tuples(st.integers(0, _HOURS - 1), st.integers(1, _HOURS))))
        hours = range(first, max(last, first + 1))
        reserved = draw(st.integers(0, 20))
        cluster.node(
            hours, name=name, cores=draw(st.integers(1, 8)), gib=draw(st.integers(1, 64)), reserved=reserved
        )
        for p in range(draw(st.integers(0, 3))):
            cluster.pod(
                hours,
                uid=f"{name}-p{p}",
                node=name,
                namespace=draw(st.sampled_from(["a", "b", "shop"])),
                cores=draw(st.floats(0, 6)),
                gib=draw(st.floats(0, 40)),
                used=draw(st.floats(0, 2)),
                labels=draw(st.sampled_from([{}, {"app": "a"}, {"app": "nobody"}])),
                sent=draw(st.integers(0, 10**12)),
            )
        # Hours of the bill that the metrics do not know are there too.
        for start, end in draw(
            st.sampled_from([((0, 24), (24, _HOURS)), ((3, 4), (4, 5)), ((0, 1), (0, _HOURS))])
        ):
            values = {m: draw(_COSTS) for m in COST_METRICS}
            bill.append(machine("0", hours=(start, end), name=name, Tags={"s": "platform"}, **values))
        if draw(st.booleans()):
            bill.append(
                machine(draw(_COSTS), hours=(first, first + 1), name=name, SkuMeter="DataTransfer-Out-Bytes")
            )
    cluster.volume(
        range(draw(st.integers(1, 5))), handle="vol-0001", pod=draw(st.sampled_from(["i-00000-p0", None]))
    )
    bill.append(machine(draw(_COSTS), hours=(0, 24), name="vol-0001"))
    bill.append(machine(draw(_COSTS), hours=(0, 24), name="vol-root", Tags={"eks:cluster-name": "prod"}))
    bill.append(charge(draw(_COSTS), Tags={"s": "b"}))
    bill.append(charge(draw(_COSTS), currency="JPY", Tags={"s": "a"}))
    return cluster, bill


def run(cluster: SmallCluster, bill: list[dict[str, Any]], folder: str, **changed: Any) -> SmallWorkspace:
    """The bill, allocated."""
    made = SmallWorkspace(Path(folder) / ".warikan", SETTINGS, catalog("a", "b", "platform"))
    made.settings = made.settings.model_copy(update=changed)
    cluster.keep(made)
    made.load(bill)
    made.allocate()
    return made


def totals(workspace: SmallWorkspace, **query: Any) -> dict[str | None, Mapping[str, Decimal]]:
    """Currency → the total of each metric, as the engine adds it up from its rows."""
    answer = workspace.engine.run(Query(metrics=COST_METRICS, period="2026-09", **query), now=NOW)
    found = {}
    for one in answer.answers:
        rows = one.rows.to_pylist()
        found[one.currency] = {m: sum((r[m] for r in rows), Decimal(0)) for m in COST_METRICS}
    return {currency: sums for currency, sums in found.items() if any(sums.values())}


@settings(max_examples=6, deadline=None)
@given(clusters())
def test_money_is_conserved_whatever_runs(made: tuple[SmallCluster, list[dict[str, Any]]]) -> None:
    """P1, P2, P7, P9, P10: per charge; by any group; a filter and its complement; with shares and without."""
    with TemporaryDirectory() as folder:
        workspace = run(*made, folder)
        results = check(workspace.engine, workspace.lake, workspace.settings, workspace.catalog)
        assert all(r.ok for r in results), results
        whole = totals(workspace)
        for by in (
            ("x_Namespace",),
            ("x_Pod", "x_Container"),
            ("x_ClusterCostClass", "x_TeamId"),
            ("x_Labels['app']",),
        ):
            assert totals(workspace, by=by) == whole
        for where in ("x_Namespace = 'a'", "x_ClusterCostClass = 'workload'", "x_Labels['app'] = 'a'"):
            parts = [totals(workspace, where=w) for w in (where, f"NOT ({where})")]
            for currency, sums in whole.items():
                for metric, total in sums.items():
                    assert sum(p.get(currency, {}).get(metric, Decimal(0)) for p in parts) == total
        for row in workspace.rows("allocations"):
            check_parts(row)


def check_parts(row: dict[str, Any]) -> None:
    """Parts of EffectiveCost add up to it, and none has the other sign."""
    if row["x_CpuCost"] is None:
        return
    cost = row["EffectiveCost"]
    assert row["x_CpuCost"] + row["x_MemoryCost"] + row["x_GpuCost"] == cost
    if row["x_ClusterCostClass"] == "workload":
        assert row["x_UsedCost"] + row["x_WorkloadIdleCost"] == cost
    for part in PART_METRICS:
        assert row[part] * cost >= 0


@settings(max_examples=3, deadline=None)
@given(clusters())
def test_the_same_again_is_the_same_to_the_last_digit(
    made: tuple[SmallCluster, list[dict[str, Any]]],
) -> None:
    """P14: another run, with another number of threads, stores the same rows."""
    with TemporaryDirectory() as folder:
        workspace = run(*made, folder)
        rows = workspace.rows("allocations")
        workspace.engine = Engine(workspace.lake, threads=1)
        workspace.allocate(force=True)
        assert workspace.rows("allocations") == rows


@settings(max_examples=2, deadline=None)
@given(clusters(), _COSTS)
def test_a_restated_charge_changes_its_own_slices_only(
    made: tuple[SmallCluster, list[dict[str, Any]]], cost: Decimal
) -> None:
    """P15, without shares, which look at the whole month."""
    cluster, bill = made
    with TemporaryDirectory() as folder:
        workspace = run(cluster, bill, folder, shares=())
        before = [r for r in workspace.rows("allocations") if r["x_ChargeKey"] != 1]
        workspace.load([bill[0] | dict.fromkeys(COST_METRICS, cost), *bill[1:]])
        workspace.allocate()
        assert [r for r in workspace.rows("allocations") if r["x_ChargeKey"] != 1] == before


def test_an_ha_pair_of_servers_and_an_empty_node_change_only_what_they_may(workspace: SmallWorkspace) -> None:
    """P11, P13: hours of nodes that come twice count once; a node without pods is idle and nothing else."""
    cluster = SmallCluster()
    cluster.node(range(2))
    cluster.pod(range(2), uid="p1", labels={"app": "a"})
    cluster.rows["nodes"] *= 2
    cluster.node(range(2), name="i-00002")
    cluster.keep(workspace)
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.load([machine("8", hours=(0, 2)), machine("5", hours=(0, 2), name="i-00002")])
    workspace.allocate()
    found = {
        (r["x_Node"], r["x_ClusterCostClass"]): r["EffectiveCost"] for r in workspace.rows("allocations")
    }
    assert found == {
        ("ip-i-00001", "workload"): Decimal(2),
        ("ip-i-00001", "infrastructure_idle"): Decimal(6),
        ("ip-i-00002", "infrastructure_idle"): Decimal(5),
    }


@pytest.mark.parametrize(("idle", "overhead"), [("keep", "node"), ("node", "keep"), ("node", "node")])
def test_what_a_node_keeps_can_be_shared_by_what_ran_there(
    workspace: SmallWorkspace, idle: str, overhead: str
) -> None:
    """The policies of a cluster: money moves from the node to its pods by demand, and none is lost."""
    cluster = SmallCluster()
    cluster.node([0], reserved=25)
    cluster.pod([0], uid="p1", cores=1, gib=4, used=0.5)
    cluster.pod([0], uid="p2", cores=0.5, gib=2)
    cluster.keep(workspace)
    shape = {"prod": {"idle": idle, "overhead": overhead}}
    workspace.settings = type(workspace.settings).model_validate({"clusters": shape})
    workspace.load([machine("16")])
    workspace.allocate()
    kept = {
        r["x_ClusterCostClass"]: r["EffectiveCost"] for r in workspace.rows("allocations") if not r["x_Pod"]
    }
    ran = {r["x_Pod"]: r for r in workspace.rows("allocations") if r["x_Pod"]}
    own = Decimal(6)
    moved = (Decimal(6) if idle == "node" else 0) + (Decimal(4) if overhead == "node" else 0)
    assert kept.get("infrastructure_idle", 0) == pytest.approx(0 if idle == "node" else Decimal(6))
    assert kept.get("system_overhead", 0) == pytest.approx(0 if overhead == "node" else Decimal(4))
    assert ran["pod-p1"]["EffectiveCost"] == pytest.approx((own + moved) * 2 / 3)
    # It used half of what it asked for, and nothing of what the node gives it.
    assert ran["pod-p1"]["x_UsedCost"] == pytest.approx(Decimal(2))
    assert sum(r["EffectiveCost"] for r in workspace.rows("allocations")) == Decimal(16)
