"""``warikan review`` as a person runs it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from warikan.cli import review_commands


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
