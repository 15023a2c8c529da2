"""The small company of two clusters."""

from collections.abc import Callable
from typing import Any

import pytest
from door_company import COMPANY, ask_of

from slice_lake import make_workspace
from warikan.bootstrap import Workspace

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small company."""
    return make_workspace(tmp_path_factory.mktemp("door") / "company", COMPANY)


@pytest.fixture
def ask(company: Workspace) -> Ask:
    """Asks the small company's server; gives the status and the JSON."""
    get = ask_of(company)

    def read(path: str, **params: Any) -> tuple[int, Any]:
        response = get(path, **params)
        return response.status_code, response.json()

    return read
