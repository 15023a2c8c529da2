"""
What users of other tools complain of (research/k8s.md 1.4), one test a pain, under its number there.

Those that are not here are shown elsewhere, or named honestly: docs/cluster-pains.md.
"""

from decimal import Decimal

import pytest
from cluster_workspace import CORE, SmallCluster, machine
from small_workspace import SmallWorkspace


def costs(workspace: SmallWorkspace, *names: str, metric: str = "EffectiveCost") -> dict[object, Decimal]:
    """The sums of a column by others, over all slices."""
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    sums: dict[object, Decimal] = {}
    for row in workspace.rows("allocations"):
        key = tuple(row[n] for n in names) if len(names) > 1 else row[names[0]]
        sums[key] = sums.get(key, Decimal(0)) + row[metric]
    return sums


@pytest.fixture
def cluster() -> SmallCluster:
    """A node of 4 vCPU and 16 GiB for an hour, half of it p1's."""
    cluster = SmallCluster()
    cluster.node([0])
    cluster.pod([0], uid="p1", cores=2, gib=8)
    return cluster


def test_pain_1_pods_pay_the_price_on_the_bill_not_the_list(
    workspace: SmallWorkspace, cluster: SmallCluster
) -> None:
    """A savings plan made the node cost 3 where the list says 10; the pod's half is 1.5."""
    cluster.keep(workspace)
    workspace.load([machine("3", ListCost=Decimal(10), BilledCost=Decimal(0))])
    assert costs(workspace, "x_Pod")["pod-p1"] == Decimal("1.5")
    assert costs(workspace, "x_Pod", metric="ListCost")["pod-p1"] == Decimal(5)
    assert costs(workspace, "x_Pod", metric="BilledCost")["pod-p1"] == Decimal(0)


def test_pain_2_gke_is_the_bill_of_its_cores_memory_and_discounts(workspace: SmallWorkspace) -> None:
    """Google bills a node as SKUs: cores go by CPU alone, memory by memory alone, credits by both."""
    cluster = SmallCluster()
    cluster.node([0])
    node = "projects/p/zones/z/gke-pool-1"
    cluster.rows["nodes"][0]["ProviderId"] = f"gce://{node}"
    cluster.pod([0], uid="p1", cores=4, gib=0)
    cluster.keep(workspace)
    name = "//compute.googleapis.com/projects/p/zones/z/instances/gke-pool-1"
    workspace.load(
        [
            machine("8", name=name, ChargeDescription="N2 Instance Core running in Japan"),
            machine("2", name=name, ChargeDescription="N2 Instance Ram running in Japan"),
            machine("-1", name=name, ChargeDescription="Sustained use discount", ChargeCategory="Credit"),
        ]
    )
    found = costs(workspace, "x_ChargeKey", "x_Pod")
    assert found[1, "pod-p1"] == Decimal(8)
    assert found[2, None] == Decimal(2)
    assert found[3, "pod-p1"] < 0
    assert sum(found.values()) == Decimal(9)


def test_pain_3_a_bill_in_another_currency_stays_in_it(
    workspace: SmallWorkspace, cluster: SmallCluster
) -> None:
    """No price list of another offer, system or currency is ever asked."""
    cluster.keep(workspace)
    workspace.load([machine("13.85", BillingCurrency="CAD")])
    assert costs(workspace, "BillingCurrency", "x_Pod")["CAD", "pod-p1"] == Decimal("6.925")


def test_pain_4_idle_is_never_negative_and_nothing_is_clamped(workspace: SmallWorkspace) -> None:
    """Pods that burst over the node share it whole; there is no idle, and the sum is the bill."""
    cluster = SmallCluster()
    cluster.node([0])
    for uid in ("p1", "p2"):
        cluster.pod([0], uid=uid, cores=4, gib=16, used=1.5)
    cluster.keep(workspace)
    workspace.load([machine("10")])
    assert costs(workspace, "x_Pod") == {"pod-p1": Decimal(5), "pod-p2": Decimal(5)}


def test_pain_5_a_volume_costs_all_that_its_charges_say(workspace: SmallWorkspace) -> None:
    """Storage and provisioned IOPS; a pod that was there half of the time pays half, not a quarter."""
    cluster = SmallCluster()
    cluster.node(range(4))
    cluster.pod(range(2), uid="p1")
    cluster.volume(range(2), handle="vol-0001", pod="p1")
    cluster.volume(range(2, 4), handle="vol-0001", pod=None)
    cluster.keep(workspace)
    workspace.load([machine(cost, hours=(0, 4), name="vol-0001") for cost in ("6", "2")])
    assert costs(workspace, "x_ClusterCostClass") == {"workload": Decimal(4), "unmounted": Decimal(4)}


def test_pain_9_a_node_that_no_metrics_know_has_no_invented_split(
    workspace: SmallWorkspace, cluster: SmallCluster
) -> None:
    """Its cost stays, under its own name, with the owner of the charge."""
    cluster.keep(workspace)
    workspace.load([machine("10", hours=(5, 6), Tags={"s": "b"})])
    assert costs(workspace, "x_ClusterCostClass", "x_ServiceId", "x_AllocationClass") == {
        ("unmetered", "b", "direct"): Decimal(10)
    }


def test_pain_11_all_clusters_are_in_one_answer(workspace: SmallWorkspace, cluster: SmallCluster) -> None:
    """Two clusters, one lake, one question."""
    other = SmallCluster("staging")
    other.node([0], name="i-00009")
    cluster.keep(workspace)
    other.keep(workspace)
    workspace.load([machine("10"), machine("4", name="i-00009")])
    assert costs(workspace, "x_ClusterId") == {"prod": Decimal(10), "staging": Decimal(4)}


def test_pain_13_a_pod_without_labels_is_known_by_its_namespace(workspace: SmallWorkspace) -> None:
    """Where kube-state-metrics hides labels, the namespace's own and its name still say whose it is."""
    cluster = SmallCluster()
    cluster.node([0])
    cluster.pod([0], uid="p1", namespace="a", cores=4, gib=16)
    cluster.keep(workspace)
    workspace.load([machine("10")])
    assert costs(workspace, "x_ServiceId") == {"a": Decimal(10)}


def test_pain_14_pods_of_one_name_are_two_pods(workspace: SmallWorkspace) -> None:
    """A StatefulSet's pod that moved pays each node for its own time."""
    cluster = SmallCluster()
    cluster.node([0, 1])
    cluster.node([1], name="i-00002")
    cluster.pod([0], uid="u1", cores=4, gib=16)
    cluster.pod([1], uid="u2", cores=4, gib=16, node="i-00002")
    for row in cluster.rows["containers"]:
        row["Pod"] = "db-0"
    cluster.keep(workspace)
    workspace.load([machine("3"), machine("3", hours=(1, 2)), machine("7", hours=(1, 2), name="i-00002")])
    found = costs(workspace, "AllocatedResourceId", "x_Pod", "x_Node")
    assert found["u1", "db-0", "ip-i-00001"] == Decimal(3)
    assert found["u2", "db-0", "ip-i-00002"] == Decimal(7)


def test_pain_15_a_fraction_of_a_gpu_pays_a_fraction(workspace: SmallWorkspace) -> None:
    """GPUs are counted in thousandths, whoever cuts them."""
    cluster = SmallCluster()
    cluster.node([0])
    cluster.rows["nodes"][0] |= {"GpuCapacity": CORE, "GpuAllocatable": CORE}
    for uid, milli in (("p1", 250), ("p2", 500)):
        cluster.pod([0], uid=uid, cores=0, gib=0)
        cluster.rows["containers"][-1] |= dict.fromkeys(("GpuRequest", "GpuUsage", "GpuDemand"), milli * 3600)
    cluster.keep(workspace)
    gpu = {"ChargeDescription": "Nvidia L4 GPU attached to G2 VMs"}
    workspace.load([machine("8", **gpu)])
    found = costs(workspace, "x_Pod")
    expected = {"pod-p1": Decimal(2), "pod-p2": Decimal(4), None: Decimal(2)}
    assert found == pytest.approx(expected)
    assert sum(found.values()) == Decimal(8)


def test_pain_16_a_pod_on_fargate_pays_its_own_charges(workspace: SmallWorkspace) -> None:
    """The bill names the pod; no machine of the list is looked up for it."""
    cluster = SmallCluster()
    cluster.node([0], name="fargate-ip-1")
    cluster.rows["nodes"][0]["CapacityType"] = "fargate"
    cluster.pod([0], uid="0a1b2c3d-1111", node="fargate-ip-1", labels={"app": "a"})
    cluster.keep(workspace)
    arn = "arn:aws:eks:eu-west-1:1:pod/prod/shop/web/0a1b2c3d-1111"
    workspace.load([machine("2", name=arn, SkuMeter="EUW1-Fargate-vCPU-Hours:perCPU")])
    assert costs(workspace, "x_Pod", "x_ServiceId", "x_ClusterCostClass") == {
        ("pod-0a1b2c3d-1111", "a", "workload"): Decimal(2)
    }
