"""``warikan check --focus``: what it prints and writes, and how it ends."""

import json
from pathlib import Path

from cli_bills import Run

BILL = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory\n"
ROWS = (
    "1,1,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Usage\n"
    "99,99,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Fee\n"
)


def test_a_file_is_checked_without_a_workspace(tmp_path: Path, run: Run) -> None:
    """Exit 1 for broken MUST rules; JSON in a pipe; SARIF and JUnit where asked."""
    (tmp_path / "bill.csv").write_text(BILL + ROWS)

    result = run("check", "--focus", "bill.csv", "--sarif", "f.sarif", "--junit", "f.xml")

    found = {rule["id"]: rule for rule in json.loads(result.stdout)["rules"]}
    assert result.returncode == 1
    assert found["ChargeCategory.values"]["share"] == "0.99"
    assert "breaks" in result.stderr
    assert json.loads((tmp_path / "f.sarif").read_text())["version"] == "2.1.0"
    assert "<testsuites" in (tmp_path / "f.xml").read_text()


def test_options_decide(tmp_path: Path, run: Run) -> None:
    """A threshold of everything passes all; wrong options are usage errors."""
    (tmp_path / "bill.csv").write_text(BILL + ROWS)

    assert run("check", "--focus", "bill.csv", "--threshold", "100%").returncode == 0
    for wrong in (
        ["--threshold", "a lot"],
        ["--threshold", "nan"],
        ["--focus-version", "9.9"],
        ["--criteria", "NO_SUCH"],
        ["--sarif", "no/such/folder.json"],
    ):
        result = run("check", "--focus", "bill.csv", *wrong)
        assert (result.returncode, "Traceback" in result.stderr) == (2, False), result.stderr
    assert run("check", "--focus", "nothing.csv").returncode == 2


def test_a_loaded_source_is_checked(workspace: Path, run: Run) -> None:
    """What is in the lake, by the name of its source; columns without a value count as not there."""
    loaded = run("check", "--focus", "nothing", cwd=workspace)
    source = loaded.stderr.partition("sources: ")[2].split(",")[0].strip()

    result = run("check", "--focus", source, cwd=workspace)
    found = {rule["id"]: rule for rule in json.loads(result.stdout)["rules"]}

    assert (loaded.returncode, result.returncode) == (2, 1)
    assert found["BillingPeriodStart.type"]["outcome"] == "passed"
    for rule in found.values():
        for sample in rule.get("samples", ()):
            assert sample["file"].endswith("bill.csv")
            assert 1 <= sample["row"] <= 3


def test_a_report_never_overwrites_what_is_checked(tmp_path: Path, run: Run) -> None:
    """Refused before anything runs: the bill, a file of the folder that is checked, the other report."""
    bills = tmp_path / "bills"
    bills.mkdir()
    (bills / "bill.csv").write_text(BILL + ROWS)
    for target, options in (
        ("bills/bill.csv", ["--sarif", "bills/bill.csv"]),
        ("bills/*.csv", ["--junit", "bills/../bills/bill.csv"]),
        ("bills", ["--sarif", "bills/new.sarif"]),
        ("bills/bill.csv", ["--sarif", "report", "--junit", "report"]),
    ):
        assert run("check", "--focus", target, *options).returncode == 2
    assert (bills / "bill.csv").read_text() == BILL + ROWS
    assert [path.name for path in bills.iterdir()] == ["bill.csv"]
