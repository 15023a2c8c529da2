"""Whose change it is: the rules in their order, every reason kept, nothing claimed by accident."""

from pathlib import Path

import pytest
from change_ledger import make_catalog

from warikan.catalog.changes import ChangeSource
from warikan.operate.changes.change import Location, Subject
from warikan.operate.changes.owners import Owners, own_application, parse_repository

DEPLOYMENT = Subject(namespace="shop", object_kind="Deployment", object_name="web")


@pytest.fixture(scope="module")
def owners(tmp_path_factory: pytest.TempPathFactory) -> Owners:
    """Over the catalogue of change_ledger.py."""
    return Owners(make_catalog(tmp_path_factory.mktemp("owners")), ["hinode-prod"])


@pytest.mark.parametrize(
    ("subject", "rule", "service"),
    [
        (Subject(service="Search"), "sender", "search"),
        (Subject(labels={"backstage.io/kubernetes-id": "searching"}), "catalogue", "search"),
        (Subject(names=("indexer",)), "catalogue", "index"),
        (Subject(locations=(Location("acme/infrastructure", "shared/index/prod"),)), "catalogue", "index"),
        (Subject(locations=(Location("Acme/Shop"),)), "catalogue", "shop"),
        (Subject(application="search"), "argo", "search"),
        (Subject(application="search-prod"), "argo", "search"),
        (Subject(application="hinode-prod-search"), "argo", "search"),
        (Subject(locations=(Location("acme/mono", "services/index/charts"),)), "repository", "index"),
        (Subject(locations=(Location("acme/mono", "services/other"),)), "repository", "mono"),
        (
            Subject(locations=(Location("acme/infrastructure", "services/search/prod"),)),
            "repository",
            "search",
        ),
        (Subject(labels={"app.kubernetes.io/name": "search"}), "labels", "search"),
        (Subject(namespace="shop"), "namespace", "shop"),
        (Subject(tags={"service": "shop"}), "tags", "shop"),
        (Subject(names=("search-staging",)), "name", "search"),
        (Subject(names=("research",)), None, None),
        (Subject(locations=(Location("acme/monolith", "x"),)), None, None),
        (Subject(), None, None),
    ],
)
def test_rules(owners: Owners, subject: Subject, rule: str | None, service: str | None) -> None:
    """Each rule alone."""
    found = owners.find(subject)
    assert (rule, service) == ((found[0].rule, found[0].service_id) if found else (None, None))


def test_precedence_and_conflicts(owners: Owners) -> None:
    """Settings, then catalogue, Argo, repository, labels; those that say otherwise stay as evidence."""
    subject = Subject(
        application="shop",
        locations=(Location("acme/mono", "services/index"),),
        names=("search",),
        labels={"app": "search"},
    )
    source = ChangeSource(type="argo", insecure=True, services={"shop": "mono"})
    found = owners.find(subject, source)

    assert [e.rule for e in found] == ["settings", "catalogue", "argo", "repository", "labels", "name"]
    assert [e.service_id for e in found] == ["mono", "shop", "shop", "index", "search", "search"]


def test_what_names_nobody_decides_nothing(owners: Owners) -> None:
    """A sender's service that the catalogue does not have stays as evidence, behind what decides."""
    found = owners.find(Subject(service="unknown", application="shop"))

    assert [e.service_id for e in found] == ["shop", "shop", None]


@pytest.mark.parametrize(
    ("tracking_id", "application"),
    [
        ("shop:apps/Deployment:shop/web", "shop"),
        ("argocd_shop:apps/Deployment:shop/web", "shop"),
        ("shop:apps/Deployment:shop/other", None),  # copied from another object
        ("shop:apps/Deployment:elsewhere/web", None),
        ("shop:apps/StatefulSet:shop/web", None),
        ("shop", None),
        ("", None),
        ("a:b:c:d", None),
        (None, None),
    ],
)
def test_tracking_ids_count_on_their_own_object(tracking_id: str | None, application: str | None) -> None:
    """Argo CD ignores an id that names another object, and so do we."""
    subject = Subject(**(vars(DEPLOYMENT) | {"tracking_id": tracking_id}))
    assert application == own_application(subject)


def test_tracking_id_of_a_core_object() -> None:
    """Core objects have no group, cluster-wide ones no namespace."""
    subject = Subject(object_kind="Namespace", object_name="shop", tracking_id="shop:/Namespace:/shop")
    assert own_application(subject) == "shop"


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("https://github.com/acme/shop.git", "a/./b/", Location("acme/shop", "a/b")),
        ("git@github.com:acme/shop.git", None, Location("acme/shop")),
        ("ssh://git@10.0.0.2:2222/root/shop.git", None, Location("root/shop")),
        ("https://:@github.com/acme/shop.git", None, Location("acme/shop")),
        ("https://gitlab.example.com/group/sub/shop", None, Location("group/sub/shop")),
        ("https://github.com/acme/mono/tree/main/services/a/", None, Location("acme/mono", "services/a")),
        ("https://gitlab.example.com/g/mono/-/tree/main/a", None, Location("g/mono", "a")),
        ("acme/shop", ".", Location("acme/shop")),
        ("acme/shop", "../../etc", None),
        ("https://charts.example", "redis", None),
        ("shop", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_repositories(address: str | None, path: str | None, expected: Location | None) -> None:
    """However it is written, a repository is owner and name."""
    assert expected == parse_repository(address, path)


def test_a_name_of_two_is_nobodys(tmp_path: Path) -> None:
    """What two services claim decides nothing."""
    component = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nspec: {}\nmetadata:\n  name: NAME\n"
        "  annotations: {warikan.io/changes: both, github.com/project-slug: acme/both}\n"
    )
    text = "---\n".join(component.replace("NAME", name) for name in ("one", "two"))
    owners = Owners(make_catalog(tmp_path, text))
    assert owners.find(Subject(names=("both",), locations=(Location("acme/both"),))) == ()
