"""Bills, rules and a scratch to allocate in, without a lake."""

from pathlib import Path

import duckdb
import pytest
from bills import catalog
from small_workspace import SETTINGS, SmallWorkspace

from warikan.allocate.scratch import Scratch


@pytest.fixture(scope="session")
def connection() -> duckdb.DuckDBPyConnection:
    """One DuckDB for all tests."""
    connection = duckdb.connect(config={"threads": "2"})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@pytest.fixture
def scratch(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Scratch:
    """An empty scratch."""
    return Scratch(connection, tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> SmallWorkspace:
    """An empty lake, one rule (the tag ``s``) and one share (the platform, proportional)."""
    return SmallWorkspace(tmp_path / ".warikan", SETTINGS, catalog("a", "b", "platform"))
