"""A draft as it is kept: cleaned, bounded, with its service, team and cluster."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from warikan.catalog.changes import ChangeSource
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.operate.changes.change import ChangeDraft, Evidence
from warikan.operate.changes.document import UnreadableEvent, check_time, clean, safe_url
from warikan.operate.changes.owners import Owners

Row = dict[str, Any]
"""Column of ``changes`` → value; without its id."""
MOST_SUMMARY = 24
_COLUMN = re.compile(r"^(?:[A-Za-z_][A-Za-z0-9_]{0,99}|(?:Tags|x_Labels)\['[^'\]]{1,128}'\])$")
_LONGEST_ID = 200
_BOT = re.compile(r"(?:\[bot\]|^system:|-bot|^argocd|^atlantis|-ci)", re.IGNORECASE)


@dataclass(frozen=True)
class Drafting:
    """
    Makes rows of drafts.

    Attributes:
        now: When the delivery came.
    """

    catalog: Catalog
    owners: Owners
    clusters: Mapping[str, str]
    keep_names: bool

    @classmethod
    def of(cls, settings: Settings, catalog: Catalog) -> "Drafting":
        """With the clusters and the catalogue of a workspace."""
        clusters = {name.lower(): key for key, one in settings.clusters.items() for name in (key, *one.names)}
        return cls(catalog, Owners(catalog, clusters), clusters, settings.changes.keep_names)

    def make_row(self, draft: ChangeDraft, *, name: str, source: ChangeSource | None, now: datetime) -> Row:
        """
        The row of *draft* from the source *name*.

        Raises:
            UnreadableEvent: it has no title, or a time at which nothing can have happened.
        """
        at = draft.at or now
        check_time(at, now=now)
        ended = draft.ended_at if draft.ended_at is not None and draft.ended_at >= at else None
        if ended is not None:
            check_time(ended, now=now)
        title = clean(draft.title, 300)
        if not title:
            raise UnreadableEvent("a change needs a title")
        evidence = self.owners.find(draft.subject, source)
        service = next((e.service_id for e in evidence if e.service_id is not None), None)
        return {
            "source": name,
            "event_id": event_id_of(draft),
            "at": at,
            "ended_at": ended,
            "kind": draft.kind,
            "title": title,
            "outcome": draft.outcome,
            "service_id": service,
            "team_id": self._team(service, draft.team, at),
            "environment": _some(draft.environment or (source.environment if source else None), 100),
            "cluster": self._cluster(draft.cluster or (source.cluster if source else None)),
            "scope": _scope(draft.scope),
            **self._actor(draft),
            "revision": _some(draft.revision, 200),
            "url": safe_url(draft.url),
            "subject": _without_nothing(asdict(draft.subject)),
            "evidence": evidence_rows(evidence),
            "summary": _summary(draft.summary),
            "received_at": now,
        }

    def team_of(self, service: str | None, at: datetime) -> str | None:
        """Who owned *service* then."""
        return None if service is None else self.catalog.services[service].team_on(at.date())

    def _team(self, service: str | None, told: str | None, at: datetime) -> str | None:
        if service is not None:
            return self.team_of(service, at)
        team = (told or "").strip().lower()
        return team if team in self.catalog.teams else None

    def _cluster(self, told: str | None) -> str | None:
        name = _some(told, 100)
        return None if name is None else self.clusters.get(name.lower(), name)

    def _actor(self, draft: ChangeDraft) -> Row:
        name = _some(draft.actor, 200)
        kind = draft.actor_kind
        if kind == "unknown" and name is not None:
            kind = "automation" if _BOT.search(name) else "person"
        return {"actor_kind": kind, "actor": name if kind == "automation" or self.keep_names else None}


def evidence_rows(evidence: Iterable[Evidence]) -> list[Row]:
    """*evidence* as it is kept."""
    return [
        {"rule": e.rule, "from": e.from_, "value": clean(e.value, 300), "service_id": e.service_id}
        for e in evidence
    ]


def event_id_of(draft: ChangeDraft) -> str:
    """
    The id of *draft* within its source.

    A sender that has none tells the same event when it says the same: a hash of what it says, whoever says
    it, without the time of receipt.
    """
    if draft.event_id is not None and (given := clean(draft.event_id, 4000)):
        return given if len(given) <= _LONGEST_ID else f"sha256:{_hash(given)}"
    told = {name: value for name, value in asdict(draft).items() if name not in {"actor", "actor_kind"}}
    return f"sha256:{_hash(json.dumps(told, default=_plain, sort_keys=True))}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _some(text: str | None, most: int) -> str | None:
    return (clean(text, most) or None) if text else None


def _scope(told: Mapping[str, str]) -> dict[str, str]:
    """Columns and values that a filter can ask for, at most 20."""
    kept = {k: v for k, v in told.items() if _COLUMN.match(k) and 0 < len(v) <= 500}
    return {key: clean(kept[key], 500) for key in sorted(kept)[:20]}


def _summary(told: Mapping[str, Any]) -> dict[str, Any]:
    """At most 24 facts of at most 300 characters (lists: 10 of them): texts, numbers, lists."""
    kept: dict[str, Any] = {}
    for key, value in list(told.items())[:MOST_SUMMARY]:
        if isinstance(value, list | tuple):
            kept[clean(str(key), 60)] = [clean(str(one), 300) for one in value[:10]]
        elif isinstance(value, bool | int) or (isinstance(value, str) and value):
            small = not isinstance(value, int) or abs(value) < 10**18
            kept[clean(str(key), 60)] = (
                clean(value, 300) if isinstance(value, str) else (value if small else None)
            )
    return {key: value for key, value in kept.items() if value is not None and value != []}


def _without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
