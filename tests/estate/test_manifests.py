"""How services run in clusters: labels as in life, and what can be known from them."""

from warikan.catalog.entities import load_catalog
from warikan.estate import EstateReport
from warikan.estate.company import load_company
from warikan.estate.manifests import Workload, load_manifests, service_templates
from warikan.estate.object_labels import label_namespace

LABELS = ("app.kubernetes.io/part-of", "app.kubernetes.io/name", "app")


def workloads() -> list[Workload]:
    """All of them."""
    manifests = load_manifests()
    return [*(w for of in manifests.services.values() for w in of), *manifests.extras]


def owners_of(workload: Workload, estate: EstateReport) -> set[str]:
    """All services that anything about *workload* names."""
    catalog = load_catalog(estate.folder / "catalog")
    labels = dict(workload.labels)
    told = {labels.get(key) for key in LABELS} | {workload.name, workload.namespace}
    told |= {value.partition(":")[0] for _, value in workload.annotations}
    found = {t for t in told if t in catalog.services}
    for service in catalog.services.values():
        notes = service.annotations
        selector = notes.get("backstage.io/kubernetes-label-selector")
        wanted = [part.partition("=") for part in selector.split(",")] if selector else []
        is_there = notes.get("backstage.io/kubernetes-namespace") == workload.namespace
        if wanted and is_there and all(labels.get(key) == value for key, _, value in wanted):
            found.add(service.id)
        kubernetes_id = notes.get("backstage.io/kubernetes-id")
        if kubernetes_id and kubernetes_id == labels.get("backstage.io/kubernetes-id"):
            found.add(service.id)
    return found


def test_every_service_with_pods_has_a_manifest() -> None:
    """Services with pods in company.yaml, and only they, have workloads; names are unique in a namespace."""
    with_pods = {s.id for s in load_company().services if s.pods}
    names = [(w.namespace, w.name) for w in workloads()]

    assert with_pods == set(load_manifests().services)
    assert len(names) == len(set(names))
    assert all(of[0].every == 0 for of in load_manifests().services.values())
    assert all(w.every > 1 for of in load_manifests().services.values() for w in of[1:])


def test_containers_share_the_size_of_the_pod() -> None:
    """Requests of app and sidecar add up to what company.yaml gives a pod; so do their shares of its use."""
    for service in load_company().services:
        for shape, size in service.pods.items():
            for template in service_templates(service, shape):
                running = [c for c in template.containers if c.kind != "init"]

                assert size.cores * 1000 == sum(c.cpu for c in running)
                assert size.memory_gib * 2**30 == sum(c.memory for c in running)
                assert abs(1 - sum(c.share for c in running)) < 1e-12
                assert [c.kind for c in template.containers[:1]] == ["app"]


def test_labels_tell_the_owner_or_nothing(estate: EstateReport) -> None:
    """Nothing about a workload names a wrong service, and only what is in nobody's namespace names none."""
    nobody = set()
    for workload in workloads():
        owners = owners_of(workload, estate)
        if not owners:
            nobody.add(workload.namespace)
        else:
            assert {workload.service} == owners, workload.name

    assert {"jobs", "sandbox"} == nobody


def test_labels_are_as_in_life() -> None:
    """All the ways of naming an owner are there: by label, misspelt, by Argo CD, by namespace."""
    company = load_company()
    aliases = {a for s in company.services for a in s.aliases}
    keys = {key for w in workloads() for key, _ in w.labels}

    assert {*LABELS, "backstage.io/kubernetes-id", "k8s-app"} <= keys
    assert any(value in aliases for w in workloads() for key, value in w.labels if key == "app")
    assert any(w.annotations and not w.labels for w in workloads())
    assert any(w.namespace == w.service and not w.labels for w in workloads())
    assert {w.kind for w in workloads()} == {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Pod"}


def test_namespaces_carry_their_team() -> None:
    """The label of a namespace names a team that exists, also an old one; nobody's has none."""
    teams = {t.id for t in load_company().teams}
    found = {w.namespace: label_namespace(w.namespace).labels.get("team") for w in workloads()}

    assert {None, *teams} == set(found.values())
    assert [found["jobs"], found["fraud"]] == [None, "data"]
