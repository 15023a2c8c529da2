"""
Services, teams and systems from Backstage's ``catalog-info.yaml`` files.

Read: Component (a service), System, Domain, Group (a team), User, and of a Resource what it connects
(``spec.dependsOn``, ``spec.dependencyOf``). Any other kind is skipped with a note, so that an existing
catalogue works as it is. One annotation is ours: ``warikan.io/owner-history``
(``2026-04-01=team-a,2026-07-01=team-b``) says who owned a Component or System from which day on; before
the first day its ``spec.owner`` holds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from warikan.focus.errors import ConfigError

OWNER_HISTORY = "warikan.io/owner-history"
MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_ENTITIES = 100_000
_NAME = re.compile(r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$", re.IGNORECASE)
_API_VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1", "backstage.io/v1")
_KINDS = ("Component", "System", "Domain", "Group", "User", "Resource")
MOST_DEPENDENCIES = 1000
"""References in one field."""


@dataclass(frozen=True)
class Service:
    """
    A thing we run, with an owner.

    Attributes:
        team_id: Who owns it now; None when the catalogue does not say.
        owner_history: (first day, team) in ascending order; a day before the first has *team_id*.
        depends_on: Services that it stands on, in alphabetical order: those that it names, and those that
            the resources that it names stand on.
        where: The file and entity that say so, as messages name them.
    """

    id: str
    title: str
    description: str = ""
    team_id: str | None = None
    system_id: str | None = None
    lifecycle: str | None = None
    type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    owner_history: tuple[tuple[date, str], ...] = ()
    depends_on: tuple[str, ...] = ()
    where: str = ""

    def team_on(self, day: date) -> str | None:
        """The team that owns it on *day*."""
        team = self.team_id
        for since, owner in self.owner_history:
            if since <= day:
                team = owner
        return team

    def owned_since(self, day: date) -> date | None:
        """The first day of the owner that it has on *day*; None where the catalogue dates none before."""
        return max((since for since, _ in self.owner_history if since <= day), default=None)


@dataclass(frozen=True)
class Team:
    """
    A group that answers for services.

    Attributes:
        email: Of its profile: where messages go that no route of `notify` places.
    """

    id: str
    title: str
    description: str = ""
    parent_id: str | None = None
    type: str | None = None
    email: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class System:
    """Services that belong together."""

    id: str
    title: str
    description: str = ""
    team_id: str | None = None
    domain_id: str | None = None


@dataclass(frozen=True)
class Catalog:
    """
    Who owns what. Every mapping is by id, in alphabetical order.

    Attributes:
        notes: What was skipped or does not fit together, one sentence each; nothing there stops a run.
    """

    services: Mapping[str, Service] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def owner_dates(self) -> tuple[date, ...]:
        """The days on which some service changed hands, ascending."""
        return tuple(sorted({day for s in self.services.values() for day, _ in s.owner_history}))

    def dependencies(self) -> Mapping[str, tuple[str, ...]]:
        """Service → the services that it stands on; only those that stand on some."""
        return {s.id: s.depends_on for s in self.services.values() if s.depends_on}


def load_catalog(folder: Path) -> Catalog:
    """
    Read every ``*.yaml`` and ``*.yml`` below *folder*, in the order of their paths.

    A folder that does not exist is an empty catalogue (a new workspace has none).

    Raises:
        ConfigError: a file is too large, not YAML, or holds an entity that has no valid name, is defined
            twice, or has a field of the wrong form; the message names file and entity.
    """
    entities: dict[tuple[str, str], _Entity] = {}
    notes: list[str] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file()):
        for entity in _entities_of(path, folder, notes):
            key = (entity.kind, entity.name)
            if key in entities:
                raise ConfigError(
                    f"{entity.where} is defined twice, also in {entities[key].file}; "
                    "names are unique per kind, without regard to case: remove or rename one"
                )
            entities[key] = entity
            if len(entities) > MAX_ENTITIES:
                raise ConfigError(f"{folder} holds more than {MAX_ENTITIES:,} entities")
    return _assemble(entities, notes)


@dataclass(frozen=True)
class _Entity:
    kind: str
    name: str
    file: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}: {self.kind} {self.name}"

    def text(self, key: str) -> str | None:
        value = self.spec.get(key, self.metadata.get(key))
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ConfigError(f"{self.where}: {key} must be text, not {type(value).__name__}")
        return value

    def reference(self, key: str) -> str | None:
        """The name in an entity reference: ``group:default/payments`` → ``payments``."""
        text = self.text(key)
        if text is None:
            return None
        name = text.rsplit(":", 1)[-1].rsplit("/", 1)[-1].strip()
        return _checked_name(name, f"{self.where}: {key} {text!r}")

    def references(self, key: str) -> list[tuple[str, str]]:
        """(kind, name) of each entity that a list names: ``component:default/cart`` → component, cart."""
        told = self.spec.get(key) or []
        if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
            raise ConfigError(f"{self.where}: {key} must be a list of references (component:name)")
        if len(told) > MOST_DEPENDENCIES:
            raise ConfigError(f"{self.where}: {key} names {len(told):,}; the limit is {MOST_DEPENDENCIES:,}")
        found = []
        for text in told:
            kind, colon, name = text.strip().rpartition(":")
            checked = _checked_name(name.rsplit("/", 1)[-1], f"{self.where}: {key} {text[:80]!r}")
            found.append((kind.lower() if colon else "component", checked))
        return found

    @property
    def annotations(self) -> dict[str, str]:
        raw = self.metadata.get("annotations") or {}
        if not isinstance(raw, dict):
            raise ConfigError(f"{self.where}: annotations must be a mapping")
        return {str(k): str(v) for k, v in raw.items()}

    @property
    def title(self) -> str:
        return self.text("title") or self.name

    @property
    def description(self) -> str:
        return " ".join((self.text("description") or "").split())


def _entities_of(path: Path, folder: Path, notes: list[str]) -> Iterator[_Entity]:
    file = path.relative_to(folder).as_posix()
    for number, document in enumerate(_documents(path, file), start=1):
        if document is None:
            continue
        where = f"{file}: document {number}"
        if not isinstance(document, dict):
            raise ConfigError(f"{where} is not an entity (a mapping with apiVersion, kind, metadata)")
        kind, metadata, spec = (document.get(k) for k in ("kind", "metadata", "spec"))
        if document.get("apiVersion") not in _API_VERSIONS or kind not in _KINDS:
            notes.append(f"{where} is skipped: {document.get('apiVersion')} {kind} is no kind we read")
            continue
        if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
            raise ConfigError(f"{where} ({kind}) has no metadata.name")
        if not isinstance(spec if spec is not None else {}, dict):
            raise ConfigError(f"{where} ({kind} {metadata['name']}): spec must be a mapping")
        name = _checked_name(metadata["name"], f"{where} ({kind})")
        yield _Entity(kind, name, file, metadata, spec or {})


def _documents(path: Path, file: str) -> list[Any]:
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ConfigError(f"{file} has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}: split it")
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_aliases(text, file)
        return list(yaml.safe_load_all(text))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not valid YAML: {str(error) or 'nested too deeply'}") from error


def _refuse_aliases(text: str, file: str) -> None:
    """Aliases can name each other until a small file fills the memory ("billion laughs")."""
    aliases = sum(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)) if "*" in text else 0
    if aliases > 100:
        raise ConfigError(f"{file} uses {aliases} YAML aliases; the limit is 100")


def _checked_name(name: str, where: str) -> str:
    if not _NAME.match(name):
        raise ConfigError(f"{where}: {name[:80]!r} is not a valid name: letters, digits and ._- , at most 64")
    return name.lower()


def _assemble(entities: Mapping[tuple[str, str], _Entity], notes: list[str]) -> Catalog:
    def named(kind: str) -> dict[str, _Entity]:
        return {e.name: e for (k, _), e in sorted(entities.items()) if k == kind}

    teams = {e.name: _team(e) for e in named("Group").values()}
    systems = {
        e.name: System(e.name, e.title, e.description, e.reference("owner"), e.reference("domain"))
        for e in named("System").values()
    }
    edges = _edges(entities.values())
    services = {e.name: _service(e, systems, edges) for e in named("Component").values()}
    users = named("User")
    for service in services.values():
        owners = {service.team_id, *(team for _, team in service.owner_history)} - {None}
        notes += [
            f"Component {service.id} is owned by {owner}, which no Group defines"
            for owner in sorted(o for o in owners if o is not None and o not in teams and o not in users)
        ]
        if service.system_id is not None and service.system_id not in systems:
            notes.append(f"Component {service.id} is in system {service.system_id}, which is not defined")
        notes += [
            f"Component {service.id} depends on {other}, which no Component defines"
            for other in service.depends_on
            if other not in services
        ]
    domains = {e.name: e.title for e in named("Domain").values()}
    return Catalog(services, teams, systems, domains, tuple(notes))


_Node = tuple[str, str]


def _edges(entities: Iterable[_Entity]) -> Mapping[_Node, set[_Node]]:
    """(kind, name) → what it depends on, whichever of the two says so."""
    found: dict[_Node, set[_Node]] = {}
    for entity in entities:
        if entity.kind in ("Component", "Resource"):
            mine = (entity.kind.lower(), entity.name)
            found.setdefault(mine, set()).update(entity.references("dependsOn"))
            for other in entity.references("dependencyOf"):
                found.setdefault(other, set()).add(mine)
    return found


def _depends_on(service: str, edges: Mapping[_Node, set[_Node]]) -> tuple[str, ...]:
    """The services that *service* stands on, also by way of one resource."""
    direct = edges.get(("component", service), set())
    behind = {far for near in direct if near[0] == "resource" for far in edges.get(near, ())}
    return tuple(sorted({name for kind, name in direct | behind if kind == "component"} - {service}))


def _team(entity: _Entity) -> Team:
    profile = entity.spec.get("profile")
    told = profile if isinstance(profile, dict) else {}
    keys = ("displayName", "email")
    name, email = (value if isinstance(value := told.get(key), str) else "" for key in keys)
    return Team(
        id=entity.name,
        title=name or entity.title,
        description=entity.description,
        parent_id=entity.reference("parent"),
        type=entity.text("type"),
        email=email or None,
        annotations=entity.annotations,
    )


def _service(entity: _Entity, systems: Mapping[str, System], edges: Mapping[_Node, set[_Node]]) -> Service:
    annotations = entity.annotations
    system_id = entity.reference("system")
    team_id = entity.reference("owner")
    if team_id is None and system_id is not None and system_id in systems:
        team_id = systems[system_id].team_id
    return Service(
        id=entity.name,
        title=entity.title,
        description=entity.description,
        team_id=team_id,
        system_id=system_id,
        lifecycle=entity.text("lifecycle"),
        type=entity.text("type"),
        annotations=annotations,
        owner_history=_owner_history(annotations.get(OWNER_HISTORY), entity.where),
        depends_on=_depends_on(entity.name, edges),
        where=entity.where,
    )


def _owner_history(text: str | None, where: str) -> tuple[tuple[date, str], ...]:
    history: dict[date, str] = {}
    for part in (text or "").replace("\n", ",").split(","):
        if not part.strip():
            continue
        day, equals, team = (p.strip() for p in part.partition("="))
        try:
            since = date.fromisoformat(day)
        except ValueError as error:
            raise ConfigError(f"{where}: {OWNER_HISTORY}: {day!r} is not a day (YYYY-MM-DD=team)") from error
        if not equals or since in history:
            raise ConfigError(
                f"{where}: {OWNER_HISTORY}: {part.strip()!r} must be YYYY-MM-DD=team, once a day"
            )
        name = team.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        history[since] = _checked_name(name, f"{where}: {OWNER_HISTORY}")
    return tuple(sorted(history.items()))
