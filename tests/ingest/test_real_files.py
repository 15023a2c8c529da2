"""Real and realistic FOCUS files of every version: to the digit, all side by side."""

from decimal import localcontext
from pathlib import Path

import pytest
from ingest_cases import Loader, charges, state, sums_in_lake

from file_sums import sums_in_file
from warikan.lake import Lake

FILES = {
    "focus_1_0_real_anonymised.csv": "1.0",
    "synthetic_1.2/focus_1_2_cost_and_usage_aws.csv": "1.2",
    "synthetic_1.2/focus_1_2_cost_and_usage_azure.csv": "1.2",
    "synthetic_1.3/focus_1_3_cost_and_usage_aws.csv": "1.3",
    "synthetic_1.3/focus_1_3_cost_and_usage_gcp.csv": "1.3",
    "synthetic_1.4/aws/synthetic_focus_1_4_cost_and_usage.csv": "1.4",
    "synthetic_1.4/azure/synthetic_focus_1_4_cost_and_usage.csv": "1.4",
}


@pytest.mark.parametrize("name", FILES)
def test_sums_are_the_files_own(name: str, data: Path, take: Loader, lake: Lake) -> None:
    """Rows and the four costs of each file, unrepaired, are those that Python's csv and Decimal find."""
    path = data / "focus" / name
    report = take(path, rules=())

    expected = sums_in_file(path)
    reported = {(c, m): cost for c, metrics in report.totals.items() for m, cost in metrics.items()}
    assert expected == sums_in_lake(lake)
    assert expected == {key: cost for key, cost in reported.items() if key in expected}
    assert (1000, 0, FILES[name]) == (report.rows, report.rejected_rows, report.files[0].version)


def test_all_versions_side_by_side_and_twice(data: Path, take: Loader, lake: Lake) -> None:
    """All files are one source each in one lake; the second time nothing is committed."""
    for name in FILES:
        take(data / "focus" / name, name, rules=())
    expected: dict = {}
    with localcontext(prec=60):
        for name in FILES:
            for key, cost in sums_in_file(data / "focus" / name).items():
                expected[key] = expected.get(key, 0) + cost
    before = state(lake)

    assert expected == sums_in_lake(lake)
    assert all(take(data / "focus" / name, name, rules=()).unchanged for name in FILES)
    assert before == state(lake)


def test_real_marketplace_row(data: Path, take: Loader, lake: Lake) -> None:
    """In the real file only Red Hat sells through another company; all else is bought from its provider."""
    take(data / "focus" / "focus_1_0_real_anonymised.csv")

    rows = charges(
        lake, '"x_SourceId", "x_SourceFile", "x_SourceRow", COLUMNS(\'.*(Provider|Publisher)Name\')'
    )
    other = [r for r in rows if r["ServiceProviderName"] != r["ProviderName"]]
    assert all(r["HostProviderName"] == r["ProviderName"] for r in rows)
    assert [(r["ServiceProviderName"], r["HostProviderName"]) for r in other] == [("Red Hat Inc.", "AWS")]


def test_folder_with_all_datasets(data: Path, take: Loader) -> None:
    """All four datasets of a 1.4 delivery load together; each other file is passed over with its reason."""
    report = take(data / "focus" / "synthetic_1.4" / "aws")

    reasons = {Path(name).name: reason for name, reason in report.skipped}
    assert report.rows == 1000
    assert len(reasons) == 3
    assert {one.dataset: one.rows for one in report.datasets} == {
        "Billing Period": 1,
        "Contract Commitment": 75,
        "Invoice Detail": 6,
    }
    assert reasons["SHA256SUMS"] == "not a bill by its name"


@pytest.mark.parametrize(
    ("name", "native"),
    [
        ("aws_cur_csv_anonymous_converters.csv", "AWS"),
        ("azure_EA_ActualCost_Small.csv", "Azure"),
        ("oci_cost_report_converters.csv", "OCI"),
    ],
)
def test_native_exports_are_named(name: str, native: str, data: Path, take: Loader, lake: Lake) -> None:
    """A native export in a source that says it is FOCUS is refused by name; the lake stays empty."""
    from warikan.focus.errors import NotFocus

    with pytest.raises(NotFocus, match=native):
        take(data / "native" / name, source_type="focus")
    assert lake.snapshot("charges") is None
