"""What clusters cost: the meters of their nodes, disks and control planes."""

from collections.abc import Iterable, Iterator

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan, Node
from warikan.estate.company import Account, Company
from warikan.estate.meter import Meter
from warikan.estate.random_streams import hex_id
from warikan.estate.sku import load_skus
from warikan.estate.tags import Tags

PLATFORM = "container-platform"
"""The service that owns what pods share."""
_CLUSTER_TAGS = {"aws": "aws:eks:cluster-name", "gcp": "goog-k8s-cluster-name"}


def make_node_meters(seed: int, company: Company, plan: ClusterPlan, nodes: Iterable[Node]) -> list[Meter]:
    """The meters of every node with its disk, and of every control plane."""
    meters: list[Meter] = []
    for node in nodes:
        meters += _node(seed, company.account(node.cluster.account), node)
    for cluster in CLUSTERS:
        meters += _control_plane(company.account(cluster.account), plan, cluster)
    return meters


def _node(seed: int, account: Account, node: Node) -> Iterator[Meter]:
    owner = node.pool.dedicated or PLATFORM
    tags = node_tags(account, node)
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


def node_tags(account: Account, node: Node) -> Tags:
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


def _control_plane(account: Account, plan: ClusterPlan, cluster: Cluster) -> Iterator[Meter]:
    first, last = plan.life(cluster)
    sku = load_skus()["gkefee" if account.provider == "gcp" else "eks"]
    yield Meter(
        provider=account.provider, account=account, sku=sku, service=PLATFORM, size=1.0, driver="hours",
        first=first, last=last, resource_id=sku.resource.format(account=account.id, name=cluster.name),
        resource_name=cluster.name, tags=((_CLUSTER_TAGS[account.provider], cluster.name),),
    )  # fmt: skip


def cluster_of(meter: Meter) -> str | None:
    """The cluster whose cloud tag *meter* carries, or None."""
    return dict(meter.tags).get(_CLUSTER_TAGS.get(meter.provider, ""))
