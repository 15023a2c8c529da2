"""A panel is its table, laid out: nothing is lost, the order of rows does not matter."""

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from warikan.focus.errors import CurrencyMismatch, DataError
from warikan.insights.anomaly import make_cube
from warikan.insights.panel import Panel, lay_beside, make_panel

ROWS = [
    (date(2026, 1, 1), "a", "x", "1.50", 3.0, "USD", "old"),
    (date(2026, 1, 3), "a", None, "2.25", 1.0, "USD", "old"),
    (date(2026, 1, 3), "b", "x", "4", 2.0, "USD", "two"),
    (date(2026, 1, 3), "a", "x", "0.5", 1.0, "USD", "new"),
    (date(2026, 1, 3), "a", "x", "0.5", 1.0, "USD", "new"),
]
NAMES = ("day", "x_ServiceId", "SkuId", "EffectiveCost", "PricingQuantity", "BillingCurrency", "x_TeamId")


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    """*rows* as Arrow, money as decimals."""
    columns = [list(c) for c in zip(*rows, strict=True)]
    columns[3] = [Decimal(str(v)) for v in columns[3]]
    return pa.table(dict(zip(NAMES, columns, strict=True)))


def panel(rows: list[tuple[object, ...]] = ROWS) -> Panel:
    """The panel of *rows* by service and SKU."""
    return make_panel(table(rows), ("x_ServiceId", "SkuId"), currency="USD", complete=date(2026, 1, 3))


def test_rows_add_up_by_series_and_day() -> None:
    """One series per distinct key, sorted, nothing after every text; days without rows are 0."""
    made = panel()

    assert [tuple(k.values()) for k in made.keys] == [("a", "x"), ("a", None), ("b", "x")]
    assert made.values.tolist() == [[1.5, 0, 1.0], [0, 0, 2.25], [0, 0, 4.0]]
    assert (made.start, made.end) == (date(2026, 1, 1), date(2026, 1, 4))
    assert made.complete_columns().tolist() == [2, 2, 2]


def test_the_order_of_rows_does_not_matter() -> None:
    """The same rows in another order are the same panel."""
    assert panel(ROWS[::-1]).values.tolist() == panel().values.tolist()
    assert panel(ROWS[::-1]).keys == panel().keys


def test_groups_keep_the_total() -> None:
    """Any grouping adds up to the same days; groups are complete where all of their series are."""
    made = panel()
    for columns in (("x_ServiceId",), ("SkuId",), ()):
        grouped, codes = made.group(columns)
        assert grouped.values.sum(axis=0).tolist() == made.values.sum(axis=0).tolist()
        assert len(codes) == len(made.keys)


def test_other_numbers_lie_beside() -> None:
    """A quantity takes the shape of the panel of the same rows."""
    beside = lay_beside(panel(), table(ROWS), ("x_ServiceId", "SkuId"), "PricingQuantity")

    assert beside.tolist() == [[3.0, 0, 2.0], [0, 0, 1.0], [0, 0, 2.0]]


def test_a_panel_has_one_currency() -> None:
    """Rows in another currency are refused, not added."""
    with pytest.raises(CurrencyMismatch):
        make_panel(table(ROWS), ("SkuId",), currency="JPY", complete=date(2026, 1, 3))


def test_what_is_complete_may_differ_by_source() -> None:
    """Each series is complete as far as its source says; one that says nothing has no complete day."""
    made = make_panel(
        table(ROWS),
        ("x_ServiceId",),
        currency="USD",
        complete={"a": date(2026, 1, 2)},
        complete_by="x_ServiceId",
    )

    assert made.complete_columns().tolist() == [1, 0]


def test_nothing_needs_a_period() -> None:
    """No rows make a panel only of given days."""
    empty = table(ROWS).slice(0, 0)
    with pytest.raises(DataError):
        make_panel(empty, ("SkuId",), currency="USD", complete=date(2026, 1, 3))
    made = make_panel(
        empty,
        ("SkuId",),
        currency="USD",
        complete=date(2026, 1, 3),
        start=date(2026, 1, 1),
        end=date(2026, 1, 5),
    )
    assert made.values.shape == (0, 4)


def test_numbers_must_be_finite() -> None:
    """A bill with NaN or infinity is refused with the column's name."""
    bad = table(ROWS).set_column(3, "EffectiveCost", pa.array([np.inf, 0, 0, 0, 0]))
    with pytest.raises(DataError, match="EffectiveCost"):
        make_panel(bad, ("SkuId",), currency="USD", complete=date(2026, 1, 3))


def test_a_leaf_is_told_with_its_last_team() -> None:
    """A service that changes its team is one leaf, owned by the team of its last row."""
    cube = make_cube(table(ROWS), currency="USD", complete=date(2026, 1, 4))

    assert [(k["x_TeamId"], k["x_ServiceId"]) for k in cube.cost.keys] == [
        ("new", "a"),
        ("old", "a"),
        ("two", "b"),
    ]
    assert cube.quantity is not None
    assert cube.committed is None
