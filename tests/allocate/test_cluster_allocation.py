"""What is of a cluster is split over what ran there, as a part of the real run over a real lake."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bills import catalog, charge
from cluster_workspace import SmallCluster, machine
from small_workspace import SmallWorkspace

from warikan.allocate.check import check
from warikan.allocate.explain_charge import explain_slice
from warikan.focus.columns import COST_METRICS


def by(workspace: SmallWorkspace, *names: str, metric: str = "EffectiveCost") -> dict[Any, Decimal]:
    """The sums of a column by others, of all slices."""
    sums: dict[Any, Decimal] = {}
    for row in workspace.rows("allocations"):
        key = tuple(row[name] for name in names)
        sums[key if len(names) > 1 else key[0]] = sums.get(key if len(names) > 1 else key[0], Decimal(0)) + (
            row[metric] or 0
        )
    return sums


def prove(workspace: SmallWorkspace) -> None:
    """Every law that can be tested on the lake holds."""
    results = check(workspace.engine, workspace.lake, workspace.settings, workspace.catalog)
    assert all(r.ok for r in results), [r for r in results if not r.ok]


@pytest.fixture
def cluster() -> SmallCluster:
    """A node of 4 vCPU and 16 GiB for two hours, with a pod of a quarter of it that uses half."""
    cluster = SmallCluster()
    cluster.node(range(2))
    cluster.pod(range(2), uid="p1", used=0.5, labels={"app": "a"}, workload=("Deployment", "web"))
    return cluster


def test_a_node_is_split_over_its_pods_and_the_rest_is_idle(
    workspace: SmallWorkspace, cluster: SmallCluster
) -> None:
    """A quarter of a node is its pod's, half of that used; the slice says where and what it is."""
    cluster.keep(workspace)
    workspace.load([machine("8", hours=(0, 2), Tags={"s": "platform"}), charge("5", Tags={"s": "b"})])
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_ClusterCostClass", "x_ServiceId") == {
        ("workload", "a"): Decimal(2),
        ("infrastructure_idle", "platform"): Decimal(6),
        (None, "b"): Decimal(5),
    }
    [ran] = [r for r in workspace.rows("allocations") if r["x_ClusterCostClass"] == "workload"]
    assert ran["x_AllocationClass"] == "kubernetes"
    assert ran["x_UsedCost"] == ran["x_WorkloadIdleCost"] == Decimal(1)
    assert (ran["x_Namespace"], ran["x_WorkloadKind"], ran["x_Workload"]) == ("shop", "Deployment", "web")
    assert (ran["x_Pod"], ran["x_Container"], ran["x_Node"]) == ("pod-p1", "app", "ip-i-00001")
    assert ran["x_RuleId"] == "kubernetes-label-4"
    assert dict(ran["x_Labels"]) == {"app": "a"}
    assert ran["AllocatedResourceId"] == "p1"
    assert ran["x_Ratio"] == pytest.approx(0.25)


def test_idle_is_shared_by_a_share_like_any_cost(workspace: SmallWorkspace, cluster: SmallCluster) -> None:
    """What nobody asked for is the platform's, and goes on as its share says."""
    cluster.keep(workspace)
    workspace.load([machine("8", hours=(0, 2), Tags={"s": "platform"}), charge("6", Tags={"s": "b"})])
    workspace.allocate()
    prove(workspace)
    # The share gives 6 of idle in proportion to what a (2) and b (6) bear themselves.
    assert by(workspace, "x_ServiceId") == {"a": Decimal("3.5"), "b": Decimal("10.5")}
    shared = [r for r in workspace.rows("allocations") if r["x_AllocationClass"] == "shared"]
    assert {r["x_ClusterCostClass"] for r in shared} == {"infrastructure_idle"}
    assert all(r["x_CpuCost"] is None for r in shared)
    workspace.load([])


def test_the_four_metrics_are_conserved_each(workspace: SmallWorkspace, cluster: SmallCluster) -> None:
    """Digits beyond the cut and negative charges too."""
    cluster.keep(workspace)
    odd = {m: Decimal(n) / 7 for n, m in enumerate(COST_METRICS, start=1)}
    odd = {m: v.quantize(Decimal(1).scaleb(-18)) for m, v in odd.items()}
    workspace.load([machine("1", hours=(0, 2), **odd), machine("-3.3", hours=(1, 2))])
    workspace.allocate()
    prove(workspace)
    for metric, cost in odd.items():
        spread = Decimal("-3.3")
        assert workspace.total("allocations", metric) == cost + spread


def test_a_volume_is_borne_by_who_mounts_it(workspace: SmallWorkspace) -> None:
    """P16: two pods in hours 1 to 3 and 2 to 3, at $2 an hour, pay 3 and 1; a gap is unmounted."""
    cluster = SmallCluster()
    cluster.node(range(4))
    cluster.pod(range(1, 3), uid="p1", labels={"app": "a"})
    cluster.pod(range(2, 3), uid="p2", labels={"app": "b"})
    cluster.volume(range(1, 3), handle="vol-0001", pod="p1")
    cluster.volume(range(2, 3), handle="vol-0001", pod="p2")
    cluster.volume(range(3, 4), handle="vol-0001", pod=None)
    cluster.keep(workspace)
    workspace.load([machine("6", hours=(1, 4), name="arn:aws:ec2:eu-west-1:1:volume/vol-0001")])
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_ClusterAsset", "x_ClusterCostClass", "x_Pod") == {
        ("volume", "workload", "pod-p1"): Decimal(3),
        ("volume", "workload", "pod-p2"): Decimal(1),
        ("volume", "unmounted", None): Decimal(2),
    }
    assert by(workspace, "x_Namespace") == {"shop": Decimal(6)}


def test_a_load_balancer_goes_by_bytes_where_they_are_known(workspace: SmallWorkspace) -> None:
    """Else by the seconds of its endpoints; without any it is unused, and counted once."""
    cluster = SmallCluster()
    cluster.node(range(3))
    for pod, size in (("p1", 300), ("p2", 100)):
        cluster.pod(range(3), uid=pod)
        cluster.balancer([0], host="k8s-web-0a1b2c.elb.eu-west-1.amazonaws.com", pod=pod, size=size)
        cluster.balancer([1], host="k8s-web-0a1b2c.elb.eu-west-1.amazonaws.com", pod=pod)
    cluster.balancer([2], host="k8s-web-0a1b2c.elb.eu-west-1.amazonaws.com", pod=None)
    cluster.keep(workspace)
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/k8s-web/0a1b2c"
    workspace.load([machine("4", hours=(h, h + 1), name=arn) for h in range(3)])
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_ClusterCostClass", "x_Pod") == {
        ("workload", "pod-p1"): Decimal(5),
        ("workload", "pod-p2"): Decimal(3),
        ("unused", None): Decimal(4),
    }


def test_traffic_of_a_node_goes_by_bytes_sent(workspace: SmallWorkspace) -> None:
    """Where nobody sent anything it is unattributed, never guessed."""
    cluster = SmallCluster()
    cluster.node(range(2))
    cluster.pod([0, 1], uid="p1", sent=0)
    cluster.pod([0], uid="p2", sent=10)
    cluster.keep(workspace)
    out = {"SkuMeter": "EUW1-DataTransfer-Out-Bytes"}
    workspace.load([machine("4", hours=(0, 1), **out), machine("1", hours=(1, 2), **out)])
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_ClusterAsset", "x_ClusterCostClass", "x_Pod") == {
        ("network", "workload", "pod-p2"): Decimal(4),
        ("network", "unattributed", None): Decimal(1),
    }


def test_what_only_tags_place_is_overhead_where_hours_are_known(workspace: SmallWorkspace) -> None:
    """Control planes and root disks; on days without hours nobody knows, and it says so."""
    cluster = SmallCluster()
    cluster.node(range(24))
    cluster.keep(workspace)
    eks = "arn:aws:eks:eu-west-1:1:cluster/prod"
    workspace.load(
        [
            machine("1", name=eks),
            machine("2", name="vol-root", Tags={"kubernetes.io/cluster/prod": "owned"}),
            machine("3", hours=(240, 241), name="i-99999", Tags={"aws:eks:cluster-name": "prod"}),
            machine("4", name="bucket"),
            machine("5", name="i-00001"),
        ]
    )
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_ClusterId", "x_ClusterAsset", "x_ClusterCostClass") == {
        ("prod", "cluster", "cluster_overhead"): Decimal(3),
        ("prod", "cluster", "unmetered"): Decimal(3),
        (None, None, None): Decimal(4),
        ("prod", "node", "infrastructure_idle"): Decimal(5),
    }


def test_volumes_that_a_cluster_left_behind_are_unmounted(workspace: SmallWorkspace) -> None:
    """Its driver's tags place them; while machines are billed and no metrics are there, nobody knows."""
    cluster = SmallCluster()
    cluster.node(range(24))
    cluster.keep(workspace)
    here = {"eks:cluster-name": "prod"}
    tags = here | {"kubernetes.io/created-for/pvc/namespace": "a"}
    workspace.load(
        [
            machine("1", name="vol-0009", Tags=tags),
            machine("2", hours=(240, 241), name="vol-0009", Tags=tags),
            machine("3", hours=(480, 481), name="vol-0009", Tags=tags),
            machine("4", hours=(480, 481), name="i-77777", Tags=here, ServiceCategory="Compute"),
        ]
    )
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    prove(workspace)
    found = {r["EffectiveCost"]: r for r in workspace.rows("allocations")}
    classes = {cost: r["x_ClusterCostClass"] for cost, r in found.items()}
    assert [classes[Decimal(n)] for n in (1, 2, 3)] == ["unmounted", "unmounted", "unmetered"]
    assert found[Decimal(2)]["x_ClusterAsset"] == "volume"
    assert found[Decimal(2)]["x_ServiceId"] == "a"


def test_owners_come_from_labels_namespaces_annotations_and_argo_cd(workspace: SmallWorkspace) -> None:
    """In this order; a tracking id that was copied from another object says nothing."""
    cluster = SmallCluster()
    cluster.node([0], cores=8, gib=32)
    tracking = "argocd.argoproj.io/tracking-id"
    cluster.namespace([0], "team-space", {"app.kubernetes.io/part-of": "b"})
    cluster.pod([0], uid="p1", labels={"app.kubernetes.io/name": "a", "app": "b"})
    cluster.pod([0], uid="p2", namespace="team-space", labels={"pod-template-hash": "123"})
    cluster.pod(
        [0], uid="p3", annotations={tracking: "a:apps/Deployment:shop/web"}, workload=("Deployment", "web")
    )
    cluster.pod(
        [0], uid="p4", annotations={tracking: "a:apps/Deployment:shop/other"}, workload=("Deployment", "web")
    )
    cluster.pod([0], uid="p5", namespace="b")
    # As kube-state-metrics writes keys.
    cluster.pod([0], uid="p6", labels={"app_kubernetes_io_part_of": "b", "pod_template_hash": "1"})
    cluster.keep(workspace)
    workspace.catalog = catalog("a", "b", "platform")
    workspace.load([machine("8")])
    workspace.allocate()
    prove(workspace)
    found = {
        r["x_Pod"]: (r["x_ServiceId"], r["x_RuleId"]) for r in workspace.rows("allocations") if r["x_Pod"]
    }
    assert found == {
        "pod-p1": ("a", "kubernetes-label-2"),
        "pod-p2": ("b", "kubernetes-label-1"),
        "pod-p3": ("a", "kubernetes-argo-cd"),
        "pod-p4": (None, None),
        "pod-p5": ("b", "kubernetes-namespace"),
        "pod-p6": ("b", "kubernetes-label-1"),
    }
    assert by(workspace, "x_AllocationClass")["unallocated"] == Decimal(3)
    [last] = [r for r in workspace.rows("allocations") if r["x_Pod"] == "pod-p6"]
    assert dict(last["x_Labels"]) == {"app_kubernetes_io_part_of": "b"}


def test_machines_of_an_azure_scale_set_are_billed_as_one(workspace: SmallWorkspace) -> None:
    """Their nodes are one pool; ids are compared without case."""
    cluster = SmallCluster()
    group = "/subscriptions/s/resourceGroups/mc_g_prod_japaneast"
    vmss = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-a"
    for number, pod in ((0, "p0"), (1, "p1")):
        cluster.node([0], name=f"n{number}")
        cluster.rows["nodes"][-1]["ProviderId"] = f"azure://{vmss}/virtualMachines/{number}"
        cluster.pod([0], uid=pod, node=f"n{number}", cores=4, gib=16)
    cluster.keep(workspace)
    workspace.load([machine("8", name=vmss.upper())])
    workspace.allocate()
    prove(workspace)
    assert by(workspace, "x_Pod") == {"pod-p0": Decimal(4), "pod-p1": Decimal(4)}


def test_a_charge_of_a_node_opens_into_what_ran(workspace: SmallWorkspace, cluster: SmallCluster) -> None:
    """Also where idle stays with its owner: who asked for how much of what, and what was not used."""
    cluster.keep(workspace)
    workspace.load([machine("8", hours=(0, 2), Tags={"s": "b"})])
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    opened = explain_slice(
        workspace.engine,
        workspace.lake,
        workspace.settings,
        workspace.catalog,
        source_id="bill",
        month=date(2026, 9, 1),
        charge_key=1,
    )
    assert opened.adds_up
    assert opened.rule is not None
    parts = {s.cluster.cost_class: s for s in opened.slices if s.cluster is not None}
    assert parts["infrastructure_idle"].cluster is not None
    assert parts["infrastructure_idle"].cluster.resources == ()
    ran = parts["workload"]
    assert ran.cluster is not None
    assert ran.rule is not None
    assert (ran.rule.id, dict(ran.rule.values)) == ("kubernetes-label-4", {"x_Labels['app']": "a"})
    amounts = [(r.resource, r.asked, r.used, r.total) for r in ran.cluster.resources]
    assert amounts == [("Cpu", 2, 1, 8), ("Memory", 8, 4, 32)]
    assert sum(r.cost for r in ran.cluster.resources) == Decimal(2)
    assert ran.cluster.what_if is not None


def test_hours_that_come_later_make_the_month_due_again(
    workspace: SmallWorkspace, cluster: SmallCluster
) -> None:
    """And the month is computed once only."""
    workspace.load([machine("8", hours=(0, 2))])
    assert len(workspace.allocate().months) == 1
    assert workspace.allocate().months == ()
    cluster.keep(workspace)
    assert len(workspace.allocate().months) == 1
    assert workspace.allocate().months == ()
    assert by(workspace, "x_ClusterCostClass")["workload"] == Decimal(2)
