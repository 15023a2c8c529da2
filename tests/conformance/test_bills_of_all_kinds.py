"""Real and realistic files of every version and dataset, hostile ones, and what a provider supports."""

from pathlib import Path

import pytest
from small_bill import GOOD, changed, write_csv

from warikan.conformance import Wanted, check_file
from warikan.focus.errors import NotFocus, UnreadableFile, UsageError


@pytest.mark.parametrize(
    ("name", "dataset", "version", "broken"),
    [
        ("synthetic_1.2/focus_1_2_cost_and_usage_aws.csv", "Cost and Usage", "1.2", set()),
        ("synthetic_1.3/focus_1_3_cost_and_usage_gcp.csv", "Cost and Usage", "1.3", set()),
        ("synthetic_1.3/focus_1_3_contract_commitment_gcp.csv", "Contract Commitment", "1.3", set()),
        ("synthetic_1.4/aws/synthetic_focus_1_4_cost_and_usage.csv", "Cost and Usage", "1.4", set()),
        (
            "synthetic_1.4/aws/synthetic_focus_1_4_contract_commitment.csv",
            "Contract Commitment",
            "1.4",
            set(),
        ),
        ("synthetic_1.4/aws/synthetic_focus_1_4_billing_period.csv", "Billing Period", "1.4", set()),
        ("synthetic_1.4/azure/synthetic_focus_1_4_invoice_detail.csv", "Invoice Detail", "1.4", set()),
        (
            "focus_1_0_real_anonymised.csv",
            "Cost and Usage",
            "1.0",
            {"ChargeFrequency.values", "ContractedCost.not_null", "ContractedCost.product"},
        ),
    ],
)
def test_files_of_every_version(data: Path, name: str, dataset: str, version: str, broken: set[str]) -> None:
    """The version is told by the header; conforming files conform, and the real one does not."""
    report = check_file(data / "focus" / name)

    found = {r.rule.id for r in report.failures()}
    assert (report.dataset, report.version) == (dataset, version)
    assert broken <= found
    assert bool(broken) == bool(found)


def test_what_is_supported_is_seen(tmp_path: Path) -> None:
    """Criteria without a value in the data are off, with their rules; a person may say otherwise."""
    bill = write_csv(tmp_path / "bill.csv", [GOOD], without=["AvailabilityZone", "CapacityReservationId"])

    seen = {c.id: c.is_on for c in check_file(bill).criteria}
    told = check_file(bill, Wanted(criteria="+AVAILABILITY_ZONE_SUPPORTED,-TAGGING_SUPPORTED"))
    on = {c.id: (c.is_on, c.is_given) for c in told.criteria}

    assert (seen["TAGGING_SUPPORTED"], seen["AVAILABILITY_ZONE_SUPPORTED"]) == (True, False)
    assert (seen["CAPACITY_RESERVATION_SUPPORTED"], seen["VIRTUAL_CURRENCY_SUPPORTED"]) == (False, False)
    assert on["AVAILABILITY_ZONE_SUPPORTED"] == (True, True)
    assert on["REGION_SUPPORTED"] == (True, False)
    found = {r.rule.id: r for r in told.results}
    assert found["CostAndUsage-D-003-C"].outcome == "failed"
    assert found["Tags-C-001-M"].why == "TAGGING_SUPPORTED is off"
    virtual = write_csv(tmp_path / "virtual.csv", [changed(PricingCurrency="Tokens")])
    assert {c.id for c in check_file(virtual).criteria if c.is_on} >= {"VIRTUAL_CURRENCY_SUPPORTED"}


@pytest.mark.parametrize("criteria", ["TAGS", "+TAGGING_SUPPORTED,REGION_SUPPORTED"])
def test_unknown_criteria_are_refused(tmp_path: Path, criteria: str) -> None:
    """With the names that there are."""
    with pytest.raises(UsageError):
        check_file(write_csv(tmp_path / "bill.csv", [GOOD]), Wanted(criteria=criteria))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnreadableFile),
        (b"\x1f\x8b\x08\x00broken", UnreadableFile),
        (b"PAR1 and then nothing", UnreadableFile),
        (b"BilledCost,billedcost\n1,2\n", UnreadableFile),
        (",".join(f"c{i}" for i in range(3000)).encode() + b"\n", UnreadableFile),
        (b"lineItem/UsageAmount,lineItem/UnblendedCost\n1,2\n", NotFocus),
        (b"\n\n", UnreadableFile),
    ],
)
def test_what_is_no_bill_is_refused(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    """With a sentence, never a traceback of DuckDB."""
    names = {b"\x1f\x8b": "b.csv.gz", b"PA": "b.parquet"}
    path = tmp_path / names.get(content[:2], "b.csv")
    path.write_bytes(content)

    with pytest.raises(error):
        check_file(path)


def test_broken_lines_are_counted(tmp_path: Path) -> None:
    """A line with a field too many is left out and told; the rest is checked."""
    path = write_csv(tmp_path / "bill.csv", [GOOD, GOOD])
    path.write_text(path.read_text() + "a,b\n")

    report = check_file(path)

    assert (report.rows, report.broken) == (2, 1)


def test_a_header_without_rows(tmp_path: Path) -> None:
    """Nothing fails where nothing is, and nothing about rows passes."""
    path = write_csv(tmp_path / "bill.csv", [GOOD])
    path.write_text(path.read_text().splitlines()[0] + "\n")

    report = check_file(path, Wanted(criteria="ALL"))

    assert (report.rows, list(report.failures())) == (0, [])
    about_rows = [r for r in report.results if r.why == "there are no rows"]
    assert len(about_rows) > 200
    assert {r.outcome for r in about_rows} == {"not applicable"}
    header = {r.rule.id: r.outcome for r in report.results}
    assert header["CostAndUsage-D-005-M"] == "passed"


def test_names_in_sql_are_names(tmp_path: Path) -> None:
    """Columns, values and files with quotes and globs are text, not SQL."""
    rows = [{**changed(ServiceName="x' OR 1=1 --"), 'x_"; DROP TABLE groups; --': "1"}]
    path = write_csv(tmp_path / "it's [a] *bill?.csv", rows)

    assert check_file(str(path)).rows == 1
