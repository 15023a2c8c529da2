"""Exported answers of OpenCost and Kubecost: what they tell becomes hours, and what they cost does not."""

import gzip
import json
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opencost_world import GIB, Container, World, allocation, answer, at, small_world
from read_hours import Hours, hour, read_files

from warikan.focus.errors import DataError, UnreadableFile
from warikan.ingest.sources.opencost.answers import unpack

DAY = (at("2026-10-01T00:00"), at("2026-10-02T00:00"))
HOUR = timedelta(hours=1)


def export(folder: Path, world: World, *, step: timedelta = HOUR, assets: bool = True) -> Path:
    """The files that ``curl`` would have made of a day."""
    (folder / "allocation.json").write_bytes(answer(world.allocations(*DAY, step)))
    if assets:
        (folder / "assets.json").write_bytes(answer([world.assets(*DAY)]))
    return folder


def read(path: Path, **more: Any) -> Hours:
    """The hours of the files at *path*."""
    return read_files("opencost", path, **more)


def test_containers(tmp_path: Path) -> None:
    """Averages times the time that a container ran; demand is OpenCost's sum, never below usage."""
    hours = read(export(tmp_path, small_world()))

    rows = {(r["Hour"], r["Pod"], r["Container"]): r for r in hours.containers}
    assert len(rows) == len(hours.containers) == 6
    first = rows[hour("2026-10-01T00"), "web-1", "app"]
    assert first == {
        "x_ClusterId": "prod", "Hour": hour("2026-10-01T00"), "NodeUid": "i-n1", "PodUid": "shop/web-1@i-n1",
        "Namespace": "shop", "Pod": "web-1", "Container": "app", "ContainerKind": None,
        "WorkloadKind": "Deployment", "Workload": "web", "RunSeconds": 3600, "CpuRequest": 1_800_000,
        "CpuUsage": 900_000, "CpuDemand": 1_800_000, "MemoryRequest": GIB * 3600, "MemoryUsage": GIB * 1800,
        "MemoryDemand": GIB * 3600, "GpuRequest": 0, "GpuUsage": 0, "GpuDemand": 0, "TransmitBytes": 1000,
        "ReceiveBytes": 500, "SampledMinutes": 60, "LabelsId": first["LabelsId"],
    }  # fmt: skip
    train = rows[hour("2026-10-01T01"), "train-0", "train"]
    assert (train["RunSeconds"], train["SampledMinutes"], train["WorkloadKind"]) == (2700, 45, None)
    assert (train["CpuRequest"], train["CpuUsage"], train["CpuDemand"]) == (5_400_000, 8_100_000, 8_100_000)
    labels = {row["LabelsId"]: dict(row["Labels"]) for row in hours.labels}
    assert labels[first["LabelsId"]] == {"app": "web", "app_kubernetes_io_name": "shop"}
    assert labels[hours.namespaces[0]["LabelsId"]]["team"] in ("of-shop", "of-ml")


def test_nodes(tmp_path: Path) -> None:
    """In each hour as long as they were there; what the system keeps is what OpenCost calls overhead."""
    nodes = {(r["Hour"].hour, r["NodeName"]): r for r in read(export(tmp_path, small_world())).nodes}

    assert sorted(nodes) == [(0, "n1"), (1, "n1"), (1, "n2"), (2, "n1"), (2, "n2")]
    row = nodes[1, "n2"]
    assert (row["NodeUid"], row["ProviderId"], row["UpSeconds"], row["SampledMinutes"]) == (
        "i-n2",
        "i-n2",
        3600,
        60,
    )
    assert (row["CpuCapacity"], row["CpuAllocatable"]) == (14_400_000, 10_800_000)
    assert (row["MemoryCapacity"], row["MemoryAllocatable"]) == (16 * GIB * 3600, 8 * GIB * 3600)
    assert [row[k] for k in ("InstanceType", "Region", "Zone", "NodePool", "OperatingSystem")] == [
        "m5.xlarge", "eu-west-1", "eu-west-1a", "blue", "linux",
    ]  # fmt: skip


def test_volumes_and_load_balancers(tmp_path: Path) -> None:
    """A volume for as long as its pod was there, with the disk's id; a load balancer by its address."""
    hours = read(export(tmp_path, small_world()))

    (whole, half) = hours.volumes
    assert (whole["VolumeHandle"], whole["Claim"], whole["CapacityBytes"]) == (
        "vol-pv1",
        "claim-pv1",
        10 * GIB,
    )
    assert (whole["PodUid"], whole["MountSeconds"], half["MountSeconds"]) == ("shop/web-1@i-n1", 3600, 1800)
    assert [(b["Service"], b["LoadBalancer"], b["EndpointSeconds"]) for b in hours.load_balancers] == [
        ("api", "203.0.113.7", 2700), ("api", "203.0.113.7", 3600),
    ]  # fmt: skip


@pytest.mark.parametrize("step", [HOUR, timedelta(minutes=10), timedelta(hours=24), timedelta(hours=7)])
def test_sums_are_those_of_the_file(tmp_path: Path, step: timedelta) -> None:
    """By hour, ten minutes, seven hours, day: the same totals, which are the file's own."""
    hours = read(export(tmp_path, small_world(), step=step))

    text = (tmp_path / "allocation.json").read_text()
    entries = [
        e
        for s in json.loads(text, parse_float=Decimal)["data"]
        for e in s.values()
        if "pod" in e["properties"]
    ]
    for column, average, unit in (("Cpu", "cpuCore", 1000), ("Memory", "ramByte", 1)):
        exact = {
            what: [e[f"{average}{what}Average"] * e["minutes"] * 60 * unit for e in entries]
            for what in ("Request", "Usage")
        }
        sums = [e[f"{average}Hours"] * 3600 * unit for e in entries]
        exact["Demand"] = [max(amounts) for amounts in zip(sums, *exact.values(), strict=True)]
        for what, amounts in exact.items():
            assert abs(hours.total("containers", f"{column}{what}") - sum(amounts)) <= len(entries)
    assert hours.total("containers", "RunSeconds") == sum(int(e["minutes"] * 60) for e in entries)


def test_a_days_window_is_said(tmp_path: Path) -> None:
    """Spread evenly over the hours in which a pod ran; no minute of these hours is known."""
    hours = read(export(tmp_path, small_world(), step=timedelta(hours=24)))

    shop = [r for r in hours.containers if r["Container"] == "app"]
    assert [(r["Hour"].hour, r["CpuRequest"], r["SampledMinutes"]) for r in shop] == [
        (0, 1_800_000, 0), (1, 900_000, 0),
    ]  # fmt: skip
    assert {r["PodMinutes"] for r in hours.coverage} == {0}
    assert hours.notes == ("3 rows are of windows longer than an hour, spread evenly over its hours",)


def test_without_assets_nothing_is_free(tmp_path: Path) -> None:
    """Nodes are then known by their pods, and as large as those."""
    hours = read(export(tmp_path, small_world(), assets=False))

    demand = {
        h: sum(r["CpuDemand"] for r in hours.containers if r["Hour"] == h)
        for h in (r["Hour"] for r in hours.nodes)
    }
    assert {h: sum(r["CpuCapacity"] for r in hours.nodes if r["Hour"] == h) for h in demand} == demand
    assert {r["NodeUid"] for r in hours.nodes} == {"i-n1", "i-n2"}
    assert {r["ProviderId"] for r in hours.nodes} == {"i-n1", "i-n2"}


def test_pods_without_containers(tmp_path: Path) -> None:
    """``aggregate=pod``: one row stands for the pod; what has no pod at all is refused and counted."""
    world = small_world()
    (one, two, *_) = [allocation(c, *DAY, world.cluster) for c in world.containers]
    del one["properties"]["container"]
    del two["properties"]["pod"], two["properties"]["container"]
    (tmp_path / "a.json").write_bytes(answer([{"web-1": one, "shop": two}]))

    hours = read(tmp_path)

    assert {r["Container"] for r in hours.containers} == {"(pod)"}
    assert hours.readings[0].refused == {"properties.pod is missing": 1}
    assert hours.notes[0] == "1 of 2 rows were refused: properties.pod is missing"


def test_volumes_of_nobody(tmp_path: Path) -> None:
    """Unmounted claims are in their namespace, unclaimed volumes in none; neither is a pod."""
    world = small_world()
    entry = allocation(world.containers[0], *DAY, world.cluster)
    claim = entry | {
        "properties": {
            "cluster": world.cluster,
            "namespace": "shop",
            "pod": "shop-unmounted-pvcs",
            "container": "__unmounted__",
        }
    }
    loose = entry | {
        "pvs": {"cluster=x:name=pv9": {"byteHours": 5}},
        "properties": {
            "cluster": world.cluster,
            "namespace": "__unmounted__",
            "pod": "__unmounted__",
            "container": "__unmounted__",
        },
    }
    (tmp_path / "a.json").write_bytes(answer([{"a": entry, "b": claim, "c": loose}]))
    (tmp_path / "b.json").write_bytes(answer(world.assets(*DAY)))

    hours = read(tmp_path)

    assert {r["Pod"] for r in hours.containers} == {"web-1"}
    found = {(v["PersistentVolume"], v["Namespace"], v["PodUid"]) for v in hours.volumes}
    assert found == {("pv1", "shop", "shop/web-1@i-n1"), ("pv1", "shop", None), ("pv9", None, None)}


def test_order_copies_and_forms_change_nothing(tmp_path: Path) -> None:
    """One file or one an hour, packed or not, some twice, entries in any order: the same hours."""
    one, many = export(_folder(tmp_path, "one"), small_world()), _folder(tmp_path, "many")
    world = small_world()
    for n, entries in enumerate(world.allocations(*DAY, HOUR)):
        items = list(entries.items())
        random.Random(n).shuffle(items)  # noqa: S311 (a fixed order)
        (many / f"{n}.json").write_bytes(answer([dict(items), None, {}]))
        (many / f"again-{n}.json.gz").write_bytes(gzip.compress(answer([dict(reversed(items))])))
    (many / "x.json").write_bytes(answer(world.assets(*DAY)))
    (many / "manifest.json").write_text('{"files": 3}')
    (many / "readme.txt").write_text("hello")

    first, second = read(one), read(many)

    assert first.rows == second.rows
    assert second.notes[0].startswith("passed over: ")


def test_a_finer_export_beside_a_coarser_one(tmp_path: Path) -> None:
    """The day's and the hours' own answers in one folder count once."""
    export(tmp_path, small_world())
    (tmp_path / "day.json").write_bytes(answer(small_world().allocations(*DAY, timedelta(hours=24))))
    apart = export(_folder(tmp_path, "apart"), small_world())

    both, fine = read(tmp_path), read(apart)

    assert [both.rows[t] for t in ("containers", "nodes")] == [fine.rows[t] for t in ("containers", "nodes")]


def test_labels_that_are_odd(tmp_path: Path) -> None:
    """Keys that are nothing, there twice, or alike once plain, and values that are no text, break nothing."""
    world = small_world()
    entry = allocation(world.containers[0], *DAY, world.cluster)
    text = '{"a.b": "1", "a_b": "2", "q\\"u": "3", "": "4", "n": null, "x": 5, "x": {"y": "\\u0000"}}'
    entry["properties"]["labels"] = "LABELS"
    whole = answer([{"a": entry}]).decode().replace('"LABELS"', text)
    (tmp_path / "a.json").write_text(whole)

    hours = read(tmp_path)

    (labels,) = [dict(row["Labels"]) for row in hours.labels if row["Kind"] == "pod"]
    assert labels.pop("x") in ("5", '{"y":"\\u0000"}')
    assert labels == {"a_b": "2", "q_u": "3"}


def test_which_cluster(tmp_path: Path) -> None:
    """By its id or a name; the only one without a name; never another one in silence."""
    path = tmp_path / "a.json"
    worlds = [
        World(small_world().nodes, small_world().containers[:n], c) for n, c in ((1, "Blue"), (3, "green"))
    ]
    path.write_bytes(answer([s for w in worlds for s in w.allocations(*DAY, HOUR)]))

    assert {r["Container"] for r in read(path, cluster_id="blue").containers} == {"app"}
    assert len(read(path, names=("green",)).containers) == 6
    with pytest.raises(DataError, match="prod is not in the reports: they are of 'blue', 'green'"):
        read(path)


def test_amounts_that_are_none(tmp_path: Path) -> None:
    """Negative, absurd and unreadable amounts and times refuse their row, and no other."""
    world = small_world()
    good = allocation(world.containers[0], *DAY, world.cluster)
    bad: list[dict[str, Any]] = [
        {"cpuCoreHours": -1}, {"ramByteHours": 1e300}, {"minutes": 1e9}, {"gpuHours": "NaN"},
        {"window": {"start": "now", "end": "then"}, "start": None, "end": None},
        {"window": {"start": "2026-10-01T00:00:00Z", "end": "2027-10-01T00:00:00Z"}},
        {"properties": good["properties"] | {"node": ""}}, {"networkTransferBytes": -5},
    ]  # fmt: skip
    (tmp_path / "a.json").write_bytes(
        answer([{"good": good} | {str(n): good | b for n, b in enumerate(bad)}])
    )

    hours = read(tmp_path)

    (reading,) = hours.readings
    assert (reading.rows, reading.used) == (9, 1)
    assert reading.refused == {
        "CPU is no amount": 1, "memory is no amount": 1, "minutes is no amount": 1,
        "gpuHours is no amount": 1,
        "its window is no time": 1, "its window is empty or longer than 31 days": 1,
        "properties.node is missing": 1, "traffic is no amount": 1,
    }  # fmt: skip
    assert hours.total("containers", "CpuRequest") == 2_700_000


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("<html>log in</html>", UnreadableFile, "not JSON as OpenCost answers it"),
        ('{"code": 200, "data": [{"a": ', UnreadableFile, "not JSON as OpenCost answers it"),
        (
            '{"code": 200, "data": [{"a": {"name": "x"}, "a": {"name": "x"}}]}',
            DataError,
            "2 rows: its window",
        ),
        ('{"code": 200, "data": "all of it"}', DataError, "nothing of the pods of cluster prod"),
        (
            '{"code": 400, "message": "Invalid \\u001b[31m window"}',
            DataError,
            r"code 400: Invalid  \[31m window",
        ),
        ('{"code": 200, "data": [null]}', DataError, "nothing of the pods of cluster prod"),
        ('{"files": []}', DataError, "neither code nor data"),
        ("", UnreadableFile, "not JSON|empty"),
    ],
)
def test_what_is_no_answer(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    """Login pages, cut files, errors and other JSON are refused in words."""
    path = tmp_path / "a.json"
    path.write_text(text)

    with pytest.raises(error, match=words):
        read(path)


def test_an_answer_without_end(tmp_path: Path) -> None:
    """No more is unpacked than allowed, however small the packed file is."""
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(b" " * (3 << 20)))

    with pytest.raises(UnreadableFile, match="more than 2 MiB"):
        unpack(path, tmp_path / "plain", "a.json.gz", most=2 << 20)


def test_names_that_come_back(tmp_path: Path) -> None:
    """A node that comes back under its name is another machine, and so are its pods."""
    day, noon, end = at("2026-10-01T00:00"), at("2026-10-01T01:00"), at("2026-10-01T02:00")
    pods = [Container("shop", "web-1", "app", "n1", *span) for span in ((day, noon), (noon, end))]
    entries = [allocation(c, c.start, c.end, "c") for c in pods]
    entries[1]["properties"]["providerID"] = "i-other"
    (tmp_path / "a.json").write_bytes(answer([{"x": entry} for entry in entries]))

    hours = read(tmp_path)

    assert [(r["NodeUid"], r["PodUid"]) for r in hours.containers] == [
        ("i-n1", "shop/web-1@i-n1"), ("i-other", "shop/web-1@i-other"),
    ]  # fmt: skip


def _folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name
