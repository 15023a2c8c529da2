"""Reports of OpenShift's cost operator: real shapes as golden cases, and nise's files by their own sums."""

import csv
import gzip
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from operator_files import COLUMNS, pod_row, times, write
from read_hours import Hours, hour, read_files

from warikan.focus.errors import DataError, UnreadableFile, UsageError

GIB = 1 << 30


def read(folder: Path) -> Hours:
    """The hours of the reports in *folder*."""
    return read_files("koku", folder)


def test_a_pods_hour(tmp_path: Path) -> None:
    """Requests and usage in whole units; demand is the larger of both; the pod stands for its containers."""
    cpu, memory = (1800.0, 2400.5), (GIB * 3600.0, GIB * 1800.0)
    labels = "label_app:web|label_app_kubernetes_io_name:shop"
    write(tmp_path, "pod", [pod_row(5, "n1", "shop", "web-1", cpu=cpu, memory=memory, labels=labels)])

    hours = read(tmp_path)

    (row,) = hours.containers
    assert row == {
        "x_ClusterId": "prod", "Hour": hour("2026-10-01T05"), "NodeUid": "i-n1", "PodUid": "shop/web-1@i-n1",
        "Namespace": "shop", "Pod": "web-1", "Container": "(pod)", "ContainerKind": None,
        "WorkloadKind": None,
        "Workload": None, "RunSeconds": 3600, "CpuRequest": 1_800_000, "CpuUsage": 2_400_500,
        "CpuDemand": 2_400_500, "MemoryRequest": GIB * 3600, "MemoryUsage": GIB * 1800,
        "MemoryDemand": GIB * 3600, "GpuRequest": 0, "GpuUsage": 0, "GpuDemand": 0, "TransmitBytes": None,
        "ReceiveBytes": None, "SampledMinutes": 60, "LabelsId": row["LabelsId"],
    }  # fmt: skip
    (told,) = [dict(x["Labels"]) for x in hours.labels if x["LabelsId"] == row["LabelsId"]]
    assert told == {"app": "web", "app_kubernetes_io_name": "shop"}
    (coverage,) = hours.coverage
    assert [coverage[f"{x}Minutes"] for x in ("Node", "Pod", "Usage")] == [60, 60, 60]


def test_a_nodes_hour(tmp_path: Path) -> None:
    """Up as long as its capacity was sampled; its kind by its labels; all of it counts as allocatable."""
    rows = [pod_row(0, "n1", "a", p, up=1200) for p in ("x", "y")]
    write(tmp_path, "pod", [*rows, pod_row(0, "n2", "a", "z", resource_id="")])
    told = (
        "label_node_kubernetes_io_instance_type:m5.xlarge|label_topology_kubernetes_io_region:eu-west-1|"
        "label_topology_kubernetes_io_zone:eu-west-1a|label_kubernetes_io_os:linux|"
        "label_eks_amazonaws_com_nodegroup:blue|label_karpenter_sh_capacity_type:spot"
    )
    write(tmp_path, "node", [[*times(0), "n1", told]])

    first, second = sorted(read(tmp_path).nodes, key=lambda row: str(row["NodeName"]))

    assert (first["NodeUid"], first["ProviderId"], first["UpSeconds"], first["SampledMinutes"]) == (
        "i-n1", "i-n1", 1200, 20,
    )  # fmt: skip
    assert first["CpuCapacity"] == first["CpuAllocatable"] == 4 * 1200 * 1000
    assert first["MemoryCapacity"] == first["MemoryAllocatable"] == 16 * GIB * 1200
    assert [first[k] for k in ("InstanceType", "Region", "Zone", "NodePool", "CapacityType")] == [
        "m5.xlarge", "eu-west-1", "eu-west-1a", "blue", "spot",
    ]  # fmt: skip
    assert (second["NodeUid"], second["ProviderId"], second["CapacityType"]) == ("n2", None, "unknown")


def test_devices(tmp_path: Path) -> None:
    """A whole device for half an hour and a MIG slice of three sevenths; the node has as many as are used."""
    write(tmp_path, "pod", [pod_row(0, "n1", "ml", "train", cpu=(3600, 0))])
    whole = [*times(0), "n1", "ml", "train", "GPU-1", "A100", "nvidia", "40960", "1800.000000", "", "", ""]
    slices = [
        *times(0),
        "n1",
        "ml",
        "train",
        "GPU-2",
        "A100",
        "nvidia",
        "40960",
        "3600",
        "1",
        "3g.20gb",
        "mixed",
    ]
    write(tmp_path, "nvidia-gpu", [whole, slices, slices])

    hours = read(tmp_path)

    (row,) = hours.containers
    assert row["GpuRequest"] == row["GpuDemand"] == 1_800_000 + round(3_600_000 * 3 / 7)
    assert (row["CpuRequest"], row["GpuUsage"]) == (3_600_000, None)
    assert hours.nodes[0]["GpuCapacity"] == 2 * 3_600_000


def test_workloads(tmp_path: Path) -> None:
    """By the resource optimisation report, KubeVirt's label, else none; machines are not counted twice."""
    pods = [("web-1", ""), ("virt-launcher-db-x1", "label_vm_kubevirt_io_name:db"), ("bare", "")]
    write(tmp_path, "pod", [pod_row(0, "n1", "shop", p, cpu=(10, 5), labels=told) for p, told in pods])
    ros = ["app", "web-1", "web-77", "ReplicaSet", "web", "deployment", "shop", "image", "n1", "i-n1", "0.1"]
    write(tmp_path, "container", [[*times(0), *ros]])
    write(tmp_path, "vm", [[*times(0), "n1", "i-n1", "shop", "db", "3600", "7200", "label_a:b"]])

    hours = read(tmp_path)

    assert {row["Pod"]: (row["WorkloadKind"], row["Workload"]) for row in hours.containers} == {
        "web-1": ("Deployment", "web"), "virt-launcher-db-x1": ("VirtualMachine", "db"), "bare": (None, None),
    }  # fmt: skip
    assert hours.total("containers", "CpuRequest") == 30_000
    (machines,) = [reading for reading in hours.readings if reading.report == "vm_usage"]
    assert (machines.rows, machines.used, machines.other) == (1, 0, 1)


def test_volumes_and_namespaces(tmp_path: Path) -> None:
    """A volume is its pod's, by the uid of its hour; without a pod nobody's; namespaces have labels."""
    write(tmp_path, "pod", [pod_row(0, "n1", "shop", "db-0")])
    size = 100 * GIB

    def volume(name: str, pod: str, node: str, seconds: int) -> list[str]:
        amounts = [f"{size:.6f}", f"{size * seconds:.6f}", "0", "0"]
        return [
            *times(0),
            "shop",
            pod,
            node,
            f"c-{name}",
            name,
            "gp3",
            "ebs",
            f"vol-{name}",
            *amounts,
            "",
            "",
        ]

    mounted, free = volume("pv1", "db-0", "", 1200), volume("pv2", "", "", 3600)
    write(tmp_path, "storage", [mounted, free, volume("pv3", "gone", "n1", 60)])
    write(tmp_path, "namespace", [[*times(0), "shop", "label_team:b|label_team:a"], [*times(0), "empty", ""]])

    hours = read(tmp_path)

    assert [
        (
            v["PersistentVolume"],
            v["PodUid"],
            v["VolumeHandle"],
            v["Claim"],
            v["CapacityBytes"],
            v["MountSeconds"],
        )
        for v in hours.volumes
    ] == [
        ("pv1", hours.containers[0]["PodUid"], "vol-pv1", "c-pv1", size, 1200),
        ("pv2", None, "vol-pv2", "c-pv2", size, 3600),
        ("pv3", "shop/gone@i-n1", "vol-pv3", "c-pv3", size, 60),
    ]
    told = {row["LabelsId"]: dict(row["Labels"]) for row in hours.labels}
    assert {row["Namespace"]: told[row["LabelsId"]] for row in hours.namespaces} == {
        "empty": {"kubernetes_io_metadata_name": "empty"},
        "shop": {"kubernetes_io_metadata_name": "shop", "team": "b"},
    }


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """Rows that cannot be used are counted by what is wrong, and told; the rest counts."""
    good = pod_row(0, "n1", "a", "x", cpu=(10, 5))
    bad = [list(good) for _ in range(6)]
    bad[0][2] = ""  # node
    bad[1][0] = "yesterday"
    bad[2][5] = "-1"  # usage
    bad[3][6] = "many"  # request
    bad[4][1] = times(3)[1]
    bad[5][6] = "1e12"
    path = write(tmp_path, "pod", [good, *bad])
    with path.open("a", encoding="utf-8") as file:
        file.write("too,few\n")

    hours = read(tmp_path)

    (reading,) = hours.readings
    assert (reading.rows, reading.used, reading.other) == (8, 1, 0)
    assert reading.refused == {
        "interval_start is no time": 1,
        "its interval is not within an hour": 1,
        "node is missing": 1,
        "not as many columns as the header": 1,
        "pod_request_cpu_core_seconds is no amount": 2,
        "pod_usage_cpu_core_seconds is no amount": 1,
    }
    assert hours.total("containers", "CpuRequest") == 10_000
    assert "2 of 8 rows were refused: pod_request_cpu_core_seconds is no amount" in hours.notes


def test_order_and_copies_change_nothing(tmp_path: Path) -> None:
    """Rows shuffled over files in any order, packed or not, some of them twice: the same hours."""
    rows = [
        pod_row(
            h, f"n{p % 3}", f"s{p % 2}", f"p{p}", cpu=(p, h), memory=(h * 1e9, p * 1e9), labels=f"label_a:{p}"
        )
        for h in range(30)
        for p in range(12)
    ]
    one, many = tmp_path / "one", tmp_path / "many"
    one.mkdir()
    many.mkdir()
    write(one, "pod", rows)
    mixed = rows + rows[::7]
    random.Random(5).shuffle(mixed)  # noqa: S311 (a fixed order)
    for n in range(3):
        path = write(many, "pod", mixed[n::3], name=f"part-{9 - n}")
        if n == 1:
            (many / "part.csv.gz").write_bytes(gzip.compress(path.read_bytes()))

    first, second = read(one), read(many)

    assert first.rows == second.rows
    assert list(first.days) == list(second.days)
    assert first.days != second.days


def test_the_same_file_twice(tmp_path: Path) -> None:
    """The same bytes under two names are read once, and that is said."""
    path = write(tmp_path, "pod", [pod_row(0, "n1", "a", "x", cpu=(10, 5))])
    (tmp_path / "copy.csv").write_bytes(path.read_bytes())

    hours = read(tmp_path)

    assert len(hours.readings) == 1
    assert hours.notes == (f"passed over: {tmp_path / 'copy.csv'} (the same as {path})",)


def test_a_file_with_nothing_in_it(tmp_path: Path) -> None:
    """In a folder it is passed over, and that is said."""
    write(tmp_path, "pod", [pod_row(0, "n1", "a", "x", cpu=(10, 5))])
    (tmp_path / "broken.csv").write_bytes(b"")

    hours = read(tmp_path)

    assert len(hours.readings) == 1
    assert hours.notes == (f"passed over: {tmp_path / 'broken.csv'} (empty)",)


def test_only_days_that_changed_have_another_origin(tmp_path: Path) -> None:
    """A day's origin is of the files with rows of it: the next day's file changes no other day."""
    write(tmp_path, "pod", [pod_row(h, "n1", "a", "x") for h in range(24)], name="day1")
    before = read(tmp_path).days
    write(tmp_path, "pod", [pod_row(h, "n1", "a", "x") for h in range(24, 48)], name="day2")

    after = read(tmp_path).days

    assert (len(before), len(after)) == (1, 2)
    assert before.items() <= after.items()


@pytest.mark.parametrize(
    ("name", "text", "error", "words"),
    [
        ("a.csv", "a,b\n1,2\n", DataError, "is not a report of OpenShift's cost operator"),
        ("a.csv", COLUMNS["pod"] + "\n", DataError, "nothing of the pods of cluster prod: there is no row"),
        ("a.csv", COLUMNS["node"] + "\n", DataError, "none of 1 files is"),
        ("a.csv", '{"a": 1}', UnreadableFile, "is JSON"),
        ("a.csv", COLUMNS["pod"] + "\n" + "1,2", UnreadableFile, "truncated"),
        (
            "a.csv",
            COLUMNS["pod"] + '\n"1,2\n',
            UnreadableFile,
            "quotes do not pair up|truncated|cannot be read",
        ),
    ],
)
def test_what_is_no_report(tmp_path: Path, name: str, text: str, error: type[Exception], words: str) -> None:
    """Other files, empty ones and cut ones are refused in words."""
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(error, match=words):
        read_files("koku", tmp_path / name)


def test_nothing_there(tmp_path: Path) -> None:
    """A path that is none."""
    with pytest.raises(UsageError, match="no such file"):
        read_files("koku", tmp_path / "none*.csv")


def test_nises_files(data: Path) -> None:
    """The sums of nise's files are the sums of the hours, each row rounded to a whole unit."""
    folder = data / "nise" / "ocp"
    if not folder.is_dir():
        pytest.skip("no nise/ocp in ../shared/data")

    hours = read(folder)

    pods = _rows(folder, "pod_usage")
    for column, amount, factor in (
        ("CpuRequest", "pod_request_cpu_core_seconds", 1000),
        ("CpuUsage", "pod_usage_cpu_core_seconds", 1000),
        ("MemoryRequest", "pod_request_memory_byte_seconds", 1),
        ("MemoryUsage", "pod_usage_memory_byte_seconds", 1),
    ):
        exact = sum(Decimal(row[amount]) * factor for row in pods)
        assert abs(hours.total("containers", column) - exact) <= Decimal("0.51") * len(pods)
    assert Counter(row["Namespace"] for row in hours.containers) == Counter(row["namespace"] for row in pods)
    machines = {(row["interval_start"], row["resource_id"]): row for row in pods}
    exact = sum(Decimal(row["node_capacity_cpu_core_seconds"]) for row in machines.values())
    assert hours.total("nodes", "CpuCapacity") == exact * 1000
    volumes = _rows(folder, "storage_usage")
    assert {v["VolumeHandle"] for v in hours.volumes} == {row["csi_volume_handle"] for row in volumes}
    assert len(hours.volumes) == len(
        {(r["interval_start"], r["persistentvolume"], r["namespace"], r["pod"]) for r in volumes}
    )
    assert sum(reading.rows for reading in hours.readings) == len(pods) + len(volumes) + 144
    assert all(reading.rows == reading.used for reading in hours.readings)
    assert [hours.days, len(hours.coverage)] == [hours.days, 48]


def _rows(folder: Path, report: str) -> list[dict[str, Any]]:
    (path,) = folder.glob(f"*-ocp_{report}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
