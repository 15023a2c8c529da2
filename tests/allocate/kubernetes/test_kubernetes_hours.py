"""Charges of a day or a month over the hours of their node."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from node_bills import MONEY, START, Row

from warikan.allocate.kubernetes.hours import spread_hours
from warikan.allocate.scratch import Scratch
from warikan.focus.columns import COST_METRICS

COST = st.decimals(Decimal(-(10**9)), Decimal(10**9), places=18, allow_nan=False)
HOUR = timedelta(hours=1)
TIME = pa.timestamp("us", "UTC")
CHARGES = [(n, pa.string()) for n in ("x_SourceId", "x_ChargeKey", "x_ClusterId", "NodeUid", "SkuId")]
CHARGES += [("ChargePeriodStart", TIME), ("ChargePeriodEnd", TIME), *((m, MONEY) for m in COST_METRICS)]
HOURS = [("x_ClusterId", pa.string()), ("NodeUid", pa.string()), ("Hour", TIME), ("UpSeconds", pa.int64())]


def charge(cost: Decimal, start: datetime, end: datetime, key: str = "c") -> Row:
    """A charge of node n1; its metrics are multiples."""
    row: Row = {m: cost * n for n, m in enumerate(COST_METRICS, start=1)}
    row |= {"x_SourceId": "aws", "x_ChargeKey": key, "x_ClusterId": "k", "NodeUid": "n1", "SkuId": "s"}
    return row | {"ChargePeriodStart": start, "ChargePeriodEnd": end}


def spread(scratch: Scratch, charges: list[Row], up: dict[int, int]) -> list[Row]:
    """The hours of *charges*, in order; *up* is hour after START → UpSeconds."""
    hours = [
        {"x_ClusterId": "k", "NodeUid": "n1", "Hour": START + at * HOUR, "UpSeconds": s}
        for at, s in up.items()
    ]
    tables = (
        scratch.put("charges", pa.Table.from_pylist(charges, schema=pa.schema(CHARGES))),
        scratch.put("hours", pa.Table.from_pylist(hours, schema=pa.schema(HOURS))),
    )
    rows: list[Row] = scratch.fetch(spread_hours(*tables)).to_pylist()
    return sorted(rows, key=lambda r: (r["x_ChargeKey"], r["Hour"]))


@settings(max_examples=20)
@given(
    st.lists(st.tuples(COST, st.integers(0, 80), st.integers(1, 90)), min_size=1, max_size=4),
    st.dictionaries(st.integers(0, 30), st.integers(0, 3600), max_size=20),
)
def test_hours_sum_to_each_charge(
    scratch: Scratch, drawn: list[tuple[Decimal, int, int]], up: dict[int, int]
) -> None:
    """To the last digit, near the exact part, only in hours of the period, each once."""
    quarter = HOUR / 4
    charges = [
        charge(cost, START + at * quarter, START + (at + length) * quarter, f"c{n}")
        for n, (cost, at, length) in enumerate(drawn)
    ]
    rows = spread(scratch, charges, up)

    for one in charges:
        mine = [r for r in rows if r["x_ChargeKey"] == one["x_ChargeKey"]]
        start, end = one["ChargePeriodStart"], one["ChargePeriodEnd"]
        for metric in COST_METRICS:
            assert sum(Fraction(r[metric]) for r in mine) == Fraction(one[metric])
            assert all(r[metric] * one[metric] >= 0 for r in mine)
        assert len({r["Hour"] for r in mine}) == len(mine)
        assert all(start - HOUR < r["Hour"] < end for r in mine)
        inside = {
            START + at * HOUR: min(
                seconds,
                int((min(end, START + (at + 1) * HOUR) - max(start, START + at * HOUR)).total_seconds()),
            )
            for at, seconds in up.items()
        }
        weights = {at: weight for at, weight in inside.items() if weight > 0}
        for r in mine if weights else []:
            exact = Fraction(one["BilledCost"]) * Fraction(weights[r["Hour"]], sum(weights.values()))
            assert abs(Fraction(r["BilledCost"]) - exact) < Fraction(1, 10**5)


def test_a_day_over_the_hours_that_the_node_was_up(scratch: Scratch) -> None:
    """Half an hour up bears half; the rest of the cuts is with the first of the largest."""
    rows = spread(
        scratch, [charge(Decimal(1), START, START + 24 * HOUR)], {3: 1800, 4: 3600, 5: 3600, 30: 3600}
    )

    assert [(3, Decimal("0.2")), (4, Decimal("0.4")), (5, Decimal("0.4"))] == [
        ((r["Hour"] - START) // HOUR, r["BilledCost"]) for r in rows
    ]
    assert {"s"} == {r["SkuId"] for r in rows}


def test_a_charge_within_an_hour_is_that_hours(scratch: Scratch) -> None:
    """Also where the node was not seen in it."""
    rows = spread(scratch, [charge(Decimal(1), START + HOUR / 4, START + HOUR)], {1: 3600})

    assert [(START, Decimal(1))] == [(r["Hour"], r["BilledCost"]) for r in rows]


def test_a_charge_of_a_node_never_seen_stays_whole(scratch: Scratch) -> None:
    """In the hour in which it starts."""
    rows = spread(scratch, [charge(Decimal(7), START + HOUR / 2, START + 720 * HOUR)], {})

    assert [(START, Decimal(7))] == [(r["Hour"], r["BilledCost"]) for r in rows]
