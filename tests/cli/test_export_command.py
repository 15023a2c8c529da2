"""``warikan export``: what it prints, where, and with which exit code."""

import csv
import io
import json
from pathlib import Path

import pytest
from cli_bills import Run


def test_json_in_a_pipe_is_what_cost_says(workspace: Path, run: Run, tmp_path: Path) -> None:
    """The totals are those of ``warikan cost``, exact text; --out starts where one stands."""
    result = run("export", "--period", "2026-09", "--out", "focus", cwd=workspace)
    said = json.loads(result.stdout)
    [answer] = json.loads(run("cost", "--period", "2026-09", cwd=workspace).stdout)["results"]

    assert result.returncode == 0
    assert said["totals"]["USD"]["EffectiveCost"] == answer["total"] == "5"
    assert (said["focus"], said["format"], said["totals"]["USD"]["rows"]) == ("1.3", "csv", 3)
    [file] = said["files"]
    assert Path(file["path"]).parent == workspace / "focus"
    assert Path(file["path"]).stat().st_size == file["bytes"]
    assert "FOCUS 1.3" in result.stderr.splitlines()[0]


def test_csv_has_a_row_for_each_part(workspace: Path, run: Run, tmp_path: Path) -> None:
    """--csv is one table of parts; --from alone reaches to the end of the data."""
    where = "x_ServiceId = 'example-service'"
    options = ("--from", "2026-09-02", "--where", where, "--focus", "1.4", "--format", "parquet", "--csv")
    result = run("export", "--out", tmp_path / "o", *options, cwd=workspace)

    [row] = csv.DictReader(io.StringIO(result.stdout))
    assert (row["file"].rpartition(".")[2], row["month"], row["rows"]) == ("parquet", "2026-09", "1")
    assert (row["currency"], row["EffectiveCost"]) == ("USD", "0.75")


def test_read_again_from_the_command_line(workspace: Path, run: Run, tmp_path: Path) -> None:
    """The line of the docs: what was exported is a bill of another workspace."""
    run("export", "--period", "all", "--out", tmp_path / "focus", cwd=workspace)
    run("init", tmp_path / "w2")
    loaded = run("ingest", "--file", tmp_path / "focus", "--source", "x", "--json", cwd=tmp_path / "w2")

    [load] = json.loads(loaded.stdout)["loads"]
    assert (load["rows"], load["rejectedRows"], load["totals"]["USD"]["BilledCost"]) == (3, 0, "5")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "o", "--focus", "1.2"), "came with 1.3"),
        (("--out", "o", "--period", "all", "--last", "3d"), "exclude each other"),
        (("--out", "o", "--from", "2026-09-01", "--period", "all"), "exclude"),
        (("--out", "o", "--from", "2026-09-03", "--until", "2026-09-01"), "is empty"),
        (("--out", "o", "--from", "yesterdayish"), "is not a period"),
        (("--out", "o", "--where", "Nope = 1"), "Nope"),
        (("--out", "o", "--period", "2020-01"), "no charges match"),
        (("--out", "o.csv", "--format", "parquet", "--period", "all"), "named as csv"),
        (("--out", ".warikan/x", "--period", "all"), "Warikan's own"),
        (("--period", "all"), "--out"),
    ],
)
def test_wrong_uses_are_said(arguments: tuple[str, ...], said: str, workspace: Path, run: Run) -> None:
    """Each ends with 2 and a sentence, without a traceback and without a file."""
    before = sorted(workspace.iterdir())
    result = run("export", *arguments, cwd=workspace)

    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert before == sorted(workspace.iterdir())


def test_a_second_export_needs_force(workspace: Path, run: Run) -> None:
    """What is there stays, until --force."""
    options = ("--period", "all", "--out", "o.csv.gz")
    codes = [run("export", *options, *more, cwd=workspace).returncode for more in ((), (), ("--force",))]
    assert codes == [0, 2, 0]


def test_changed_rules_are_allocated_first(workspace: Path, run: Run) -> None:
    """After the rules changed the error names the month and the next command."""
    settings = workspace / "warikan.yaml"
    settings.write_text(settings.read_text().replace("service-tag", "another-name"))
    result = run("export", "--period", "all", "--out", "o", cwd=workspace)

    assert result.returncode == 2
    assert "2026-09 changed since" in result.stderr
    assert "warikan allocate" in result.stderr
