"""Laws of the reduction over series put into DuckDB directly: order, copies, gaps, resets."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.ingest.hours import HourTables
from warikan.ingest.session import open_session
from warikan.ingest.sources.prometheus.reduce import reduce_hours
from warikan.ingest.sources.prometheus.staging import create_staging

START = 1_748_822_400
UID = "00000001-0000-4000-8000-000000000001"
POD = {"namespace": "shop", "pod": "web"}
APP = {**POD, "container": "app"}
Row = tuple[str, dict[str, str], list[tuple[int, float]]]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One DuckDB for all examples."""
    folder: Path = tmp_path_factory.mktemp("reduce")
    with open_session(folder) as opened:
        yield opened


def reduced(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> HourTables:
    """The hour of *rows*: family, labels, values by number of minute from 1."""
    create_staging(connection)
    names = pa.schema([("family", pa.string()), ("series", pa.int64()), ("resource", pa.string()),
                       ("labels", pa.map_(pa.string(), pa.string()))])  # fmt: skip
    told = pa.Table.from_pylist(  # noqa: F841 (DuckDB finds it by name)
        [
            {"family": f, "series": i, "resource": "", "labels": list(k.items())}
            for i, (f, k, _) in enumerate(rows)
        ],
        schema=names,
    )
    values = [(f, i, START + 60 * m, float(v)) for i, (f, _, points) in enumerate(rows) for m, v in points]
    columns = dict(zip(("family", "series", "minute", "value"), zip(*values, strict=True), strict=True))
    seen = pa.table(columns)  # noqa: F841 (DuckDB finds it by name)
    connection.execute("INSERT INTO temp.series SELECT * FROM told")
    connection.execute("INSERT INTO temp.samples SELECT * FROM seen")
    return reduce_hours(connection, "c1", START, START + 3600, 60)


def world(minutes: list[int], counter: list[float], *, request: float = 0.1) -> list[Row]:
    """A pod of one container that is seen in *minutes* with these values of its CPU counter."""
    whole = [(m, 1.0) for m in minutes]
    return [
        ("pod", {**POD, "uid": UID, "node": "n1"}, whole),
        ("node", {"node": "n1", "system_uuid": "aa"}, whole),
        ("capacity", {"node": "n1", "resource": "cpu"}, [(m, 4.0) for m in minutes]),
        ("running", {**APP, "uid": UID}, whole),
        ("request", {**APP, "resource": "cpu"}, [(m, request) for m in minutes]),
        (
            "cpu",
            {**APP, "id": f"/kubepods/pod{UID}/c", "cpu": "total"},
            list(zip(minutes, counter, strict=True)),
        ),
        ("memory", {**APP, "id": f"/kubepods/pod{UID}/c"}, [(m, 5e6) for m in minutes]),
    ]


counters = st.lists(st.integers(0, 200).map(float), min_size=3, max_size=12)


@settings(max_examples=12)
@given(values=counters, shuffle=st.randoms(use_true_random=False), copies=st.integers(1, 3))
def test_order_and_copies_change_nothing(
    connection: Any, values: list[float], shuffle: Any, copies: int
) -> None:
    """Series in any order, each seen by one to three replicas: the same tables."""
    rows = world(list(range(1, len(values) + 1)), values)
    twins = [(f, {**labels, "replica": str(r)}, points) for f, labels, points in rows for r in range(copies)]
    shuffle.shuffle(twins)

    assert reduced(connection, twins) == reduced(connection, rows)


@settings(max_examples=25)
@given(values=counters, data=st.data())
def test_missing_minutes_never_raise(connection: Any, values: list[float], data: Any) -> None:
    """Minutes that nothing has seen, or in which only the kubelet was silent, raise no amount."""
    minutes = list(range(1, len(values) + 1))
    gone = data.draw(st.sets(st.sampled_from(minutes), max_size=len(minutes) - 1))
    families = data.draw(st.sampled_from([None, {"cpu"}, {"cpu", "memory"}]))
    full = world(minutes, values)
    less = [
        (f, labels, [(m, v) for m, v in points if m not in gone or (families and f not in families)])
        for f, labels, points in full
    ]

    (before,) = reduced(connection, full).containers.to_pylist()
    (after,) = reduced(connection, less).containers.to_pylist()

    amounts = [k for k, v in before.items() if isinstance(v, int)]
    assert {k: after[k] for k in amounts if after[k] > before[k]} == {}
    assert after["SampledMinutes"] == len(minutes) - (0 if families else len(gone))


def test_a_counter_that_begins_again(connection: Any) -> None:
    """A value below the last is what was counted since 0; the first of an old counter counts nothing."""
    (row,) = reduced(connection, world([1, 2, 3, 4], [100, 130, 5, 8])).containers.to_pylist()

    assert row["CpuUsage"] == (30 + 5 + 3) * 1000
    assert row["CpuDemand"] == (6 + 30 + 6 + 6) * 1000


def test_two_views_of_one_container(connection: Any) -> None:
    """The kubelet's /metrics/resource beside cAdvisor, and both versions' requests, are counted once."""
    rows = world([1, 2, 3], [0, 10, 20])
    rows += [
        ("cpu", APP, [(1, 0.0), (2, 10.0), (3, 20.0)]),
        ("request", {**APP, "resource": "cpu"}, [(1, 0.1)]),
    ]

    (row,) = reduced(connection, rows).containers.to_pylist()

    assert (row["CpuUsage"], row["CpuRequest"]) == (20_000, 18_000)


@pytest.mark.parametrize("value", [1e15, float("inf"), 9.3e18])
def test_absurd_amounts_are_left_out(connection: Any, value: float) -> None:
    """A request of more cores than there are on earth is no request."""
    rows = [r for r in world([1, 2], [0, 1]) if r[0] != "request"]
    rows.append(("request", {**APP, "resource": "cpu"}, [(1, value)]))

    (row,) = reduced(connection, rows).containers.to_pylist()

    assert row["CpuRequest"] == 0
