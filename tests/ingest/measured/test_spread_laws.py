"""Laws of cutting windows into hours, over windows that are put into DuckDB directly."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.ingest.hours import HourTables
from warikan.ingest.measured.opening import open_views
from warikan.ingest.measured.spread import reduce_windows

START = 1_790_812_800
"""2026-10-01T00Z."""
HOUR, DAY = 3600, 86_400
AMOUNTS = [
    *(f"{r}_{kind}" for r in ("cpu", "memory", "gpu") for kind in ("asked", "used", "demand")),
    *("sent", "received", "run", "minutes"),
]
_TEXTS = [
    "part",
    "node_uid",
    "pod_uid",
    "container",
    "namespace",
    "pod",
    "workload_kind",
    "workload",
    "labels",
]
_WINDOW = "0 AS start, 0 AS stop, 0 AS first, 0 AS last, '' AS part"
_OTHERS = {
    "node": (
        "node_uid node provider_id instance_type region zone pool capacity_type os labels",
        "up cpu memory gpu cpu_free memory_free gpu_free minutes",
    ),
    "volume": ("volume pod_uid handle claim namespace class", "capacity seconds"),
    "balancer": ("namespace service pod_uid address", "seconds"),
    "space": ("namespace labels", ""),
}
"""Views of which there are no rows here: texts and amounts."""
Row = dict[str, Any]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One DuckDB for all examples."""
    folder: Path = tmp_path_factory.mktemp("spread")
    with open_views(folder) as opened:
        for name in ("labels_of", "annotations_of"):
            opened.execute(f"CREATE TEMP MACRO {name}(raw) AS CAST(MAP {{}} AS MAP(VARCHAR, VARCHAR))")
        for name, (texts, whole) in _OTHERS.items():
            columns = [f"'' AS {t}" for t in texts.split()] + [f"0 AS {w}" for w in whole.split()]
            select = ", ".join([_WINDOW, *columns])
            opened.execute(f"CREATE TEMP VIEW {name}_windows AS SELECT {select} WHERE false")
        yield opened


def window(start: int, stop: int, pod: str = "web", part: str = "", **more: Any) -> Row:
    """A row of a pod in ``[start, stop)``, seconds after START, in which it ran all the time."""
    texts = dict.fromkeys(_TEXTS, pod) | {"part": part, "container": "(pod)", "labels": None}
    times = {"start": START + start, "stop": START + stop, "first": START + start, "last": START + stop}
    return texts | times | dict.fromkeys(AMOUNTS) | more


def reduced(connection: duckdb.DuckDBPyConnection, rows: list[Row], *, days: int = 3) -> HourTables:
    """The hours of the first *days* days of *rows*."""
    whole = [(name, pa.int64()) for name in ("start", "stop", "first", "last", *AMOUNTS)]
    schema = pa.schema([*whole, *((name, pa.string()) for name in _TEXTS)])
    told = pa.Table.from_pylist(rows, schema=schema)
    connection.register("told", told)
    connection.execute("CREATE OR REPLACE TEMP TABLE pod_windows AS SELECT * FROM told")
    return reduce_windows(connection, "c1", START, START + days * DAY)


amounts = st.integers(0, 10**17)
spans = st.tuples(st.integers(0, 2 * DAY), st.integers(1, DAY)).map(lambda span: (span[0], span[0] + span[1]))


@settings(max_examples=40)
@given(span=spans, amount=amounts, used=st.none() | amounts)
def test_hours_add_up_to_the_window(
    connection: Any, span: tuple[int, int], amount: int, used: int | None
) -> None:
    """However long a window is and wherever it begins: nothing is lost or made, and unknown stays unknown."""
    row = window(
        *span, cpu_asked=amount, cpu_demand=amount, memory_demand=amount, memory_used=used, sent=used
    )

    hours = reduced(connection, [row]).containers.to_pylist()

    assert sum(h["CpuRequest"] for h in hours) == sum(h["MemoryDemand"] for h in hours) == amount
    assert {h["CpuUsage"] for h in hours} == {None}
    assert [h["MemoryUsage"] is None for h in hours] == [used is None] * len(hours)
    assert (
        sum(h["MemoryUsage"] or 0 for h in hours)
        == sum(h["TransmitBytes"] or 0 for h in hours)
        == (used or 0)
    )
    assert len(hours) == -(-span[1] // HOUR) - span[0] // HOUR


@settings(max_examples=15)
@given(
    parts=st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc"), amounts), min_size=1, max_size=8),
    shuffle=st.randoms(use_true_random=False),
)
def test_order_and_copies_change_nothing(
    connection: Any, parts: list[tuple[int, str, int]], shuffle: Any
) -> None:
    """Rows in any order, some of them twice or thrice: the same tables."""
    rows = [window(n * HOUR, (n + 1) * HOUR, pod, cpu_asked=a, cpu_demand=a) for n, pod, a in parts]
    mixed = rows + shuffle.choices(rows, k=5)
    shuffle.shuffle(mixed)

    assert reduced(connection, mixed) == reduced(connection, rows)


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 71), min_size=1, max_size=4, unique=True), amount=amounts)
def test_how_hours_are_asked_for_changes_none(connection: Any, cuts: list[int], amount: int) -> None:
    """Three days at once, or in any pieces: the same hours."""
    reduced(connection, [window(7, 3 * DAY - 5, cpu_demand=amount)])
    whole = reduce_windows(connection, "c1", START, START + 3 * DAY).containers.to_pylist()
    bounds = [0, *sorted(cuts), 72]

    pieces = [
        row
        for a, b in pairwise(bounds)
        for row in reduce_windows(connection, "c1", START + a * HOUR, START + b * HOUR).containers.to_pylist()
    ]

    assert pieces == whole


def test_the_shortest_window_counts(connection: Any) -> None:
    """A day's export beside the hours' own: the hours that are there count, the others are the day's."""
    day = window(0, DAY, cpu_demand=24_000)
    exact = window(5 * HOUR, 6 * HOUR, cpu_demand=7, minutes=60)

    hours = reduced(connection, [day, exact]).containers.to_pylist()

    assert [h["CpuDemand"] for h in hours] == [1000] * 5 + [7] + [1000] * 18
    assert [h["SampledMinutes"] for h in hours] == [0] * 5 + [60] + [0] * 18


def test_windows_that_overlap(connection: Any) -> None:
    """A day exported at midnight, at noon and at midnight again: each hour counts once, none is lost."""
    rows = [window(n * DAY // 2, n * DAY // 2 + DAY, cpu_demand=24_000 * (n + 1)) for n in range(3)]

    hours = reduced(connection, rows).containers.to_pylist()

    assert [h["CpuDemand"] for h in hours] == [1000] * 24 + [2000] * 12 + [3000] * 12
    assert len(hours) == len({h["Hour"] for h in hours}) == 48


def test_windows_beside_the_hour(connection: Any) -> None:
    """Hours of a zone that is half an hour off: each clock hour has a half of two."""
    rows = [window(1800 + n * HOUR, 1800 + (n + 1) * HOUR, cpu_demand=100) for n in range(3)]

    hours = reduced(connection, rows).containers.to_pylist()

    assert [h["CpuDemand"] for h in hours] == [50, 100, 100, 50]


def test_parts_are_added_and_copies_are_not(connection: Any) -> None:
    """CPU and two devices of one pod are its amounts together; what is told with each part is told once."""
    rows = [
        window(0, HOUR, part="cpu", cpu_asked=5, run=3600, minutes=60),
        window(0, HOUR, part="gpu-1", gpu_asked=100, gpu_demand=100, run=3600, minutes=60),
        window(0, HOUR, part="gpu-2", gpu_asked=10, gpu_demand=10),
        window(0, HOUR, part="gpu-2", gpu_asked=10, gpu_demand=10),
    ]

    (row,) = reduced(connection, rows).containers.to_pylist()

    assert (row["CpuRequest"], row["GpuRequest"], row["GpuDemand"]) == (5, 110, 110)
    assert (row["RunSeconds"], row["SampledMinutes"], row["GpuUsage"]) == (3600, 60, None)


def test_ten_minutes_are_added_to_an_hour(connection: Any) -> None:
    """Windows shorter than an hour are its parts."""
    rows = [window(n * 600, n * 600 + 600, cpu_demand=n, run=600, minutes=10) for n in range(6)]

    (row,) = reduced(connection, rows).containers.to_pylist()

    assert (row["CpuDemand"], row["RunSeconds"], row["SampledMinutes"]) == (15, 3600, 60)
