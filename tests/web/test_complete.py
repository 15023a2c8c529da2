"""What the filter field proposes."""

import pytest

from warikan.web.complete import complete
from warikan.web.visit import Visit


def proposals(visit: Visit, text: str) -> list[str]:
    """What would be inserted after *text*."""
    return [item.insert for item in complete(text, visit, period="30d").items]


def test_columns_first(visit: Visit) -> None:
    """An empty filter starts with a column."""
    assert proposals(visit, "")[0] == "x_TeamId"


def test_columns_by_label(visit: Visit) -> None:
    """People type what they call it."""
    assert "SubAccountId" in proposals(visit, "sub acc"[:3])


@pytest.mark.parametrize("text", ["x_TeamId ", "x_TeamId = 'a' AND ServiceName "])
def test_operators_after_a_column(visit: Visit, text: str) -> None:
    """A column is compared with something."""
    assert proposals(visit, text)[:3] == ["=", "<>", "IN ("]


@pytest.mark.parametrize(
    "text", ["x_TeamId = '", "x_TeamId = ", "x_TeamId IN ('finding', '", "NOT x_TeamId = '"]
)
def test_values_by_cost(visit: Visit, text: str) -> None:
    """Values that occur, largest first, quoted."""
    assert proposals(visit, text) == ["'finding'", "'sales'"]


def test_values_that_contain_what_is_typed(visit: Visit) -> None:
    """Part of a value is enough."""
    assert proposals(visit, "x_TeamId = 'ind") == ["'finding'"]


def test_joints_after_a_condition(visit: Visit) -> None:
    """A complete condition goes on with AND or OR."""
    assert proposals(visit, "x_TeamId = 'sales' ") == ["AND", "OR"]
    assert proposals(visit, "x_TeamId = 'sales' a") == ["AND"]


def test_what_is_replaced(visit: Visit) -> None:
    """Only what is being typed; the rest of the filter stays."""
    assert len("x_TeamId = ") == complete("x_TeamId = 'sa", visit, period="30d").start


@pytest.mark.parametrize(
    "text", ["nothing = '", "'''", "((((", "Tags[", "x_TeamId = 'a' 'b' '", "\\", "🙂 = '"]
)
def test_nonsense_is_harmless(visit: Visit, text: str) -> None:
    """Whatever is typed, there is an answer."""
    complete(text, visit, period="30d")
