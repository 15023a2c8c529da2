"""Backstage catalogues as they are, and as they should not be."""

from datetime import date
from pathlib import Path

import pytest

from warikan.catalog.entities import MAX_FILE_BYTES, Service, load_catalog
from warikan.focus.errors import ConfigError

COMPANY = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: Payments}
spec: {type: team, profile: {displayName: Team Payments}, parent: group:default/commerce, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: shop, title: The Shop}
spec: {owner: commerce, domain: retail}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  description: |
    Takes
    the money.
  annotations: {warikan.io/owner-history: "2026-07-01=group:default/core, 2026-04-01=payments", other: 1}
spec: {type: service, lifecycle: production, owner: "group:default/payments", system: shop}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart}
spec: {system: shop}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: cart-api}
---
"""


def _write(folder: Path, text: str, name: str = "catalog-info.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_company_is_read(tmp_path: Path) -> None:
    """Services with owners and systems, teams with parents; any form of reference; lower-case names."""
    found = load_catalog(_write(tmp_path, COMPANY))

    assert list(found.services) == ["cart", "checkout"]
    checkout = found.services["checkout"]
    assert (
        checkout.team_id,
        checkout.system_id,
        checkout.lifecycle,
        checkout.type,
    ) == ("payments", "shop", "production", "service")
    assert checkout.description == "Takes the money."
    assert checkout.annotations["other"] == "1"
    assert (found.teams["payments"].title, found.teams["payments"].parent_id) == ("Team Payments", "commerce")
    assert (
        found.systems["shop"].title,
        found.systems["shop"].team_id,
        found.systems["shop"].domain_id,
    ) == ("The Shop", "commerce", "retail")


def test_a_component_without_owner_has_its_systems(tmp_path: Path) -> None:
    """As Backstage shows it."""
    assert load_catalog(_write(tmp_path, COMPANY)).services["cart"].team_id == "commerce"


def test_owner_history_is_by_day(tmp_path: Path) -> None:
    """The owner of a day is that of the latest change not after it; before the first, spec.owner."""
    found = load_catalog(_write(tmp_path, COMPANY))
    checkout = found.services["checkout"]

    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1)]
    assert [checkout.team_on(d) for d in days] == ["payments", "payments", "payments", "core", "core"]
    assert (date(2026, 4, 1), date(2026, 7, 1)) == found.owner_dates()
    assert Service("s", "S", team_id="x").team_on(date.min) == "x"


def test_what_is_not_read_is_noted(tmp_path: Path) -> None:
    """Other kinds, unknown owners and systems: one sentence each, and no error."""
    notes = load_catalog(_write(tmp_path, COMPANY)).notes

    assert "catalog-info.yaml: document 5 is skipped: backstage.io/v1alpha1 API is no kind we read" in notes
    assert "Component checkout is owned by core, which no Group defines" in notes
    assert "Component cart is owned by commerce, which no Group defines" in notes


def test_files_are_read_below_the_folder(tmp_path: Path) -> None:
    """Any depth, .yaml and .yml, other files ignored; a missing folder is an empty catalogue."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    one = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s}\n"
    _write(tmp_path / "a" / "b", one % "deep", "x.yml")
    _write(tmp_path, "not: [yaml", "readme.txt")

    assert list(load_catalog(tmp_path).services) == ["deep"]
    assert load_catalog(tmp_path / "nowhere").services == {}


HEAD = "apiVersion: backstage.io/v1alpha1\nkind: Component\n"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            HEAD + "metadata: {name: a}\n---\n" + HEAD + "metadata: {name: A}\n",
            "c.yaml: Component a is defined twice, also in c.yaml",
        ),
        (HEAD + "metadata: {title: x}\n", "document 1 (Component) has no metadata.name"),
        (HEAD + "metadata: {name: 'a b'}\n", "'a b' is not a valid name"),
        (HEAD + "metadata: {name: '" + "x" * 65 + "'}\n", "is not a valid name"),
        (HEAD + "metadata: {name: a}\nspec: [1]\n", "(Component a): spec must be a mapping"),
        (
            HEAD + "metadata: {name: a}\nspec: {owner: 7}\n",
            "c.yaml: Component a: owner must be text, not int",
        ),
        (HEAD + "metadata: {name: a}\nspec: {owner: 'group:default/'}\n", "is not a valid name"),
        (HEAD + "metadata: {name: a, annotations: [x]}\n", "annotations must be a mapping"),
        ("- just\n- a list\n", "document 1 is not an entity"),
        ("a: [1\n", "c.yaml is not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "c.yaml is not valid YAML"),
        ("a: &a [1]\nb: [" + "*a, " * 101 + "]\n", "uses 101 YAML aliases"),
        ("[" * 20_000, "c.yaml is not valid YAML"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, part: str) -> None:
    """The message has the file and, where there is one, the entity; nothing is run or filled."""
    with pytest.raises(ConfigError) as raised:
        load_catalog(_write(tmp_path, text, "c.yaml"))

    assert part in raised.value.message


@pytest.mark.parametrize(
    "history", ["yesterday=a", "2026-01-01", "2026-01-01=a,2026-01-01=b", "2026-01-01=?"]
)
def test_a_wrong_owner_history_is_named(tmp_path: Path, history: str) -> None:
    """Each part is a day and a team, each day once."""
    text = HEAD + f"metadata: {{name: a, annotations: {{warikan.io/owner-history: '{history}'}}}}\n"

    with pytest.raises(ConfigError, match=r"c\.yaml: Component a: warikan\.io/owner-history"):
        load_catalog(_write(tmp_path, text, "c.yaml"))


def test_what_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    """Binary files and files past the limit are not read into memory as YAML."""
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_catalog(tmp_path)

    (tmp_path / "c.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ConfigError, match="the limit is 4,194,304"):
        load_catalog(tmp_path)


def test_what_a_service_stands_on(tmp_path: Path) -> None:
    """Components that it names, those behind its resources, and those that say that it stands on them."""
    text = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {dependsOn: ["component:default/Cart", "resource:orders", search, "api:prices", "component:shop"]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: cart}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: platform}
spec: {dependencyOf: ["component:shop"]}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: orders}
spec: {type: database, dependsOn: [component:storage, resource:disks]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: storage}
"""
    found = load_catalog(_write(tmp_path, text))

    assert found.dependencies() == {"shop": ("cart", "platform", "search", "storage")}
    assert found.notes == ("Component shop depends on search, which no Component defines",)
    assert list(found.services) == ["cart", "platform", "shop", "storage"]


@pytest.mark.parametrize(
    "told", ["component:a", "[1]", "['component:']", "['a b']", f"[{', '.join(['a'] * 1001)}]"]
)
def test_dependencies_of_the_wrong_form_are_named(tmp_path: Path, told: str) -> None:
    """What is no list of references is told with its entity."""
    text = (
        f"apiVersion: backstage.io/v1\nkind: Component\nmetadata: {{name: a}}\nspec: {{dependsOn: {told}}}\n"
    )

    with pytest.raises(ConfigError, match="Component a: dependsOn"):
        load_catalog(_write(tmp_path, text))
