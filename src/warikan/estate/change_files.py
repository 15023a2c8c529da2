"""Changes as files, in the forms in which systems deliver them: ``changes/`` of the demo."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from warikan.estate.incidents import PlantedChange
from warikan.estate.random_streams import hex_id

FOLDER = "changes"
CSV_FILE = "changes.csv"
ARGO_FILE = "applications.json"
ATLANTIS_FILE = "atlantis.jsonl"
GITHUB_FILE = "github.jsonl"
EVENTS_FILE = "events.jsonl"
COLUMNS = ("at", "source", "event_id", "kind", "service", "title", "actor", "url", "scope_json")
_HISTORY = 10
"""Syncs that Argo CD keeps of an application (spec.revisionHistoryLimit)."""
_TOOK = timedelta(seconds=41)


def write_changes(folder: Path, changes: Sequence[PlantedChange]) -> None:
    """
    Write *changes* into ``changes/``: each into one file only.

    ``changes.csv`` holds what began an incident, and what no other file tells; ``applications.json`` the
    newest syncs as Argo CD's API lists them; ``atlantis.jsonl`` bodies of webhooks with the time at which
    they came; ``github.jsonl`` bodies of deployment_status; ``events.jsonl`` scalings as CloudEvents.
    """
    target = folder / FOLDER
    target.mkdir(parents=True)
    innocent = [c for c in changes if c.incident is None]
    argo = _newest_syncs(innocent)
    # Every other one, so that each form has some and the CSV is a history of everything.
    atlantis = [c for c in innocent if c.source == "atlantis"][::2]
    github = [c for c in innocent if c.source == "github"][::2]
    events = [c for c in innocent if c.source == "kubernetes"][::2]
    elsewhere = {c.id for c in (*argo, *atlantis, *github, *events)}
    _write_csv(target / CSV_FILE, [c for c in changes if c.id not in elsewhere])
    (target / ARGO_FILE).write_text(_text(_applications(argo)) + "\n", encoding="utf-8")
    _write_lines(target / ATLANTIS_FILE, (_atlantis(c) for c in atlantis))
    _write_lines(target / GITHUB_FILE, (_github(c) for c in github))
    _write_lines(target / EVENTS_FILE, (_cloud_event(c) for c in events))


def _newest_syncs(changes: Iterable[PlantedChange]) -> list[PlantedChange]:
    """The newest syncs of each application: Argo CD forgets the others."""
    of_service: dict[str, list[PlantedChange]] = {}
    for change in changes:
        if change.source == "argocd":
            of_service.setdefault(change.service, []).append(change)
    return [c for of in of_service.values() for c in of[-_HISTORY:]]


def _write_csv(path: Path, changes: Iterable[PlantedChange]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for c in changes:
            scope = {k: v for k, v in c.scope.items() if k != "x_ServiceId"}
            rows.writerow(
                (_time(c.at), c.source, c.id, c.kind, c.service, c.title, c.actor, c.url,
                 _text(scope) if scope else "")
            )  # fmt: skip


def _write_lines(path: Path, bodies: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(f"{_text(body)}\n" for body in bodies), encoding="utf-8")


def _applications(changes: Sequence[PlantedChange]) -> dict[str, Any]:
    """ApplicationList of Argo CD's API (argoproj.io/v1alpha1), one application a service."""
    services = sorted({c.service for c in changes})
    return {
        "metadata": {"resourceVersion": "48211907"},
        "items": [_application(s, [c for c in changes if c.service == s]) for s in services],
    }


def _application(service: str, changes: Sequence[PlantedChange]) -> dict[str, Any]:
    source = {
        "repoURL": "https://github.com/hinode-market/deployments.git",
        "path": f"services/{service}/overlays/prod",
        "targetRevision": "main",
    }
    history = [_sync(number, c, source) for number, c in enumerate(changes, start=1)]
    last = history[-1]
    return {
        "metadata": {
            "name": service,
            "namespace": "argocd",
            "labels": {"env": "prod", "app.kubernetes.io/part-of": "hinode-market"},
        },
        "spec": {
            "project": "hinode",
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": service},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": last["revision"]},
            "health": {"status": "Healthy"},
            "history": history,
            "operationState": {
                "phase": "Succeeded",
                "message": "successfully synced (all tasks run)",
                "startedAt": last["deployStartedAt"],
                "finishedAt": last["deployedAt"],
                "operation": {
                    "sync": {"revision": last["revision"], "prune": True},
                    "initiatedBy": last["initiatedBy"],
                },
                "syncResult": {"revision": last["revision"], "source": source},
            },
            "summary": {"images": [f"registry.hinode.example/{service}:{last['revision'][:12]}"]},
        },
    }


def _sync(number: int, change: PlantedChange, source: Mapping[str, str]) -> dict[str, Any]:
    is_automated = change.actor == "argocd"
    return {
        "id": number,
        "revision": _commit(change),
        "deployStartedAt": _time(change.at),
        "deployedAt": _time(change.at + _TOOK),
        "source": dict(source),
        "initiatedBy": {"automated": True} if is_automated else {"username": change.actor},
    }


def _atlantis(change: PlantedChange) -> dict[str, Any]:
    """An apply as Atlantis sends it; it has no time, so it is stored with the one at which it came."""
    body = {
        "Workspace": "default",
        "Repo": {
            "FullName": "hinode-market/infrastructure",
            "Owner": "hinode-market",
            "Name": "infrastructure",
        },
        "Pull": {
            "Num": int(change.url.rsplit("/", 1)[-1]),
            "HeadCommit": _commit(change),
            "URL": change.url,
            "BaseBranch": "main",
            "Author": change.actor,
        },
        "User": {"Username": change.actor},
        "Success": True,
        "Directory": f"services/{change.service}",
        "ProjectName": change.service,
    }
    return {"received_at": _time(change.at), "body": body}


def _github(change: PlantedChange) -> dict[str, Any]:
    """The body of deployment_status, when a deployment has succeeded."""
    number = int(hex_id(0, change.id, length=8), 16)
    repository = f"hinode-market/{change.service}"
    return {
        "action": "created",
        "deployment_status": {
            "state": "success",
            "environment": "production",
            "created_at": _time(change.at + _TOOK),
            "log_url": change.url,
        },
        "deployment": {
            "id": number,
            "sha": _commit(change),
            "ref": "main",
            "task": "deploy",
            "environment": "production",
            "created_at": _time(change.at),
            "description": change.title,
            "creator": {"login": change.actor, "type": "User"},
            "payload": {"service": change.service},
        },
        "repository": {"full_name": repository, "html_url": f"https://github.com/{repository}"},
    }


def _cloud_event(change: PlantedChange) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": change.id,
        "source": "/clusters/hinode-prod",
        "type": f"example.hinode.cluster.{change.kind}",
        "subject": change.service,
        "time": _time(change.at),
        "datacontenttype": "application/json",
        "data": {
            "kind": change.kind,
            "service": change.service,
            "title": change.title,
            "actor": change.actor,
            "actor_kind": "automation",
        },
    }


def _commit(change: PlantedChange) -> str:
    return hex_id(0, "commit", change.id, length=40)


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
