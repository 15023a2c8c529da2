"""The rules for what runs in clusters, where ``warikan.yaml`` gives none."""

from collections.abc import Iterator, Mapping

from warikan.catalog.entities import Catalog, Service
from warikan.catalog.settings import Derived, OwnershipRule

KUBERNETES_ID, SELECTOR, NAMESPACE = (
    f"backstage.io/kubernetes-{what}" for what in ("id", "label-selector", "namespace")
)
ARGO_NAME = "argocd/app-name"
LABELS = (
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app",
    "k8s-app",
)


def default_rules(catalog: Catalog) -> tuple[OwnershipRule, ...]:
    """
    The rules that hold where ``ownership.workloads`` is absent, in their order; first match wins.

    Catalogue annotations (Backstage's and its Argo CD plug-in's), then labels, Argo CD's tracking id, and
    the names of workload and namespace, each where it is, letter by letter, a service of the catalogue.
    """
    derived: list[tuple[str, str, Mapping[str, str]]] = [
        *((f"kubernetes-label-{i}", f"x_Labels['{label}']", {}) for i, label in enumerate(LABELS, start=1)),
        ("kubernetes-argo-cd", "x_ArgoApplication", by_annotation(catalog, ARGO_NAME)),
        ("kubernetes-workload", "x_Workload", {}),
        ("kubernetes-namespace", "x_Namespace", by_annotation(catalog, NAMESPACE)),
    ]
    label = f"x_Labels['{KUBERNETES_ID}']"
    return (
        _rule("kubernetes-id", label, by_annotation(catalog, KUBERNETES_ID)),
        *_selector_rules(catalog),
        *(_rule(*one) for one in derived),
    )


def _rule(name: str, source: str, known: Mapping[str, str]) -> OwnershipRule:
    return OwnershipRule(id=name, service=Derived(from_=(source,), map=dict(known)))


def by_annotation(catalog: Catalog, key: str) -> dict[str, str]:
    """Value of the annotation *key* → the service that alone has it."""
    owners: dict[str, list[str]] = {}
    for service in catalog.services.values():
        if value := service.annotations.get(key, "").strip().lower():
            owners.setdefault(value, []).append(service.id)
    return {value: ids[0] for value, ids in owners.items() if len(ids) == 1}


def _selector_rules(catalog: Catalog) -> Iterator[OwnershipRule]:
    for service in catalog.services.values():
        conditions = list(_conditions(service))
        if conditions:
            when = " AND ".join(conditions)
            yield OwnershipRule(id=f"kubernetes-selector-{service.id}"[:64], when=when, service=service.id)


def _conditions(service: Service) -> Iterator[str]:
    """What the selector of *service* asks: ``a=b,c=d`` and, where it says so, its namespace."""
    pairs = [part.partition("=") for part in service.annotations.get(SELECTOR, "").split(",") if part.strip()]
    # Set-based requirements (in, notin, !) are not read; such a selector would claim too much.
    if not pairs or any(not value or key.strip().endswith("!") for key, _, value in pairs):
        return
    for key, _, value in pairs:
        yield f"x_Labels['{_quoted(key.strip())}'] = '{_quoted(value.lstrip('=').strip())}'"
    if namespace := service.annotations.get(NAMESPACE, "").strip():
        yield f"x_Namespace = '{_quoted(namespace)}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
