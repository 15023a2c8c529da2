"""Adding and removing conditions leaves the rest of a filter as it is."""

import pytest

from warikan.focus.errors import FilterError
from warikan.web.narrowing import filter_for, list_parts, narrow
from warikan.web.visit import Visit


def test_narrowing_an_empty_filter(visit: Visit) -> None:
    """One condition, in the filter language."""
    assert narrow(None, visit.schema, "x_TeamId", "sales") == "x_TeamId = 'sales'"


def test_a_value_is_quoted(visit: Visit) -> None:
    """A quote in a value stays in the value."""
    assert narrow(None, visit.schema, "ServiceName", "O'Reilly") == "ServiceName = 'O''Reilly'"


def test_an_or_keeps_its_meaning(visit: Visit) -> None:
    """What is added narrows the whole filter, not its last part."""
    where = "x_TeamId = 'sales' OR x_TeamId = 'finding'"

    assert narrow(where, visit.schema, "ServiceName", "Compute") == (
        "(x_TeamId = 'sales' OR x_TeamId = 'finding') AND ServiceName = 'Compute'"
    )


def test_nothing_and_excluded(visit: Visit) -> None:
    """Rows without a value can be chosen and left out."""
    assert narrow(None, visit.schema, "x_TeamId", None) == "x_TeamId IS NULL"
    assert narrow(None, visit.schema, "x_TeamId", None, exclude=True) == "x_TeamId IS NOT NULL"
    assert narrow(None, visit.schema, "x_TeamId", "sales", exclude=True) == "x_TeamId <> 'sales'"


def test_twice_is_once(visit: Visit) -> None:
    """Choosing the same row again adds nothing."""
    once = narrow(None, visit.schema, "x_TeamId", "sales")

    assert once == narrow(once, visit.schema, "x_TeamId", "sales")


def test_parts(visit: Visit) -> None:
    """Each condition can be taken away on its own."""
    parts = list_parts("x_TeamId = 'sales' AND EffectiveCost > 1", visit.schema)

    assert [(p.column, p.value) for p in parts] == [("x_TeamId", "sales"), (None, None)]
    assert [p.rest for p in parts] == ["EffectiveCost > 1", "x_TeamId = 'sales'"]


def test_a_broken_filter_says_where(visit: Visit) -> None:
    """The position is that of the engine."""
    with pytest.raises(FilterError) as caught:
        list_parts("x_TeamId = ", visit.schema)

    assert caught.value.position >= 10


def test_a_filter_for_several_columns(visit: Visit) -> None:
    """As narrowing by one after the other, each once."""
    pairs = [("x_ClusterId", "it's"), ("x_WorkloadKind", None), ("x_ClusterId", "it's")]
    one_by_one = None
    for column, value in pairs:
        one_by_one = narrow(one_by_one, visit.schema, column, value)

    assert filter_for(pairs, visit.schema) == one_by_one == "x_ClusterId = 'it''s' AND x_WorkloadKind IS NULL"
    assert filter_for([], visit.schema) is None
