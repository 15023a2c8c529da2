"""The laws of splitting nodes (research/k8s.md, 6.4: P1 to P8, P11 to P14, P17, P18)."""

import dataclasses
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from node_bills import CORE, GIB, START, Cluster, Row, exact_parts, split_cluster, total

from warikan.allocate.scratch import Scratch
from warikan.focus.columns import COST_METRICS

COST = st.decimals(Decimal(-(10**6)), Decimal(10**6), places=18, allow_nan=False)
DEAR = st.decimals(1, 10**6, places=18, allow_nan=False)
TINY = st.decimals(Decimal("-0.00000001"), Decimal("0.00000001"), places=18, allow_nan=False)
CPU = st.integers(0, 8 * CORE)
MEMORY = st.integers(0, 32 * GIB)
GPUS = st.sampled_from([0, 0, 0, CORE, 3 * CORE])
AMOUNTS = st.tuples(CPU, MEMORY, GPUS)
FEW = settings(max_examples=15)
BRIEF = settings(max_examples=8)
CUT = Decimal("1e-12")


@st.composite
def clusters(draw: st.DrawFn, costs: st.SearchStrategy[Decimal] = COST | TINY) -> Cluster:
    """One to four node-hours with none to six containers and one or two charges each."""
    cluster = Cluster()
    for number in range(draw(st.integers(1, 4))):
        place = {"node": f"n{number % 2}", "hour": number // 2}
        for charge in range(draw(st.integers(1, 2))):
            cluster.charge(draw(costs), key=f"c{charge}", **place)
        capacity = draw(AMOUNTS)
        allocatable = tuple(draw(st.integers(have // 2, have)) for have in capacity)
        if draw(st.sampled_from([True, True, True, False])):
            cluster.node(capacity, allocatable=allocatable, **place)
        for pod in range(draw(st.integers(0, 6))):
            cluster.run(f"p{pod}", draw(AMOUNTS), draw(AMOUNTS), **place)
    return cluster


def rows_of(cost: Row, slices: list[Row]) -> list[Row]:
    """The slices of one row of costs."""
    same = ("x_SourceId", "x_ChargeKey", "x_ClusterId", "Hour", "NodeUid")
    return [s for s in slices if all(s[k] == cost[k] for k in same)]


@FEW
@given(clusters())
def test_slices_sum_to_each_charge_and_each_node_hour(scratch: Scratch, cluster: Cluster) -> None:
    """P1, P7: for each metric, whatever its sign; so any group of slices sums to its bill."""
    slices = split_cluster(scratch, cluster)

    for cost in cluster.costs:
        for metric in COST_METRICS:
            assert cost[metric] == total(rows_of(cost, slices), metric)
    for node in {c["NodeUid"] for c in cluster.costs}:
        assert total(cluster.costs, NodeUid=node) == total(slices, NodeUid=node)


@FEW
@given(clusters())
def test_no_part_has_the_other_sign(scratch: Scratch, cluster: Cluster) -> None:
    """P2: a positive charge has no negative slice, no negative idle, no negative resource; nor a credit."""
    parts = (*COST_METRICS, "x_CpuCost", "x_MemoryCost", "x_GpuCost", "x_UsedCost", "x_WorkloadIdleCost")
    slices = split_cluster(scratch, cluster)

    for cost in cluster.costs:
        for one in rows_of(cost, slices):
            assert [p for p in parts if (one[p] or 0) * cost["BilledCost"] < 0] == []


@FEW
@given(clusters())
def test_slices_are_those_of_exact_fractions(scratch: Scratch, cluster: Cluster) -> None:
    """Each slice is the exact part of its charge, but for the cutting, and no other slices are made."""
    slices = split_cluster(scratch, cluster)

    for cost in cluster.costs:
        expected = exact_parts(cluster, cost)
        mine = {(s["x_ClusterCostClass"], s["PodUid"], s["Container"]): s for s in rows_of(cost, slices)}
        assert set(expected) == set(mine)
        near = CUT * (len(mine) + 1) + abs(cost["EffectiveCost"]) * Decimal("1e-14")
        for who, part in expected.items():
            exact = Fraction(cost["EffectiveCost"]) * part
            assert abs(Fraction(mine[who]["EffectiveCost"]) - exact) <= Fraction(near)
            assert abs(Fraction(mine[who]["x_Ratio"]) - part) < Fraction(1, 10**14)


@FEW
@given(clusters())
def test_parts_of_a_slice_sum_to_it(scratch: Scratch, cluster: Cluster) -> None:
    """Resources add up to the slice; of a workload, used and idle do too."""
    for one in split_cluster(scratch, cluster):
        if one["x_ClusterCostClass"] == "unmetered":
            assert one["x_CpuCost"] is None
            continue
        assert one["EffectiveCost"] == total([one], "x_CpuCost") + one["x_MemoryCost"] + one["x_GpuCost"]
        worked = one["x_UsedCost"] + one["x_WorkloadIdleCost"]
        assert worked == (one["EffectiveCost"] if one["x_ClusterCostClass"] == "workload" else 0)


@FEW
@given(clusters())
def test_ratios_sum_to_one(scratch: Scratch, cluster: Cluster) -> None:
    """P18: FOCUS asks that the ratios of all slices of a charge sum to 1."""
    slices = split_cluster(scratch, cluster)

    for cost in cluster.costs:
        assert abs(1 - sum(s["x_Ratio"] for s in rows_of(cost, slices))) < 1e-12


@BRIEF
@given(clusters(), st.randoms(use_true_random=False))
def test_order_and_threads_change_no_digit(
    scratch: Scratch, tmp_path: Path, cluster: Cluster, random: Random
) -> None:
    """P4, P14: rows in another order, on one thread, or a second time give the same slices."""
    shuffled = dataclasses.replace(
        cluster,
        costs=random.sample(cluster.costs, len(cluster.costs)),
        nodes=random.sample(cluster.nodes, len(cluster.nodes)),
        containers=random.sample(cluster.containers, len(cluster.containers)),
    )
    with duckdb.connect(config={"threads": "1"}) as one_thread:
        one_thread.execute("SET TimeZone = 'UTC'")
        again = split_cluster(Scratch(one_thread, tmp_path / "one"), shuffled)

    assert split_cluster(scratch, cluster) == again == split_cluster(scratch, cluster)


@BRIEF
@given(clusters(DEAR), st.integers(1, CORE), st.integers(0, GIB))
def test_own_cost_grows_with_own_demand(scratch: Scratch, cluster: Cluster, cpu: int, memory: int) -> None:
    """P3: who asks for more never pays less, and nobody else pays more."""
    cluster.run("mine", (CORE, GIB, 0), node="n0")
    before = split_cluster(scratch, cluster)
    cluster.containers.pop()
    cluster.run("mine", (CORE + cpu, GIB + memory, 0), node="n0")
    after = split_cluster(scratch, cluster)

    near = Decimal("1e-8")
    assert total(after, PodUid="mine") >= total(before, PodUid="mine") - near
    for one, was in zip(after, before, strict=False):
        if one["PodUid"] is not None and one["PodUid"] != "mine" and len(after) == len(before):
            assert one["EffectiveCost"] <= was["EffectiveCost"] + near


@BRIEF
@given(clusters(), CPU, MEMORY)
def test_splitting_a_pod_in_two_moves_no_money(
    scratch: Scratch, cluster: Cluster, cpu: int, memory: int
) -> None:
    """P5: two halves pay together what the whole paid, and the others what they paid."""
    whole, halves = (dataclasses.replace(cluster, containers=[*cluster.containers]) for _ in range(2))
    whole.run("whole", (2 * cpu, 2 * memory, 0), node="n0")
    halves.run("half1", (cpu, memory, 0), node="n0")
    halves.run("half2", (cpu, memory, 0), node="n0")
    before, after = split_cluster(scratch, whole), split_cluster(scratch, halves)

    near = Decimal("1e-8")
    both = total(after, PodUid="half1") + total(after, PodUid="half2")
    assert abs(total(before, PodUid="whole") - both) <= near
    for pod in {c["PodUid"] for c in cluster.containers}:
        assert abs(total(before, PodUid=pod) - total(after, PodUid=pod)) <= near


@BRIEF
@given(clusters(), COST, COST)
def test_split_is_additive_over_charges(
    scratch: Scratch, cluster: Cluster, one: Decimal, two: Decimal
) -> None:
    """P6: two charges of a node-hour give what one charge of both gives."""
    apart, joined = dataclasses.replace(cluster, costs=[]), dataclasses.replace(cluster, costs=[])
    apart.charge(one, key="one", node="n0")
    apart.charge(two, key="two", node="n0")
    joined.charge(one + two, node="n0")
    slices = split_cluster(scratch, apart)

    for whole in split_cluster(scratch, joined):
        who = {c: whole[c] for c in ("x_ClusterCostClass", "PodUid", "Container")}
        assert abs(total(slices, **who) - whole["EffectiveCost"]) <= Decimal("1e-8")


@BRIEF
@given(clusters())
def test_hours_by_themselves_give_what_the_whole_gives(scratch: Scratch, cluster: Cluster) -> None:
    """P8: a month at once or hour after hour, the slices are the same to the last digit."""
    by_hour = []
    for hour in (START, START + timedelta(hours=1)):
        tables = (cluster.costs, cluster.nodes, cluster.containers)
        part = Cluster(*([r for r in rows if r["Hour"] == hour] for rows in tables))
        by_hour += split_cluster(scratch, part)

    whole = split_cluster(scratch, cluster)
    assert len(whole) == len(by_hour)
    assert all(one in by_hour for one in whole)


@BRIEF
@given(clusters(), COST)
def test_an_empty_node_is_idle_and_changes_nobody(scratch: Scratch, cluster: Cluster, cost: Decimal) -> None:
    """P11: all of it is infrastructure idle, also what its system reserves."""
    before = split_cluster(scratch, cluster)
    cluster.charge(cost, key="empty", node="empty")
    cluster.node((4 * CORE, 16 * GIB, 0), allocatable=(3 * CORE, 15 * GIB, 0), node="empty")
    after = split_cluster(scratch, cluster)

    new = [s for s in after if s["NodeUid"] == "empty"]
    assert [("infrastructure_idle", cost * 2)] == [(s["x_ClusterCostClass"], s["EffectiveCost"]) for s in new]
    assert before == [s for s in after if s["NodeUid"] != "empty"]


def test_pods_are_told_apart_by_uid_and_node(scratch: Scratch) -> None:
    """P12: a pod of a StatefulSet that comes back elsewhere pays on each node what it had there."""
    cluster = Cluster()
    for node, cost in (("n1", "1"), ("n2", "3")):
        cluster.charge(cost, node=node)
        cluster.node((2 * CORE, 2 * GIB, 0), node=node)
        cluster.run("db-0", (CORE, GIB, 0), node=node)
    slices = split_cluster(scratch, cluster)

    paid = [round(s["EffectiveCost"], 9) for s in slices if s["PodUid"] == "db-0"]
    assert paid == [1, 3]
    assert len(slices) == 4


@BRIEF
@given(clusters(), st.randoms(use_true_random=False))
def test_what_is_scraped_twice_or_missing_never_changes_the_total(
    scratch: Scratch, cluster: Cluster, random: Random
) -> None:
    """P13: two copies of a Prometheus, or minutes without samples, move money but make none."""
    cluster.nodes += random.sample(cluster.nodes, len(cluster.nodes) // 2 + len(cluster.nodes) % 2)
    for row in random.sample(cluster.containers, len(cluster.containers) // 2):
        row.update({name: value // 2 for name, value in row.items() if isinstance(value, int)})
    slices = split_cluster(scratch, cluster)

    for metric in COST_METRICS:
        assert total(cluster.costs, metric) == total(slices, metric)


@BRIEF
@given(COST, st.integers(1, 8 * CORE), st.integers(1, 32 * GIB), st.integers(1, 9))
def test_a_full_node_has_no_idle(scratch: Scratch, cost: Decimal, cpu: int, memory: int, pods: int) -> None:
    """P17: where request, usage and capacity are the same, neither node nor workload is idle."""
    cluster = Cluster()
    cluster.charge(cost)
    cluster.node((cpu * pods, memory * pods, 0))
    for pod in range(pods):
        cluster.run(f"p{pod}", (cpu, memory, 0))
    slices = split_cluster(scratch, cluster)

    assert {"workload"} == {s["x_ClusterCostClass"] for s in slices}
    assert {Decimal(0)} == {s["x_WorkloadIdleCost"] for s in slices}
    assert [s["PodUid"] for s in slices if s["EffectiveCost"] != slices[-1]["EffectiveCost"]] in ([], ["p0"])
