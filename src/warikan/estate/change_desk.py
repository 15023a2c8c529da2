"""Where changes are written down, with the names that the system which tells of them would give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import numpy as np

from warikan.estate.company import Company, Service, read_yaml
from warikan.estate.incidents import ChangeKind, ChangeSource, PlantedChange
from warikan.estate.random_streams import hex_id
from warikan.estate.sku import load_skus

OFFICE = (0.5, 9.6)
"""Hours (UTC) in which people work: 9:30 to 18:40 in Japan."""
_PEOPLE = (
    "a.sato", "m.suzuki", "k.takahashi", "y.tanaka", "h.ito", "r.watanabe", "n.yamamoto", "s.nakamura",
    "t.kobayashi", "e.kato", "j.yoshida", "d.nguyen", "l.fernandez", "c.okafor",
)  # fmt: skip
_MACHINES: Mapping[ChangeKind, str] = {"scale": "horizontal-pod-autoscaler", "node": "karpenter"}
_AUTOMATED = 0.35
"""Share of Argo CD's syncs that nobody pressed a button for."""
_PLAN_TELLS = 0.5
"""Share of Terraform's applies of which the provider service is known."""
_SIZES: Mapping[ChangeKind, tuple[float, float]] = {
    "sync": (3.4, 1.2), "deploy": (3.4, 1.2), "apply": (1.0, 0.8), "config": (0.7, 0.6),
}  # fmt: skip
"""Lines of code or resources of Terraform: mean and deviation of the logarithm."""


def list_places() -> dict[str, tuple[tuple[str, str], ...]]:
    """Service → account and ServiceName of what it uses besides pods."""
    places: dict[str, set[tuple[str, str]]] = {}
    for service, accounts in read_yaml("workloads.yaml").items():
        for account, sizes in accounts.items():
            places.setdefault(service, set()).update((account, load_skus()[s].service) for s in sizes)
    return {service: tuple(sorted(found)) for service, found in places.items()}


@dataclass(frozen=True)
class ChangeDesk:
    """Writes changes down, by one stream of chance."""

    seed: int
    company: Company
    random: np.random.Generator
    places: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=list_places)

    def write(
        self,
        at: datetime,
        source: ChangeSource,
        kind: ChangeKind,
        service: Service,
        title: str,
        *,
        place: tuple[str, str] | None = None,
        size: float | None = None,
    ) -> PlantedChange:
        """
        A change of *service*.

        Args:
            place: Account and provider service that an apply was about; one that the service uses.
            size: Of a scaling; that of other changes is drawn.
        """
        code = hex_id(self.seed, source, service.id, at.isoformat(), title, length=12)
        scope = {"x_ServiceId": service.id}
        if kind in ("apply", "config"):
            scope |= self._scope(service, place)
        return PlantedChange(
            id=f"{source}-{code}", at=at, source=source, kind=kind, service=service.id,
            title=f"{service.id}: {title}", actor=self._actor(source, kind),
            url=_url(source, service.id, code), scope=scope, size=self._size(kind) if size is None else size,
        )  # fmt: skip

    def pick(self, texts: tuple[str, ...]) -> str:
        """One of *texts*."""
        return texts[int(self.random.integers(len(texts)))]

    def _scope(self, service: Service, place: tuple[str, str] | None) -> dict[str, str]:
        places = self.places.get(service.id, ())
        if place is None and places:
            place = places[int(self.random.integers(len(places)))]
        if place is None:
            return {}
        scope = {"SubAccountId": sub_account_id(self.company, place[0])}
        return scope | ({"ServiceName": place[1]} if self.random.random() < _PLAN_TELLS else {})

    def _actor(self, source: ChangeSource, kind: ChangeKind) -> str:
        if kind in _MACHINES:
            return _MACHINES[kind]
        person = self.pick(_PEOPLE)
        return "argocd" if source == "argocd" and self.random.random() < _AUTOMATED else person

    def _size(self, kind: ChangeKind) -> float:
        mean, deviation = _SIZES.get(kind, (0.0, 0.0))
        return float(max(1, round(float(self.random.lognormal(mean, deviation)))))


def sub_account_id(company: Company, key: str) -> str:
    """SubAccountId of an account, as its bill writes it."""
    account = company.account(key)
    return f"/subscriptions/{account.id}" if account.provider == "azure" else account.id


def midnight(day: date) -> datetime:
    """The first moment of *day*, UTC."""
    return datetime.combine(day, time(), UTC)


def is_working_day(day: date) -> bool:
    """Whether people deploy on *day*: Monday to Friday, not around New Year."""
    new_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not new_year


def _url(source: ChangeSource, service: str, code: str) -> str:
    return {
        "argocd": f"https://argocd.hinode.example/applications/argocd/{service}?rev={code}",
        "atlantis": f"https://github.com/hinode-market/infrastructure/pull/{int(code[:4], 16)}",
        "github": f"https://github.com/hinode-market/{service}/commit/{code}",
        "kubernetes": "",
        "cloudevents": f"https://events.hinode.example/{code}",
        "csv": "",
    }[source]
