"""Load balancers that clusters made for Services, and the nodes' data transfer, as meters on the bill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan, Node
from warikan.estate.company import Company
from warikan.estate.manifests import Workload, load_manifests
from warikan.estate.meter import Meter
from warikan.estate.node_meters import PLATFORM, node_tags
from warikan.estate.random_streams import hex_id
from warikan.estate.sku import load_skus

_CAPACITY_UNITS = {"prod": 140.0, "staging": 6.0}
"""Of each load balancer on an ordinary day."""
_TRANSFER_GB = {"prod": 14.0, "staging": 3.0}
"""That each node sends to other zones on an ordinary day."""


@dataclass(frozen=True)
class Balancer:
    """
    A network load balancer that the AWS controller made for the Service of a workload.

    Attributes:
        resource_id: Its ARN; hostname: what the Service's status shows.
        first, last: Hours since 1970 ``[first, last)``: those of its cluster.
    """

    cluster: Cluster
    workload: Workload
    resource_id: str
    hostname: str
    first: int
    last: int


def list_balancers(seed: int, company: Company, plan: ClusterPlan) -> list[Balancer]:
    """Every load balancer, by cluster and service."""
    balancers = []
    for cluster in CLUSTERS:
        for service_id, workloads in load_manifests().services.items():
            if not workloads[0].has_balancer or cluster.shape not in company.service(service_id).pods:
                continue
            w, account = workloads[0], company.account(cluster.account)
            code = hex_id(seed, "balancer", cluster.name, w.name, length=26)
            name, code = f"k8s-{w.namespace[:8].strip('-')}-{w.name[:8].strip('-')}-{code[:10]}", code[10:]
            arn = f"arn:aws:elasticloadbalancing:ap-northeast-1:{account.id}:loadbalancer/net/{name}/{code}"
            hostname = f"{name}-{code}.elb.ap-northeast-1.amazonaws.com"
            balancers.append(Balancer(cluster, w, arn, hostname, *plan.life(cluster)))
    return balancers


def make_network_meters(
    company: Company, balancers: Sequence[Balancer], nodes: Sequence[Node]
) -> Iterator[Meter]:
    """The hours and the traffic of *balancers*; what the nodes of production send between zones."""
    for b in balancers:
        for sku_id, size in (("nlb", 1.0), ("nlcu", _CAPACITY_UNITS[b.cluster.shape])):
            sku = load_skus()[sku_id]
            yield Meter(
                provider="aws", account=company.account(b.cluster.account), sku=sku,
                service=b.workload.service, size=size, driver=sku.driver, first=b.first, last=b.last,
                resource_id=b.resource_id, tags=(
                    ("elbv2.k8s.aws/cluster", b.cluster.name),
                    ("service.k8s.aws/resource", "LoadBalancer"),
                    ("service.k8s.aws/stack", f"{b.workload.namespace}/{b.workload.name}"),
                ),
            )  # fmt: skip
    for node in nodes:
        account = company.account(node.cluster.account)
        if account.provider == "aws":
            sku = load_skus()["azgb"]
            yield Meter(
                provider="aws", account=account, sku=sku, service=node.pool.dedicated or PLATFORM,
                size=_TRANSFER_GB[node.cluster.shape], driver=sku.driver, first=node.first, last=node.last,
                resource_id=node.resource_id, tags=node_tags(account, node),
            )  # fmt: skip
