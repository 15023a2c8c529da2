"""The vocabulary is the published one."""

import pytest

from warikan.focus.columns import (
    COST_METRICS,
    VERSIONS,
    Version,
    columns_by_id,
    iso_currencies,
    list_columns,
    other_datasets,
    service_subcategories,
)


@pytest.mark.parametrize(
    ("version", "count"), [("1.0", 43), ("1.1", 50), ("1.2", 57), ("1.3", 65), ("1.4", 65)]
)
def test_each_version_has_its_published_number_of_columns(version: Version, count: int) -> None:
    """The number of Cost and Usage columns is that of the specification's column list."""
    assert count == len(list_columns(version))


def test_the_union_of_all_versions_has_67_columns() -> None:
    """Two columns were removed on the way to 1.4, and every version lies in the union."""
    union = {c.id for c in list_columns()}

    assert len(union) == 67
    assert all({c.id for c in list_columns(v)} <= union for v in VERSIONS)
    assert union - {c.id for c in list_columns("1.4")} == {"ProviderName", "PublisherName"}


def test_columns_are_ordered_and_named_once() -> None:
    """The list is sorted by id, so that whatever is generated from it is stable."""
    ids = [c.id for c in list_columns()]

    assert sorted(ids) == ids
    assert ids == list(columns_by_id())


@pytest.mark.parametrize("metric", COST_METRICS)
def test_costs_are_mandatory_decimals_in_every_version(metric: str) -> None:
    """The four costs can be relied on whatever the version."""
    column = columns_by_id()[metric]

    assert column.type == "decimal"
    assert all(column.is_in(v) and column.level_in(v) == "mandatory" for v in VERSIONS)
    assert not any(column.is_nullable_in(v) for v in VERSIONS)


def test_what_older_versions_said_differently_is_known() -> None:
    """InvoiceId became mandatory or conditional only after 1.3."""
    column = columns_by_id()["InvoiceId"]

    assert column.level_in("1.3") == "recommended"
    assert column.level_in("1.4") == column.level != "recommended"


def test_charge_category_has_a_closed_list() -> None:
    """Allowed values come with the column."""
    assert columns_by_id()["ChargeCategory"].allowed_values is not None
    assert set(columns_by_id()["ChargeCategory"].allowed_values or ()) == {
        "Usage",
        "Purchase",
        "Tax",
        "Credit",
        "Adjustment",
    }


def test_side_lists_are_there() -> None:
    """Currencies, subcategories and the other datasets are part of the vocabulary."""
    assert {"USD", "JPY", "EUR"} <= iso_currencies()
    assert service_subcategories()["Virtual Machines"] == "Compute"
    assert all(ids for ids in other_datasets().values())
