"""Short names of what is grouped by: one place for every surface."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_lake import NOW, lake_of, open_engine, slice_of

from warikan.engine.alias import ALIASES, resolve_alias
from warikan.engine.column import MapValue
from warikan.engine.filter import parse_group
from warikan.engine.query import Query
from warikan.focus.errors import UnknownColumn

LABELS = pa.schema([("x_Labels", pa.map_(pa.string(), pa.string())), ("Region", pa.string())])


def test_every_short_name_is_a_column_of_costs(tmp_path: Path) -> None:
    """And none hides a column that is called so."""
    open_engine(tmp_path)
    columns = lake_of(tmp_path).schema("allocations")

    assert {parse_group(name, columns).id for name in ALIASES} == set(ALIASES.values())
    assert not set(ALIASES) & {name.lower() for name in columns.names}


@pytest.mark.parametrize("text", ["Node-Pool", "node_pool", "NODE POOL", "pool"])
def test_written_as_people_write(text: str) -> None:
    """Case, hyphens and underscores do not matter."""
    assert resolve_alias(text) == "x_NodePool"


def test_a_column_goes_before_a_short_name() -> None:
    """Where a table has a column of that name, it is that one."""
    assert parse_group("region", LABELS).id == "Region"


@given(st.text(min_size=1, max_size=60).map(str.strip).filter(bool))
def test_any_label(key: str) -> None:
    """A key is a key, whatever it holds: it becomes a value, never a part of a query."""
    found = parse_group(f"label:{key}", LABELS)

    assert isinstance(found, MapValue)
    assert (found.map, found.key) == ("x_Labels", key)


@given(st.text(max_size=60))
def test_any_other_text_stays(text: str) -> None:
    """What is no short name is left to be a column, or an error that quotes it."""
    resolved = resolve_alias(text)

    assert resolved == text or resolved in ALIASES.values() or resolved.startswith(("x_Labels[", "Tags["))


def test_costs_by_label(tmp_path: Path) -> None:
    """Slices without the label are one row without a value."""
    rows = [
        slice_of("2026-11-01", "3", x_Labels=[("app.kubernetes.io/name", "web")]),
        slice_of("2026-11-01", "1", x_Labels=[("app", "it's")]),
    ]
    engine = open_engine(tmp_path, rows)
    answer = engine.run(Query(by=("Label:app.kubernetes.io/name",), period="2026-11"), now=NOW)

    assert answer.query.by == ("x_Labels['app.kubernetes.io/name']",)
    assert answer.answers[0].rows[answer.query.by[0]].to_pylist() == ["web", None]


def test_a_misspelt_name_is_no_name(tmp_path: Path) -> None:
    """It says what is near."""
    with pytest.raises(UnknownColumn, match="namespce"):
        open_engine(tmp_path).run(Query(by=("namespce",)), now=NOW)
