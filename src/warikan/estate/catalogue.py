"""What the company's people wrote: the Backstage catalogue and warikan.yaml."""

from collections.abc import Iterable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import yaml

from warikan.estate.clusters import CLUSTERS, Cluster
from warikan.estate.company import Company, Service
from warikan.estate.dependencies import depends_on
from warikan.estate.events import HANDOVER, TEAM_MOVE, UPGRADE, Script
from warikan.estate.simulation import Estate
from warikan.estate.usage import FOLDER

_API = "backstage.io/v1alpha1"
# Where Backstage's Kubernetes plug-in finds the pods of a component, as manifests.yaml labels them.
_IN_CLUSTERS = {
    "ledger": {"backstage.io/kubernetes-id": "ledger"},
    "ml-training": {"backstage.io/kubernetes-id": "training"},
    "customer-care": {
        "backstage.io/kubernetes-label-selector": "app=cc-console,tier=internal",
        "backstage.io/kubernetes-namespace": "customer-support",
    },
    "container-platform": {
        "backstage.io/kubernetes-label-selector": "k8s-app=kube-proxy",
        "backstage.io/kubernetes-namespace": "kube-system",
    },
}


def write_settings(folder: Path, estate: Estate) -> None:
    """warikan.yaml: sources, ownership rules and shares that fit the estate's bills."""
    company, upgrade = estate.company, estate.script.event(UPGRADE)
    aliases = [f"          {alias}: {s.id}" for s in company.services for alias in s.aliases]
    template = files("warikan.estate").joinpath("warikan.template.yaml").read_text(encoding="utf-8")
    text = Template(template).substitute(
        handover=estate.script.event(HANDOVER).start.isoformat(),
        upgrade=upgrade.start.isoformat(),
        upgraded=(upgrade.start + timedelta(days=upgrade.days)).isoformat(),
        aliases="\n".join(aliases),
        payments=company.account("pay").id,
        google_data=company.account("gdata").id,
        clusters="\n".join(_cluster(c) for c in CLUSTERS),
        in_clusters=", ".join(s.id for s in company.services if s.pods and s.id != "data-platform"),
    )
    (folder / "warikan.yaml").write_text(text, encoding="utf-8")


def _cluster(cluster: Cluster) -> str:
    """A cluster's lines in warikan.yaml; blue and green are one to whoever uses them."""
    logical = f"logical: hinode-{cluster.shape}, " if cluster.shape == "prod" else ""
    usage = f'{{type: hours, path: "{FOLDER}/{cluster.name}/*.parquet"}}'
    return f"  {cluster.name}: {{{logical}usage: {usage}}}"


def write_catalogue(folder: Path, estate: Estate) -> None:
    """catalog/: groups, systems and components as Backstage holds them."""
    company = estate.company
    catalog = folder / "catalog"
    catalog.mkdir(parents=True, exist_ok=True)
    _write(catalog / "teams.yaml", _teams(company))
    _write(catalog / "systems.yaml", _systems(company))
    for team in company.teams:
        owned = [s for s in company.services if s.team == team.id]
        _write(catalog / f"{team.id}.yaml", [_component(s, estate) for s in owned])


def _write(path: Path, entities: Iterable[dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(entities, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(text, encoding="utf-8")


def _teams(company: Company) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": _API,
            "kind": "Group",
            "metadata": {"name": t.id, "description": t.description},
            "spec": {"type": "team", "profile": {"displayName": t.title}, "children": []},
        }
        for t in company.teams
    ]


def _systems(company: Company) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": _API,
            "kind": "System",
            "metadata": {"name": s.id, "title": s.title},
            "spec": {"owner": f"group:default/{s.owner}"},
        }
        for s in company.systems
    ]


def _component(service: Service, estate: Estate) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": service.id, "title": service.title}
    annotations = dict(_IN_CLUSTERS.get(service.id, {}))
    if service.was is not None:
        annotations["warikan.io/owner-history"] = _history(service, estate.script, estate)
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": _API,
        "kind": "Component",
        "metadata": metadata,
        "spec": {
            "type": "service",
            "lifecycle": "production",
            "owner": f"group:default/{service.team}",
            "system": service.system,
            "dependsOn": [f"component:{name}" for name in depends_on(service)],
        },
    }


def _history(service: Service, script: Script, estate: Estate) -> str:
    """Who owned it from when, oldest first."""
    moved = script.event(TEAM_MOVE).start
    return f"{estate.timeline.start.isoformat()}={service.was},{moved.isoformat()}={service.team}"
