"""Money is exact and keeps its currency."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.focus.errors import CurrencyMismatch
from warikan.focus.money import EXACT, Money, format_exact, round_to_total

amounts = st.decimals(
    min_value=Decimal(-(10**19)), max_value=Decimal(10**19), places=18, allow_nan=False, allow_infinity=False
)


@given(amounts, amounts)
def test_addition_is_exact(first: Decimal, second: Decimal) -> None:
    """No digit of DECIMAL(38,18) is rounded, whatever Decimal's default precision is."""
    total = Money(first, "USD") + Money(second, "USD")

    assert total.amount == EXACT.add(first, second)
    assert (total - Money(second, "USD")).amount == first


@given(amounts)
def test_negation_is_exact(amount: Decimal) -> None:
    """A credit of an amount and the amount are nothing."""
    assert (Money(amount, "JPY") + -Money(amount, "JPY")).amount == 0


def test_currencies_never_meet() -> None:
    """Adding, subtracting and comparing two currencies raises."""
    dollars, yen = Money(Decimal(1), "USD"), Money(Decimal(1), "JPY")

    with pytest.raises(CurrencyMismatch, match="different currencies"):
        dollars + yen
    with pytest.raises(CurrencyMismatch):
        dollars - yen
    with pytest.raises(CurrencyMismatch):
        assert dollars < yen


def test_money_is_shown_with_its_currency() -> None:
    """An amount is never written without its currency."""
    assert str(Money(Decimal("12.500"), "USD")) == "12.5 USD"
    assert Money(Decimal(1), "USD") < Money(Decimal("1.1"), "USD")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("-0E-18", "0"),
        ("1E-18", "0.000000000000000001"),
        ("-1.10", "-1.1"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
    ],
)
def test_exact_text_has_every_digit_and_no_exponent(amount: str, text: str) -> None:
    """What is written is what is stored, without trailing zeros."""
    assert text == format_exact(Decimal(amount))


@given(amounts)
def test_exact_text_reads_back(amount: Decimal) -> None:
    """format_exact loses nothing."""
    assert Decimal(format_exact(amount)) == amount


parts = st.lists(
    st.decimals(min_value=-1_000_000, max_value=1_000_000, places=9, allow_nan=False), min_size=1, max_size=30
)


@given(parts, st.integers(0, 4))
def test_shown_cells_add_up_to_the_shown_total(cells: list[Decimal], places: int) -> None:
    """Rounded cells sum to the rounded total, and none moves by more than one unit."""
    total = sum(cells, Decimal(0))
    unit = Decimal(1).scaleb(-places)
    shown = round_to_total(cells, total, places=places)

    assert sum(shown) == total.quantize(unit, rounding=ROUND_HALF_EVEN)
    assert all(abs(s - c) <= unit for s, c in zip(shown, cells, strict=True))


def test_the_largest_remainder_gets_the_missing_cent_and_the_earliest_on_a_tie() -> None:
    """The same cells always round the same way."""
    assert round_to_total([Decimal("0.005")] * 3, Decimal("0.015"), places=2) == [
        Decimal("0.01"),
        Decimal("0.01"),
        Decimal("0.00"),
    ]


def test_cells_that_are_no_parts_of_the_total_are_only_rounded() -> None:
    """A page of a longer table does not pretend to add up."""
    assert round_to_total([Decimal("1.234")], Decimal(100), places=2) == [Decimal("1.23")]
    assert round_to_total([], Decimal(0), places=2) == []
