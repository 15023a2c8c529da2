"""``warikan ingest``: what is said of options that do not fit, of sources that are not there, of rejects."""

import json
from pathlib import Path

import pytest
from cli_bills import HEADER, Run, line

GCP = """\
billing_account_id,service.id,sku.id,usage_start_time,usage_end_time,cost,currency,invoice.month,credits
01,S,K,2026-10-05 00:00:00 UTC,2026-10-05 01:00:00 UTC,1.25,USD,202610,[]
01,S,K,2026-10-05 00:00:00 UTC,2026-10-05 01:00:00 UTC,abc,USD,202610,[]
01,S,K,yesterday,2026-10-05 01:00:00 UTC,2.5,USD,,"[{""amount"":-1},{""amount"":-0.5}]"
01,S,K,2026-10-05 00:00:00 UTC,2026-10-05 01:00:00 UTC,5,USD,2026-13,[]
"""


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    """An empty workspace with two sources of the same charges."""
    charges = [line(f"{day}.77", "shop", day=day) for day in range(1, 11)]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *charges]) + "\n")
    (tmp_path / "b.csv").write_text("\n".join([HEADER, *charges, line("1", "shop", day=12)]) + "\n")
    (tmp_path / "warikan.yaml").write_text("sources: {a: {path: a.csv}, b: {path: b.csv}}\n")
    return tmp_path


@pytest.mark.parametrize("source", [[], ["a"]])
def test_the_type_of_a_source_stands_in_its_settings(source: list[str], folder: Path, run: Run) -> None:
    """The option is refused, and the setting named, instead of being ignored."""
    result = run("ingest", *source, "--source-type", "gcp", cwd=folder)
    assert result.returncode == 2
    assert f"sources.{source[0] if source else 'NAME'}.type: gcp" in result.stderr


@pytest.mark.parametrize(
    ("source_type", "said"),
    [("table", "warikan sources table"), ("aws_split", "clusters.NAME.usage.type"), ("ibm", "aws_cur")],
)
def test_types_that_no_file_has(source_type: str, said: str, folder: Path, run: Run) -> None:
    """Each says what to do instead."""
    result = run("ingest", "--file", "a.csv", "--source-type", source_type, cwd=folder)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_an_overlap_that_is_allowed_with_nobody(folder: Path, run: Run) -> None:
    """A name that is no source is told by ingest, before anything is loaded, and by doctor."""
    text = "sources: {a: {path: a.csv}, b: {path: b.csv, allow_overlap: [aa]}}\n"
    (folder / "warikan.yaml").write_text(text)
    result = run("ingest", cwd=folder)
    assert result.returncode == 2
    assert (
        "sources.b.allow_overlap of warikan.yaml: there is no source 'aa'; there are: a, b" in result.stderr
    )
    assert json.loads(run("ingest", "a", cwd=folder).stdout)["loads"][0]["rows"] == 10
    assert "sources.b.allow_overlap" in run("doctor", cwd=folder).stdout


def test_an_overlap_of_a_source_is_settled_in_its_settings(folder: Path, run: Run) -> None:
    """The hint is the setting, and doing what it says is enough."""
    result = run("ingest", cwd=folder)
    assert result.returncode == 3
    assert "allow_overlap: [a] under sources.b of warikan.yaml" in result.stderr
    text = "sources: {a: {path: a.csv}, b: {path: b.csv, allow_overlap: [a]}}\n"
    (folder / "warikan.yaml").write_text(text)
    assert run("ingest", cwd=folder).returncode == 0


def test_an_overlap_of_a_file_is_settled_on_the_command_line(folder: Path, run: Run) -> None:
    """warikan.yaml does not know it: the hint is an option, and doing what it says is enough."""
    assert run("ingest", "a", cwd=folder).returncode == 0
    result = run("ingest", "--file", "b.csv", cwd=folder)
    assert result.returncode == 3
    assert "--source a replaces it; if both are right: --source NAME" in result.stderr
    assert "warikan.yaml" not in result.stderr
    assert run("ingest", "--file", "b.csv", "--source", "more", cwd=folder).returncode == 0


def test_a_source_may_overlap_with_a_file(folder: Path, run: Run) -> None:
    """What --file loaded is a source too, whose name is its path."""
    assert run("ingest", "--file", "a.csv", cwd=folder).returncode == 0
    (folder / "warikan.yaml").write_text("sources: {b: {path: b.csv, allow_overlap: [a.csv]}}\n")
    assert run("ingest", cwd=folder).returncode == 0


def test_two_files_of_a_folder_with_the_same_charges(folder: Path, run: Run) -> None:
    """Nothing of warikan.yaml is said of a --file."""
    result = run("ingest", "--file", "*.csv", cwd=folder)
    assert result.returncode == 3
    assert "load the newer file alone" in result.stderr
    assert "warikan.yaml" not in result.stderr


def test_rejects_of_a_native_bill_are_told_once(folder: Path, run: Run) -> None:
    """Each with the file's own column and its value, in the order of the file."""
    (folder / "gcp.csv").write_text(GCP)
    assert run("ingest", "--file", "gcp.csv", cwd=folder).returncode == 0
    findings = json.loads(run("doctor", "--json", cwd=folder).stdout)["findings"]
    assert [f["detail"].partition(": not")[0] for f in findings if f["what"] == "reject"] == [
        "gcp.csv row 2: cost 'abc'",
        "gcp.csv row 3: usage_start_time 'yesterday'",
        "gcp.csv row 4: invoice.month '2026-13'",
    ]
