"""The names that Kubecost and OpenCost give to what has none, and how they write a label's key."""

import re

IDLE = "__idle__"
"""Free capacity of nodes and what nodes keep for themselves."""
UNALLOCATED = "__unallocated__"
"""What has no value for a key of ``aggregate``."""
UNMOUNTED = "__unmounted__"
"""Volumes that nobody mounts and load balancers that serve nothing."""
UNDEFINED = "__undefined__"
"""What an asset has no value for."""
SEPARATOR = "/"

_NOT_IN_PROMETHEUS = re.compile(r"[^a-zA-Z0-9_]")


def prometheus_key(key: str) -> str:
    """
    The key of a label as Prometheus, kube-state-metrics and Kubecost write it.

    >>> prometheus_key("app.kubernetes.io/name")
    'app_kubernetes_io_name'
    """
    return _NOT_IN_PROMETHEUS.sub("_", key)


def written_keys(key: str) -> tuple[str, ...]:
    """How the lake may have written the label *key*: as it is, and as Prometheus does; each once."""
    return tuple(dict.fromkeys((key, prometheus_key(key))))
