"""The collector against real servers answers the truth of a made cluster, to the last unit."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from metrics_world import HOUR, START, Series, Serve, World, busy_world, container_truth, owners, uid

from warikan.ingest.hours import HourTables
from warikan.ingest.sources.prometheus.client import Limits, PrometheusClient
from warikan.ingest.sources.prometheus.collect import Scope, collect, collect_parts

FIRST = datetime.fromtimestamp(START, UTC)
LAST = datetime.fromtimestamp(START + 4 * HOUR, UTC)


def answered(tables: HourTables) -> dict[tuple[int, str, str], dict[str, int]]:
    """The rows of containers as the truth has them."""
    names = [
        "RunSeconds", "CpuRequest", "CpuUsage", "CpuDemand", "MemoryRequest", "MemoryUsage", "MemoryDemand",
        "GpuRequest", "SampledMinutes",
    ]  # fmt: skip
    return {
        (int(row["Hour"].timestamp()), row["PodUid"], row["Container"]): {n: row[n] for n in names}
        for row in tables.containers.to_pylist()
    }


def expected(world: World) -> dict[tuple[int, str, str], dict[str, int]]:
    """The truth of the four hours."""
    return {k: v for k, v in container_truth(world).items() if START <= k[0] < START + 4 * HOUR}


def every_series(world: World) -> list[Series]:
    """Exporters of the world, and the owners' owners."""
    return [*world.series(), *owners(world)]


def test_the_truth_of_a_busy_cluster(serve: Serve) -> None:
    """Churn, reused names, restarts, init containers, jobs of two seconds, gaps: exactly the truth."""
    world = busy_world()
    url = serve(every_series(world))

    with PrometheusClient(url) as client:
        tables = collect(client, Scope("c1"), FIRST, LAST)

    assert answered(tables) == expected(world)
    rows = {row["PodUid"]: row for row in tables.containers.to_pylist()}
    assert (rows[uid(1)]["WorkloadKind"], rows[uid(1)]["Workload"]) == ("Deployment", "web")
    assert (rows[uid(4)]["WorkloadKind"], rows[uid(4)]["Workload"]) == ("CronJob", "night")
    assert (rows[uid(5)]["WorkloadKind"], rows[uid(5)]["Workload"]) == ("Job", "late")
    assert [rows[uid(n)]["NodeUid"] for n in (1, 2, 3)] == [uid(101), uid(101), uid(102)]
    kinds = {r["Container"]: r["ContainerKind"] for r in tables.containers.to_pylist()}
    assert kinds["setup"] == "init"
    labels = {row["LabelsId"]: row for row in tables.labels.to_pylist()}
    assert dict(labels[rows[uid(1)]["LabelsId"]]["Labels"]) == {"app": "shop", "team": "checkout"}
    sent = {
        (r["Hour"], r["Container"]): r["TransmitBytes"]
        for r in tables.containers.to_pylist()
        if r["PodUid"] == uid(1)
    }
    assert sent[FIRST, "proxy"] + sent[FIRST, "web"] == 3_600_000


def test_nodes_by_machine(serve: Serve) -> None:
    """A name that another machine takes over is another node; what it offers is counted while it is up."""
    world = busy_world()
    url = serve(every_series(world))

    with PrometheusClient(url) as client:
        tables = collect(client, Scope("c1"), FIRST, LAST)

    nodes = {(int(r["Hour"].timestamp()) - START, r["NodeUid"]): r for r in tables.nodes.to_pylist()}
    assert sorted(nodes) == sorted(
        [(h * HOUR, u) for h in range(4) for u in (uid(101), uid(102))] + [(3 * HOUR, uid(103))]
    )
    whole, old, new = nodes[0, uid(101)], nodes[3 * HOUR, uid(102)], nodes[3 * HOUR, uid(103)]
    assert (whole["UpSeconds"], whole["CpuCapacity"], whole["CpuAllocatable"]) == (
        3600,
        14_400_000,
        10_800_000,
    )
    assert whole["MemoryCapacity"] == (16 << 30) * 3600
    assert (whole["CapacityType"], whole["Zone"], whole["NodePool"]) == ("spot", "a", "main")
    assert (old["UpSeconds"], old["GpuCapacity"]) == (600, 2000 * 600)
    assert (new["UpSeconds"], new["SampledMinutes"]) == (2400 - 240, 36)
    coverage = [(r["NodeMinutes"], r["PodMinutes"]) for r in tables.coverage.to_pylist()]
    assert coverage == [(60, 60)] * 3 + [(56, 56)]


def test_twins_add_nothing(serve_prometheus: Serve) -> None:
    """Two Prometheus that scraped the same, seen through one door, are one."""
    world = busy_world()
    twins = [replace(s, labels={**s.labels, "replica": r}) for s in every_series(world) for r in "ab"]
    url = serve_prometheus(twins)

    with PrometheusClient(url) as client:
        tables = collect(client, Scope("c1"), FIRST, LAST)

    assert answered(tables) == expected(world)


@pytest.mark.parametrize(("hours", "samples"), [(1, 2_000_000), (2, 400), (4, 150)])
def test_how_it_is_cut_changes_nothing(serve_prometheus: Serve, hours: int, samples: int) -> None:
    """One hour at a time, or with questions cut small by time, namespace and pod: the same rows."""
    world = busy_world()
    url = serve_prometheus(every_series(world))

    with PrometheusClient(url, limits=Limits(samples=samples)) as client:
        parts = list(collect_parts(client, Scope("c1", hours_at_once=hours), FIRST, LAST))

    assert [p.end for p in parts][-1] == LAST
    found = {}
    for part in parts:
        found |= answered(part.tables)
    assert found == expected(world)


def test_one_cluster_of_many(serve_prometheus: Serve) -> None:
    """Where a server holds many clusters only the series with the cluster's labels are read."""
    world = busy_world()
    mine = [replace(s, labels={**s.labels, "cluster": 'a"\\b'}) for s in every_series(world)]
    other = [replace(s, labels={**s.labels, "cluster": "c"}) for s in every_series(world)]
    url = serve_prometheus([*mine, *other[:40]])

    with PrometheusClient(url) as client:
        tables = collect(client, Scope("c1", labels={"cluster": 'a"\\b'}), FIRST, LAST)

    assert answered(tables) == expected(world)


def test_nothing_there(serve: Serve) -> None:
    """Hours without any series have coverage 0 and no rows."""
    url = serve(every_series(busy_world()))
    first, last = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 2, tzinfo=UTC)

    with PrometheusClient(url) as client:
        tables = collect(client, Scope("c1"), first, last)

    assert tables.containers.num_rows == 0
    assert tables.coverage["PodMinutes"].to_pylist() == [0, 0]
