"""What requests at the peak would cost."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.engine.at_peak import estimate_at_peak
from warikan.focus.money import EXACT

amounts = st.decimals("0", "1000000", places=18)
demands = st.integers(1, 10**24)


def peaks(*rows: tuple[int | None, int, int]) -> pa.Table:
    """One row per (peak, demand, demand at the peak), the same for CPU and memory."""
    columns = {}
    for r in ("Cpu", "Memory"):
        columns[f"{r}Peak"] = pa.array([row[0] for row in rows], pa.int64())
        for place, name in ((1, "Demand"), (2, "DemandAtPeak")):
            columns[f"{r}{name}"] = pa.array([Decimal(row[place]) for row in rows], pa.decimal128(38, 0))
    return pa.table(columns)


@given(amounts, amounts, demands)
def test_the_same_demand_costs_the_same(cpu: Decimal, memory: Decimal, demand: int) -> None:
    """Whatever the rates are."""
    whole = EXACT.add(cpu, memory)
    found = estimate_at_peak({"Cpu": cpu, "Memory": memory}, peaks((1, demand, demand)))

    assert found is not None
    assert (found.now, found.at_peak, found.difference) == (whole, whole, 0)


@given(amounts, demands, demands, demands)
def test_less_demand_never_costs_more(cost: Decimal, before: int, one: int, other: int) -> None:
    """And what changes is the difference, exactly."""
    less, more = sorted((one, other))
    low, high = (estimate_at_peak({"Cpu": cost}, peaks((1, before, d))) for d in (less, more))

    assert low is not None
    assert high is not None
    assert low.at_peak <= high.at_peak
    assert EXACT.add(low.now, low.difference) == low.at_peak


def test_containers_together() -> None:
    """A workload pays for the demand of all its containers; GPUs stay as they are."""
    found = estimate_at_peak({"Cpu": Decimal(8), "Gpu": Decimal(5)}, peaks((1, 300, 100), (None, 100, 100)))

    assert found is not None
    assert (found.now, found.at_peak, found.difference) == (13, 9, -4)


@pytest.mark.parametrize("parts", [{}, {"Cpu": Decimal(1)}])
def test_nothing_is_made_up(parts: dict[str, Decimal]) -> None:
    """No parts, or no use that was measured: no estimate."""
    assert estimate_at_peak(parts, peaks((None, 5, 5))) is None
    assert estimate_at_peak({}, peaks((1, 5, 5))) is None
