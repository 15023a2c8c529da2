"""A small bill with known owners, and the command as a person runs it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_bills import HEADER, Run, line

PROGRAM = Path(sys.executable).parent / "warikan"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``warikan`` in the test's folder; nothing is a terminal."""

    def command(*arguments: object, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return _run(arguments, cwd=cwd)

    return command


def _run(arguments: tuple[object, ...], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bill and a workspace that has loaded and allocated it; tests take copies."""
    tmp_path = tmp_path_factory.mktemp("prepared")
    folder = tmp_path / "w"

    def run(*arguments: object, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return _run(arguments, cwd=cwd)

    assert run("init", folder).returncode == 0
    charges = [line("1.25", "example-service"), line("0.75", "example-service", day=2), line("3", "", day=3)]
    (tmp_path / "bill.csv").write_text("\n".join([HEADER, *charges]) + "\n")
    for command in (("ingest", "--file", tmp_path / "bill.csv"), ("allocate",)):
        result = run(*command, cwd=folder)
        assert result.returncode == 0, result.stderr
    return tmp_path


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Path:
    """A workspace with three charges: two of example-service, one that nobody owns."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path / "w"
