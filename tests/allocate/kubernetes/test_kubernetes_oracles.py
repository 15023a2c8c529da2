"""Published numbers of others, which ours reproduce: AWS, Koku, and OpenCost's formula."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from node_bills import CORE, GIB, GPU, Cluster, Row, split_cluster, total

from warikan.allocate.scratch import Scratch

CENT = Decimal("0.01")


def per_pod(slices: list[Row]) -> dict[str, str]:
    """Pod → its cost in cents, as text; ``idle`` for what is free."""
    return {s["PodUid"] or "idle": str(s["EffectiveCost"].quantize(CENT)) for s in slices}


def with_idle_shared(slices: list[Row]) -> dict[str, str]:
    """Pod → its cost in cents with idle shared as AWS does: per resource, by the pods' costs of it."""
    costs = ("x_CpuCost", "x_MemoryCost", "x_GpuCost")
    pods = [s for s in slices if s["PodUid"] is not None]
    shared = {}
    for pod in pods:
        cost = pod["EffectiveCost"]
        for column in costs:
            idle = total(slices, column, x_ClusterCostClass="infrastructure_idle")
            of_pods = total(pods, column)
            cost += idle * pod[column] / of_pods if of_pods else 0
        shared[pod["PodUid"]] = str(cost.quantize(CENT))
    return shared


def test_aws_example_m5_xlarge(scratch: Scratch) -> None:
    """
    AWS's example of an m5.xlarge at $1: 4 vCPU over-subscribed by 0.9, 2 of 16 GB unused.

    docs.aws.amazon.com/cur/latest/userguide/example-split-cost-allocation-data.html
    """
    cluster = Cluster()
    cluster.charge("0.5")
    cluster.node((4 * CORE, 16 * GIB, 0))
    cluster.run("pod1", (CORE, 4 * GIB, 0), (CORE // 10, 3 * GIB, 0))
    cluster.run("pod2", (CORE, 4 * GIB, 0), (CORE * 19 // 10, 6 * GIB, 0))
    cluster.run("pod3", (CORE, 2 * GIB, 0), (CORE // 2, 2 * GIB, 0))
    cluster.run("pod4", (CORE, 2 * GIB, 0), (CORE // 2, 2 * GIB, 0))
    slices = split_cluster(scratch, cluster)

    expected = {"pod1": "0.22", "pod2": "0.38", "pod3": "0.18", "pod4": "0.18", "idle": "0.04"}
    assert expected == per_pod(slices)
    assert with_idle_shared(slices) == {"pod1": "0.23", "pod2": "0.40", "pod3": "0.19", "pod4": "0.19"}
    assert total(slices) == 1


def test_aws_example_p3_16xlarge(scratch: Scratch) -> None:
    """
    AWS's example of a p3.16xlarge at $10: 8 GPUs taken, 64 vCPU over-subscribed by 2, 48 of 488 GB unused.

    It weighs GPU:vCPU:GB as 9:0.9:0.1, which is 90:9:1.
    docs.aws.amazon.com/cur/latest/userguide/example-accelerated-instances.html
    """
    cluster = Cluster()
    cluster.charge("5")
    cluster.node((64 * CORE, 488 * GIB, 8 * GPU), kind="p3.16xlarge")
    cluster.run("pod1", (16 * CORE, 100 * GIB, GPU), (4 * CORE, 60 * GIB, GPU))
    cluster.run("pod2", (16 * CORE, 100 * GIB, 2 * GPU), (18 * CORE, 140 * GIB, 3 * GPU))
    cluster.run("pod3", (16 * CORE, 100 * GIB, 2 * GPU), (4 * CORE, 60 * GIB, GPU))
    cluster.run("pod4", (16 * CORE, 100 * GIB, 2 * GPU), (4 * CORE, 40 * GIB, 2 * GPU))
    slices = split_cluster(scratch, cluster)

    expected = {"pod1": "1.85", "pod2": "3.18", "pod3": "2.35", "pod4": "2.35", "idle": "0.27"}
    assert expected == per_pod(slices)
    assert with_idle_shared(slices) == {"pod1": "1.91", "pod2": "3.26", "pod3": "2.41", "pod4": "2.41"}
    assert total(slices) == 10


@pytest.mark.parametrize("resource", ["cpu", "memory"])
def test_koku_example(scratch: Scratch, resource: str) -> None:
    """
    Koku's example: $100 of unallocated worker go to effective usages of 25 and 75 as $25 and $75.

    Koku distributes by one resource; so here each pod takes as much of the other, in the same proportion.
    github.com/project-koku/koku, docs/distributing_cost.md
    """
    use = (CORE, 0, 0) if resource == "cpu" else (0, GIB, 0)
    cluster = Cluster()
    cluster.charge("100")
    cluster.node(tuple(200 * u for u in use))
    cluster.run("a", tuple(25 * u for u in use), tuple(10 * u for u in use))
    cluster.run("b", tuple(10 * u for u in use), tuple(75 * u for u in use))
    slices = split_cluster(scratch, cluster)

    assert per_pod(slices) == {"a": "25.00", "b": "75.00", "idle": "100.00"}
    assert with_idle_shared(slices) == {"a": "50.00", "b": "150.00"}


NODE = st.tuples(st.integers(1, 96), st.integers(1, 384))
PODS = st.lists(st.tuples(*[st.integers(0, 1000)] * 4), min_size=1, max_size=8)


@settings(max_examples=15)
@given(NODE, PODS, st.integers(1, 1000))
def test_opencost_formula_without_churn(
    scratch: Scratch, size: tuple[int, int], pods: list[tuple[int, int, int, int]], cents: int
) -> None:
    """
    Where pods run the whole hour and fit, a pod costs core-hours x rate + GiB-hours x rate, as in OpenCost.

    The rates are the node's price with the ratio of CPU to memory price held at 9:1 (pkg/costmodel:
    max(request, usage), node prices normalised so that the parts sum to the node's).
    """
    cores, gib = size
    price = Decimal(cents) / 50
    cluster = Cluster()
    cluster.charge(Decimal(cents) / 100)
    cluster.node((cores * CORE, gib * GIB, 0))
    fraction = 1000 * len(pods)
    for number, (cpu, used_cpu, memory, used_memory) in enumerate(pods):
        request = (cores * CORE * cpu // fraction, gib * GIB * memory // fraction, 0)
        usage = (cores * CORE * used_cpu // fraction, gib * GIB * used_memory // fraction, 0)
        cluster.run(f"p{number}", request, usage)
    slices = split_cluster(scratch, cluster)

    per_gib = float(price) / (9 * cores + gib)
    for one in cluster.containers:
        core_hours = max(one["CpuRequest"], one["CpuUsage"]) / CORE
        gib_hours = max(one["MemoryRequest"], one["MemoryUsage"]) / GIB
        expected = core_hours * 9 * per_gib + gib_hours * per_gib
        assert float(total(slices, PodUid=one["PodUid"])) == pytest.approx(expected, abs=1e-6)
