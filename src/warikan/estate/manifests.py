"""How services run in clusters: workloads with their containers, labels and volumes, from manifests.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from warikan.estate.company import Company, Service, read_yaml

WorkloadKind = Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Pod"]
ContainerKind = Literal["app", "sidecar", "init"]
Labels = tuple[tuple[str, str], ...]

SIDECAR = "istio-proxy"
_SIDECAR_CPU, _SIDECAR_MEMORY = 100, 128 << 20
_SIDECAR_SHARE = 0.08
"""Of what the pod uses."""
_INIT_CPU, _INIT_MEMORY = 400, 256 << 20
_TRACKING = "argocd.argoproj.io/tracking-id"


@dataclass(frozen=True)
class Extra:
    """
    How much there is of a workload that is not among a service's replicas in company.yaml.

    Attributes:
        clusters: Shapes (``Cluster.shape``) of the clusters that it runs in.
        months: It runs in the last so many billing months; 0 is all.
    """

    clusters: tuple[str, ...]
    cores: float
    memory_gib: float
    uses: float
    replicas: int
    months: int


@dataclass(frozen=True)
class Workload:
    """
    One controller (or a bare pod) of a service.

    Attributes:
        service: Its true owner, which its labels may or may not tell.
        every: It takes each so-many-th replica of the service; 0 takes those that no other takes.
        init_seconds: How long an init container runs before the others; 0 is none.
        volume_gib: Size of the volume of each replica; 0 is none.
        balancer: Whether a Service of type LoadBalancer stands before it.
        gpus: That each replica asks for.
    """

    service: str
    name: str
    kind: WorkloadKind
    namespace: str
    labels: Labels
    annotations: Labels
    every: int
    has_sidecar: bool
    init_seconds: int
    volume_gib: int
    has_balancer: bool
    host_network: bool
    gpus: int
    extra: Extra | None


@dataclass(frozen=True)
class Container:
    """A container of a pod: millicores and bytes that it asks for, and its share of what the pod uses."""

    name: str
    kind: ContainerKind
    cpu: int
    memory: int
    gpus: int
    share: float


@dataclass(frozen=True)
class Template:
    """
    A workload in one cluster's size: what each of its pods holds.

    Attributes:
        containers: By kind and name, as they are listed everywhere; requests of all but the init container
            add up to *cores* and *memory_gib*.
        uses: Share of the requested cores that is used on average.
    """

    workload: Workload
    cores: float
    memory_gib: float
    uses: float
    containers: tuple[Container, ...]


@dataclass(frozen=True)
class Manifests:
    """Everything that runs in clusters; *services* holds the workloads among a service's replicas."""

    services: Mapping[str, tuple[Workload, ...]]
    extras: tuple[Workload, ...]
    anonymous: frozenset[str]

    def namespace_team(self, namespace: str, company: Company) -> str | None:
        """The team on a namespace's label: the one that owned its first service when it was made."""
        if namespace in self.anonymous:
            return None
        every = (*(w for of in self.services.values() for w in of), *self.extras)
        service = company.service(next(w.service for w in every if w.namespace == namespace))
        return service.was or service.team


@cache
def load_manifests() -> Manifests:
    """The workloads, as manifests.yaml beside this file says."""
    raw = read_yaml("manifests.yaml")
    return Manifests(
        services={s: tuple(_workload(s, w, None) for w in of) for s, of in raw["services"].items()},
        extras=tuple(_workload(w["service"], w, _extra(w)) for w in raw["extras"]),
        anonymous=frozenset(raw["anonymous"]),
    )


def make_template(workload: Workload, cores: float, memory_gib: float, uses: float) -> Template:
    """*workload* with pods of *cores* and *memory_gib*, of which its sidecar takes a fixed part."""
    cpu, memory = round(cores * 1000), round(memory_gib * 2**30)
    containers = []
    if workload.init_seconds:
        containers.append(Container("migrate", "init", _INIT_CPU, _INIT_MEMORY, 0, 0.0))
    share = 1.0
    if workload.has_sidecar:
        share -= _SIDECAR_SHARE
        cpu, memory = cpu - _SIDECAR_CPU, memory - _SIDECAR_MEMORY
        containers.append(Container(SIDECAR, "sidecar", _SIDECAR_CPU, _SIDECAR_MEMORY, 0, _SIDECAR_SHARE))
    containers.insert(0, Container(workload.name, "app", cpu, memory, workload.gpus, share))
    return Template(workload, cores, memory_gib, uses, tuple(containers))


def service_templates(service: Service, shape: str) -> tuple[Template, ...]:
    """The templates of *service* in clusters of *shape*, the one that takes what others leave first."""
    pods = service.pods[shape]
    return tuple(
        make_template(w, pods.cores, pods.memory_gib, service.uses)
        for w in load_manifests().services[service.id]
    )


def _workload(service: str, raw: dict[str, Any], extra: Extra | None) -> Workload:
    kind, namespace, name = raw.get("kind", "Deployment"), raw["namespace"], raw["name"]
    tracking = ((_TRACKING, f"{service}:apps/{kind}:{namespace}/{name}"),)
    return Workload(
        service=service, name=name, kind=kind, namespace=namespace, labels=tuple(raw["labels"].items()),
        annotations=tracking if raw.get("argo") else (), every=raw.get("every", 0),
        has_sidecar=raw.get("sidecar", False), init_seconds=60 * raw.get("init_minutes", 0),
        volume_gib=raw.get("volume_gib", 0), has_balancer=raw.get("balancer", False),
        host_network=raw.get("host_network", False), gpus=raw.get("gpus", 0), extra=extra,
    )  # fmt: skip


def _extra(raw: dict[str, Any]) -> Extra:
    return Extra(
        clusters=tuple(raw["clusters"]), cores=raw["cores"], memory_gib=raw["memory_gib"], uses=raw["uses"],
        replicas=raw.get("replicas", 0), months=raw.get("months", 0),
    )  # fmt: skip
