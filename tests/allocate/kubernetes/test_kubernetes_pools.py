"""Pools, bases and classes by example."""

from decimal import Decimal

import pyarrow as pa
import pytest
from node_bills import CORE, GIB, Cluster, Row, split_cluster, total

from warikan.allocate.kubernetes.demand import Basis
from warikan.allocate.kubernetes.pools import Weighting, Weights, family_of
from warikan.allocate.scratch import Scratch
from warikan.focus.errors import ConfigError


def half_used(kind: str = "m5.xlarge") -> Cluster:
    """$10 for 1 vCPU and 1 GiB, of which one pod asks for all CPU and no memory."""
    cluster = Cluster()
    cluster.charge("5")
    cluster.node((CORE, GIB, 0), kind=kind)
    cluster.run("p", (CORE, 0, 0))
    return cluster


def cost_of_pod(slices: list[Row]) -> Decimal:
    """What the pods pay."""
    return total(slices, x_ClusterCostClass="workload").quantize(Decimal("0.000001"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("m5.xlarge", "9"), ("c7g.large", "7.5"), ("r6i.2xlarge", "5"), ("n2-standard-4", "8")],
)
def test_weights_by_family_and_type(scratch: Scratch, kind: str, expected: str) -> None:
    """A type's own weights come before its family's, and these before the default 9:1."""
    weighting = Weighting(
        by_instance_type={"r6i.2xlarge": Weights(1, 1, 0)},
        by_family={"c7g": Weights(3, 1, 0), "r6i": Weights(99, 1, 0), "n2": Weights(4, 1, 0)},
    )

    assert cost_of_pod(split_cluster(scratch, half_used(kind), weighting=weighting)) == Decimal(expected)


def test_a_sku_that_buys_one_resource(scratch: Scratch) -> None:
    """Google bills cores and memory apart: each SKU is a pool of its own."""
    cluster = half_used("n2-standard-4")
    cluster.charge("3", key="memory")
    cluster.costs[0]["SkuId"], cluster.costs[1]["SkuId"] = "cores", "ram"
    weighting = Weighting(by_sku={"cores": Weights(1, 0, 0), "ram": Weights(0, 1, 0)})
    slices = split_cluster(scratch, cluster, weighting=weighting)

    assert total(slices, x_ClusterCostClass="workload") == 10
    assert total(slices, x_ClusterCostClass="infrastructure_idle") == 6


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("m5.xlarge", "m5"),
        ("n2-standard-4", "n2"),
        ("Standard_D4s_v5", "Standard_Ds_v5"),
        ("Standard_M8-2ms_v2", "Standard_Mms_v2"),
        ("bare", "bare"),
    ],
)
def test_families(scratch: Scratch, name: str, family: str) -> None:
    """As each cloud names its machines."""
    names = scratch.put("names", pa.table({"t": [name]}))
    found = scratch.fetch(names.select(f=family_of(names.t)))

    assert found.to_pylist() == [{"f": family}]


@pytest.mark.parametrize(("cpu", "memory"), [(-1, 1), (0, 0), (float("nan"), 1), (float("inf"), 1)])
def test_weights_that_split_nothing(cpu: float, memory: float) -> None:
    """They are refused with a sentence."""
    with pytest.raises(ConfigError, match="split no cost"):
        Weights(cpu, memory, 0)


@pytest.mark.parametrize(
    ("basis", "pod", "used", "waste"),
    [("max", "4", "1", "3"), ("request", "4", "1", "3"), ("usage", "1", "1", "0")],
)
def test_what_a_pod_pays_for(scratch: Scratch, basis: Basis, pod: str, used: str, waste: str) -> None:
    """The larger of both, what it asked for, or what it used; the rest of its request is workload idle."""
    cluster = Cluster()
    cluster.charge("5")
    cluster.node((10 * CORE, 0, 0))
    cluster.run("p", (4 * CORE, 0, 0), (CORE, 0, 0))
    (one,) = (s for s in split_cluster(scratch, cluster, basis=basis) if s["PodUid"])

    assert (Decimal(pod), Decimal(used), Decimal(waste)) == tuple(
        one[c].quantize(Decimal("0.000001")) for c in ("EffectiveCost", "x_UsedCost", "x_WorkloadIdleCost")
    )


def test_usage_that_nobody_measured_is_the_request(scratch: Scratch) -> None:
    """A GPU without DCGM: unknown usage is not called idle."""
    cluster = half_used()
    cluster.containers[0]["CpuUsage"] = None
    (one,) = (s for s in split_cluster(scratch, cluster, basis="usage") if s["PodUid"])

    assert one["x_WorkloadIdleCost"] == 0
    assert one["EffectiveCost"].quantize(Decimal("0.000001")) == 9


def test_overhead_is_a_class_of_its_own(scratch: Scratch) -> None:
    """Capacity less allocatable; the pods pay for what they asked, the rest is free."""
    cluster = Cluster()
    cluster.charge("5")
    cluster.node((10 * CORE, 0, 0), allocatable=(8 * CORE, 0, 0))
    cluster.run("p", (5 * CORE, 0, 0))
    slices = split_cluster(scratch, cluster)

    found = {s["x_ClusterCostClass"]: s["EffectiveCost"].quantize(Decimal("0.01")) for s in slices}
    assert found == {"workload": 5, "system_overhead": 2, "infrastructure_idle": 3}


@pytest.mark.parametrize("known", [True, False])
def test_a_node_without_capacity_is_unmetered(scratch: Scratch, known: bool) -> None:
    """Unknown nodes and nodes of size zero keep their charge; pods on them are never given a price."""
    cluster = Cluster()
    cluster.charge("5")
    cluster.run("p", (CORE, GIB, 0))
    if known:
        cluster.node((0, 0, 0))
    (one,) = split_cluster(scratch, cluster)

    assert (one["x_ClusterCostClass"], one["PodUid"], one["EffectiveCost"]) == ("unmetered", None, 10)
    assert (one["x_CpuCost"], one["x_Ratio"]) == (None, 1.0)


def test_null_costs_stay_null(scratch: Scratch) -> None:
    """A bill without list prices has none afterwards."""
    cluster = half_used()
    cluster.costs[0]["ListCost"] = None
    slices = split_cluster(scratch, cluster)

    assert {None} == {s["ListCost"] for s in slices}
    assert total(slices, "BilledCost") == 5


@pytest.mark.parametrize(
    ("allocatable", "pods", "taker"),
    [
        (9, {"b": 4, "a": 4}, "infrastructure_idle"),
        (9, {"b": 5, "a": 4}, "b"),
        (10, {"b": 5, "a": 5}, "a"),
        (4, {"b": 3, "a": 1}, "system_overhead"),
        (5, {"b": 5}, "b"),
    ],
)
def test_where_the_rest_goes(scratch: Scratch, allocatable: int, pods: dict[str, int], taker: str) -> None:
    """To what is free, however little; else to the largest, pods before overhead, the first by uid."""
    cluster = Cluster()
    cluster.charge("0.000000000000000001")
    cluster.node((10 * CORE, 0, 0), allocatable=(allocatable * CORE, 0, 0))
    for pod, cores in pods.items():
        cluster.run(pod, (cores * CORE, 0, 0))
    slices = split_cluster(scratch, cluster)

    assert [taker] == [s["PodUid"] or s["x_ClusterCostClass"] for s in slices if s["EffectiveCost"]]
    assert total(slices) == Decimal("2e-18")
