"""
Argo CD: the syncs of an Application, from its API or from a notification whose body is the Application.

``status.history`` has those that succeeded, ``status.operationState`` the last one, whatever became of it;
both speak of the same sync when they began at the same time (the controller persists ``StartedAt``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from warikan.operate.changes.change import ChangeDraft, Outcome, Subject
from warikan.operate.changes.document import UnreadableEvent, dig, list_at, text_at, texts_at, time_at
from warikan.operate.changes.readers.reading import Delivery, Reader, actor_kind, locations, require, short

TRACKING = "argocd.argoproj.io/tracking-id"
IN_CLUSTER = ("https://kubernetes.default.svc", "in-cluster")
_PHASES: Mapping[str, Outcome] = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Error": "failed",
    "Running": "started",
    "Terminating": "started",
}


def _split(body: Any, _: Delivery) -> Iterator[tuple[Any, Any]]:
    """(application, sync) of each sync: entries of histories, then the last operation."""
    for application in _applications(body):
        if not isinstance(application, dict):
            raise UnreadableEvent("an application is no JSON object")
        history = [one for one in list_at(application, "status", "history") if isinstance(one, dict)]
        for entry in history:
            yield application, entry
        operation = dig(application, "status", "operationState")
        if isinstance(operation, dict) or not history:
            yield application, operation


def _applications(body: Any) -> Iterable[Any]:
    """The API's list, one Application (alone, or in ``app`` or ``application``), or our docs' flat form."""
    if isinstance(body, list):
        return body
    if isinstance(dig(body, "items"), list):
        return list_at(body, "items")
    for key in ("app", "application", "object"):
        if isinstance(dig(body, key, "metadata"), dict):
            return [dig(body, key)]
    if isinstance(dig(body, "metadata"), dict):
        return [body]
    if isinstance(dig(body, "application"), str):
        return [_unflattened(body)]
    # An Argo CD without applications answers null.
    if isinstance(body, dict) and body.get("items", ...) is None:
        return []
    raise UnreadableEvent("this is no Application of Argo CD: its body has no metadata")


def _unflattened(body: Mapping[str, Any]) -> dict[str, Any]:
    """``{"application", "revision", "phase", "startedAt", ...}`` as an Application."""
    return {
        "metadata": {"name": body.get("application"), "namespace": body.get("applicationNamespace")},
        "spec": {
            "project": body.get("project"),
            "source": {"repoURL": body.get("repoURL"), "path": body.get("path")},
            "destination": {"name": body.get("cluster"), "namespace": body.get("namespace")},
        },
        "status": {
            "operationState": {
                "phase": body.get("phase", "Succeeded"),
                "startedAt": body.get("startedAt"),
                "finishedAt": body.get("finishedAt"),
                "operation": {
                    "initiatedBy": {"username": body.get("username"), "automated": body.get("automated")}
                },
                "syncResult": {"revision": body.get("revision")},
            }
        },
    }


def _read(event: tuple[Any, Any], delivery: Delivery) -> Iterator[ChangeDraft]:
    application, sync = event
    name = require(text_at(application, "metadata", "name", most=253), "metadata.name")
    if not isinstance(sync, dict):
        return
    is_operation = "phase" in sync
    if is_operation and sync.get("phase") not in _PHASES:
        raise UnreadableEvent(f"application {name}: an operation has no phase that Argo CD knows")
    # Of an operation only a sync counts: refreshes and deletions have no result.
    if (
        is_operation
        and not isinstance(dig(sync, "syncResult"), dict)
        and dig(sync, "operation", "sync") is None
    ):
        return
    outcome = _PHASES[sync["phase"]] if is_operation else "succeeded"
    told = (sync.get("syncResult") or {}) if is_operation else sync
    by = dig(sync, "operation", "initiatedBy") if is_operation else sync.get("initiatedBy")
    ended = time_at(sync, "finishedAt") if is_operation else time_at(sync, "deployedAt")
    began = (time_at(sync, "startedAt") if is_operation else time_at(sync, "deployStartedAt")) or ended
    if began is None:
        raise UnreadableEvent(f"application {name}: a sync has no time")
    sources = _sources(told) or _sources(dig(application, "spec"))
    revisions = [r for r in list_at(told, "revisions") if isinstance(r, str)]
    revision = text_at(told, "revision", most=200) or (revisions[0] if revisions else None)
    namespace = text_at(application, "metadata", "namespace", most=253)
    username = text_at(by, "username", most=200)
    # Neither a name nor "automated": Argo CD before 2.7 did not write down who.
    automated = dig(by, "automated") is True or (False if username else None)
    yield ChangeDraft(
        kind="sync",
        title=_title(name, short(revision), outcome),
        at=began,
        ended_at=ended,
        event_id=f"{namespace or ''}/{name}@{began.isoformat()}",
        subject=_subject(application, name, sources),
        environment=_environment(application),
        cluster=_cluster(application),
        outcome=outcome,
        actor_kind=actor_kind(username, is_automated=automated),
        actor=username or ("argocd" if automated else None),
        revision=revision,
        url=_url(name, namespace, delivery),
        summary={
            "application": name,
            "project": text_at(application, "spec", "project", most=200),
            "namespace": text_at(application, "spec", "destination", "namespace", most=253),
            "sources": [" ".join(filter(None, one)) for one in sources],
            "revisions": revisions,
            "message": text_at(sync, "message", most=300) if outcome == "failed" else None,
        },
    )


def _title(name: str, revision: str, outcome: Outcome) -> str:
    to = f" to {revision}" if revision else ""
    match outcome:
        case "failed":
            return f"Sync of {name}{to} failed"
        case "started":
            return f"Sync of {name}{to} began"
        case _:
            return f"{name} synced{to}"


def _sources(told: Any) -> list[tuple[str, str]]:
    """(address, path or chart) of ``sources``, else of ``source``."""
    all_of_them = list_at(told, "sources") or [dig(told, "source")]
    found = []
    for one in all_of_them[:20]:
        address = text_at(one, "repoURL", most=500)
        if address:
            found.append((address, text_at(one, "path", most=300) or text_at(one, "chart", most=200) or ""))
    return found


def _subject(application: Any, name: str, sources: list[tuple[str, str]]) -> Subject:
    return Subject(
        application=name,
        locations=locations(*sources),
        namespace=text_at(application, "spec", "destination", "namespace", most=253),
        labels=texts_at(application, "metadata", "labels"),
        annotations={
            key: value
            for key, value in texts_at(application, "metadata", "annotations").items()
            if key.startswith(("backstage.io/", "warikan.io/"))
        },
    )


def _environment(application: Any) -> str | None:
    labels = texts_at(application, "metadata", "labels")
    known = ("environment", "env", "app.kubernetes.io/environment")
    return next((labels[key] for key in known if key in labels), None)


def _cluster(application: Any) -> str | None:
    """The destination's name, or the name at the front of its address; none for Argo CD's own cluster."""
    name = text_at(application, "spec", "destination", "name", most=100)
    server = text_at(application, "spec", "destination", "server", most=300)
    told = name or server
    return None if told in IN_CLUSTER else told


def _url(name: str, namespace: str | None, delivery: Delivery) -> str | None:
    if delivery.source is None or delivery.source.url is None:
        return None
    path = "/".join(quote(part, safe="") for part in (namespace, name) if part)
    return f"{delivery.source.url.rstrip('/')}/applications/{path}"


READER = Reader(_split, _read)
