"""``warikan diff`` as a person runs it, and the API's word for the same."""

import json
from pathlib import Path

from cli_bills import HEADER, Run, line

SOURCE = "bank"


def _load(run: Run, workspace: Path, *charges: str) -> None:
    bill = workspace.parent / "own.csv"
    bill.write_text("\n".join([HEADER, *charges]) + "\n")
    result = run("ingest", "--file", bill, "--source", SOURCE, cwd=workspace)
    assert result.returncode == 0, result.stderr


def _first(run: Run, workspace: Path) -> None:
    charges = [line("1.25", "example-service"), line("0.75", "example-service", day=2), line("3", "", day=3)]
    _load(run, workspace, *charges)


def _restate(run: Run, workspace: Path) -> None:
    _first(run, workspace)
    charges = [line("1.25", "example-service"), line("0.5", "example-service", day=2), line("7", "", day=4)]
    _load(run, workspace, *charges)


def test_diff_of_a_restated_month(run: Run, workspace: Path) -> None:
    """The sums before and after, each cause, and the refusal where there is nothing to compare."""
    _first(run, workspace)
    alone = run("diff", SOURCE, "2026-09", cwd=workspace)
    assert alone.returncode == 2
    assert "nothing to compare it with" in alone.stderr
    assert f"warikan diff {SOURCE} 2026-09 --list" in alone.stderr

    _restate(run, workspace)
    found = json.loads(run("diff", SOURCE, "2026-09", "--json", cwd=workspace).stdout)
    listed = json.loads(run("diff", SOURCE, "2026-09", "--list", cwd=workspace).stdout)

    (total,) = found["totals"]
    assert (total["before_EffectiveCost"], total["after_EffectiveCost"]) == ("5", "8.75")
    assert {(c["cause"], c["reason"]): c["EffectiveCost"] for c in found["causes"]} == {
        ("usage", "day"): "4",
        ("price", "unit price"): "-0.25",
    }
    assert found["owned_by"] == "rules"
    assert [one["is_present"] for one in listed["loads"]] == [True, False]
    assert found["before"]["snapshot"] == listed["loads"][1]["snapshot"]


def test_forms_of_the_answer(run: Run, workspace: Path) -> None:
    """CSV has one grouping; from and to turn it round."""
    _restate(run, workspace)
    loads = run("diff", SOURCE, "2026-09", "--list", "--csv", cwd=workspace).stdout.splitlines()
    new, old = (row.split(",")[0] for row in loads[1:])

    causes = run("diff", SOURCE, "2026-09", "--csv", cwd=workspace).stdout.splitlines()
    back = run(
        "diff", SOURCE, "2026-09", "--from", new, "--to", old, "--csv", cwd=workspace
    ).stdout.splitlines()
    services = run("diff", SOURCE, "2026-09", "--by", "service", "--csv", cwd=workspace).stdout.splitlines()
    same = run("diff", SOURCE, "2026-09", "--from", new, "--to", new, "--csv", cwd=workspace)

    assert causes[0] == "BillingCurrency,cause,reason,rows,BilledCost,EffectiveCost,ListCost,ContractedCost"
    assert causes[-1] == "USD,price,unit price,1,-0.25,-0.25,-0.25,-0.25"
    assert back[-1] == "USD,price,unit price,1,0.25,0.25,0.25,0.25"
    assert services[0].startswith("BillingCurrency,x_ServiceId,x_IsOther,before_rows")
    assert same.returncode == 0
    assert len(same.stdout.splitlines()) == 1
    assert run("diff", SOURCE, "September", cwd=workspace).returncode == 2
    assert run("diff", "nobody", "2026-09", cwd=workspace).returncode == 2
