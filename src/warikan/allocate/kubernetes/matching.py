"""
Which charge is of which asset: each of at most one, by its resource id, else by the clouds' cluster tags.

Sources: tags and resource groups that EKS, GKE and AKS put on what they make; research/k8s.md 6.2.
"""

from collections.abc import Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.assets import CLUSTER, LOAD_BALANCER, NETWORK, NODE, POD, VOLUME
from warikan.allocate.remembered import remembered
from warikan.engine.functions import map_value
from warikan.focus.columns import COST_METRICS

MATCHED_BY = (
    "x_SourceId",
    "x_ChargeKey",
    "ResourceId",
    "Tags",
    "ServiceCategory",
    "SkuMeter",
    "ChargeDescription",
    "SkuId",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    *COST_METRICS,
)
"""The columns of ``charges`` that are read."""
_TAGS = (
    "aws:eks:cluster-name",
    "eks:cluster-name",
    "alpha.eksctl.io/cluster-name",
    "goog-k8s-cluster-name",
    "aks-managed-cluster-name",
)
_VOLUME_TAGS = (
    "kubernetes.io/created-for/pv/name",
    "kubernetes.io/created-for/pvc/name",
    "kubernetes.io/created-for/pvc/namespace",
    "ebs.csi.aws.com/cluster",
    "goog-gke-volume",
)
"""Drivers of volumes put them on the disks that they make; they outlive the cluster."""
_CLAIM_SPACE = "kubernetes.io/created-for/pvc/namespace"
_OWNED = "kubernetes.io/cluster/"
"""Tag keys that begin with it end with the cluster's name."""
_CONTROL_PLANE = (
    r"(?:arn:aws[a-z-]*:eks:.*:cluster|container\.googleapis\.com/.*/clusters|/managedclusters)/([^/]+)$"
)
_AKS_GROUP = r"/resourcegroups/mc_[^/]*?_([a-z0-9-]+)_[a-z0-9]+/"
_AWS_BALANCER = r"loadbalancer/(?:net|app)/([^/]+)/([0-9a-f]+)$"
_TRAFFIC = "data ?transfer|egress|bandwidth|-bytes|network"
_CORES, _MEMORY, _GPUS = (
    r"\b(?:core|cores|vcpu|ocpu|cpu)\b",
    r"\b(?:ram|memory)\b",
    r"\bnvidia [a-z0-9 ]*gpus?\b",
)


@remembered
def match_charges(charges: ir.Table, assets: ir.Table, names: Mapping[str, str]) -> ir.Table:
    """
    The charges that are of a cluster.

    Args:
        charges: With MATCHED_BY.
        assets: Of ``list_assets``.
        names: What the bill calls a cluster, in lower case → its ``x_ClusterId``; other names pass.

    Returns: one row per charge of a cluster, never two: its key, period, currency and metrics, ``SkuId``;
    ``_kind`` (x_ClusterAsset), ``x_ClusterId``, ``_asset`` (null where only tags place it), ``_claim_space``
    (the namespace of a volume's claim, by its tags), ``_is_compute``, and ``Buys`` (pools.py).
    """
    # Over distinct ids: a node has thousands of charges.
    found = _find(charges.select("ResourceId").filter(ibis._.ResourceId.notnull()).distinct(), assets)
    tagged = charges.mutate(_cluster=_cluster_of(charges, names))
    both = tagged.left_join(found, tagged.ResourceId == found._id)
    both = both.filter(both._asset.notnull() | both._cluster.notnull())
    text = ibis.coalesce(both.SkuMeter, "") + " " + ibis.coalesce(both.ChargeDescription, "")
    text = text.lower()
    is_traffic = (ibis.coalesce(both.ServiceCategory, "") == "Networking") | text.re_search(_TRAFFIC)
    of_driver = ibis.coalesce(*(map_value(both.Tags, key) for key in _VOLUME_TAGS)).notnull()
    kind = ibis.cases(
        (both._asset.isnull() & of_driver, VOLUME),
        (both._asset.isnull(), CLUSTER),
        ((both._found == NODE) & is_traffic, NETWORK),
        else_=both._found,
    )
    start = ibis.coalesce(both.ChargePeriodStart, both.BillingPeriodStart)
    return both.select(
        "x_SourceId",
        "x_ChargeKey",
        "BillingCurrency",
        "SkuId",
        *COST_METRICS,
        BillingPeriodStart="BillingPeriodStart",
        ChargePeriodStart=start,
        ChargePeriodEnd=ibis.coalesce(both.ChargePeriodEnd, both.BillingPeriodEnd, start),
        _kind=kind,
        x_ClusterId=ibis.coalesce(both._found_cluster, both._cluster),
        _asset=both._asset,
        _claim_space=map_value(both.Tags, _CLAIM_SPACE),
        _is_compute=ibis.coalesce(both.ServiceCategory, "") == "Compute",
        Buys=_buys(text),
    )


def _find(ids: ir.Table, assets: ir.Table) -> ir.Table:
    """Each id with its asset: ``_id``, ``_found``, ``_found_cluster``, ``_asset``; whole ids go first."""
    text = ids.ResourceId.lower()
    # A boot disk of Google has its machine's name.
    told = ibis.cases(
        (text.re_search("/disks/|:volume/"), VOLUME), (text.re_search("/instances/|:instance/"), NODE)
    )
    aws = text.re_extract(_AWS_BALANCER, 1) + "-" + text.re_extract(_AWS_BALANCER, 2)
    every = ibis.union(
        ids.select(_id=ids.ResourceId, _tried=text, _order=0, _kind_told=told),
        ids.select(_id=ids.ResourceId, _tried=text.re_extract("([^/]*)$", 1), _order=1, _kind_told=told),
        ids.select(_id=ids.ResourceId, _tried=aws, _order=2, _kind_told=told),
    )
    known = assets.select(
        "_key",
        "_asset",
        _found="_kind",
        _found_cluster="x_ClusterId",
        _place=ibis.cases(
            (assets._kind == POD, 0),
            (assets._kind == NODE, 1),
            (assets._kind == VOLUME, 2),
            (assets._kind == LOAD_BALANCER, 3),
        ),
    )
    same = [every._tried == known._key, every._kind_told.isnull() | (every._kind_told == known._found)]
    met = every.inner_join(known, same)
    order = [met._order, met._place, met._found_cluster]
    names = ("_found", "_found_cluster", "_asset")
    return met.group_by("_id").agg(**{name: met[name].first(order_by=order) for name in names})


def _cluster_of(charges: ir.Table, names: Mapping[str, str]) -> ir.StringValue:
    """The cluster that tags, the id of its control plane, or AKS's resource group name; null for none."""
    rid = charges.ResourceId.lower()
    keys = charges.Tags.keys()
    owned = keys.filter(lambda key: key.startswith(_OWNED))
    told = ibis.coalesce(
        *(map_value(charges.Tags, key).nullif("") for key in _TAGS),
        ibis.ifelse(owned.length() > 0, owned[0].substr(len(_OWNED)), None).nullif(""),
        rid.re_extract(_CONTROL_PLANE, 1).nullif(""),
        rid.re_extract(_AKS_GROUP, 1).nullif(""),
    )
    if not names:
        return cast("ir.StringValue", told)
    return cast("ir.StringValue", told.lower().cases(*names.items(), else_=told))


def _buys(text: ir.StringValue) -> ir.StringValue:
    """The one resource that a SKU of Google or Oracle pays for, by its name; null for a whole machine."""
    cpu, memory, gpu = (text.re_search(pattern) for pattern in (_CORES, _MEMORY, _GPUS))
    return cast(
        "ir.StringValue",
        ibis.cases(
            (gpu, "Gpu"), (cpu & ~memory, "Cpu"), (memory & ~cpu, "Memory"), else_=ibis.null("string")
        ),
    )
