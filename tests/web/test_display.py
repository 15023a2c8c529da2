"""Numbers as people see them: rounded for display only, never untrue."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.engine.query import Change
from warikan.focus.period import Period
from warikan.web.display import Display
from warikan.web.texts import load_texts

ENGLISH = Display(load_texts("en"))
JAPANESE = Display(load_texts("ja"))
AMOUNTS = st.decimals(min_value=-(10**7), max_value=10**7, places=9, allow_nan=False)


def change(current: str, previous: str) -> Change:
    """A change as the engine states it."""
    now, before = Decimal(current), Decimal(previous)
    return Change(now, before, now - before, float((now - before) / before) if before else None)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("0.0004", "USD", "< $0.01"),
        ("-0.0004", "USD", "> −$0.01"),
        ("0", "USD", "$0.00"),
        ("12.345", "USD", "$12.34"),
        ("999.99", "USD", "$999.99"),
        ("1000", "USD", "$1,000"),
        ("-1234.5", "USD", "−$1,234"),
        ("0.4", "JPY", "< ¥1"),
        ("123456", "JPY", "¥123,456"),
        ("5", "Tokens", "Tokens 5.00"),
    ],
)
def test_an_amount(amount: str, currency: str, shown: str) -> None:
    """No cents from 1,000 up, never $0.00 for what is not zero."""
    assert shown == ENGLISH.money(Decimal(amount), currency).text


def test_the_full_amount_is_always_there() -> None:
    """Every digit, with its currency, on hover."""
    assert (
        ENGLISH.money(Decimal("1234567.000000000000000001"), "USD").exact
        == "1,234,567.000000000000000001 USD"
    )


def test_small_cells_of_a_large_column() -> None:
    """A column has one number of decimals; what does not show there says so."""
    shown = ENGLISH.column([Decimal("0.3"), Decimal("4999.7")], Decimal(5000), "USD", 0)

    assert [s.text for s in shown] == ["< $1", "$5,000"]


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_a_column_adds_up(amounts: list[Decimal]) -> None:
    """What is shown adds up to the shown total."""
    total = sum(amounts, Decimal(0))
    column = ENGLISH.column(amounts, total, "USD", 2)
    signs = {"<": Decimal(0), ">": Decimal(0)}
    cells = [
        signs.get(c.text[0], Decimal(0))
        if c.text[0] in signs
        else Decimal(c.text.replace("−", "-").replace("$", "").replace(",", ""))
        for c in column
    ]

    assert round(total, 2) == sum(cells)


@pytest.mark.parametrize(
    ("current", "previous", "amount", "percent", "direction"),
    [
        ("112", "100", "+$12.00", "+12%", "up"),
        ("90", "100", "−$10.00", "−10%", "down"),
        ("101", "100", "+$1.00", "+1.0%", "up"),
        ("100", "100", "$0.00", "0%", "flat"),
        ("5", "0", "+$5.00", "new", "new"),
        ("0", "5", "−$5.00", "−100%", "gone"),
        ("0", "0", "$0.00", "–", "flat"),
        ("100.001", "100", "< $0.01", "< 0.1%", "flat"),
    ],
)
def test_a_change(current: str, previous: str, amount: str, percent: str, direction: str) -> None:
    """Amount first, then percent; nothing is infinite; what rounds to nothing is neither up nor down."""
    shown = ENGLISH.delta(change(current, previous), "USD", 2)

    assert (amount, direction) == (shown.amount.text, shown.direction)
    assert percent == shown.percent.lstrip("+") if direction == "flat" else percent == shown.percent


def test_japanese() -> None:
    """Japanese units on cards, the full-width yen sign, dates with their characters."""
    period = Period(datetime(2026, 10, 22, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))

    assert JAPANESE.compact(Decimal(331_600), "JPY") == "￥33.2万"
    assert JAPANESE.period(period) == "2026年10月22日～11月20日"
    assert JAPANESE.month(period.end) == "2026年11月"
    assert ENGLISH.day(period.end.replace(day=20)) == "Nov 20, 2026"


def test_a_currency_without_a_sign() -> None:
    """Its code stands apart from the number, on cards too."""
    assert ENGLISH.compact(Decimal(27_000), "Tokens") == "Tokens 27K"
    assert ENGLISH.compact(Decimal(-27_000), "USD") == "−$27K"
    assert JAPANESE.compact(Decimal(27_000), "Tokens") == "Tokens 2.7万"


def test_a_share_that_is_not_all_is_not_100_percent() -> None:
    """Precise percentages keep a decimal."""
    assert ENGLISH.percent(0.996, precise=True) == "99.6%"
    assert ENGLISH.percent(0.0001) == "< 0.1%"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0 vCPU"),
        ("0.25", "0.25 vCPU"),
        ("0.001", "< 0.01 vCPU"),
        ("4", "4 vCPU"),
        ("15.96", "16 vCPU"),
        ("1234.5", "1,234 vCPU"),
        ("-3.5", "−3.5 vCPU"),
    ],
)
def test_quantities(amount: str, shown: str) -> None:
    """Three digits are enough, and nothing that is there reads 0."""
    assert ENGLISH.quantity(Decimal(amount), "vCPU") == shown
