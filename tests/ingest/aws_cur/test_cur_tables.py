"""The tables that the report's codes are looked up in."""

import csv
from importlib.resources import files

import pytest

from warikan.focus.columns import columns_by_id, service_subcategories

FOLDER = files("warikan.ingest.sources.aws_cur")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a lookup table."""
    return list(csv.DictReader(FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(("name", "key"), [("services.csv", "product_code"), ("units.csv", "unit")])
def test_keys_are_as_they_are_asked_for(name: str, key: str) -> None:
    """Lower case, once each, in order."""
    keys = [row[key] for row in table(name)]
    assert keys == sorted({k.lower() for k in keys})


def test_services_have_values_of_focus() -> None:
    """Each subcategory is one of FOCUS 1.2, below the category that it belongs to."""
    parents = service_subcategories()
    services = table("services.csv")
    assert len(services) >= 200
    assert {row["ServiceCategory"] for row in services} <= set(
        columns_by_id()["ServiceCategory"].allowed_values or ()
    )
    assert all(parents[row["ServiceSubcategory"]] == row["ServiceCategory"] for row in services)
    assert all(row["ServiceName"].strip() for row in services)


def test_regions_are_named() -> None:
    """Every region has a name of its own."""
    names = [row["RegionName"] for row in table("regions.csv")]
    assert len(set(names)) == len(names)
