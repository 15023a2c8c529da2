"""Each kind of rule, on a row that keeps all of them and on rows that break one."""

from pathlib import Path

import pytest
from small_bill import GOOD, changed, write_csv, write_parquet

from warikan.conformance import ConformanceReport, Wanted, check_file

ALL = Wanted(version="1.2", criteria="ALL")


def failed(report: ConformanceReport) -> set[str]:
    """The ids of the failed rules, apart from the wording of an attribute that repeats a column's."""
    return {r.rule.id for r in report.failures() if "-A-" not in r.rule.id}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "text.parquet", "typed.parquet"])
def test_a_good_row_keeps_every_rule(tmp_path: Path, form: str) -> None:
    """In each form of file, at least 395 rules are evaluated and none fails."""
    path = tmp_path / f"bill.{form}"
    if form.endswith("parquet"):
        write_parquet(path, [GOOD], is_typed=form.startswith("typed"))
    else:
        write_csv(path, [GOOD])

    report = check_file(path, ALL)

    assert failed(report) == set()
    assert report.counts()["passed"] >= 395
    assert (report.rows, report.version, report.cost) == (1, "1.2", "EffectiveCost")


Case = tuple[dict[str, str | None], set[str]]
CASES: tuple[Case, ...] = (
    ({"BillingAccountId": None}, {"BillingAccountId-C-001-M", "BillingAccountType-C-004-C"}),
    ({"ServiceName": None}, {"ServiceName-C-003-M"}),
    ({"ChargeCategory": "usage", "ConsumedQuantity": None, "ConsumedUnit": None}, {"ChargeCategory-C-003-M"}),
    ({"ChargeClass": "Refund"}, {"ChargeClass-C-005-C"}),
    ({"BilledCost": "two"}, {"BilledCost-C-001-M", "BilledCost-C-002-M", "BilledCost-C-004-M"}),
    ({"BilledCost": "+2.5"}, {"BilledCost-C-002-M", "BilledCost-C-004-M"}),
    ({"BilledCost": "2.5e-3"}, set()),
    ({"ListCost": "3.1"}, {"ListCost-C-009-C", "ListUnitPrice-C-010-C", "PricingQuantity-C-009-C"}),
    ({"ListCost": "3.0000000001"}, set()),
    (
        {"ContractedUnitPrice": "-0.25", "ContractedCost": "-2.5"},
        {"ContractedUnitPrice-C-009-C"},
    ),
    ({"BillingCurrency": "usd"}, {"BillingCurrency-C-003-M", "BillingCurrency-C-006-M"}),
    ({"BillingCurrency": "Credits"}, {"BillingCurrency-C-006-M"}),
    ({"PricingCurrency": "Credits"}, set()),
    ({"ChargePeriodStart": "2026-09-03 00:00:00"}, {"ChargePeriodStart-C-002-M"}),
    ({"ChargePeriodStart": "2026-09-03T00:00:00.000Z"}, set()),
    (
        {"ChargePeriodStart": "yesterday"},
        {"ChargePeriodStart-C-001-M", "ChargePeriodStart-C-002-M"},
    ),
    ({"Tags": "env=prod"}, {"Tags-C-001-M"}),
    ({"Tags": '["env"]'}, {"Tags-C-001-M"}),
    ({"Tags": '{"env": {"name": "prod"}}'}, {"Tags-C-001-M"}),
    ({"Tags": '{"env": "[x] {y}", "on": true, "n": null}'}, set()),
    ({"PricingUnit": "GB/Months"}, {"PricingUnit-C-003-O"}),
    ({"PricingUnit": "GB-Months", "ConsumedUnit": "1000 Requests"}, set()),
    ({"PricingUnit": None}, {"PricingUnit-C-006-C"}),
    ({"ServiceSubcategory": "Object Storage"}, {"ServiceSubcategory-C-004-M"}),
    ({"ServiceSubcategory": "Blob"}, {"ServiceSubcategory-C-003-M", "ServiceSubcategory-C-004-M"}),
    ({"SkuId": None, "SkuMeter": None}, {"SkuId-C-005-C"}),
    ({"RegionName": None}, {"RegionName-C-005-C"}),
    ({"ResourceName": "caf\ufffd"}, {"ResourceName-C-002-M"}),
    ({"ChargeFrequency": "Monthly"}, {"ChargeFrequency-C-003-M"}),
    (
        {"CommitmentDiscountStatus": "Used"},
        {"CommitmentDiscountStatus-C-003-C"},
    ),
    (
        {"CapacityReservationStatus": "Active"},
        {"CapacityReservationStatus-C-003-C", "CapacityReservationStatus-C-006-M"},
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def broken_by_row(tmp_path_factory: pytest.TempPathFactory) -> dict[int, set[str]]:
    """Row → the rules that it breaks, of one bill with a row for each case behind a good one."""
    rows = [GOOD, *(changed(**values) for values, _ in CASES)]
    bill = write_csv(tmp_path_factory.mktemp("cases") / "bill.csv", rows)
    report = check_file(bill, Wanted(version="1.2", criteria="ALL", samples=len(rows)))
    found: dict[int, set[str]] = {row: set() for row in range(1, len(rows) + 1)}
    for result in report.failures():
        assert result.failed == len(result.samples) <= (result.asked or 0)
        if (
            "-A-" not in result.rule.id
            and result.rule.requirement
            and result.rule.requirement[0] != "distinct"
        ):
            for sample in result.samples:
                found[sample.row].add(result.rule.id)
    return found


@pytest.mark.parametrize("place", range(len(CASES)), ids=[str(values) for values, _ in CASES])
def test_a_broken_row_fails_its_rules(place: int, broken_by_row: dict[int, set[str]]) -> None:
    """Those that its change breaks, and no others."""
    assert broken_by_row[1] == set()
    assert broken_by_row[place + 2] == CASES[place][1]


def test_a_null_class_is_no_correction(tmp_path: Path) -> None:
    """FOCUS_Spec 2681: rules for all rows but corrections ask those whose ChargeClass is null."""
    correction = changed(ChargeClass="Correction", SkuPriceId=None, SkuPriceDetails=None, ListUnitPrice=None)
    bill = write_csv(tmp_path / "bill.csv", [changed(ListUnitPrice=None), correction])

    found = {r.rule.id: r for r in check_file(bill, ALL).results}

    assert (found["ListUnitPrice-C-005-C"].asked, found["ListUnitPrice-C-005-C"].failed) == (1, 1)
    assert found["SkuPriceId-C-005-C"].outcome == "passed"


def test_one_parent_each(tmp_path: Path) -> None:
    """A SkuPriceId of two SkuIds fails in all its rows; another one is left alone."""
    rows = [changed(SkuId="s-1"), changed(SkuId="s-2"), changed(SkuPriceId="p-2")]

    found = {r.rule.id: r for r in check_file(write_csv(tmp_path / "bill.csv", rows), ALL).results}
    result = found["SkuPriceId-C-008-M"]

    assert (result.outcome, result.asked, result.failed) == ("failed", 3, 2)
    assert [sample.row for sample in result.samples] == [1, 2]
    assert found["SkuPriceId-C-007-C"].why == "SkuPriceId-C-008-M"


def test_a_missing_column_fails_once(tmp_path: Path) -> None:
    """The rule that asks for the column fails; those about its values do not apply."""
    bill = write_csv(tmp_path / "bill.csv", [GOOD], without=["BilledCost"])

    report = check_file(bill, ALL)
    found = {r.rule.id: r for r in report.results}

    assert failed(report) == {"CostAndUsage-D-006-M"}
    assert found["BilledCost-C-003-M"].why == "no column BilledCost"
    assert found["CostAndUsage-D-006-M"].share_of(report.rows) == 1


def test_optional_rules_never_fail(tmp_path: Path) -> None:
    """SkuPriceId MAY equal SkuId: no verdict."""
    found = {r.rule.id: r for r in check_file(write_csv(tmp_path / "bill.csv", [GOOD]), ALL).results}

    assert {r.outcome for r in found.values() if r.rule.level == "may"} <= {"not applicable", "dynamic"}


def test_custom_columns(tmp_path: Path) -> None:
    """A column that is not of FOCUS begins with x_ and stands behind."""
    rows = [{"team": "a", **GOOD, "x_Cost": "1"}]

    found = {r.rule.id: r for r in check_file(write_csv(tmp_path / "bill.csv", rows), ALL).results}

    assert found["ColumnHandling-A-010-M"].why == "team"
    assert found["ColumnHandling-A-012-O"].outcome == "failed"
