"""The fields that filters of the two endpoints know."""

from warikan.api.kubecost.conditions import (
    Fields,
    Match,
    constant_field,
    kind_field,
    map_field,
    namespace_field,
    text_field,
)
from warikan.engine.column import Column
from warikan.engine.condition import Among, Comparison, Condition, any_of

_ANNOTATIONS = "annotations are not kept with the cost; use label[...], team or services"
_MERGED = "labels of namespaces are kept under those of their pods; use label[...]"

ALLOCATION_FIELDS = Fields(
    plain={
        "cluster": text_field("x_ClusterId"),
        "node": text_field("x_Node"),
        "namespace": namespace_field,
        "controllername": text_field("x_Workload"),
        "controller": text_field("x_Workload"),
        "controllerkind": kind_field,
        "pod": text_field("x_Pod"),
        "container": text_field("x_Container"),
        "services": text_field("x_ServiceId"),
        "service": text_field("x_ServiceId"),
        "providerid": text_field("ResourceId"),
        "team": text_field("x_TeamId"),
        "environment": text_field("x_Environment"),
        "department": map_field("x_Labels")("department"),
        "owner": map_field("x_Labels")("owner"),
        "product": map_field("x_Labels")("app"),
    },
    maps={"label": map_field("x_Labels")},
    refused={
        "annotation": _ANNOTATIONS,
        "namespacelabel": _MERGED,
        "nodelabel": "labels of nodes are not kept with the cost; use node or cluster",
        "provider": "allocations have none; use cluster",
    },
)

_ASSET = Column("x_ClusterAsset", "text")
ASSET_TYPES = {
    "node": "Node",
    "volume": "Disk",
    "load_balancer": "LoadBalancer",
    "network": "Network",
    "cluster": "ClusterManagement",
}
"""x_ClusterAsset → Kubecost's type."""
ASSET_CATEGORIES = {
    "node": "Compute",
    "volume": "Storage",
    "load_balancer": "Network",
    "network": "Network",
    "cluster": "Management",
}
"""x_ClusterAsset → Kubecost's category."""
PROVIDERS = {
    "Amazon Web Services": "AWS",
    "AWS": "AWS",
    "Google Cloud": "GCP",
    "Google Cloud Platform": "GCP",
    "Google": "GCP",
    "Microsoft": "Azure",
    "Microsoft Azure": "Azure",
    "Azure": "Azure",
}
"""What bills call a provider → Kubecost's name; others keep their own."""


def _provider_field(value: str, match: Match) -> Condition:
    known = [ours for ours, theirs in PROVIDERS.items() if theirs.lower() == value.lower()]
    if known and match == "equal":
        return Among(Column("ProviderName", "text"), tuple(known))
    return text_field("ProviderName")(value, match)


def _name_field(value: str, match: Match) -> Condition:
    """What Kubernetes calls a node, or the bill an asset."""
    return any_of(*(text_field(name)(value, match) for name in ("x_Node", "ResourceName", "ResourceId")))


def _by_category() -> dict[str, Among]:
    names: dict[str, list[str]] = {}
    for asset, category in ASSET_CATEGORIES.items():
        names.setdefault(category.lower(), []).append(asset)
    return {category: Among(_ASSET, tuple(assets)) for category, assets in names.items()}


ASSET_FIELDS = Fields(
    plain={
        "name": _name_field,
        "assettype": constant_field(
            {kind.lower(): Comparison(_ASSET, "=", ours) for ours, kind in ASSET_TYPES.items()}
        ),
        "category": constant_field(_by_category()),
        "cluster": text_field("x_ClusterId"),
        "account": text_field("SubAccountId"),
        "project": text_field("SubAccountId"),
        "provider": _provider_field,
        "providerid": text_field("ResourceId"),
        "service": text_field("ServiceName"),
        "region": text_field("RegionId"),
        "team": text_field("x_TeamId"),
        "environment": text_field("x_Environment"),
    },
    maps={"label": map_field("Tags")},
    refused={"nodelabel": "labels of nodes are not kept with the cost"},
)
