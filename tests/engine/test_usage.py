"""What ran on clusters: quantities add up whatever they are grouped by, and filters cut them in two."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lake import NOW, lake_of, open_engine

from hour_lake import CORE, GIB, container_hour, fill_hours, node_hour
from warikan.engine.engine import Engine
from warikan.engine.filter import parse_filter
from warikan.engine.usage import (
    NODE_PLACES,
    NODE_QUANTITIES,
    PLACES,
    QUANTITIES,
    UsageQuery,
    ask_nodes,
    ask_usage,
    understand,
)
from warikan.focus.errors import FilterError, UnknownColumn

PERIOD = "2026-11-10..2026-11-13"
CLUSTERS, NAMESPACES, WORKLOADS = ("blue", "green"), ("shop", "search"), ("web", "api", None)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Two clusters, three days, some dozen containers, one of which nobody measured."""
    folder = tmp_path_factory.mktemp("hours")
    engine = open_engine(folder)
    containers, nodes = [], []
    for i in range(90):
        cluster, node = CLUSTERS[i % 2], f"n{i % 5}"
        hour = f"2026-11-1{i % 3}T0{i % 7}:00"
        containers.append(
            container_hour(
                hour, x_ClusterId=cluster, NodeUid=node, PodUid=f"p{i % 11}", Pod=f"pod-{i % 11}",
                Container=f"c{i}", Namespace=NAMESPACES[i % 3 % 2], Workload=WORKLOADS[i % 3],
                WorkloadKind="Deployment" if i % 3 < 2 else None,
                cpu=(i % 4, None if i == 8 else i / 10), memory=(i % 3, i / 20), seconds=3600 - i,
            )
        )  # fmt: skip
        nodes.append(node_hour(hour, x_ClusterId=cluster, NodeUid=node, NodeName=f"node-{node}",
                               NodePool=("general", "spot")[i % 5 % 2]))  # fmt: skip
    lake = lake_of(folder)
    fill_hours(lake, "kubernetes_container_hours", containers)
    fill_hours(lake, "kubernetes_node_hours", nodes)
    return engine


def total(engine: Engine, name: str, **query: object) -> Decimal:
    """The sum of the quantity *name* over the rows of an answer."""
    ask, places = (ask_usage, PLACES) if name in QUANTITIES else (ask_nodes, NODE_PLACES)
    query["by"] = tuple(column for column in query.get("by", ()) if column in places)  # type: ignore[attr-defined]
    answer = ask(engine, UsageQuery(period=PERIOD, **query), now=NOW)  # type: ignore[arg-type]
    return sum(answer.rows[name].to_pylist(), Decimal(0))


@settings(max_examples=25)
@given(
    by=st.lists(st.sampled_from([*PLACES, *NODE_PLACES]), max_size=4, unique=True),
    granularity=st.sampled_from([None, "day", "hour"]),
    name=st.sampled_from([q for q in (*QUANTITIES, *NODE_QUANTITIES) if q != "SampledMinutes"]),
)
def test_any_grouping_adds_up_to_the_total(
    engine: Engine, by: list[str], granularity: str | None, name: str
) -> None:
    """No grouping and no bucket makes or loses a second of anything."""
    assert total(engine, name) == total(engine, name, by=tuple(by), granularity=granularity)


@settings(max_examples=25)
@given(
    st.sampled_from(
        [
            "x_Namespace = 'shop'",
            "x_Workload <> 'web'",
            "x_WorkloadKind IS NULL",
            "x_NodePool = 'spot' OR x_Namespace = 'search'",
            "x_ClusterId IN ('blue') AND NOT x_Pod LIKE 'pod-1%'",
            "x_Container = 'c''; DROP TABLE x; --'",
        ]
    ),
    st.sampled_from(QUANTITIES),
)
def test_a_filter_and_its_complement_are_everything(engine: Engine, where: str, name: str) -> None:
    """Each container-hour is on one side."""
    asked = understand(engine, UsageQuery(where=where, period=PERIOD), PLACES, now=NOW)
    assert asked.condition is not None
    other = asked.condition.negate().render()

    assert total(engine, name) == total(engine, name, where=where) + total(engine, name, where=other)


def test_places_in_their_own_words(engine: Engine) -> None:
    """Short names name the same places; the answer says the exact columns."""
    query = UsageQuery(by=("pool", "Namespace", "workload"), period=PERIOD)
    exact = UsageQuery(by=("x_NodePool", "x_Namespace", "x_Workload"), period=PERIOD)
    answer = ask_usage(engine, query, now=NOW)

    assert answer.by == exact.by
    assert answer.rows == ask_usage(engine, exact, now=NOW).rows


def test_largest_first_in_each_bucket(engine: Engine) -> None:
    """Days in order, and in each the largest demand first."""
    answer = ask_usage(engine, UsageQuery(by=("namespace",), granularity="day", period=PERIOD), now=NOW)
    rows = answer.rows.select(["period_start", "CpuDemand"]).to_pylist()

    assert rows == sorted(rows, key=lambda r: (r["period_start"], -r["CpuDemand"]))
    assert rows[0]["period_start"] == datetime(2026, 11, 10, tzinfo=UTC)


def test_only_the_clusters_that_are_asked_for_are_read(engine: Engine) -> None:
    """Naming clusters is filtering by them."""
    named = UsageQuery(by=("cluster",), period=PERIOD, clusters=("green",))
    filtered = UsageQuery(by=("cluster",), period=PERIOD, where="x_ClusterId = 'green'")

    assert ask_usage(engine, named, now=NOW).rows == ask_usage(engine, filtered, now=NOW).rows


def test_a_bare_pod_is_its_own_workload(engine: Engine) -> None:
    """As in costs, where x_Workload is the pod's name."""
    query = UsageQuery(by=("kind", "workload"), where="x_WorkloadKind IS NULL", period=PERIOD)
    found = ask_usage(engine, query, now=NOW).rows

    assert set(found["x_WorkloadKind"].to_pylist()) == {None}
    assert all(name.startswith("pod-") for name in found["x_Workload"].to_pylist())


def test_use_is_compared_with_what_was_measured(tmp_path: Path) -> None:
    """A request whose use nobody measured is no idle request."""
    engine = open_engine(tmp_path)
    hours = [container_hour("2026-11-10T00:00"), container_hour("2026-11-10T01:00", cpu=(3, None))]
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", hours)
    (row,) = ask_usage(engine, UsageQuery(period=PERIOD), now=NOW).rows.to_pylist()

    assert (row["CpuRequest"], row["CpuMeasured"]) == (4 * CORE * 3600, CORE * 3600)
    assert (row["CpuUsage"], row["ContainerHours"]) == (CORE * 1800, 2)


def test_more_than_64_bits(tmp_path: Path) -> None:
    """A large cluster's byte-seconds are exact."""
    engine = open_engine(tmp_path)
    hours = [
        container_hour(f"2026-11-10T0{i}:00", MemoryRequest=2**62 + i, MemoryDemand=2**62 + i)
        for i in range(8)
    ]
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", hours)
    (row,) = ask_usage(engine, UsageQuery(period=PERIOD), now=NOW).rows.to_pylist()

    assert row["MemoryRequest"] == 8 * 2**62 + 28


def test_a_node_hour_that_is_told_twice_counts_once(tmp_path: Path) -> None:
    """Two copies of a metrics server give no second machine; the larger numbers hold."""
    engine = open_engine(tmp_path)
    hours = [node_hour("2026-11-10T00:00"), node_hour("2026-11-10T00:00", UpSeconds=1800, CpuCapacity=0)]
    fill_hours(lake_of(tmp_path), "kubernetes_node_hours", hours)
    (row,) = ask_nodes(engine, UsageQuery(by=("pool",), period=PERIOD), now=NOW).rows.to_pylist()

    assert (row["NodeHours"], row["UpSeconds"], row["CpuCapacity"]) == (1, 3600, 4 * CORE * 3600)
    assert row["MemoryAllocatable"] == 16 * GIB * 3600 * 9 // 10


def test_hours_outside_the_period_do_not_count(engine: Engine) -> None:
    """Half-open, to the hour."""
    whole = ask_usage(engine, UsageQuery(granularity="hour", period=PERIOD), now=NOW).rows
    part = ask_usage(engine, UsageQuery(period="2026-11-10T02:00..2026-11-11"), now=NOW).rows
    inside = [
        row["CpuDemand"]
        for row in whole.to_pylist()
        if datetime(2026, 11, 10, 2, tzinfo=UTC) <= row["period_start"] < datetime(2026, 11, 11, tzinfo=UTC)
    ]

    assert sum(inside) == part["CpuDemand"][0].as_py()


def test_an_empty_lake_answers(tmp_path: Path) -> None:
    """No hours: nothing, of the right types."""
    engine = open_engine(tmp_path)

    assert ask_usage(engine, UsageQuery(by=("namespace",)), now=NOW).rows.num_rows == 0
    assert ask_usage(engine, UsageQuery(), now=NOW).rows["CpuUsage"].to_pylist() == [0]
    assert ask_nodes(engine, UsageQuery(by=("node",), granularity="hour"), now=NOW).rows.num_rows == 0


def test_what_is_no_place_is_refused(engine: Engine) -> None:
    """Costs have more columns than quantities; the message says so."""
    with pytest.raises(UnknownColumn, match="ServiceName"):
        ask_usage(engine, UsageQuery(by=("product",)), now=NOW)
    with pytest.raises(FilterError):
        ask_nodes(engine, UsageQuery(where="x_Namespace = 'shop'"), now=NOW)


def test_places_are_columns_of_costs(engine: Engine) -> None:
    """One filter finds a workload's cost and its use."""
    columns = lake_of(Path(engine._lake.folder).parent).schema("allocations")

    assert parse_filter(" AND ".join(f"{place} = 'x'" for place in PLACES), columns)
