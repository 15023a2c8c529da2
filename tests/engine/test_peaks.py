"""Busy hours: percentiles of use, and what requests at them would weigh."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lake import NOW, lake_of, open_engine

from hour_lake import CORE, GIB, Row, container_hour, fill_hours
from warikan.engine.peaks import Basis, ask_peaks
from warikan.engine.usage import UsageQuery

QUERY = UsageQuery(period="2026-11-10..2026-11-12")


def peaks_of(folder: Path, hours: Iterable[Row], basis: Basis = "max") -> list[dict[str, Any]]:
    """The answer over a new lake with *hours*."""
    engine = open_engine(folder)
    fill_hours(lake_of(folder), "kubernetes_container_hours", hours)
    rows: list[dict[str, Any]] = ask_peaks(engine, QUERY, basis=basis, now=NOW).to_pylist()
    return rows


def of_hours(used: Iterable[float], **values: Any) -> list[Row]:
    """One container-hour for each mean use of CPU in cores, from midnight on."""
    return [
        container_hour(f"2026-11-1{i // 24}T{i % 24:02}:00", cpu=(1, u), **values) for i, u in enumerate(used)
    ]


@settings(max_examples=15)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30))
def test_at_least_95_of_100_hours_are_not_above(
    tmp_path_factory: pytest.TempPathFactory, used: list[int]
) -> None:
    """The peak is the use of some hour, with at most a twentieth of the hours above it."""
    hours = of_hours([u / CORE for u in used])
    (row,) = peaks_of(tmp_path_factory.mktemp("peaks"), hours)

    assert row["CpuPeak"] in used
    assert sum(u > row["CpuPeak"] for u in used) * 20 <= len(used)
    assert sum(u < row["CpuPeak"] for u in used) * 20 < 19 * len(used)


def test_a_request_at_the_peak_has_a_margin(tmp_path: Path) -> None:
    """15 % on top, rounded up to a millicore and a byte."""
    (row,) = peaks_of(tmp_path, of_hours([0.301] * 24, memory=(2, 1)))

    assert (row["CpuPeak"], row["CpuAtPeak"]) == (301, 347)
    assert (row["MemoryPeak"], row["MemoryAtPeak"]) == (GIB, (GIB * 115 + 99) // 100)


def test_demand_at_the_peak(tmp_path: Path) -> None:
    """One core asked for, 0.4 used: at 0.46 the container weighs 0.46, and 0.9 where it used that."""
    (row,) = peaks_of(tmp_path, of_hours([0.4] * 39 + [0.9]))

    assert row["CpuDemand"] == 40 * CORE * 3600
    assert row["CpuDemandAtPeak"] == (39 * 460 + 900) * 3600


def test_who_asks_for_too_little_would_pay_more(tmp_path: Path) -> None:
    """A request below the use is raised too."""
    (row,) = peaks_of(tmp_path, of_hours([2.0] * 10))

    assert row["CpuDemand"] == 10 * 2 * CORE * 3600
    assert row["CpuDemandAtPeak"] == 10 * 2300 * 3600


@pytest.mark.parametrize(
    ("basis", "demand", "at_peak"), [("max", 1000, 575), ("request", 1000, 575), ("usage", 500, 500)]
)
def test_what_is_paid_for(tmp_path: Path, basis: Basis, demand: int, at_peak: int) -> None:
    """Who pays for use alone pays the same whatever is asked for."""
    (row,) = peaks_of(tmp_path, of_hours([0.5]), basis)

    assert (row["CpuDemand"], row["CpuDemandAtPeak"]) == (demand * 3600, at_peak * 3600)


def test_use_that_nobody_measured_changes_nothing(tmp_path: Path) -> None:
    """No peak is made up."""
    (row,) = peaks_of(tmp_path, [container_hour("2026-11-10T00:00", cpu=(1, None))])

    assert (row["CpuPeak"], row["CpuAtPeak"]) == (None, None)
    assert row["CpuDemand"] == row["CpuDemandAtPeak"] == Decimal(CORE * 3600)


def test_a_few_seconds_say_little(tmp_path: Path) -> None:
    """The start of a container is not its busiest hour, unless it never ran longer."""
    start = container_hour("2026-11-10T05:00", cpu=(1, 3), seconds=20)
    (both,) = peaks_of(tmp_path / "both", [*of_hours([0.2] * 4), start])
    (alone,) = peaks_of(tmp_path / "alone", [start])

    assert (both["CpuPeak"], alone["CpuPeak"]) == (200, 3000)


def test_a_container_that_did_not_run(tmp_path: Path) -> None:
    """No division by nothing."""
    (row,) = peaks_of(tmp_path, [container_hour("2026-11-10T05:00", seconds=0)])

    assert row["CpuPeak"] is None


def test_containers_of_each_workload(tmp_path: Path) -> None:
    """Replicas are one; containers of another workload with the same name are not."""
    hours = [
        *of_hours([0.1] * 5, PodUid="a"),
        *of_hours([0.2] * 5, PodUid="b"),
        *of_hours([0.9] * 5, Workload="api", PodUid="c"),
        *of_hours([0.8] * 5, Workload=None, WorkloadKind=None, Pod="bare", PodUid="d"),
    ]
    engine = open_engine(tmp_path)
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", hours)
    query = UsageQuery(by=("namespace", "kind", "workload"), period=QUERY.period)
    found = ask_peaks(engine, query, now=NOW)

    assert dict(zip(found["x_Workload"].to_pylist(), found["CpuPeak"].to_pylist(), strict=True)) == {
        "web": 200, "api": 900, "bare": 800,
    }  # fmt: skip
    assert found.column_names[:4] == ["x_Namespace", "x_WorkloadKind", "x_Workload", "x_Container"]
