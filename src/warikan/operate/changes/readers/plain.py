"""What happened in our own words, or words like them: rows of CSVs, JSON lines, data of CloudEvents."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from warikan.operate.changes.change import KINDS, ActorKind, ChangeDraft, Kind, Outcome, Subject
from warikan.operate.changes.document import UnreadableEvent, dig, parse_json, text_at, texts_at, time_at
from warikan.operate.changes.readers.reading import Delivery, Reader, actor_kind, locations, whole

_NAMES: Mapping[str, tuple[str, ...]] = {
    "at": ("at", "time", "timestamp", "when", "occurred_at", "started_at", "start", "date"),
    "ended_at": ("ended_at", "finished_at", "end"),
    "event_id": ("event_id", "id", "uuid"),
    "kind": ("kind", "type", "event", "category"),
    "title": ("title", "summary", "description", "message", "name"),
    "service": ("service", "service_id", "x_serviceid", "component"),
    "team": ("team", "team_id", "x_teamid"),
    "environment": ("environment", "env", "x_environment"),
    "cluster": ("cluster", "cluster_id", "x_clusterid"),
    "actor": ("actor", "by", "user", "author"),
    "actor_kind": ("actor_kind",),
    "revision": ("revision", "sha", "commit", "version"),
    "url": ("url", "link", "href"),
    "repository": ("repository", "repo", "repo_url"),
    "path": ("path", "directory", "dir"),
    "application": ("application", "app"),
    "workspace": ("workspace", "project"),
    "namespace": ("namespace", "x_namespace"),
    "outcome": ("outcome", "status", "result", "state"),
    "scope": ("scope", "scope_json"),
    "source": ("source",),
}
_COLUMN = {word: field for field, words in _NAMES.items() for word in words}
_KINDS: Mapping[str, Kind] = {
    "deployment": "deploy", "release": "deploy", "rollout": "deploy", "rollback": "deploy",
    "terraform": "apply", "infrastructure": "apply", "argo": "sync", "autoscale": "scale",
    "autoscaling": "scale", "hpa": "scale", "scaling": "scale", "nodes": "node", "pricing": "price",
    "price_change": "price", "reservation": "commitment", "savings_plan": "commitment",
    "configuration": "config", "flag": "config", "feature_flag": "config", "migration": "planned",
    "maintenance": "planned",
}  # fmt: skip
_OUTCOMES: Mapping[str, Outcome] = {
    "started": "started", "running": "started", "in_progress": "started", "pending": "started",
    "failed": "failed", "failure": "failed", "error": "failed", "errored": "failed", "canceled": "failed",
}  # fmt: skip


def column_of(header: str) -> str | None:
    """What a column called *header* says; None for one that we do not know."""
    return _COLUMN.get(header.strip().lower().replace(" ", "_"))


def kind_of(word: str | None) -> Kind:
    """The kind that *word* means; ``other`` for what we do not know, ``manual`` for none."""
    if word is None:
        return "manual"
    said = word.strip().lower().replace("-", "_").replace(" ", "_")
    exact = next((kind for kind in KINDS if kind == said), None)
    return exact or _KINDS.get(said, "other")


def draft_of(told: Mapping[str, Any]) -> ChangeDraft:
    """
    The change that *told* describes, its keys named as in docs/changes.md or like them.

    Raises:
        UnreadableEvent: no title and no kind, or a time or scope that cannot be read.
    """
    fields = _named(told)
    kind = kind_of(text_at(fields, "kind", most=60))
    title = text_at(fields, "title", most=300)
    service = text_at(fields, "service", most=100)
    if title is None:
        if "kind" not in fields:
            raise UnreadableEvent("it has no title")
        title = " ".join(filter(None, (kind, service)))
    actor = text_at(fields, "actor", most=200)
    workspace = text_at(fields, "workspace", most=200)
    return ChangeDraft(
        kind=kind,
        title=title,
        at=time_at(fields, "at"),
        ended_at=time_at(fields, "ended_at"),
        event_id=text_at(fields, "event_id"),
        subject=Subject(
            service=service,
            application=text_at(fields, "application", most=253),
            locations=locations((text_at(fields, "repository", most=500), text_at(fields, "path", most=300))),
            names=(workspace,) if workspace else (),
            namespace=text_at(fields, "namespace", most=253),
            tags=texts_at(told, "tags"),
            labels=texts_at(told, "labels"),
        ),
        team=text_at(fields, "team", most=100),
        environment=text_at(fields, "environment", most=100),
        cluster=text_at(fields, "cluster", most=100),
        scope=_scope(dig(fields, "scope")),
        outcome=_OUTCOMES.get((text_at(fields, "outcome") or "").lower(), "succeeded"),
        actor_kind=_actor_kind(text_at(fields, "actor_kind"), actor),
        actor=actor,
        revision=text_at(fields, "revision", most=200),
        url=text_at(fields, "url"),
    )


def _named(told: Mapping[str, Any]) -> dict[str, Any]:
    """Field → its value, blank ones left out; of two columns that mean the same the better name holds."""
    best: dict[str, tuple[int, Any]] = {}
    for key, value in list(told.items())[:200]:
        word = str(key).strip().lower().replace(" ", "_")
        field = _COLUMN.get(word)
        if field is None or value is None or value == "":
            continue
        rank = _NAMES[field].index(word)
        if field not in best or rank < best[field][0]:
            best[field] = (rank, value)
    return {field: value for field, (_, value) in best.items()}


def _scope(told: Any) -> dict[str, str]:
    value = parse_json(told, where="scope") if isinstance(told, str) else told
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableEvent(f"scope: {json.dumps(value)[:60]} is no object of columns and values")
    return {str(key): text for key in value if (text := text_at(value, key, most=500)) is not None}


def _actor_kind(told: str | None, actor: str | None) -> ActorKind:
    known = next((kind for kind in get_args(ActorKind) if kind == (told or "").lower()), None)
    return known or actor_kind(actor)


def _read(event: Any, _: Delivery) -> Iterator[ChangeDraft]:
    if not isinstance(event, Mapping):
        raise UnreadableEvent("an event is no JSON object")
    yield draft_of(event)


READER = Reader(whole, _read)
