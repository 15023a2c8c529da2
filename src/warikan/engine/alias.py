"""Short names for what people group by: ``namespace`` for ``x_Namespace``, ``label:app`` for a label."""

import re
from collections.abc import Mapping

ALIASES: Mapping[str, str] = {
    "team": "x_TeamId",
    "service": "x_ServiceId",
    "system": "x_SystemId",
    "environment": "x_Environment",
    "env": "x_Environment",
    "class": "x_AllocationClass",
    "rule": "x_RuleId",
    "share": "x_ShareId",
    "source": "x_SourceId",
    "cluster": "x_ClusterId",
    "nodepool": "x_NodePool",
    "pool": "x_NodePool",
    "node": "x_Node",
    "namespace": "x_Namespace",
    "kind": "x_WorkloadKind",
    "workloadkind": "x_WorkloadKind",
    "workload": "x_Workload",
    "controller": "x_Workload",
    "pod": "x_Pod",
    "container": "x_Container",
    "asset": "x_ClusterAsset",
    "cause": "x_ClusterCostClass",
    "provider": "ServiceProviderName",
    "product": "ServiceName",
    "category": "ServiceCategory",
    "account": "SubAccountId",
    "region": "RegionId",
    "resource": "ResourceId",
    "sku": "SkuId",
}
"""Short name, in lower case and without ``-`` and ``_`` → column. No column of the lake has such a name."""
MAPS: Mapping[str, str] = {"label": "x_Labels", "tag": "Tags"}
"""What stands before a colon → the map that holds the key after it."""
_OF_MAP = re.compile(r"^\s*(\w+)\s*:\s*(.+?)\s*$", re.DOTALL)


def resolve_alias(text: str) -> str:
    """
    The column that *text* is short for; any other text as it is.

    Case does not matter, but in the key of a label or tag.

    >>> resolve_alias("Node-Pool"), resolve_alias("label:app"), resolve_alias("x_TeamId")
    ('x_NodePool', "x_Labels['app']", 'x_TeamId')
    """
    if (match := _OF_MAP.match(text)) and match[1].lower() in MAPS:
        key = match[2].replace("'", "''")
        return f"{MAPS[match[1].lower()]}['{key}']"
    return ALIASES.get(re.sub(r"[-_\s]", "", text).lower(), text)
