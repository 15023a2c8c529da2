"""Of a folder the files of one dataset are checked, as one bill; the others are named."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from small_bill import GOOD, changed, write_csv, write_parquet

from warikan.conformance import check_file
from warikan.conformance.rows import to_document
from warikan.focus.errors import NotFocus, UnreadableFile, UsageError

CONTRACT = {
    "ContractCommitmentId": "c-1",
    "ContractCommitmentPeriodStart": "2026-01-01T00:00:00Z",
    "ContractCommitmentPeriodEnd": "2027-01-01T00:00:00Z",
    "ContractId": "k",
    "ContractCommitmentCost": "100",
    "BillingCurrency": "USD",
}
INVOICE = {
    "InvoiceId": "i-1",
    "InvoiceDetailId": "1",
    "InvoiceDetailDescription": "support",
    "InvoiceDetailLastUpdated": "2026-10-01T00:00:00Z",
    "BilledCost": "2.5",
    "BillingCurrency": "USD",
}
NATIVE = {"lineItem/UsageAmount": "1", "lineItem/UnblendedCost": "2"}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder as an export writes it: charges in two files, two other datasets, a manifest and more."""
    folder = tmp_path / "export"
    folder.mkdir()
    write_csv(folder / "charges-1.csv", [GOOD])
    write_parquet(folder / "charges-2.parquet", [GOOD, GOOD], is_typed=False)
    write_csv(folder / "commitments.csv", [CONTRACT])
    write_csv(folder / "invoices.csv", [INVOICE])
    write_csv(folder / "native.csv", [NATIVE])
    (folder / "focus_manifest.json").write_text(json.dumps({"files": ["charges-1.csv"]}))
    (folder / "run.json").write_text("{}")
    (folder / "README.md").write_text("about\n")
    (folder / "charges-3.csv").write_text("")
    return folder


def test_charges_are_checked_and_the_others_named(mixed: Path) -> None:
    """As if they lay there alone; each other file says what it is."""
    report = check_file("export", root=mixed.parent)
    document = json.loads(json.dumps(to_document(report)))

    assert (report.dataset, report.rows, report.broken) == ("Cost and Usage", 3, 0)
    assert report.files == ("export/charges-1.csv", "export/charges-2.parquet")
    assert list(report.failures()) == []
    assert dict(report.passed_over) == {
        "export/README.md": "not a bill by its name",
        "export/charges-3.csv": "empty",
        "export/commitments.csv": "Contract Commitment, another dataset: check it by itself",
        "export/focus_manifest.json": "a manifest",
        "export/invoices.csv": "Invoice Detail, another dataset: check it by itself",
        "export/native.csv": "no table of a FOCUS dataset",
        "export/run.json": "JSON; only CSV, CSV.gz and Parquet are checked against FOCUS",
    }
    assert {one["file"]: one["why"] for one in document["passed_over"]} == dict(report.passed_over)


def test_a_file_that_is_named_is_what_is_checked(mixed: Path) -> None:
    """Whatever lies beside it; a manifest is no bill."""
    report = check_file(mixed / "commitments.csv")

    assert (report.dataset, report.passed_over) == ("Contract Commitment", ())
    with pytest.raises(UnreadableFile, match="is JSON"):
        check_file(mixed / "focus_manifest.json")
    with pytest.raises(NotFocus):
        check_file(mixed / "native.csv")


def test_another_dataset_is_checked_where_it_is_alone(mixed: Path) -> None:
    """Two of them are a question; a folder without any bill is another."""
    for name in ("charges-1.csv", "charges-2.parquet"):
        (mixed / name).unlink()
    with pytest.raises(UsageError, match="none of Cost and Usage: Contract Commitment, Invoice Detail"):
        check_file(mixed)
    (mixed / "invoices.csv").unlink()
    assert check_file(mixed).dataset == "Contract Commitment"
    (mixed / "commitments.csv").unlink()
    with pytest.raises(NotFocus):
        check_file(mixed)
    (mixed / "native.csv").unlink()
    with pytest.raises(UsageError, match="holds no bills"):
        check_file(mixed)


def test_a_damaged_file_is_not_passed_over(mixed: Path) -> None:
    """A bill that cannot be read might be the one that does not conform."""
    whole = (mixed / "charges-2.parquet").read_bytes()
    (mixed / "charges-4.parquet").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(UnreadableFile, match=r"charges-4\.parquet is a truncated Parquet file"):
        check_file(mixed)


def test_the_exports_of_1_4(data: Path, tmp_path: Path) -> None:
    """Charges beside commitments, invoices, periods, a manifest and checksums: the charges conform."""
    folder = shutil.copytree(data / "focus" / "synthetic_1.4" / "aws", tmp_path / "aws")

    report = check_file(folder)

    assert (report.dataset, report.version, report.rows) == ("Cost and Usage", "1.4", 1000)
    assert list(report.failures()) == []
    assert len(report.passed_over) == 6


def test_costs_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    """They are in no share of the spend: how many, which, and what stands there."""
    odd = {2: "abc", 3: "1,000.5", 5: "NaN", 6: "", 7: "$4"}
    rows = [changed(EffectiveCost=odd.get(place, "1")) for place in range(1, 9)]

    report = check_file(write_csv(tmp_path / "bill.csv", rows))
    document = to_document(report)

    assert (report.unweighed, report.spend[0].total) == (4, Decimal(3))
    assert [(s.row, s.values) for s in report.unweighed_samples] == [
        (row, (("EffectiveCost", odd[row]),)) for row in (2, 3, 5)
    ]
    assert document["unweighed"]["rows"] == 4
    assert document["unweighed"]["samples"][0]["values"] == {"EffectiveCost": "abc"}
    assert check_file(write_csv(tmp_path / "good.csv", [GOOD])).unweighed == 0
