"""The days a charge is weighed over, and weights by day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.allocate.scratch import Scratch
from warikan.allocate.window import DailyWeights, OwnedCost, Window, parse_window, window_columns

SEPTEMBER = ("2026-09-01", "2026-10-01")


@pytest.mark.parametrize(
    ("charge", "billing", "expected"),
    [
        (("2026-09-03T05:00", "2026-09-03T06:00"), SEPTEMBER, ("2026-09-03", "2026-09-04")),
        (("2026-09-03", "2026-09-04"), SEPTEMBER, ("2026-09-03", "2026-09-04")),
        (("2026-09-03T23:00", "2026-09-04T01:00"), SEPTEMBER, ("2026-09-03", "2026-09-05")),
        (SEPTEMBER, SEPTEMBER, SEPTEMBER),
        (("2026-09-01", "2029-09-01"), SEPTEMBER, SEPTEMBER),
        (("2026-08-01", "2026-09-03"), SEPTEMBER, ("2026-09-01", "2026-09-03")),
        (("2026-08-01", "2026-08-02"), SEPTEMBER, SEPTEMBER),
        (("2026-11-05", "2026-11-06"), SEPTEMBER, SEPTEMBER),
        (("2026-09-05", "2026-09-05"), SEPTEMBER, ("2026-09-05", "2026-09-06")),
        (("2026-09-05", None), SEPTEMBER, ("2026-09-05", "2026-09-06")),
        (("2026-09-05", "2026-09-08"), ("2026-09-01", None), ("2026-09-05", "2026-09-08")),
        ((None, None), SEPTEMBER, ("2026-09-01", "2026-09-02")),
        (("2026-09-01", "9999-01-01"), ("2026-09-01", "9999-01-01"), ("2026-09-01", "2027-09-02")),
    ],
)
def test_window(
    scratch: Scratch,
    charge: tuple[str | None, str | None],
    billing: tuple[str, str | None],
    expected: tuple[str, str],
) -> None:
    """Days of the charge inside its billing period; all of the period when none is; a year at most."""
    names = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
    moments = [None if m is None else datetime.fromisoformat(m).replace(tzinfo=UTC) for m in charge + billing]
    times = pa.timestamp("us", tz="UTC")
    rows = pa.table({n: pa.array([m], times) for n, m in zip(names, moments, strict=True)})
    table = scratch.put("moments", rows)

    row = scratch.fetch(table.select(**window_columns(table))).to_pylist()[0]

    start, end = (date.fromisoformat(d) for d in expected)
    assert Window(start, end) == parse_window(row["_start"], row["_end"])
    assert (row["_start"], row["_end"]) == Window(start, end).numbers


def test_own_long_charges_count_evenly() -> None:
    """A fee of 30 over September weighs 1 a day."""
    month = Window(date(2026, 9, 1), date(2026, 10, 1))
    weights = DailyWeights.of([OwnedCost("a", "USD", month, Decimal(30))])

    assert {"a": Decimal(1), "b": Decimal(0)} == weights.over(
        Window(date(2026, 9, 7), date(2026, 9, 8)), "USD", ["a", "b"]
    )
    assert {"a": Decimal(30)} == weights.over(month, "USD", ["a"])
    assert {"a": Decimal(0)} == weights.over(month, "JPY", ["a"])


COSTS = st.lists(
    st.builds(
        OwnedCost,
        st.sampled_from("ab"),
        st.just("USD"),
        st.tuples(st.integers(1, 29), st.integers(1, 9)).map(
            lambda w: Window(date(2026, 9, w[0]), date(2026, 9, min(30, w[0] + w[1])))
        ),
        st.decimals(-(10**6), 10**6, places=18),
    ),
    max_size=20,
)


@given(COSTS, st.randoms())
def test_order_of_costs_changes_no_digit(owned: list[OwnedCost], random: Random) -> None:
    """Weights are exact sums: what order the engine gives the rows in does not matter."""
    shuffled = list(owned)
    random.shuffle(shuffled)
    window = Window(date(2026, 9, 1), date(2026, 10, 1))

    assert DailyWeights.of(owned).over(window, "USD", "ab") == DailyWeights.of(shuffled).over(
        window, "USD", "ab"
    )
