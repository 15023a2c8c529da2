"""What the company's people wrote: the Backstage catalogue and warikan.yaml."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import yaml

from warikan.estate.company import Company, Service
from warikan.estate.events import HANDOVER, TEAM_MOVE, Script
from warikan.estate.simulation import Estate

_API = "backstage.io/v1alpha1"


def write_settings(folder: Path, estate: Estate) -> None:
    """warikan.yaml: sources, ownership rules and shares that fit the estate's bills."""
    company = estate.company
    aliases = [f"          {alias}: {s.id}" for s in company.services for alias in s.aliases]
    template = files("warikan.estate").joinpath("warikan.template.yaml").read_text(encoding="utf-8")
    text = Template(template).substitute(
        handover=estate.script.event(HANDOVER).start.isoformat(),
        aliases="\n".join(aliases),
        payments=company.account("pay").id,
        google_data=company.account("gdata").id,
        in_clusters=", ".join(s.id for s in company.services if s.pods and s.id != "data-platform"),
    )
    (folder / "warikan.yaml").write_text(text, encoding="utf-8")


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
    if service.was is not None:
        metadata["annotations"] = {"warikan.io/owner-history": _history(service, estate.script, estate)}
    return {
        "apiVersion": _API,
        "kind": "Component",
        "metadata": metadata,
        "spec": {
            "type": "service",
            "lifecycle": "production",
            "owner": f"group:default/{service.team}",
            "system": service.system,
        },
    }


def _history(service: Service, script: Script, estate: Estate) -> str:
    """Who owned it from when, oldest first."""
    moved = script.event(TEAM_MOVE).start
    return f"{estate.timeline.start.isoformat()}={service.was},{moved.isoformat()}={service.team}"
