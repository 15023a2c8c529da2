"""Who the simulated company is: teams, systems, services and accounts, read from company.yaml."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Provider = Literal["aws", "gcp", "azure", "saas"]


@dataclass(frozen=True)
class Team:
    """A group that answers for services."""

    id: str
    title: str
    description: str


@dataclass(frozen=True)
class System:
    """Services that belong together."""

    id: str
    title: str
    owner: str


@dataclass(frozen=True)
class PodShape:
    """What one replica of a service requests in one cluster."""

    replicas: int
    cores: float
    memory_gib: float


@dataclass(frozen=True)
class Service:
    """
    A thing the company runs.

    Attributes:
        was: The team that owned it before the reorganisation, or None.
        growth: Factor of its demand in one year.
        pods: Cluster name → shape of its replicas there.
        uses: Share of the requested cores that is used on average.
        aliases: How people misspell it in tags.
    """

    id: str
    title: str
    team: str
    was: str | None
    system: str
    growth: float
    pods: dict[str, PodShape]
    uses: float
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """A sub account of one provider: AWS account, Google project, Azure subscription, organisation."""

    key: str
    provider: Provider
    id: str
    name: str
    env: str


@dataclass(frozen=True)
class Company:
    """Everything about the company that does not change with time or size."""

    name: str
    teams: tuple[Team, ...]
    systems: tuple[System, ...]
    services: tuple[Service, ...]
    accounts: tuple[Account, ...]

    def service(self, service_id: str) -> Service:
        """The service of that id."""
        return next(s for s in self.services if s.id == service_id)

    def account(self, key: str) -> Account:
        """The account of that key."""
        return next(a for a in self.accounts if a.key == key)


def _service(raw: dict[str, Any]) -> Service:
    pods = {cluster: PodShape(*shape) for cluster, shape in raw["pods"].items()}
    return Service(**{**raw, "was": raw.get("was"), "pods": pods, "aliases": tuple(raw["aliases"])})


@cache
def load_company() -> Company:
    """The company, as company.yaml beside this file says."""
    raw = read_yaml("company.yaml")
    return Company(
        name=raw["name"],
        teams=tuple(Team(**t) for t in raw["teams"]),
        systems=tuple(System(**s) for s in raw["systems"]),
        services=tuple(_service(s) for s in raw["services"]),
        accounts=tuple(Account(**a) for a in raw["accounts"]),
    )


def read_yaml(name: str) -> Any:
    """A YAML file of this package."""
    return yaml.safe_load(files("warikan.estate").joinpath(name).read_text(encoding="utf-8"))
