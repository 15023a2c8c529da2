"""The tables as data."""

import pytest

from warikan.focus.columns import COST_METRICS, list_columns
from warikan.focus.errors import ConfigError, LakeError
from warikan.lake import table_spec, tag_column
from warikan.lake.tables import tables, tag_columns


def test_charges_have_every_focus_column() -> None:
    """Each column of FOCUS 1.0 to 1.4 is a column of charges, under its own name and in FOCUS order."""
    names = [c.name for c in table_spec("charges").columns]

    assert [c.id for c in list_columns()] == names[: len(list_columns())]
    assert {"x_SourceId", "x_SourceFile", "x_SourceRow", "x_ChargeKey"} <= set(names)


@pytest.mark.parametrize("table", ["charges", "allocations", "daily_costs", "loads"])
def test_money_is_exact_and_has_its_currency(table: str) -> None:
    """A table with costs has all four, exact, and the currency they are in."""
    types = {c.name: c.type for c in table_spec(table).columns}

    assert {m: types[m] for m in COST_METRICS} == dict.fromkeys(COST_METRICS, "decimal")
    assert types["BillingCurrency"] == "string"


def test_column_names_differ_by_more_than_case() -> None:
    """DuckDB compares column names without case, so no table has two that differ only by it."""
    for spec in tables().values():
        names = [c.name.casefold() for c in spec.columns]
        assert len(set(names)) == len(names)


def test_tag_column_is_a_plain_name() -> None:
    """Whatever a tag key holds, its column needs no quoting."""
    assert tag_column("app.kubernetes.io/name") == "x_Tag_app_kubernetes_io_name"
    assert tag_column("チーム") == "x_Tag____"


@pytest.mark.parametrize("keys", [("a.b", "a-b"), ("Team", "team")])
def test_tag_keys_that_would_share_a_column_are_refused(keys: tuple[str, str]) -> None:
    """Two keys never silently land in one column; the message names both."""
    with pytest.raises(ConfigError, match=f"{keys[0]}.*{keys[1]}"):
        tag_columns(keys)


def test_a_tag_promoted_twice_is_promoted_once() -> None:
    """Naming a key again changes nothing."""
    assert [c.name for c in tag_columns(["team", "team"])] == ["x_Tag_team"]


def test_unknown_table_names_the_known_ones() -> None:
    """A misspelt table is answered with the list."""
    with pytest.raises(LakeError, match="charges, allocations, daily_costs, loads, rejects"):
        table_spec("charge")
