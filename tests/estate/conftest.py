"""The small estate, made once, and its bills as Arrow tables."""

import pyarrow as pa
import pytest
from bill_files import ReadBill, read_table

from warikan.estate import EstateReport, generate


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> EstateReport:
    """The small estate of seed 42."""
    return generate(tmp_path_factory.mktemp("estate"))


@pytest.fixture(scope="session")
def read_bill(estate: EstateReport) -> ReadBill:
    """Reads one bill of the estate by its path."""

    def read(path: str) -> pa.Table:
        return read_table(estate.folder / path)

    return read
