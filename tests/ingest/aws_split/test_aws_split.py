"""Split cost allocation rows in every form of AWS's report: pods and instances, nothing of the bill."""

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from cur_files import (
    Pod,
    Row,
    athena_parquet,
    cur2_csv,
    cur2_parquet,
    instance_row,
    legacy_csv,
    other_rows,
    split_rows,
)
from read_hours import Hours, hour, read_files

from warikan.focus.errors import DataError, UnreadableFile

GIB = 1 << 30
Write = Callable[[Path, Iterable[Row]], Path]
FORMS = [
    (legacy_csv, "a.csv"), (legacy_csv, "a.csv.gz"), (cur2_csv, "a.csv.gz"), (cur2_parquet, "a.parquet"),
    (athena_parquet, "a.snappy.parquet"),
]  # fmt: skip
EXAMPLE = [
    Pod("one", (1, 0.1), (4, 3)),
    Pod("two", (1, 1.9), (4, 6)),
    Pod("three", (1, 0.5), (2, 2)),
    Pod("four", (1, 0.5), (2, 2)),
]
"""AWS's published example of an m5.xlarge (example-split-cost-allocation-data)."""


def example(start: int = 0) -> list[Row]:
    """The rows of the example in one hour, the instance's, and those of the rest of a bill."""
    rows = [row for pod in EXAMPLE for row in split_rows(pod, start)]
    return [*other_rows(start), *rows, instance_row("i-0aaa", start)]


def read(path: Path, **more: object) -> Hours:
    """The hours of the reports at *path*."""
    return read_files("aws_split", path, **more)


@pytest.mark.parametrize(("write", "name"), FORMS)
def test_every_form(tmp_path: Path, write: Write, name: str) -> None:
    """CSV, packed or not, and Parquet, legacy and CUR 2.0: the same hours."""
    rows = example()

    hours = read(write(tmp_path / name, rows))

    two = next(row for row in hours.containers if row["Pod"] == "two")
    assert two == {
        "x_ClusterId": "prod", "Hour": hour("2026-10-01T00"), "NodeUid": "i-0aaa", "PodUid": "0c9a44c5-two",
        "Namespace": "shop", "Pod": "two", "Container": "(pod)", "ContainerKind": None, "WorkloadKind": None,
        "Workload": None, "RunSeconds": 3600, "CpuRequest": 3_600_000, "CpuUsage": 6_840_000,
        "CpuDemand": 6_840_000, "MemoryRequest": 4 * GIB * 3600, "MemoryUsage": 6 * GIB * 3600,
        "MemoryDemand": 6 * GIB * 3600, "GpuRequest": 0, "GpuUsage": 0, "GpuDemand": 0, "TransmitBytes": None,
        "ReceiveBytes": None, "SampledMinutes": 60, "LabelsId": two["LabelsId"],
    }  # fmt: skip
    (node,) = hours.nodes
    assert node == {
        "x_ClusterId": "prod", "Hour": hour("2026-10-01T00"), "NodeUid": "i-0aaa",
        "NodeName": "ip-i-0aaa.internal", "ProviderId": "aws:///eu-west-1a/i-0aaa",
        "InstanceType": "m5.xlarge", "Region": "eu-west-1", "Zone": "eu-west-1a", "NodePool": "blue",
        "CapacityType": "on-demand", "OperatingSystem": "linux", "UpSeconds": 3600, "CpuCapacity": 14_400_000,
        "MemoryCapacity": 16 * GIB * 3600, "GpuCapacity": 0, "CpuAllocatable": 14_400_000,
        "MemoryAllocatable": 16 * GIB * 3600, "GpuAllocatable": 0, "SampledMinutes": 60,
        "LabelsId": node["LabelsId"],
    }  # fmt: skip
    (reading,) = hours.readings
    assert (reading.rows, reading.used, reading.other, reading.refused) == (len(rows), 10, 5, {})


def test_awss_example(tmp_path: Path) -> None:
    """The hours give AWS's own split of a dollar: .22 .38 .18 .18, and .04 that nobody used."""
    hours = read(legacy_csv(tmp_path / "a.csv", example()))

    (node,) = hours.nodes
    sums = {r: max(node[f"{r}Capacity"], hours.total("containers", f"{r}Demand")) for r in ("Cpu", "Memory")}
    weights = {"Cpu": 9 * 4 / (9 * 4 + 16), "Memory": 16 / (9 * 4 + 16)}
    shares = {
        row["Pod"]: sum(weights[r] * row[f"{r}Demand"] / sums[r] for r in sums) for row in hours.containers
    }
    assert {pod: round(share, 2) for pod, share in shares.items()} == {
        "one": 0.22, "two": 0.38, "three": 0.18, "four": 0.18,
    }  # fmt: skip
    assert round(1 - sum(shares.values()), 2) == 0.04


def test_usage_that_nobody_measured(tmp_path: Path) -> None:
    """Without Prometheus or Container Insights usage is unknown, not nothing; what was reserved counts."""
    rows = split_rows(Pod("a", (2, None), (1, None), gpus=1), 0)

    (row,) = read(cur2_parquet(tmp_path / "a.parquet", rows)).containers

    assert (row["CpuRequest"], row["CpuUsage"], row["CpuDemand"]) == (7_200_000, None, 7_200_000)
    assert (row["GpuRequest"], row["GpuUsage"], row["GpuDemand"]) == (3_600_000, None, 3_600_000)


def test_instances_without_rows_of_their_own(tmp_path: Path) -> None:
    """As large as split usage and its ratio make them; without a ratio as what their pods demanded."""
    known = [
        r
        for p in ("a", "b")
        for r in split_rows(Pod(p, (1, 0), (2, 0)), 0, ratios={"vCPU": 0.25, "GB": 0.125})
    ]
    bare = [row for p in ("c", "d") for row in split_rows(Pod(p, (1, 0), (2, 0), instance="i-0bbb"), 0)]

    nodes = {n["NodeUid"]: n for n in read(legacy_csv(tmp_path / "a.csv", known + bare)).nodes}

    assert [nodes["i-0aaa"][k] for k in ("CpuCapacity", "MemoryCapacity")] == [14_400_000, 16 * GIB * 3600]
    assert [nodes["i-0bbb"][k] for k in ("CpuCapacity", "MemoryCapacity")] == [7_200_000, 4 * GIB * 3600]
    assert (nodes["i-0bbb"]["CapacityType"], nodes["i-0bbb"]["ProviderId"]) == ("unknown", "i-0bbb")


def test_an_instance_of_several_rows(tmp_path: Path) -> None:
    """Covered by a plan for a part of the hour and on demand for the rest; up no longer than the hour."""
    row = instance_row("i-0aaa", 0, amount=0.25)
    plan = instance_row(
        "i-0aaa", 0, amount=0.5, type="SavingsPlanCoveredUsage", usage_type="EUW1-SpotUsage:m5.xlarge"
    )
    full = [instance_row("i-0bbb", 0, type=t) for t in ("Usage", "DiscountedUsage")]
    pods = split_rows(Pod("a", (1, 1), (1, 1)), 0) + split_rows(
        Pod("b", (1, 1), (1, 1), instance="i-0bbb"), 0
    )

    nodes = {n["NodeUid"]: n for n in read(legacy_csv(tmp_path / "a.csv", [row, plan, *full, *pods])).nodes}

    assert (nodes["i-0aaa"]["UpSeconds"], nodes["i-0aaa"]["CpuCapacity"]) == (2700, 4 * 2_700_000)
    assert (nodes["i-0aaa"]["CapacityType"], nodes["i-0aaa"]["SampledMinutes"]) == ("spot", 45)
    assert (nodes["i-0bbb"]["UpSeconds"], nodes["i-0bbb"]["CpuCapacity"]) == (3600, 14_400_000)


@pytest.mark.parametrize(("hours", "rows"), [(24, 24), (24 * 31, 24 * 31)])
def test_reports_by_day_and_month(tmp_path: Path, hours: int, rows: int) -> None:
    """Spread evenly to the unit, which is said; no minute of an hour is known then."""
    pod = Pod("a", (7.123457, 3), (11.7, 5))
    path = legacy_csv(tmp_path / "a.csv", [*split_rows(pod, 0, hours), instance_row("i-0aaa", 0, hours)])

    found = read(path)

    assert len(found.containers) == len(found.nodes) == rows
    assert found.total("containers", "CpuRequest") == round(7.123457 * 3_600_000)
    assert found.total("containers", "MemoryDemand") == round(11.7 * 3600 * GIB)
    assert found.total("nodes", "CpuCapacity") == 4 * 3_600_000 * hours
    assert (
        max(r["CpuRequest"] for r in found.containers) - min(r["CpuRequest"] for r in found.containers) <= 1
    )
    assert {r["SampledMinutes"] for r in found.containers} == {0}
    assert found.notes == ("2 rows are of windows longer than an hour, spread evenly over its hours",)


def test_workloads_and_labels(tmp_path: Path) -> None:
    """The deployment, else the workload that AWS names; labels are the tags of people."""
    known = {"aws:eks:workload-type": "ReplicaSet", "aws:eks:workload-name": "web-7f9"}
    pods = [
        Pod(
            "a",
            (1, 1),
            (1, 1),
            tags=known | {"aws:eks:deployment": "web", "user:app.kubernetes.io/name": "web"},
        ),
        Pod("b", (1, 1), (1, 1), tags=known),
        Pod("c", (1, 1), (1, 1)),
    ]
    rows = [row for pod in pods for row in split_rows(pod, 0)]
    for write, name in FORMS:
        hours = read(write(tmp_path / f"{write.__name__}-{name}", rows))

        assert [(r["WorkloadKind"], r["Workload"]) for r in hours.containers] == [
            ("Deployment", "web"), ("ReplicaSet", "web-7f9"), (None, None),
        ]  # fmt: skip
        told = {row["LabelsId"]: dict(row["Labels"]) for row in hours.labels}
        labels = [told.get(row["LabelsId"], {}) for row in hours.containers]
        assert labels == [{"app_kubernetes_io_name": "web"}, {}, {}]


def test_which_cluster(tmp_path: Path) -> None:
    """A bill holds many: by id or name, in any case, never another in silence."""
    pods = [
        Pod("a", (1, 1), (1, 1), cluster="Blue"),
        Pod("b", (1, 1), (1, 1), cluster="green", instance="i-0bbb"),
    ]
    rows = [r for pod in pods for r in split_rows(pod, 0)] + [
        instance_row(i, 0) for i in ("i-0aaa", "i-0bbb")
    ]
    path = legacy_csv(tmp_path / "a.csv", rows)

    blue = read(path, cluster_id="shop", names=("blue",))

    assert ([r["Pod"] for r in blue.containers], [r["NodeUid"] for r in blue.nodes]) == (["a"], ["i-0aaa"])
    assert [r["Pod"] for r in read(path, cluster_id="green").containers] == ["b"]
    with pytest.raises(DataError, match="cluster prod is not in the reports: they are of 'blue', 'green'"):
        read(path)


def test_order_copies_and_versions_change_nothing(tmp_path: Path) -> None:
    """Rows in any order and files, in two forms of the same report: each counts once."""
    rows = [row for h in range(5) for row in example(h)]
    one, many = tmp_path / "one", tmp_path / "many"
    one.mkdir()
    many.mkdir()
    legacy_csv(one / "a.csv", rows)
    mixed = rows + rows[::3]
    random.Random(3).shuffle(mixed)  # noqa: S311 (a fixed order)
    legacy_csv(many / "b.csv.gz", mixed[::2])
    legacy_csv(many / "c.csv", mixed[1::2])
    cur2_parquet(many / "d.parquet", rows)
    (many / "manifest.json").write_text("{}")

    first, second = read(one), read(many)

    for table in ("containers", "nodes", "coverage"):
        assert [_plain(row) for row in first.rows[table]] == [_plain(row) for row in second.rows[table]]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    """Rows of pods that cannot be used are counted by what is wrong; the rest of the bill is passed over."""
    good = split_rows(Pod("a", (1, 1), (1, 1)), 0)[0]
    bad = [
        {"resource": "arn:aws:eks:eu-west-1:1:pod/prod/shop/a"}, {"parent": None},
        {"usage_type": "EKS-EC2-Disk-Hours"},
        {"reserved": None, "actual": None, "split": None}, {"reserved": -1}, {"end": good["start"]},
        {"start": None},
    ]  # fmt: skip
    path = legacy_csv(tmp_path / "a.csv", [good, *(good | wrong for wrong in bad), *other_rows(0)])

    hours = read(path)

    (reading,) = hours.readings
    assert (reading.rows, reading.used, reading.other) == (14, 2, 5)
    assert reading.refused == {
        "its resource is no pod": 1, "its parent resource is missing": 1, "its usage type is unknown": 1,
        "it has no usage": 1, "reserved_usage is no amount": 1,
        "its period is empty or longer than 31 days": 1,
        "usage_start is missing": 1,
    }  # fmt: skip
    assert hours.total("containers", "CpuRequest") == 3_600_000


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (
            "lineItem/ResourceId,lineItem/UsageType\ni-1,BoxUsage\n",
            DataError,
            "is not an AWS cost and usage report",
        ),
        ("a", DataError, "is not an AWS cost and usage report"),
        ("\x00\x01", UnreadableFile, "binary data"),
    ],
)
def test_what_is_no_report(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    """A bill without split rows, and other files."""
    path = tmp_path / "a.csv"
    path.write_text(text)

    with pytest.raises(error, match=words):
        read(path)


def test_a_bill_without_pods(data: Path) -> None:
    """Real rows of a report without split cost allocation data are said to be that."""
    for path in ("nise/aws/aws_cur_1day.csv", "native/aws_cur_csv_anonymous_converters.csv"):
        if (data / path).exists():
            with pytest.raises(DataError, match="split cost allocation data"):
                read(data / path)


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "LabelsId"}
