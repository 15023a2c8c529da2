"""The tables are what the published models say, and the errata name rules that exist."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from warikan.conformance.books import COST_AND_USAGE, datasets, rule_book
from warikan.conformance.forms import columns_of, parts, to_form, wording
from warikan.conformance.rules import Asked, Rule, published_errata, published_rules, push_down, read_table
from warikan.focus.columns import VERSIONS, Version

REPOSITORY = Path(__file__).parent.parent.parent
TABLES = REPOSITORY / "src/warikan/conformance/tables"


def test_the_tables_are_generated(data: Path, tmp_path: Path) -> None:
    """tools/generate_conformance.py writes what is committed."""
    script = tmp_path / "tools/generate_conformance.py"
    script.parent.mkdir()
    script.write_text((REPOSITORY / "tools/generate_conformance.py").read_text())
    (tmp_path / "src/warikan/conformance").mkdir(parents=True)

    subprocess.run([sys.executable, str(script), str(data / "model")], check=True, capture_output=True)

    for table in TABLES.iterdir():
        made = tmp_path / "src/warikan/conformance/tables" / table.name
        assert made.read_text() == table.read_text()


def test_the_tables_hold_no_prose() -> None:
    """Ids, columns and values; the sentences of the specification stay where they are published."""
    rules = read_table("tables/rules_1_2.json")
    forms = [to_form(r.get("requirement")) or ("rule", "") for r in rules["rules"]]
    values = {v for form in forms for part in parts(form) for v in part[1:] if isinstance(v, str)}

    assert "CC BY 4.0" in rules["attribution"]
    assert all("MUST" not in value and len(value) < 60 for value in values)


def test_errata_are_of_published_rules() -> None:
    """Each names a rule, says what is wrong and where that is told; and what cannot be read has one."""
    published = published_rules(with_errata=False)
    unreadable = {
        r.id
        for r in published.values()
        if any(f == ("unreadable",) for f in parts(r.condition or ("rule", "")))
    }

    assert published_errata().keys() <= published.keys()
    assert unreadable <= published_errata().keys()
    assert all(e.wrong and e.reference for e in published_errata().values())
    assert {j["rule"] for j in read_table("errata.json")["judged"]} <= published.keys()
    for judged in read_table("errata.json")["judged"]:
        assert published[judged["rule"]].requirement is None


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_has_rules_for_every_column(version: Version) -> None:
    """Each column of a version is asked for, and each rule looks at columns of the version alone."""
    book = rule_book(version)
    asked_for = {
        r.requirement[1] for r in book.rules.values() if r.requirement and r.requirement[0] == "present"
    }

    assert asked_for == set(book.columns)
    for rule in book.rules.values():
        assert set(columns_of(rule.requirement, rule.condition)) <= set(book.columns)
        assert wording(rule.requirement, rule.condition)
        assert {c for way in book.asked[rule.id].criteria for c in way} <= set(book.criteria)


@pytest.mark.parametrize("dataset", ["Contract Commitment", "Billing Period", "Invoice Detail"])
def test_the_other_datasets_have_rules(dataset: str) -> None:
    """For each of their columns."""
    assert set(rule_book("1.4", dataset).columns) == set(datasets()[dataset])
    assert dataset != COST_AND_USAGE


def test_a_part_is_asked_where_its_parents_are() -> None:
    """Conditions and criteria are pushed down; a part of several is asked where one of them is."""

    def rule(name: str, requirement: object, **more: object) -> Rule:
        return Rule(name, "C", "", "MUST", "must", to_form(requirement), **more)  # type: ignore[arg-type]

    rules = [
        rule("top", ["and", ["rule", "one"], ["rule", "two"]], condition=("null", "A"), criteria=("X",)),
        rule("one", ["and", ["rule", "leaf"]], condition=("null", "B")),
        rule("two", ["and", ["rule", "leaf"]], condition=("null", "C"), criteria=("Y",)),
        rule("leaf", ["null", "D"], condition=("null", "E")),
    ]

    asked = push_down({r.id: r for r in rules})

    one, two = ("and", ("null", "A"), ("null", "B")), ("and", ("null", "A"), ("null", "C"))
    assert asked["leaf"] == Asked(
        ("and", ("or", one, two), ("null", "E")), (frozenset({"X"}), frozenset({"X", "Y"}))
    )


def test_the_json_of_the_errata_is_what_docs_tell() -> None:
    """docs/conformance.md has a line for each erratum and each reading."""
    text = (REPOSITORY / "docs/conformance.md").read_text()
    errata = json.loads((TABLES.parent / "errata.json").read_text())

    for erratum in errata["published"]:
        assert f"| {erratum['rule']} |" in text
    for reading in errata["readings"]:
        assert f"`{reading['id']}`" in text
