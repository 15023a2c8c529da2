"""
A company with three clusters, small enough to add up by hand: blue, then green, and one that only bills know.

A node of 4 vCPU and 16 GiB costs 24 USD a day, 48 at public prices. A day of it is web's 12 (half of it asked
for, and half of that used), a daemon's 2.40 (a tenth, all used), the system's 2.40, and 7.20 that is free.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hour_lake import Row, container_hour, fill_hours, node_hour
from warikan.bootstrap import Workspace, open_workspace

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LAST_DAY = date(2026, 11, 20)
BLUE, GREEN = (40, 12), (16, 0)
"""Ages in days of the first and the last day of each: five days with both."""
HOSTILE = "<script>alert('pod')</script>"
"""The name of a container."""

SETTINGS = """\
version: 1
name: Tiny clusters
currency: USD
sources:
  cloud: {path: bill.csv}
clusters:
  blue: {title: Production (blue), logical: production, usage: {type: hours, path: usage/blue}}
  green: {title: Production (green), logical: production, usage: {type: hours, path: usage/green}}
ownership:
  rules:
    - {id: nodes, when: "ServiceName = 'Compute'", service: platform}
"""
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: sales, title: Sales}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: web, title: Web}
spec: {type: service, lifecycle: production, owner: sales}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: platform, title: Platform}
spec: {type: service, lifecycle: production, owner: sales}
"""


def make_clusters(folder: Path, *, hours: bool = True) -> Workspace:
    """Write the workspace into *folder*, take its bill in, and unless not *hours* its hours, and allocate."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "warikan.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "catalog" / "all.yaml").write_text(CATALOG, encoding="utf-8")
    (folder / "bill.csv").write_text(_to_csv(list(_charges())), encoding="utf-8")
    workspace = open_workspace(folder, clock=lambda: NOW)
    workspace.ingest()
    if hours:
        for table, rows in _hours().items():
            fill_hours(workspace.lake, table, rows)
    workspace.allocate()
    return workspace


def _days(ages: tuple[int, int]) -> Iterator[date]:
    return (LAST_DAY - timedelta(days=age) for age in range(ages[0], ages[1] - 1, -1))


def _charges() -> Iterator[dict[str, str]]:
    for cluster, ages in (("blue", BLUE), ("green", GREEN)):
        for day in _days(ages):
            yield _charge(day, "24", "48", f"i-{cluster}", "Compute", f"kubernetes.io/cluster/{cluster}")
    for day in _days((40, 0)):
        yield _charge(day, "1.5", "1.5", "vol-left", "Storage", "kubernetes.io/cluster/blue")
        yield _charge(day, "300", "300", "eks-old", "Compute", "kubernetes.io/cluster/old", currency="JPY")
        yield _charge(day, "5", "5", "bucket", "Storage", "")


def _charge(
    day: date, cost: str, listed: str, resource: str, service: str, tag: str, *, currency: str = "USD"
) -> dict[str, str]:
    month = day.replace(day=1)
    return {
        "BilledCost": cost, "EffectiveCost": cost, "ContractedCost": cost, "ListCost": listed,
        "BillingCurrency": currency, "BillingAccountId": "1", "SubAccountId": "1-prod",
        "ChargeCategory": "Usage", "ChargeDescription": f"{service} hours", "ChargeFrequency": "Usage-Based",
        "BillingPeriodStart": _moment(month),
        "BillingPeriodEnd": _moment((month + timedelta(days=32)).replace(day=1)),
        "ChargePeriodStart": _moment(day), "ChargePeriodEnd": _moment(day + timedelta(days=1)),
        "ProviderName": "Cloud", "PublisherName": "Cloud", "InvoiceIssuerName": "Cloud",
        "ServiceName": service, "ServiceCategory": "Compute", "ResourceId": resource,
        "Tags": f'{{"{tag}": "owned"}}' if tag else "",
    }  # fmt: skip


def _hours() -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {
        name: [] for name in ("kubernetes_node_hours", "kubernetes_container_hours", "kubernetes_coverage")
    }
    for cluster, ages in (("blue", BLUE), ("green", GREEN)):
        for day in _days(ages):
            for hour in range(24):
                _add_hour(rows, cluster, f"{day}T{hour:02}:00")
    return rows


def _add_hour(rows: dict[str, list[Row]], cluster: str, hour: str) -> None:
    own = {"x_ClusterId": cluster, "NodeUid": f"uid-{cluster}"}
    node = {
        "NodeName": f"node-{cluster}",
        "ProviderId": f"aws:///a/i-{cluster}",
        "InstanceType": "m6i.xlarge",
    }
    web = {"Namespace": "shop", "PodUid": f"web-{cluster}", "Pod": "web-1", "Workload": "web"}
    agent = {"Namespace": "kube-system", "PodUid": f"agent-{cluster}", "Pod": "agent-1", "Workload": "agent"}
    agent |= {"WorkloadKind": "DaemonSet", "Container": HOSTILE}
    rows["kubernetes_node_hours"].append(node_hour(hour, **own, **node))
    rows["kubernetes_container_hours"] += [
        container_hour(hour, **own, **web, cpu=(2, 1), memory=(8, 4)),
        container_hour(hour, **own, **agent, cpu=(0.4, 0.4), memory=(1.6, 1.6)),
    ]
    rows["kubernetes_coverage"].append(
        {
            "x_ClusterId": cluster, "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC),
            "NodeMinutes": 60, "PodMinutes": 57, "UsageMinutes": 60, "UnknownPodSamples": 0,
        }
    )  # fmt: skip


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _to_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
