"""Which service a change belongs to, and why: rules in their order, conflicts kept."""

import re
from collections.abc import Iterable, Iterator, Mapping

from warikan.allocate.kubernetes.workload_rules import (
    ARGO_NAME,
    KUBERNETES_ID,
    LABELS,
    NAMESPACE,
    SELECTOR,
    by_annotation,
)
from warikan.catalog.changes import ChangeSource
from warikan.catalog.entities import Catalog
from warikan.operate.changes.change import Evidence, Location, Subject

CHANGES = "warikan.io/changes"
"""Annotation of a Component, ours: what senders call it, separated by commas."""
_SLUGS = ("github.com/project-slug", "gitlab.com/project-slug")
_SOURCE = "backstage.io/source-location"
_ENVIRONMENTS = ("prod", "production", "prd", "stg", "stage", "staging", "dev", "development", "test", "qa")
_TRACKING = re.compile(r"^([^:]+):([^:/]*)/([^:/]+):([^:/]*)/([^:/]+)$")
_REMOTE = re.compile(
    r"^(?:[a-z+]+://)?(?:[^@/]*@)?([^/:]+)(?::\d+(?=/))?[:/](.+?)(?:\.git)?/*$", re.IGNORECASE
)
"""``https://host/owner/name``, ``ssh://user@host:22/owner/name.git``, ``git@host:owner/name``."""
_TREE = re.compile(r"^(.*?)/(?:-/)?(?:tree|blob)/[^/]+/?(.*)$")
_TAGS = ("service", "app", "app_name", "x_serviceid")
MOST_EVIDENCE = 12


class Owners:
    """
    The services of a catalogue, and the names that lead to them.

    The rules, the first one decides: ``settings`` (``changes.sources.NAME.services``), ``sender`` (it names
    the service), ``catalogue`` (annotations of the Component), ``argo`` (application, tracking id),
    ``repository`` (the longest path), ``labels``, then ``namespace``, ``tags`` and ``name``: a name that is a
    service's id.
    """

    def __init__(self, catalog: Catalog, clusters: Iterable[str] = ()) -> None:
        self._catalog = catalog
        self._by_id = by_annotation(catalog, KUBERNETES_ID)
        self._by_argo = by_annotation(catalog, ARGO_NAME)
        self._by_namespace = by_annotation(catalog, NAMESPACE)
        self._by_slug: dict[str, str] = {}
        for slug in _SLUGS:
            self._by_slug |= by_annotation(catalog, slug)
        self._by_name = _declared(catalog)
        self._selectors = _selectors(catalog)
        self._locations = self._by_slug | _locations(catalog)
        ends = "|".join(
            map(re.escape, sorted({*_ENVIRONMENTS, *(c.lower() for c in clusters)}, key=len, reverse=True))
        )
        self._stem = re.compile(rf"^(?:(?:{ends})[-_./])?(.+?)(?:[-_./](?:{ends}))?$")

    def find(self, subject: Subject, source: ChangeSource | None = None) -> tuple[Evidence, ...]:
        """Everything that names a service for *subject*, what decides first."""
        found = dict.fromkeys(self._all(subject, source))
        # What names no service decides nothing, wherever it stands; it is kept for whoever asks why.
        ordered = sorted(found, key=lambda one: one.service_id is None)
        return tuple(ordered[:MOST_EVIDENCE])

    def _all(self, subject: Subject, source: ChangeSource | None) -> Iterator[Evidence]:
        if source is not None:
            yield from self._by_settings(subject, source.services)
        if subject.service is not None:
            yield Evidence("sender", "service", subject.service, self._id(subject.service))
        yield from self._by_catalogue(subject)
        yield from self._by_argo_name(subject)
        yield from self._by_repository(subject)
        for label in LABELS:
            yield from self._is_id("labels", f"labels['{label}']", subject.labels.get(label))
        if subject.namespace is not None:
            known = self._by_namespace.get(subject.namespace.lower()) or self._id(subject.namespace)
            if known is not None:
                yield Evidence("namespace", "namespace", subject.namespace, known)
        for tag in _TAGS:
            yield from self._is_id("tags", f"tags['{tag}']", subject.tags.get(tag))
        for name in (subject.object_name, *subject.names):
            yield from self._is_id("name", "name", name)

    def _id(self, name: str | None) -> str | None:
        """The service called *name*, letter by letter but for case."""
        key = (name or "").strip().lower()
        return key if key in self._catalog.services else None

    def _is_id(self, rule: str, from_: str, value: str | None) -> Iterator[Evidence]:
        """A service called *value*, or *value* without an environment or cluster before or after it."""
        if value is None:
            return
        known = self._id(value)
        if known is None and (stem := self._stem.match(value.lower())):
            known = self._id(stem[1])
        if known is not None:
            yield Evidence(rule, from_, value, known)

    def _by_settings(self, subject: Subject, services: Mapping[str, str]) -> Iterator[Evidence]:
        if not services:
            return
        known = {key.strip().lower().strip("/"): service for key, service in services.items()}
        for from_, value in _names(subject):
            if (service := known.get(value.lower())) is not None:
                yield Evidence("settings", from_, value, self._id(service))
        for location in subject.locations:
            for prefix in _prefixes(location):
                if (service := known.get(prefix.lower())) is not None:
                    yield Evidence("settings", "repository", prefix, self._id(service))
                    break

    def _by_catalogue(self, subject: Subject) -> Iterator[Evidence]:
        for place, told in (("labels", subject.labels), ("annotations", subject.annotations)):
            value = told.get(KUBERNETES_ID)
            if value is not None and (service := self._by_id.get(value.lower())):
                yield Evidence("catalogue", f"{place}['{KUBERNETES_ID}']", value, service)
        for application in _applications(subject):
            if service := self._by_argo.get(application.lower()):
                yield Evidence("catalogue", ARGO_NAME, application, service)
        for from_, value in _names(subject):
            if service := self._by_name.get(value.lower()):
                yield Evidence("catalogue", f"{CHANGES} ({from_})", value, service)
        yield from self._by_selector(subject)
        for location in subject.locations:
            # With a path the repository alone is the shortest of its prefixes; see _by_repository.
            if not location.path and (service := self._by_slug.get(location.repository.lower())):
                yield Evidence("catalogue", "project-slug", location.repository, service)

    def _by_selector(self, subject: Subject) -> Iterator[Evidence]:
        for namespace, wanted, service in self._selectors:
            is_there = namespace is None or namespace == (subject.namespace or "").lower()
            if is_there and all(subject.labels.get(k) == v for k, v in wanted.items()):
                selector = ",".join(f"{k}={v}" for k, v in wanted.items())
                yield Evidence("catalogue", SELECTOR, selector, service)

    def _by_argo_name(self, subject: Subject) -> Iterator[Evidence]:
        if subject.application is not None:
            yield from self._is_id("argo", "application", subject.application)
        if (application := own_application(subject)) is not None:
            yield from self._is_id("argo", "tracking-id", application)

    def _by_repository(self, subject: Subject) -> Iterator[Evidence]:
        """The longest declared path; else a folder called as a service; else whose the repository is."""
        for location in subject.locations:
            full = f"{location.repository}/{location.path}".rstrip("/")
            longest = next((p for p in _prefixes(location) if p.lower() in self._locations), None)
            is_whole = longest is None or longest == location.repository
            if is_whole and location.path:
                folders = (
                    list(self._is_id("repository", "folder", f)) for f in location.path.split("/")[::-1]
                )
                yield from next((named for named in folders if named), [])
            if longest is not None:
                yield Evidence("repository", "repository path", full, self._locations[longest.lower()])
            else:
                yield from self._is_id(
                    "repository", "repository name", location.repository.rsplit("/", 1)[-1]
                )


def own_application(subject: Subject) -> str | None:
    """
    The Argo CD application of an object by its tracking id, ``<app>:<group>/<kind>:<namespace>/<name>``.

    None where the id is of another object: it was copied with the object, and Argo CD itself ignores it
    (argo-cd.readthedocs.io, resource tracking, "non self-referencing annotations").
    """
    match = _TRACKING.match(subject.tracking_id or "")
    if match is None:
        return None
    application, _, kind, namespace, name = match.groups()
    is_own = (
        name == subject.object_name
        and (subject.object_kind is None or kind == subject.object_kind)
        and namespace == (subject.namespace or "")
    )
    # Applications outside Argo CD's own namespace are told as <namespace>_<application>.
    return application.rsplit("_", 1)[-1] if is_own else None


def parse_repository(address: str | None, path: str | None = None) -> Location | None:
    """*address* (a URL of any form, or ``owner/name``) as a location; None where it names no repository."""
    if not address:
        return None
    text = address.strip()
    if "://" in text or "@" in text:
        match = _REMOTE.match(text)
        if match is None:
            return None
        text = match[2]
    inside = path or ""
    if tree := _TREE.match(text):
        text, inside = tree[1], inside or tree[2]
    name = text.strip("/").removesuffix(".git")
    folder = "/".join(part for part in inside.split("/") if part not in {"", "."})
    if "/" not in name or ".." in folder.split("/"):
        return None
    return Location(name[:200], folder[:200])


def _applications(subject: Subject) -> tuple[str, ...]:
    return tuple(a for a in (subject.application, own_application(subject)) if a is not None)


def _names(subject: Subject) -> Iterator[tuple[str, str]]:
    """(what it is, name) of everything that settings and annotations may list."""
    for application in _applications(subject):
        yield "application", application
    for name in subject.names:
        yield "name", name
    if subject.namespace is not None:
        yield "namespace", subject.namespace
    if subject.object_name is not None:
        yield "object", subject.object_name
    for location in subject.locations:
        for prefix in _prefixes(location):
            yield "repository", prefix


def _prefixes(location: Location) -> Iterator[str]:
    """``owner/name/a/b``, ``owner/name/a``, ``owner/name``: the longest first."""
    parts = location.path.split("/") if location.path else []
    for end in range(min(len(parts), 20), -1, -1):
        yield "/".join((location.repository, *parts[:end]))


def _declared(catalog: Catalog) -> dict[str, str]:
    """Names that Components list in ``warikan.io/changes``; one that two list is nobody's."""
    owners: dict[str, set[str]] = {}
    for service in catalog.services.values():
        for name in service.annotations.get(CHANGES, "").replace("\n", ",").split(","):
            if key := name.strip().strip("/").lower():
                owners.setdefault(key, set()).add(service.id)
    return {name: ids.pop() for name, ids in owners.items() if len(ids) == 1}


def _locations(catalog: Catalog) -> dict[str, str]:
    """``owner/name/path`` in lower case → the service whose source is there."""
    owners: dict[str, set[str]] = {}
    for service in catalog.services.values():
        location = parse_repository(service.annotations.get(_SOURCE, "").removeprefix("url:"))
        if location is not None:
            owners.setdefault(next(_prefixes(location)).lower(), set()).add(service.id)
    return {path: ids.pop() for path, ids in owners.items() if len(ids) == 1}


def _selectors(catalog: Catalog) -> tuple[tuple[str | None, dict[str, str], str], ...]:
    """(namespace, labels, service) of each Component that selects its pods by equality."""
    found = []
    for service in catalog.services.values():
        pairs = [p.partition("=") for p in service.annotations.get(SELECTOR, "").split(",") if p.strip()]
        if pairs and all(value and not key.strip().endswith("!") for key, _, value in pairs):
            wanted = {key.strip(): value.lstrip("=").strip() for key, _, value in pairs}
            found.append((service.annotations.get(NAMESPACE, "").strip().lower() or None, wanted, service.id))
    return tuple(found)
