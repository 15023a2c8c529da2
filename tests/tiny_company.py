"""A company small enough to add up by hand: two bills, three teams, one shared platform."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warikan.bootstrap import Workspace, open_workspace

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LAST_DAY = date(2026, 11, 20)
DAYS = 62
"""Two periods of 30 days and a little more; per day: shop 10 (12 in the last 30 days), search 4,
platform 3 (shared evenly with both), nobody's 1.50, all in USD; data 900 JPY."""

SETTINGS = """\
version: 1
name: Tiny & Co
currency: USD
sources:
  cloud: {path: bills/cloud.csv}
  warehouse: {path: bills/warehouse.csv}
ownership:
  rules:
    - id: by-service-tag
      service: {from: "Tags['service']"}
      note: The service tag is the owner's own word.
shares:
  - id: platform-evenly
    source: x_ServiceId = 'platform'
    to: {services: [shop, search]}
    method: even
    note: The platform serves both.
"""

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: sales, title: Sales}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: finding, title: Finding}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: Shop}
spec: {type: service, lifecycle: production, owner: sales}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: search, title: Search}
spec: {type: service, lifecycle: production, owner: finding}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: platform, title: Platform}
spec: {type: service, lifecycle: production, owner: finding}
"""

_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
HOSTILE = "<script>alert('x')</script> & \"quoted\""
"""A charge's description: what comes from outside is text, wherever it is shown."""


def make_company(folder: Path, *, load: bool = True, allocate: bool = True) -> Workspace:
    """Write the workspace into *folder*, take its bills in and allocate them."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "bills").mkdir()
    (folder / "warikan.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "catalog" / "all.yaml").write_text(CATALOG, encoding="utf-8")
    (folder / "bills" / "cloud.csv").write_text(_to_csv(_cloud()), encoding="utf-8")
    (folder / "bills" / "warehouse.csv").write_text(_to_csv(_warehouse()), encoding="utf-8")
    workspace = open_workspace(folder, clock=lambda: NOW)
    if load:
        workspace.ingest()
    if load and allocate:
        workspace.allocate()
    return workspace


def _days() -> Iterator[tuple[int, date]]:
    return ((i, LAST_DAY - timedelta(days=i)) for i in reversed(range(DAYS)))


def _cloud() -> Iterator[dict[str, str]]:
    for age, day in _days():
        yield _charge(day, "12" if age < 30 else "10", "Compute", "shop", "Instance hours")
        yield _charge(day, "4", "Compute", "search", "Instance hours")
        yield _charge(day, "3", "Cluster", "platform", "Control plane")
        yield _charge(day, "1.5", "Storage", None, HOSTILE)


def _warehouse() -> Iterator[dict[str, str]]:
    for _, day in _days():
        yield _charge(day, "900", "Warehouse", "search", "Queries", currency="JPY")


def _charge(
    day: date, cost: str, service: str, tag: str | None, description: str, *, currency: str = "USD"
) -> dict[str, str]:
    month = day.replace(day=1)
    return dict.fromkeys(_COSTS, cost) | {
        "BillingCurrency": currency,
        "BillingAccountId": "1",
        "SubAccountId": "1-prod",
        "ChargeCategory": "Usage",
        "ChargeDescription": description,
        "ChargeFrequency": "Usage-Based",
        "BillingPeriodStart": _moment(month),
        "BillingPeriodEnd": _moment((month + timedelta(days=32)).replace(day=1)),
        "ChargePeriodStart": _moment(day),
        "ChargePeriodEnd": _moment(day + timedelta(days=1)),
        "ProviderName": "Cloud",
        "PublisherName": "Cloud",
        "InvoiceIssuerName": "Cloud",
        "ServiceName": service,
        "ServiceCategory": "Compute",
        "ResourceId": f"{service.lower()}-1",
        "Tags": f'{{"service": "{tag}"}}' if tag else "",
    }


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _to_csv(rows: Iterator[dict[str, str]]) -> str:
    charges = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, charges[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(charges)
    return text.getvalue()
