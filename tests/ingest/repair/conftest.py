"""A session of a load, shared: the rules' macros are made anew by each plan."""

from collections.abc import Iterator

import duckdb
import pytest

from warikan.ingest.session import open_session


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection that a load has."""
    with open_session(tmp_path_factory.mktemp("session")) as connection:
        yield connection
