"""What each command prints, on which stream, and with which exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_bills import HEADER, Run, line

PROGRAM = Path(sys.executable).parent / "warikan"
COMMANDS = (
    "init",
    "demo",
    "ingest",
    "collect",
    "allocate",
    "sync",
    "cost",
    "explain",
    "export",
    "check",
    "serve",
    "doctor",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example(command: str, run: Run) -> None:
    """--help says what a command does, with an example that can be typed."""
    result = run(command, "--help")

    assert result.returncode == 0
    assert f"warikan {command}" in result.stdout.partition("Examples:")[2]


def test_cost_in_a_pipe_is_json_with_exact_text(workspace: Path, run: Run) -> None:
    """Where stdout is no terminal the answer is JSON, and money is text with all its digits."""
    result = run("cost", "--by", "x_ServiceId", "--period", "2026-09", cwd=workspace)

    (answer,) = json.loads(result.stdout)["results"]
    assert (answer["currency"], answer["total"]) == ("USD", "5")
    assert [(r["cost"], r["x_ServiceId"]) for r in answer["rows"]] == [("3", None), ("2", "example-service")]
    assert result.stderr.startswith(str(workspace))
    assert "EffectiveCost" in result.stderr


def test_csv_has_one_row_per_group(workspace: Path, run: Run) -> None:
    """--csv is one table with the currency first."""
    result = run("cost", "--by", "x_TeamId", "--period", "all", "--csv", cwd=workspace)

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(r["BillingCurrency"], r["x_TeamId"], r["EffectiveCost"]) for r in rows] == [
        ("USD", "", "3"),
        ("USD", "example-team", "2"),
    ]


def test_a_number_opens_down_to_the_row_of_the_bill(workspace: Path, run: Run) -> None:
    """Explain lists slices; each names its charge, and the charge names its file, row and rule."""
    cell = json.loads(
        run("explain", "--where", "x_ServiceId = 'example-service'", "--period", "all", cwd=workspace).stdout
    )
    opened = json.loads(run("explain", cell["slices"][0]["charge"], cwd=workspace).stdout)

    assert cell["cells"][0]["amount"] == "2"
    assert (Path(opened["file"]).name, opened["row"]) == ("bill.csv", 1)
    assert opened["rule"]["id"] == "service-tag"
    assert opened["adds_up"]


def test_unallocated_cost_brings_suggestions(workspace: Path, run: Run) -> None:
    """Opening unallocated cost says which rule would claim most of it."""
    where = "x_AllocationClass = 'unallocated'"
    cell = json.loads(run("explain", "--where", where, "--period", "all", cwd=workspace).stdout)

    assert "SubAccountId = '42'" in [s["when"] for s in cell["suggestions"]]


def test_laws_hold_and_exit_0(workspace: Path, run: Run) -> None:
    """Check tells each law apart and ends with 0 when all hold."""
    result = run("check", cwd=workspace)

    assert result.returncode == 0
    assert json.loads(result.stdout)["ok"]


def test_a_stale_allocation_is_said_and_exits_1(workspace: Path, run: Run) -> None:
    """After the rules changed, check says that the allocation is not of them."""
    settings = workspace / "warikan.yaml"
    settings.write_text(settings.read_text().replace("service-tag", "another-name"))

    result = run("check", cwd=workspace)

    assert result.returncode == 1
    assert "warikan allocate" in result.stderr


def test_numbers_of_before_are_said_to_be(workspace: Path, run: Run) -> None:
    """After the rules changed, cost names the months that are not allocated by them; allocate ends it."""
    settings = workspace / "warikan.yaml"
    settings.write_text(settings.read_text().replace("service-tag", "another-name"))

    before = run("cost", "--period", "all", cwd=workspace)
    run("allocate", cwd=workspace)
    after = run("cost", "--period", "all", cwd=workspace)

    assert "CHANGED SINCE IT WAS ALLOCATED: 2026-09" in before.stderr
    assert "warikan allocate" in before.stderr
    assert "CHANGED" not in after.stderr


def test_a_bill_without_one_good_row_exits_3(workspace: Path, run: Run) -> None:
    """Cron hears of it; what the rows cost is unreadable, never 0; the last load's rejects come first."""
    head = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,"
    head += "ChargePeriodEnd,ServiceName,ProviderName,PublisherName,InvoiceIssuerName,ChargeCategory"
    row = "oops,1,USD,2026-09-01,2026-10-01,2026-09-02,2026-09-03,S,P,P,P,Usage"
    (workspace / "bad.csv").write_text(f"{head}\n{row}\n")

    result = run("ingest", "--file", "bad.csv", cwd=workspace)
    seen = json.loads(run("doctor", "--json", cwd=workspace).stdout)["findings"]

    assert result.returncode == 3
    assert "BilledCost unreadable USD" in result.stderr
    assert "not one row of bad.csv" in result.stderr
    assert "bad.csv row 1" in next(f["detail"] for f in seen if f["what"] == "reject")


def _ask_read_only(workspace: Path, asked: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Ask where nothing can be written: by rights, or for root, who has them all, by a read-only mount."""
    command = [str(PROGRAM), *asked]
    if os.geteuid() == 0:
        mount = 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; cd "$0"; exec "$@"'
        inside = ["unshare", "--mount", "sh", "-ec", mount, str(workspace)]
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
            pytest.skip("root may write everywhere, and this machine allows no mount")
        return subprocess.run([*inside, *command], capture_output=True, text=True, check=False)
    folders = [workspace, *(p for p in workspace.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        return subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_who_may_only_read_can_ask(workspace: Path, run: Run) -> None:
    """A workspace without the right to write answers as before."""
    asked = ("cost", "--period", "all", "--json")
    before = run(*asked, cwd=workspace)
    after = _ask_read_only(workspace, asked)

    assert (before.returncode, before.stdout) == (0, after.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cost", "--period", ""), 2, "the period is empty"),
        (("cost", "--where", "x_TeamId = "), 2, "^"),
        (("cost", "--by", "Nope"), 2, "Nope"),
        (("cost", "--period", "yesterdayish"), 2, "is not a period"),
        (("cost", "--period", "all", "--last", "3d"), 2, "exclude each other"),
        (("cost", "--json", "--csv"), 2, "exclude each other"),
        (("ingest",), 2, "names no sources"),
        (("ingest", "aws"), 2, "no source 'aws'"),
        (("ingest", "--file", "absent.csv"), 2, "absent.csv"),
        (("explain", "not-a-charge"), 2, "does not name a charge"),
        (("explain", "aws@2026-09/1"), 2, "no charge"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_errors_say_what_and_never_trace(
    arguments: tuple[str, ...], code: int, said: str, workspace: Path, run: Run
) -> None:
    """Each wrong use ends with its exit code and a sentence, without a traceback."""
    result = run(*arguments, cwd=workspace)

    assert (code, "") == (result.returncode, result.stdout)
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(workspace: Path, run: Run) -> None:
    """--debug anywhere is for those who mend Warikan."""
    result = run("cost", "--by", "Nope", "--debug", cwd=workspace)

    assert "Traceback" in result.stderr


def test_no_workspace_says_how_to_make_one(run: Run) -> None:
    """Outside a workspace the error names the next command."""
    result = run("cost")

    assert result.returncode == 2
    assert "warikan init" in result.stderr


def test_init_keeps_what_is_there(workspace: Path, run: Run) -> None:
    """Init in a workspace changes nothing."""
    before = (workspace / "warikan.yaml").read_text()

    assert run("init", workspace, "--currency", "JPY").returncode == 0
    assert before == (workspace / "warikan.yaml").read_text()


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(run: Run, tmp_path: Path) -> None:
    """A hostile tag value does not become a formula in CSV."""
    folder = tmp_path / "h"
    run("init", folder)
    (tmp_path / "h.csv").write_text(f"{HEADER}\n{line('1', '=cmd()')}\n")
    run("ingest", "--file", tmp_path / "h.csv", cwd=folder)
    run("allocate", cwd=folder)

    result = run("cost", "--by", "Tags['service']", "--period", "all", "--csv", cwd=folder)

    assert "'=cmd()" in result.stdout
