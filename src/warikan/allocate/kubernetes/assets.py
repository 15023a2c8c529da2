"""
Assets: what of a cluster can be on a bill, by the ids that a bill may call it.

An asset is named by its id at the provider and not by its uid in the cluster: a machine that comes back
under its name is another node of Kubernetes, and the machines of an Azure scale set are billed as one.
"""

from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.remembered import remembered

NODE, VOLUME, LOAD_BALANCER, NETWORK, CLUSTER = "node", "volume", "load_balancer", "network", "cluster"
"""Values of ``x_ClusterAsset``."""
POD = "pod"
"""A pod that is billed itself (Fargate): its machine is its own, so its cost counts as a node's."""
_SHORTEST = 4
"""A shorter last part of an id (``0``, ``web``) names too many things to be looked for."""


def node_asset(nodes: ir.Table) -> ir.StringValue:
    """The id, in lower case, of the machine that each of *nodes* (rows of node hours) runs on."""
    told = ibis.coalesce(nodes.ProviderId.nullif(""), nodes.NodeName.nullif(""), nodes.NodeUid)
    return _without_scheme(told).re_replace("/virtualmachines/[0-9]+$", "")


def volume_asset(volumes: ir.Table) -> ir.StringValue:
    """The id of the disk of each of *volumes*, in lower case."""
    return _without_scheme(ibis.coalesce(volumes.VolumeHandle.nullif(""), volumes.PersistentVolume))


def balancer_asset(balancers: ir.Table) -> ir.StringValue:
    """Host name, address or id of each of *balancers*, in lower case."""
    return cast("ir.StringValue", balancers.LoadBalancer.lower())


@remembered
def list_assets(nodes: ir.Table, volumes: ir.Table, balancers: ir.Table, pods: ir.Table) -> ir.Table:
    """
    What the hours know, by the ids that a bill may use.

    Args:
        nodes, volumes, balancers: Rows of the hour tables.
        pods: Rows of container hours of pods that are billed themselves.

    Returns: one row per (_kind, _key): ``x_ClusterId`` and ``_asset``. A key that several assets of a kind
    share names none of them, so that no cost goes where it may not belong.
    """
    parts = [
        _keyed(nodes, NODE, node_asset(nodes)),
        _keyed(volumes, VOLUME, volume_asset(volumes)),
        _keyed(balancers, LOAD_BALANCER, balancer_asset(balancers)),
        _keyed(pods, POD, cast("ir.StringValue", pods.PodUid.lower())),
    ]
    known = ibis.union(*parts, distinct=True)
    last = known.mutate(_key=_last_part(known._key))
    host = known.filter(known._kind == LOAD_BALANCER)
    # AWS: [internal-]name-hash.elb.region.amazonaws.com, of a classic one name-1234567890.region.elb...
    label = host._key.re_extract(r"^(?:internal-)?([a-z0-9-]+)\.", 1)
    every = ibis.union(
        known,
        last.filter(last._key.length() >= _SHORTEST),
        host.mutate(_key=label).filter(ibis._._key != ""),
        host.mutate(_key=label.re_replace("-[0-9]+$", "")).filter(ibis._._key.length() >= _SHORTEST),
        distinct=True,
    )
    # The same cluster taken in under two ids is two clusters; the first by name has its cost.
    one = every.group_by("_kind", "_key").agg(
        _assets=every._asset.nunique(), x_ClusterId=every.x_ClusterId.min(), _asset=every._asset.min()
    )
    return one.filter(one._assets == 1).drop("_assets")


def _keyed(rows: ir.Table, kind: str, asset: ir.StringValue) -> ir.Table:
    keyed = rows.select("x_ClusterId", _kind=ibis.literal(kind), _key=asset, _asset=asset)
    return keyed.filter(keyed._key.notnull() & (keyed._key != "")).distinct()


def _without_scheme(told: ir.Value) -> ir.StringValue:
    text = cast("ir.StringValue", told).lower()
    return cast("ir.StringValue", text.re_replace("^[a-z0-9]+://", ""))


def _last_part(text: ir.Value) -> ir.StringValue:
    return cast("ir.StringValue", cast("ir.StringValue", text).re_extract("([^/]*)$", 1))
