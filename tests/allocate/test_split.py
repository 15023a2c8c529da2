"""The law of a split: exact, order-free, the same in Python and in the engine."""

from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.allocate.scratch import Scratch
from warikan.allocate.split import (
    NoSplit,
    add_exactly,
    as_double,
    compute_ratios,
    other_ratios,
    split,
    split_expression,
)

COSTS = st.decimals(min_value=Decimal(-(10**17)), max_value=Decimal(10**17), places=18, allow_nan=False)
SMALL = st.decimals(min_value=Decimal("-0.00000001"), max_value=Decimal("0.00000001"), places=18)
WEIGHT = st.decimals(min_value=0, max_value=10**9, places=12)
WEIGHTS = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), WEIGHT, min_size=1, max_size=12).filter(
    lambda w: sum(w.values()) > 0
)


@given(COSTS | SMALL, WEIGHTS)
def test_parts_sum_to_the_cost(cost: Decimal, weights: dict[str, Decimal]) -> None:
    """No weights make or lose money: huge, tiny or negative."""
    parts = split(cost, compute_ratios(weights))

    assert cost == add_exactly(parts.values())


@given(COSTS, WEIGHTS, st.randoms())
def test_order_of_weights_changes_no_digit(
    cost: Decimal, weights: dict[str, Decimal], random: Random
) -> None:
    """The same weights in another order give the same parts."""
    items = list(weights.items())
    random.shuffle(items)

    assert split(cost, compute_ratios(weights)) == split(cost, compute_ratios(dict(items)))


@given(WEIGHTS)
def test_a_split_of_nothing_is_nothing(weights: dict[str, Decimal]) -> None:
    """Zero splits into zeros."""
    assert {Decimal(0)} == set(split(Decimal(0), compute_ratios(weights)).values())


def test_the_rest_goes_to_the_largest_weight_then_the_first_id() -> None:
    """What cutting leaves has one deterministic place."""
    third = Decimal("0.333333333333")
    assert {"a": 1 - 2 * third, "b": third, "c": third} == split(
        Decimal(1), compute_ratios({"c": Decimal(5), "b": Decimal(5), "a": Decimal(5)})
    )
    assert compute_ratios({"a": Decimal(1), "b": Decimal(2)}).taker == "b"


def test_targets_without_weight_get_no_part() -> None:
    """A weight of zero is no target."""
    assert {"b": Decimal(3)} == split(Decimal(3), compute_ratios({"a": Decimal(0), "b": Decimal(1)}))


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({}, "there are no targets"),
        ({"a": "0"}, "no target has any weight"),
        ({"a": "5", "b": "-1"}, "b has a negative weight (-1)"),
    ],
)
def test_no_split_says_why(weights: dict[str, str], reason: str) -> None:
    """Weights that allow no split are refused with a sentence for the user."""
    with pytest.raises(NoSplit, match=reason.replace("(", r"\(").replace(")", r"\)")):
        compute_ratios({k: Decimal(v) for k, v in weights.items()})


@settings(max_examples=20)
@given(st.lists(st.tuples(COSTS | SMALL, WEIGHTS), min_size=1, max_size=15))
def test_engine_and_python_agree_to_the_last_digit(
    scratch: Scratch, cases: list[tuple[Decimal, dict[str, Decimal]]]
) -> None:
    """The Ibis expression gives exactly the parts of the Python function, so explain can recompute."""
    rows, expected = [], []
    for number, (cost, weights) in enumerate(cases):
        ratios = compute_ratios(weights)
        for target, part in split(cost, ratios).items():
            takes = target == ratios.taker
            expected.append((number, target, part))
            rows.append(
                {"n": number, "t": target, "cost": cost, "ratio": ratios.ratios[target], "takes": takes}
                | {"others": other_ratios(ratios) if takes else None}
            )
    types = {"n": pa.int64(), "t": pa.string(), "cost": pa.decimal128(38, 18), "ratio": pa.float64()}
    types |= {"takes": pa.bool_(), "others": pa.list_(pa.float64())}
    table = scratch.put("splits", pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
    table = table.mutate(double=as_double(table.cost))
    part = split_expression(
        table.cost, double=table.double, ratio=table.ratio, others=table.others, takes_rest=table.takes
    )

    found = scratch.fetch(table.select("n", "t", part=part)).to_pylist()

    assert sorted(expected) == sorted((r["n"], r["t"], r["part"]) for r in found)
