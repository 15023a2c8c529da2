"""
The official validator and Warikan on the same file: where both evaluate a rule, they agree or we say why not.

The validator runs in an environment of its own (tools/official_conformance.sh); where that cannot be made,
these tests are skipped with the reason. Both read the rules as published: without errata, and with a null
that is never other than a value. What differs even so must be one of the readings of errata.json.
"""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from warikan.conformance import RuleResult, Wanted, check_file
from warikan.conformance.books import rule_book
from warikan.conformance.forms import parts
from warikan.conformance.rules import published_errata, read_table

SCRIPT = Path(__file__).parent.parent.parent / "tools" / "official_conformance.sh"
FILES = (
    "focus/synthetic_1.2/focus_1_2_cost_and_usage_aws.csv",
    "focus/synthetic_1.2/focus_1_2_cost_and_usage_azure.csv",
    "focus/focus_1_0_real_anonymised.csv",
)
NULL_WORDS = ("focus/focus_1_0_real_anonymised.csv",)
"""Files that write NULL where nothing is."""

pytestmark = pytest.mark.timeout(900)


@cache
def official(path: Path) -> dict[str, Any]:
    """What the official validator says, with all applicability criteria."""
    done = subprocess.run(["sh", SCRIPT, path, "ALL"], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@cache
def ours(path: Path, *, as_published: bool) -> dict[str, RuleResult]:
    """Every rule as Warikan finds it."""
    wanted = Wanted("1.2", "ALL", with_errata=not as_published, null_is_other=not as_published)
    return {r.rule.id: r for r in check_file(path, wanted).results}


def readings(result: RuleResult, *, has_null_words: bool) -> set[str]:
    """The readings of errata.json by which this very rule may come out otherwise."""
    form = result.rule.requirement or ("rule", "")
    heads = {part[0] for part in parts(form)}
    found = set()
    if heads & {"in", "pairs", "or"} and result.is_leaf:
        found.add("any-row")
    if heads & {"type", "format"}:
        found.add("text-as-it-is")
    if "distinct" in heads:
        found.add("null-group")
    if has_null_words and result.asked is not None:
        found.add("null-words")
    return found


def explained(rule_id: str, results: dict[str, RuleResult], *, has_null_words: bool) -> set[str]:
    """By which readings a rule, or one that it is made of, may come out otherwise."""
    result = results[rule_id]
    found = readings(result, has_null_words=has_null_words)
    for part in result.rule.made_of:
        found |= explained(part, results, has_null_words=has_null_words)
    return found


@pytest.mark.parametrize("name", FILES)
def test_where_both_evaluate_they_agree(data: Path, name: str) -> None:
    """The same outcome, and for rules about rows the same number of rows, or a reading that says why not."""
    theirs, mine = official(data / name)["rules"], ours(data / name, as_published=True)
    known = {reading["id"] for reading in read_table("errata.json")["readings"]}

    unexplained, compared = [], 0
    for rule_id, said in theirs.items():
        result = mine[rule_id]
        if said["outcome"] == "skipped" or result.outcome not in ("passed", "failed"):
            continue
        compared += 1
        rows_differ = result.asked is not None and result.failed != (said["failed"] or 0)
        if said["outcome"] != result.outcome or rows_differ:
            why = explained(rule_id, mine, has_null_words=name in NULL_WORDS)
            assert why <= known
            if not why:
                unexplained.append((rule_id, said, result.outcome, result.failed))

    assert unexplained == []
    assert compared >= (360 if "1.2" in name else 280)


@pytest.mark.parametrize("name", FILES)
def test_what_we_do_not_evaluate_is_not_there_or_unreadable(data: Path, name: str) -> None:
    """A rule that only the validator evaluates is about a column that the file lacks, or has an erratum."""
    theirs, mine = official(data / name)["rules"], ours(data / name, as_published=False)

    alone = [mine[r] for r, said in theirs.items() if said["outcome"] != "skipped"
             and mine[r].outcome not in ("passed", "failed")]  # fmt: skip

    for result in alone:
        assert (
            result.why.startswith(("no column", "erratum", "none of its parts"))
            or result.rule.id in published_errata()
        ), (result.rule.id, result.why)


@pytest.mark.parametrize("name", FILES[:2])
def test_we_evaluate_at_least_as_many(data: Path, name: str) -> None:
    """Of the published rules, on a file that has every column, with all criteria on."""
    mine = ours(data / name, as_published=False)

    assert sum(r.outcome in ("passed", "failed") for r in mine.values()) >= official(data / name)["evaluated"]


@pytest.mark.parametrize("name", FILES)
def test_errata_are_all_that_changes_an_outcome(data: Path, name: str) -> None:
    """With our reading a rule comes out otherwise only for an erratum or a null class."""
    published, corrected = ours(data / name, as_published=True), ours(data / name, as_published=False)

    asked, asked_before = rule_book("1.2").asked, rule_book("1.2", with_errata=False).asked

    def may_differ(rule_id: str) -> bool:
        rule, condition = corrected[rule_id].rule, asked[rule_id].condition
        return (
            bool(rule.erratum or rule.judged)
            or condition != asked_before[rule_id].condition
            or any(part[0] == "is_not" for part in parts(condition or ("rule", "")))
            or any(may_differ(part) for part in rule.made_of)
        )

    differing = [r for r in corrected if corrected[r].outcome != published[r].outcome]

    assert [r for r in differing if not may_differ(r)] == []
