"""A small company of two clusters, and how its server is asked."""

from collections.abc import Callable
from typing import Any

import httpx

from own_loop import run_alone
from slice_lake import of_node, other, ran, slice_of
from warikan.bootstrap import Workspace
from warikan.cli.serve import make_app

Get = Callable[..., httpx.Response]

COMPANY = [
    row
    for day in ("2026-11-18", "2026-11-19", "2026-11-20")
    for row in (
        ran(day, "4", "2", x_Labels=[("app", "web"), ("app_kubernetes_io_name", "web")], x_TeamId="sales")
        | {"x_ServiceId": "shop", "x_Environment": "prod"},
        ran(day, "1", "1", gpu="2", x_Pod="rank-0", x_Workload="rank", x_WorkloadKind="StatefulSet")
        | {"x_TeamId": "finding", "x_ServiceId": "search", "x_Namespace": "search"},
        ran(day, "1", "0.5", x_Namespace="kube-system", x_Pod="dns-1", x_Workload="dns", x_Node="node-2")
        | {"ResourceId": "i-2"},
        ran(day, "3", "3", x_ClusterId="green", x_Node="node-9", x_Pod="web-7", x_TeamId="sales")
        | {"ResourceId": "i-9"},
        of_node(day, "infrastructure_idle", "2", "1", gpu="1"),
        of_node(day, "infrastructure_idle", "1", "1", x_Node="node-2", ResourceId="i-2"),
        of_node(day, "system_overhead", "0.5", "0.25"),
        other(day, "volume", "workload", "1.25", x_Namespace="shop", x_Pod="web-1", x_TeamId="sales"),
        other(day, "volume", "unmounted", "0.75", x_Namespace="shop", ResourceId="vol-2"),
        other(day, "load_balancer", "workload", "0.6", x_Namespace="shop", x_Pod="web-1", x_TeamId="sales"),
        other(day, "network", "unattributed", "0.4", ResourceId="i-1"),
        other(day, "cluster", "cluster_overhead", "2.4"),
        of_node(day, "infrastructure_idle", "0", "0", x_ClusterId="green", x_AllocationClass="shared")
        | {"x_CpuCost": None, "x_MemoryCost": None, "x_GpuCost": None, "x_TeamId": "finding"}
        | {"EffectiveCost": 5, "x_Node": "node-9", "ResourceId": "i-9"},
        slice_of(day, "7", x_TeamId="sales", x_ServiceId="shop", Tags=[("app", "web")]),
        slice_of(day, "900", BillingCurrency="JPY", x_TeamId="finding"),
    )
]
"""
Three days, each: blue has sales' web (6, with a volume 1.25 and a load balancer 0.6), finding's rank (4) and
kube-system (1.5), idle 4 + 2 + 0.75, unmounted 0.75, network 0.4, control plane 2.4; green has sales' web (6)
and idle of 5 that a share gave finding. Outside of clusters sales has 7, and finding 900 JPY.
"""


def ask_of(workspace: Workspace) -> Get:
    """Asks the whole server of *workspace* in this process; gives its response."""
    app = make_app(workspace)
    transport = httpx.ASGITransport(app)

    def get(path: str, **params: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(path, params=params)

        return run_alone(send)

    return get
