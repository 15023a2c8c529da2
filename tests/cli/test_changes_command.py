"""``warikan changes`` as a person runs it."""

import json
from pathlib import Path

import pytest
from cli_bills import Run

CSV = "at,service,kind,title\n2026-09-02,example-service,deploy,Out\n2026-09-03,,node,=1+1\nno,,,bad\n"


def test_from_file_to_list(workspace: Path, run: Run) -> None:
    """Taken in, listed, shown; again it is the same; a CSV's cell is no formula."""
    (workspace / "told.csv").write_text(CSV)
    first = run("changes", "import", "told.csv", "--by", "hanako", cwd=workspace)
    again = run("changes", "import", "told.csv", cwd=workspace)
    listed = run("changes", "list", "--service", "example-service", "--period", "2026-09", cwd=workspace)
    (row,) = json.loads(listed.stdout)["rows"]
    shown = run("changes", "show", row["id"].lower(), cwd=workspace)

    (receipt,) = json.loads(first.stdout)["rows"]
    assert (first.returncode, receipt["source"], receipt["added"], receipt["refused"]) == (0, "told", 2, 1)
    assert json.loads(again.stdout)["rows"][0]["known"] == 2
    assert json.loads(shown.stdout) == row
    assert "'=1+1" in run("changes", "list", "--unowned", "--csv", cwd=workspace).stdout


def test_by_hand(workspace: Path, run: Run) -> None:
    """Written down and shown; without a command the newest are listed."""
    told = ("changes", "add", "Doubled the cache", "--service", "example-service", "--kind", "config")
    more = ("--scope", "ServiceName=Amazon S3", "--at", "2026-09-02T09:00+09:00", "--by", "hanako")
    change = json.loads(run(*told, *more, cwd=workspace).stdout)
    listed = json.loads(run("changes", cwd=workspace).stdout)["rows"]

    assert (change["at"], change["scope"]) == ("2026-09-02T00:00:00Z", {"ServiceName": "Amazon S3"})
    assert listed == [change]
    assert json.loads(run("changes", "remap", cwd=workspace).stdout) == {"changed": 0}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list", "--kind", "none"), 2, "there is: deploy"),
        (("list", "--last", "3x"), 2, "not a period"),
        (("show", "CHG-7"), 2, "no change 'CHG-7'"),
        (("add", "x", "--service", "nobody"), 2, "no service of the catalogue"),
        (("add", "x", "--at", "soon"), 2, "no time"),
        (("add", " "), 2, "1 to 300"),
        (("add", "x" * 301), 2, "1 to 300"),
        (("list", "--team", "nope"), 2, "no team 'nope'"),
        (("import", "wrong.csv"), 1, "1 refused: the CSV has no column at"),
        (("import", "empty.csv"), 1, "1 refused: the CSV has no column at"),
        (("add", "x", "--scope", "S3"), 2, "COLUMN=VALUE"),
        (("import", "missing.csv"), 3, "cannot be read"),
        (("fetch", "nobody"), 2, "no 'nobody'"),
        (("fetch", "argo"), 3, "did not answer"),
        (("fetch", "none"), 2, "takes deliveries"),
    ],
)
def test_what_goes_wrong_is_said(
    arguments: tuple[str, ...], code: int, said: str, workspace: Path, run: Run
) -> None:
    """A sentence and the exit code of its kind, never a traceback."""
    (workspace / "wrong.csv").write_text("colour,taste\nred,sweet\n")
    (workspace / "empty.csv").touch()
    with (workspace / "warikan.yaml").open("a") as file:
        file.write("\nchanges: {sources: {argo: {type: argo, url: 'http://127.0.0.1:9'}, ")
        file.write("none: {type: github, secret_from: X}}}\n")
    result = run("changes", *arguments, cwd=workspace)

    assert (result.returncode, "Traceback" in result.stderr) == (code, False)
    assert said in result.stderr
