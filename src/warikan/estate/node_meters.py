"""What clusters cost: the meters of their nodes, disks and control planes."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan, Node
from warikan.estate.company import Account, Company
from warikan.estate.meter import Meter
from warikan.estate.random_streams import hex_id
from warikan.estate.sku import load_skus
from warikan.estate.tags import Tags
from warikan.estate.timeline import Timeline, hours_since_epoch

PLATFORM = "container-platform"
"""The service that owns what pods share."""


def make_node_meters(
    seed: int, timeline: Timeline, company: Company, plan: ClusterPlan, nodes: Iterable[Node]
) -> list[Meter]:
    """The meters of every node with its disk, and of every control plane."""
    meters: list[Meter] = []
    for node in nodes:
        meters += _node(seed, company.account(node.cluster.account), node)
    for cluster in CLUSTERS:
        meters += _control_plane(timeline, company.account(cluster.account), plan, cluster)
    return meters


def _node(seed: int, account: Account, node: Node) -> Iterator[Meter]:
    owner = node.pool.dedicated or PLATFORM
    tags = _node_tags(account, node)
    disk, gigabytes = node.pool.type.disk
    lives = [(sku, units, node.resource_id) for sku, units in node.pool.type.skus]
    digest = hex_id(seed, "disk", node.uid)
    disk_id = f"vol-{digest}"
    if account.provider == "gcp":
        disk_id = f"//compute.googleapis.com/projects/{account.id}/zones/{node.zone}/disks/{node.name}"
    for sku, size, resource in (*lives, (disk, gigabytes, disk_id)):
        yield Meter(
            provider=account.provider, account=account, sku=load_skus()[sku], service=owner, size=size,
            driver=load_skus()[sku].driver, first=node.first, last=node.last, resource_id=resource,
            resource_name=node.name if account.provider == "gcp" else None, zone=node.zone, tags=tags,
            pricing="spot" if node.pool.is_spot and sku != disk else "standard",
        )  # fmt: skip


def _node_tags(account: Account, node: Node) -> Tags:
    """The tags that the cloud, Karpenter and GKE themselves put on a node."""
    if account.provider == "gcp":
        return (
            ("goog-k8s-cluster-name", node.cluster.name),
            ("goog-k8s-node-pool-name", node.pool.name),
            ("goog-k8s-cluster-location", "asia-northeast1"),
        )
    return (
        ("aws:eks:cluster-name", node.cluster.name),
        ("karpenter.sh/nodepool", node.pool.name),
        ("karpenter.k8s.aws/ec2nodeclass", "default"),
        (f"kubernetes.io/cluster/{node.cluster.name}", "owned"),
    )


def _control_plane(
    timeline: Timeline, account: Account, plan: ClusterPlan, cluster: Cluster
) -> Iterator[Meter]:
    days = [timeline.start + timedelta(days=i) for i in range(timeline.days)]
    alive: list[date] = [day for day in days if plan.exists(cluster, day)]
    if not alive:
        return
    sku = load_skus()["gkefee" if account.provider == "gcp" else "eks"]
    key = "goog-k8s-cluster-name" if account.provider == "gcp" else "aws:eks:cluster-name"
    yield Meter(
        provider=account.provider, account=account, sku=sku, service=PLATFORM, size=1.0,
        driver="hours", first=hours_since_epoch(alive[0]), last=hours_since_epoch(alive[-1]) + 24,
        resource_id=sku.resource.format(account=account.id, name=cluster.name),
        resource_name=cluster.name, tags=((key, cluster.name),),
    )  # fmt: skip
