"""What several test folders share: where the data is, a fixed clock, and the demo company, made once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).parent.parent
DATA = REPOSITORY.parent / "shared" / "data"

# No deadline: a slow machine is no failed law. Derandomised in CI would hide new examples.
settings.register_profile(
    "warikan",
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("warikan")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real and realistic files; tests that need it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here: real and realistic bills are kept outside the project")
    return DATA


@pytest.fixture
def now() -> datetime:
    """The moment every test lives in."""
    return NOW
