"""A ledger over a small catalogue, with every kind of sender."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warikan.catalog.entities import Catalog, load_catalog
from warikan.catalog.settings import Settings
from warikan.operate.changes.changes import Changes
from warikan.state import Database

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECRET = "correct horse battery staple"  # noqa: S105 - of nothing
ENVIRONMENT = {"HOOK_SECRET": SECRET, "ARGO_TOKEN": "argo-token-1"}
BEARER = {"Authorization": f"Bearer {SECRET}"}
SOURCES: Mapping[str, Any] = {
    "argo": {"type": "argo", "secret_from": "HOOK_SECRET"},
    "atlantis": {"type": "atlantis", "secret_from": "HOOK_SECRET"},
    "terraform": {"type": "terraform", "secret_from": "HOOK_SECRET"},
    "github": {"type": "github", "secret_from": "HOOK_SECRET"},
    "gitlab": {"type": "gitlab", "secret_from": "HOOK_SECRET"},
    "kubernetes": {"type": "kubernetes", "secret_from": "HOOK_SECRET", "cluster": "prod"},
    "events": {"type": "cloudevents", "secret_from": "HOOK_SECRET"},
    "anyone": {"type": "csv", "insecure": True},
    "files": {"type": "csv", "path": "inbox/*.csv"},
}
CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: sales}
spec: {type: team}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: finding}
spec: {type: team}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: shop
  annotations: {github.com/project-slug: acme/shop, argocd/app-name: shop}
spec: {owner: sales}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: search
  annotations:
    backstage.io/kubernetes-id: searching
    warikan.io/owner-history: 2020-01-01=sales,2026-11-01=finding
spec: {owner: finding}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: index
  annotations:
    backstage.io/source-location: url:https://github.com/acme/mono/tree/main/services/index/
    warikan.io/changes: "indexer, acme/infrastructure/shared/index"
spec: {owner: finding}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: mono
  annotations: {github.com/project-slug: acme/mono}
spec: {owner: sales}
"""


def make_catalog(folder: Path, text: str = CATALOG) -> Catalog:
    """The catalogue, written below *folder* and read."""
    (folder / "catalog").mkdir(exist_ok=True)
    (folder / "catalog" / "all.yaml").write_text(text, encoding="utf-8")
    return load_catalog(folder / "catalog")


def make_ledger(
    folder: Path,
    *,
    state: Database | None = None,
    sources: Mapping[str, Any] = SOURCES,
    keep_names: bool = False,
    catalog: str = CATALOG,
    clock: Callable[[], datetime] = lambda: NOW,
) -> Changes:
    """A ledger in *folder*, on SQLite unless *state* is given."""
    settings = Settings.model_validate(
        {
            "clusters": {"prod": {"names": ["hinode-prod"]}},
            "changes": {"sources": dict(sources), "keep_names": keep_names},
        }
    )
    database = state or Database.in_folder(folder / ".warikan")
    return Changes(
        database, make_catalog(folder, catalog), settings, clock, root=folder, environment=ENVIRONMENT
    )
