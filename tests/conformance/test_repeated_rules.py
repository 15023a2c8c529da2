"""A rule that only says again what others say is not told twice; what it says is nevertheless told."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bill import GOOD, changed, write_csv

from warikan.conformance import ConformanceReport, Wanted, check_file
from warikan.conformance.rows import all_rows, failure_rows
from warikan.conformance.sarif import to_sarif

LEVELS = {"must": 0, "should": 1}
ROWS = st.lists(
    st.builds(
        changed,
        BillingPeriodStart=st.sampled_from(["2026-09-01T00:00:00Z", "2026-09-01", None]),
        ChargePeriodEnd=st.sampled_from(["2026-09-04T00:00:00Z", "soon"]),
        ContractedCost=st.sampled_from(["2.5", "7", "x", None]),
        ListCost=st.sampled_from(["3", "4"]),
        PricingQuantity=st.sampled_from(["10", "11", None]),
        PricingUnit=st.sampled_from(["Hours", "?", None]),
        ConsumedUnit=st.sampled_from(["Hours", "?"]),
        ChargeClass=st.sampled_from(["Correction", None]),
        ChargeCategory=st.sampled_from(["Usage", "Purchase", "Tax"]),
        ServiceCategory=st.sampled_from(["Compute", "Storage"]),
    ),
    min_size=1,
    max_size=6,
)


def rows_of(report: ConformanceReport, rule_id: str) -> set[int]:
    """The rows that break a rule; all of them are samples."""
    return {s.row for r in report.results if r.rule.id == rule_id for s in r.samples}


@settings(max_examples=8)
@given(rows=ROWS)
def test_each_row_that_a_repeat_fails_is_told_by_another(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str | None]]
) -> None:
    """The others fail, are of its level or above, and are no repeats themselves."""
    bill = write_csv(tmp_path_factory.mktemp("bills") / "bill.csv", rows)
    report = check_file(bill, Wanted(version="1.2", samples=len(rows)))

    failed = {r.rule.id: r for r in report.failures()}
    for repeat in (r for r in failed.values() if r.repeats):
        others = [failed[rule_id] for rule_id in repeat.repeats]
        assert all(not r.repeats for r in others)
        assert all(LEVELS[r.rule.level] <= LEVELS[repeat.rule.level] for r in others)
        told = set().union(*(rows_of(report, r.rule.id) for r in others))
        assert rows_of(report, repeat.rule.id) <= told, repeat.rule.id


def test_attributes_do_not_crowd_out_columns(tmp_path: Path) -> None:
    """Times of two columns, one product that two rules ask: a line for each column, and no more."""
    rows = [GOOD, changed(BillingPeriodEnd="2026-10-01", ChargePeriodEnd="soon", ContractedCost="7")]

    report = check_file(write_csv(tmp_path / "bill.csv", rows), Wanted(version="1.2"))

    told = [row[1] for row in failure_rows(report)]
    assert [rule for rule in told if "Time" in rule] == []
    assert {"BillingPeriodEnd-C-002-M", "ChargePeriodEnd-C-002-M"} <= set(told)
    products = {"ContractedCost-C-009-C", "ContractedUnitPrice-C-011-C", "PricingQuantity-C-009-C"}
    assert len(products & set(told)) == 1
    repeats = {r.rule.id: r.repeats for r in report.failures() if r.repeats}
    assert repeats["DateTimeFormat-A-001-M"] == ("BillingPeriodEnd-C-002-M", "ChargePeriodEnd-C-002-M")
    assert set(told).isdisjoint(repeats)
    results = to_sarif(report, tool_version="0")["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == set(told)
    assert "DateTimeFormat-A-001-M" in {r.rule.id for r in report.breaches()}


def test_csv_has_failures_first_and_composites_last(tmp_path: Path) -> None:
    """Every rule once; what is made of others cannot stand between what failed."""
    report = check_file(
        write_csv(tmp_path / "bill.csv", [changed(ChargePeriodEnd="soon")]), Wanted(version="1.2")
    )
    header, rows = all_rows(report)
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    parts = {r.rule.id: r.rule.made_of for r in report.results}

    told = [row[1] for row in failure_rows(report)]
    assert [line["rule"] for line in lines[: len(told)]] == told
    is_made = [bool(parts[line["rule"]]) for line in lines]
    assert is_made == sorted(is_made)
    assert len({line["rule"] for line in lines}) == len(report.results)
    repeat = next(line for line in lines if line["rule"] == "DateTimeFormat-A-001-M")
    assert repeat["why"] == "repeats ChargePeriodEnd-C-002-M"
