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


def test_nothing_to_check_is_no_folder(tmp_path: Path, run: Run) -> None:
    """An empty variable of a script must not check whatever lies here."""
    (tmp_path / "bill.csv").write_text(BILL + ROWS)
    for nothing in ("", "  "):
        result = run("check", "--focus", nothing)
        assert (result.returncode, result.stdout) == (2, "")
        assert "--focus names nothing to check" in result.stderr


def test_a_header_alone_does_not_pass(tmp_path: Path, run: Run) -> None:
    """Reports are written, and the exit code says that nothing is known; a broken header is still broken."""
    (tmp_path / "bill.csv").write_text(BILL)

    for threshold, code in (("100%", 3), ("0", 1)):
        result = run("check", "--focus", "bill.csv", "--threshold", threshold, "--junit", "f.xml")
        assert result.returncode == code, result.stderr
        assert 'errors="1"' in (tmp_path / "f.xml").read_text(encoding="utf-8")
    alone = run("check", "--focus", "bill.csv", "--threshold", "100%")
    assert "bill.csv has no rows: only its header was checked" in alone.stderr
    assert json.loads(alone.stdout)["rows"] == 0


def test_what_is_left_out_is_said(tmp_path: Path, run: Run) -> None:
    """Files that are passed over, and costs that are no numbers."""
    bills = tmp_path / "bills"
    bills.mkdir()
    (bills / "bill.csv").write_text(BILL + ROWS + ROWS.replace("1,1,", "1,abc,", 1))
    (bills / "manifest.json").write_text("{}")

    result = run("check", "--focus", "bills", "--threshold", "100%")

    assert result.returncode == 0, result.stderr
    assert "passed over: bills/manifest.json: a manifest" in result.stderr
    assert "1 row has no number as EffectiveCost" in result.stderr
    assert "row 3 (abc)" in result.stderr


def test_an_address_is_asked_of_the_store(run: Run) -> None:
    """One of a kind that is not reached says so, and is taken for no file."""
    result = run("check", "--focus", "ftp://host/bill.csv")

    assert result.returncode == 2
    assert "ftp://" in result.stderr
    assert "Traceback" not in result.stderr
