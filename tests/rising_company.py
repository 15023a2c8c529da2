"""A small company on a real lake, in which one service begins to store more."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from slice_lake import NOW, make_workspace, slice_of
from warikan.bootstrap import Workspace, open_workspace

LAST = date(2026, 11, 21)
DAYS = [LAST - timedelta(days=i) for i in range(119, -1, -1)]
ONSET = date(2026, 11, 14)
CATALOGUE = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: sales, title: Sales}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop, title: Shop}
spec: {type: service, lifecycle: production, owner: sales}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: rank, title: Ranking}
spec: {type: service, lifecycle: production, owner: sales}
"""
CHANNEL = """
notify:
  base_url: https://costs.example.com
  channels: {hook: {type: webhook, url: "http://127.0.0.1:1/none", secret_from: HOOK_SECRET}}
  routes: [{channels: [hook]}]
"""


def charge(day: date, service: str, name: str, cost: Decimal, *, key: int, **values: Any) -> dict[str, Any]:
    """A day of one SKU of a service: what it costs is what is used of it."""
    bought = {"SubAccountId": "1", "ServiceName": name, "SkuId": f"sku-{name}", "PricingQuantity": cost}
    owner = {"x_ServiceId": service, "x_OriginServiceId": service, "x_TeamId": "sales", "x_ChargeKey": key}
    return slice_of(day.isoformat(), cost, **bought, **owner, PricingCategory="Standard", **values)


def rows(*, onset: date | None = ONSET, until: date = LAST) -> Iterator[dict[str, Any]]:
    """Two services, a little restless; from *onset* on, shop stores half as much again."""
    for i, day in enumerate(d for d in DAYS if d <= until):
        restless = Decimal((i * 7919) % 11 - 5) / 5
        stored = Decimal(200) + restless * 2
        if onset is not None and day >= onset:
            stored += 100
        yield charge(day, "shop", "Storage", stored, key=3 * i + 1)
        yield charge(day, "shop", "Compute", Decimal(400) - restless * 3, key=3 * i + 2)
        yield charge(day, "rank", "Compute", Decimal(300) + restless, key=3 * i + 3)


def make(folder: Path, **kind: Any) -> Workspace:
    """A workspace with its catalogue and a channel; data of the last day are settled."""
    made = make_workspace(folder / "w", rows(**kind))
    (made.folder / "catalog" / "all.yaml").write_text(CATALOGUE, encoding="utf-8")
    text = f"version: 1\ncurrency: USD\nanomalies: {{settle_days: 0}}\n{CHANNEL}"
    (made.folder / "warikan.yaml").write_text(text, encoding="utf-8")
    return open_workspace(made.folder, clock=lambda: NOW)
