"""SARIF, JUnit and JSON say what was found, in the structure that their readers expect."""

import json
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from small_bill import GOOD, changed, write_csv

from warikan.conformance import ConformanceReport, Wanted, check_file
from warikan.conformance.junit import to_junit
from warikan.conformance.rows import HEADER, all_rows, failure_rows, percent, to_document
from warikan.conformance.sarif import to_sarif


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ConformanceReport:
    """A bill with hostile text, a broken MUST and a broken SHOULD, and without a column."""
    rows = [
        GOOD,
        changed(ServiceSubcategory="<b>\x01]]>", EffectiveCost="7.5"),
        changed(PricingUnit="?", ChargeDescription="=cmd()"),
    ]
    path = write_csv(tmp_path_factory.mktemp("r") / "a b.csv", rows, without=["ListCost"])
    return check_file(path.name, Wanted(version="1.2", criteria="ALL"), root=path.parent)


def test_sarif_has_the_structure_of_2_1_0(report: ConformanceReport) -> None:
    """Required members, indices that fit, levels and places that are allowed."""
    log = json.loads(json.dumps(to_sarif(report, tool_version="0.1.0")))

    assert log["version"] == "2.1.0"
    assert set(log) == {"$schema", "version", "runs"}
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "Warikan"
    assert len({rule["id"] for rule in rules}) == len(rules) == len(run["results"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        for location in result["locations"]:
            assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.csv"
    found = {result["ruleId"]: result for result in run["results"]}
    broken = found["ServiceSubcategory-C-003-M"]
    assert broken["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert broken["properties"]["spendFailed"] == {"USD": "7.5"}
    assert (broken["level"], found["PricingUnit-C-003-O"]["level"]) == ("error", "warning")
    assert "ListCost" in found["CostAndUsage-D-032-M"]["message"]["text"]


def test_junit_counts_what_it_holds(report: ConformanceReport) -> None:
    """Failures are the breaches; what cannot stand in XML is replaced."""
    breaches = report.breaches()
    suite = ET.fromstring(to_junit(report, breaches)).find("testsuite")  # noqa: S314 - our own text

    assert suite is not None
    cases = suite.findall("testcase")
    failures = {str(c.get("name")).partition(":")[0] for c in cases if c.find("failure") is not None}
    assert failures == {r.rule.id for r in breaches}
    assert len(cases) == int(suite.get("tests", "")) == len([r for r in report.results if r.is_leaf])
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped", ""))
    (unit,) = [c for c in cases if str(c.get("name")).startswith("PricingUnit-C-003-O")]
    assert unit.find("system-out") is not None
    text = "".join(f.text or "" for f in suite.iter("failure"))
    assert "<b>" in text
    assert "\x01" not in text


def test_the_document_holds_every_rule(report: ConformanceReport) -> None:
    """With exact text for money, and the same counts."""
    document = json.loads(json.dumps(to_document(report)))

    assert len(document["rules"]) == 621
    assert document["spend"] == {"USD": "12.5"}
    assert sum(document["counts"].values()) == 621
    found = {rule["id"]: rule for rule in document["rules"]}
    assert found["ServiceSubcategory-C-003-M"]["share"] == "0.6"
    assert found["BilledCost-C-005-C"]["erratum"]["effect"] == "off"
    header, rows = all_rows(report)
    assert len(rows) == 621
    assert {len(row) for row in rows} == {len(header)}


def test_the_table_shows_failures_worst_first(report: ConformanceReport) -> None:
    """MUST before SHOULD, by the share that fails."""
    rows = failure_rows(report)

    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows[0][1] == "CostAndUsage-D-032-M"
    assert {len(row) for row in rows} == {len(HEADER)}
    assert failure_rows(report, "must") == [row for row in rows if row[0] == "MUST"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [("0", "0%"), ("0.0000001", "<0.1%"), ("0.031", "3.1%"), ("0.9999", ">99.9%"), ("1", "100.0%")],
)
def test_a_share_is_never_rounded_to_none_or_all(share: str, shown: str) -> None:
    """0% means nothing, 100% everything."""
    assert percent(Decimal(share)) == shown
