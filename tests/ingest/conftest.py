"""A lake of its own for each test, and a way to load text into it."""

from datetime import datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from ingest_cases import Loader

from warikan.ingest.load import LoadReport, load
from warikan.lake import Lake


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake without rows, made once: making its tables takes longer than a small load."""
    folder = tmp_path_factory.mktemp("empty")
    Lake.open(folder / ".warikan", promoted_tags=["team"])
    return folder / ".warikan"


@pytest.fixture
def lake(empty_lake: Path, tmp_path: Path) -> Lake:
    """An empty lake with one promoted tag."""
    copytree(empty_lake, tmp_path / ".warikan")
    return Lake.open(tmp_path / ".warikan", promoted_tags=["team"])


@pytest.fixture
def take(lake: Lake, tmp_path: Path, now: datetime) -> Loader:
    """Load a path (relative to the test's folder) as a source; the source is ``bill`` unless said."""

    def run(path: str | Path, source_id: str = "bill", **options: Any) -> LoadReport:
        options = {"promoted_tags": ["team"], "allow_duplicate": True} | options
        return load(lake, source_id, path, root=tmp_path, now=now, **options)

    return run
