"""``warikan review`` as a person runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cost_world import ONSET, World, day, noon
from warikan.bootstrap import Workspace
from warikan.cli import review_commands, review_steps_commands


def test_the_check_marks_and_never_blocks(workspace: Path) -> None:
    """Line and column, why and what instead; it succeeds whatever it finds."""
    notes = workspace / "notes.md"
    notes.write_text("# Notes\n\nAll was well.\n- The cause was human error.\n", encoding="utf-8")
    asked = ["check", str(notes), "--workspace", str(workspace), "--json"]
    result = CliRunner().invoke(review_commands.app, asked)
    (mark,) = json.loads(result.stdout)["rows"]

    assert (result.exit_code, mark["line"], mark["column"], mark["kind"]) == (0, 4, 3, "human_error")
    assert mark["proposal"]["en"]


def test_there_is_no_review_yet(workspace: Path) -> None:
    """An empty list, no metrics, nothing found."""
    run = CliRunner()
    listed = run.invoke(review_commands.app, ["list", "--workspace", str(workspace), "--json"])
    found = run.invoke(review_commands.app, ["search", "cache", "--workspace", str(workspace), "--json"])
    told = run.invoke(review_commands.app, ["metrics", "--workspace", str(workspace), "--json"])

    assert (json.loads(listed.stdout), json.loads(found.stdout)) == ({"rows": []}, {"rows": []})
    assert json.loads(told.stdout)["incidents"] == 0


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A workspace with a review that is begun."""
    world = World(tmp_path, noon(day(3)), day(3))
    world.bill(day(3), world.usual("110", 0, 3))
    world.all.incidents.declare(actor="ann", onset=ONSET, scope={"x_ServiceId": "shop"})
    world.all.reviews.begin("INC-1", actor="ann", language="en")
    (tmp_path / "warikan.yaml").write_text("version: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Workspace, "operations", property(lambda _: world.all))
    return world


def run(*words: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(review_commands.app, words)


def read(*words: str) -> Any:
    """What a command answers as JSON, as in a pipe."""
    result = run(*words)
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_it_is_planned_calibrated_and_settled(begun: World) -> None:
    """Lead and meeting each stay where only the other is told; the document is made; nobody waits."""
    planned = read("plan", "REV-1", "--lead", "chi", "--meeting", "2026-11-24T10:00+09:00")
    assert (planned["lead"], planned["meeting_at"]) == ("chi", "2026-11-24T01:00:00Z")
    assert read("plan", "REV-1", "--lead", "dan")["meeting_at"] == "2026-11-24T01:00:00Z"
    kept = read("plan", "REV-1", "--no-meeting")
    assert (kept["lead"], kept["meeting_at"]) == ("dan", None)

    made = read("calibrate", "REV-1", "--by", "chi")
    assert (made["calibration"]["actor"], made["calibration"]["version"]) == ("chi", 1)
    assert read("skip-soak", "REV-1", "--because", "one line")["soak_skipped"] == "one line"
    begun.all.reviews.move("REV-1", "in_review", actor="ann")
    assert read("move", "REV-1", "reviewed")["state"] == "reviewed"


def test_texts_are_taken_back_and_sentences_kept(begun: World) -> None:
    """An older text is the newest one again, and what was between is still there."""
    for version, text in ((1, "first"), (2, "second")):
        begun.all.reviews.edit("REV-1", "learning", text, version=version, actor="ann")
    assert read("restore", "REV-1", "learning", "2")["text"] == "first"
    rows = read("versions", "REV-1", "learning")["rows"]
    assert [row["text"] for row in rows] == ["first", "second", "first", ""]

    kept = read("keep", "REV-1", "Ann forgot it.", "--because", "her own words")
    assert [(one["sentence"], one["reason"]) for one in kept["kept"]] == [("Ann forgot it.", "her own words")]


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "REV-1"],
        ["plan", "REV-1", "--meeting", "soon"],
        ["plan", "REV-1", "--meeting", "2026-11-24T10:00"],
        ["plan", "REV-1", "--lead", "chi", "--version", "99"],
        ["skip-soak", "REV-1", "--because", " "],
        ["skip-soak", "REV-1", "--because", "x", "--version", "99"],
        ["restore", "REV-1", "nothing", "1"],
        ["restore", "REV-1", "learning", "9"],
        ["keep", "REV-1", " ", "--because", "x"],
        ["calibrate", "REV-9"],
        ["versions", "REV-1", "nothing"],
    ],
)
def test_what_cannot_be_is_refused(begun: World, words: list[str]) -> None:
    """And nothing is written."""
    before = begun.all.reviews.get("REV-1")

    assert run(*words).exit_code != 0
    assert begun.all.reviews.get("REV-1") == before


def test_tables_of_the_steps(begun: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal: the document itself, tables else."""
    monkeypatch.setattr(review_steps_commands, "chosen_format", lambda **_: "table")

    assert "# Calibration: shop" in run("calibrate", "REV-1").output
    assert "chi" in run("plan", "REV-1", "--lead", "chi").output
    assert "pre-filled" in run("versions", "REV-1", "impact").output
    assert "her own words" in run("keep", "REV-1", "Ann forgot.", "--because", "her own words").output
    assert run("restore", "REV-1", "impact", "1").exit_code == 0
    assert begun.all.reviews.get("REV-1").sections["impact"].version == 2
