"""The lookup tables of the source azure, and the product of two decimals."""

import csv
import random
import runpy
from decimal import Decimal, localcontext
from pathlib import Path

import pytest

from warikan.focus.columns import columns_by_id
from warikan.ingest.mapping import packaged_mappings
from warikan.ingest.session import open_session

TOOL = Path(__file__).parents[3] / "tools/generate_azure_tables.py"
TABLES = Path(__file__).parents[3] / "src/warikan/ingest/sources/azure"


def _table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_are_what_the_open_data_gives(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script makes the files that are here."""
    module = runpy.run_path(str(TOOL))
    for name in ("units", "regions", "resource_types", "services"):
        monkeypatch.setitem(module[name].__globals__, "TARGET", tmp_path)
        module[name](data / "open-data")
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made == sorted(p.name for p in TABLES.glob("*.csv"))
    for name in made:
        assert (tmp_path / name).read_bytes() == (TABLES / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("units.csv", ("UnitOfMeasure",)),
        ("regions.csv", ("Location",)),
        ("resource_types.csv", ("Type",)),
        ("services.csv", ("ConsumedService", "ResourceType")),
        ("service_names.csv", ("Name",)),
    ],
)
def test_keys_are_unique(name: str, keys: tuple[str, ...]) -> None:
    """A key twice would make two charges of one row."""
    rows = _table(name)
    assert len(rows) == len({tuple(r[k] for k in keys) for r in rows}) > 100


def test_categories_are_those_of_focus() -> None:
    """Each ServiceCategory and ServiceSubcategory is an allowed value."""
    known = columns_by_id()
    for name in ("services.csv", "service_names.csv"):
        for r in _table(name):
            for column in ("ServiceCategory", "ServiceSubcategory"):
                assert not r[column] or r[column] in (known[column].allowed_values or ()), r


def test_the_mapping_tells_its_gaps() -> None:
    """A FOCUS column is filled or its gap is told."""
    mapping = next(m for m in packaged_mappings() if m.source_type == "azure")
    # Not a provider's to give (made here), or of split cost and contracts, which cost details do not have.
    others = {
        "AllocatedMethodDetails", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags",
        "CommitmentProgramEligibilityDetails", "ContractApplied", "HostProviderName", "InvoiceDetailId",
        "ServiceProviderName",
    }  # fmt: skip
    assert set(columns_by_id()) - set(mapping.focus_columns) - set(mapping.gaps) == others


def test_times_is_exact_to_the_18th_decimal(tmp_path: Path) -> None:
    """Any two decimals of up to 10 digits before the point; beyond that it is unknown, never wrong."""
    chance = random.Random(5)  # noqa: S311
    pairs = []
    for _ in range(500):
        a, b = (
            Decimal(chance.randint(-(10**n), 10**n)).scaleb(-18)
            for n in (chance.randint(1, 27), chance.randint(1, 27))
        )
        pairs.append((a, b))
    with open_session(tmp_path) as connection, localcontext(prec=80):
        for a, b in pairs:
            product = connection.execute(
                "SELECT times($a::DECIMAL(38, 18), $b::DECIMAL(38, 18))", {"a": str(a), "b": str(b)}
            ).fetchall()[0][0]
            assert abs(product - a * b) <= Decimal("2e-18")
        wide = connection.execute("SELECT times(12345678901::DECIMAL(38, 18), 1::DECIMAL(38, 18))")
        assert wide.fetchall() == [(None,)]
