"""What became of what nodes offer: parts that add up."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from warikan.engine.utilisation import mean_of, split_capacity, split_demand, used_of_requested

minutes = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), min_size=1, max_size=20)
"""(asked, used) of a container in each minute."""


def usage_of(values: list[tuple[int, int]]) -> dict[str, Decimal]:
    """Their sums, as the lake has them."""
    return {
        "CpuRequest": Decimal(sum(asked for asked, _ in values)),
        "CpuUsage": Decimal(sum(used for _, used in values)),
        "CpuDemand": Decimal(sum(max(pair) for pair in values)),
    }


@given(minutes, st.integers(0, 100_000), st.integers(0, 100_000))
def test_capacity_is_used_asked_for_kept_or_free(
    values: list[tuple[int, int]], capacity: int, allocatable: int
) -> None:
    """No part is below 0, and together they are what there is, or what was taken where that is more."""
    nodes = {"CpuCapacity": Decimal(capacity), "CpuAllocatable": Decimal(allocatable)}
    usage = usage_of(values)
    parts = split_capacity(nodes, usage, "Cpu")
    overhead = max(0, capacity - allocatable)

    assert min(parts.values()) >= 0
    assert sum(parts.values()) == max(capacity, usage["CpuDemand"] + overhead)


@given(minutes)
def test_demand_is_used_or_asked_for(values: list[tuple[int, int]]) -> None:
    """Minute by minute, more was asked for or more was used."""
    parts = split_demand(usage_of(values), "Cpu")

    assert min(parts.values()) >= 0
    assert sum(parts.values()) == usage_of(values)["CpuDemand"]
    assert parts["workload_idle"] == sum(max(asked - used, 0) for asked, used in values)
    assert parts["used_beyond"] == sum(max(used - asked, 0) for asked, used in values)


def test_places_without_nodes_or_use() -> None:
    """Nothing is nothing."""
    assert set(split_capacity({}, {}, "Cpu").values()) == {0}
    assert set(split_demand({}, "Memory").values()) == {0}
    assert used_of_requested({}, "Cpu") is None
    assert mean_of(Decimal(5), 0, 1000) == 0


def test_means_and_ratios() -> None:
    """Two cores for half an hour are one over the hour."""
    assert mean_of(Decimal(2000 * 1800), 3600, 1000) == 1
    assert used_of_requested({"CpuMeasured": Decimal(4), "CpuUsage": Decimal(6)}, "Cpu") == 1.5
