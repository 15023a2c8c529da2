"""``warikan anomalies`` and ``warikan forecast`` as a person runs them."""

import json
from pathlib import Path

from cli_bills import Run

from rising_company import make


def test_from_judgement_to_verdict(tmp_path: Path, run: Run) -> None:
    """Judged, listed, shown, said, taken back."""
    folder = make(tmp_path).folder
    judged = run("anomalies", "judge", cwd=folder)
    (row,) = json.loads(run("anomalies", cwd=folder).stdout)["rows"]
    shown = json.loads(run("anomalies", "show", row["id"], cwd=folder).stdout)

    assert (judged.returncode, json.loads(judged.stdout)["opened"]) == (0, ["ANO-1"])
    assert shown == row
    told = run("anomalies", "say", "ANO-1", "planned", "--note", "moving in", "--by", "aya", cwd=folder)
    assert (told.returncode, told.stderr) == (0, "ANO-1 is planned\n")
    assert json.loads(run("anomalies", "list", cwd=folder).stdout)["rows"] == []
    assert "no verdict any more" in run("anomalies", "say", "ANO-1", "nothing", cwd=folder).stderr
    csv = run("anomalies", "--state", "all", "--csv", cwd=folder).stdout
    assert csv == run("anomalies", "list", "--state", "all", "--csv", cwd=folder).stdout
    assert csv.startswith("anomaly,kind,what,team,since,until,over expected,per hour,said\nANO-1,")
    missing = run("anomalies", "show", "ANO-9", cwd=folder)
    assert (missing.returncode, "there is no anomaly ANO-9" in missing.stderr) == (2, True)


def test_planned_and_forecast(tmp_path: Path, run: Run) -> None:
    """What is planned is listed and removed; a forecast is a table of months."""
    folder = make(tmp_path, onset=None).folder
    plan = ("anomalies", "plan", "sale", "--service", "shop", "--from", "2026-12-01")
    assert "PLAN-1" in run(*plan, "--factor", "1.5", cwd=folder).stderr
    assert "exactly one" in run(*plan, cwd=folder).stderr
    (row,) = json.loads(run("anomalies", "planned", cwd=folder).stdout)["rows"]
    assert (row["id"], row["title"], row["value"]) == ("PLAN-1", "sale", 1.5)
    lines = run("forecast", "--by", "service", "--csv", cwd=folder).stdout.splitlines()
    assert lines[0] == "BillingCurrency,x_ServiceId,month,billed,p10,expected,p90,off by"
    assert len(lines) == 5
    lines = run("forecast", "--currency", "EUR", cwd=folder)
    assert (lines.returncode, "nothing is billed in EUR" in lines.stderr) == (2, True)
    unknown = run("anomalies", "--service", "shoq", "--team", "sales", cwd=folder)
    assert (unknown.returncode, "did you mean shop?" in unknown.stderr) == (2, True)
    assert "finite" in run(*plan, "--factor", "nan", cwd=folder).stderr
    assert run("anomalies", "unplan", "PLAN-1", cwd=folder).returncode == 0
    assert json.loads(run("anomalies", "planned", cwd=folder).stdout)["rows"] == []
