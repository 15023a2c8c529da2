"""The hours of the clusters: files that a collector could have written, consistent with pods and bills."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bill_files import ReadBill
from estate_dates import LIVES, MEASURED, TIMELINE, UPGRADE_END, UPGRADE_START, measured_life, midnight
from usage_files import read_truth, read_usage, usage_files

from warikan.estate import EstateReport
from warikan.ingest.hours import SCHEMAS

CLUSTERS = tuple(LIVES)
KEYS = {
    "nodes": ["Hour", "NodeUid"],
    "containers": ["Hour", "NodeUid", "PodUid", "Container"],
    "volumes": ["Hour", "PersistentVolume", "PodUid"],
    "load_balancers": ["Hour", "Namespace", "Service", "PodUid"],
    "namespaces": ["Hour", "Namespace"],
    "coverage": ["Hour"],
    "labels": ["LabelsId"],
}


def hours_of(start: datetime, end: datetime) -> int:
    """Whole hours from *start* to *end*."""
    return (end - start) // timedelta(hours=1)


def test_the_upgrade_is_measured() -> None:
    """The hours show all of the upgrade, blue before it and green after it."""
    assert MEASURED[0].start < UPGRADE_START
    assert MEASURED[-1].start > UPGRADE_END


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_file_for_each_cluster_month_and_table(estate: EstateReport, cluster: str) -> None:
    """Named as the reader expects, in exactly the columns of the collector, each key once."""
    first, last = LIVES[cluster]
    months = [m.label for m in MEASURED if m.start < last and first < m.data_end]
    for table, schema in SCHEMAS.items():
        files = usage_files(estate, cluster, table)

        assert [f"{m}.{table}.parquet" for m in months] == [f.name for f in files]
        assert all(pq.read_schema(f).equals(schema) for f in files)
        whole = read_usage(estate, cluster, table)
        keys = whole.group_by(KEYS[table]).aggregate([([], "count_all")])
        assert table == "labels" or keys.num_rows == whole.num_rows
        assert {cluster} <= set(whole["x_ClusterId"].unique().to_pylist()) | {cluster}


def test_rows_are_counted(estate: EstateReport) -> None:
    """The report's numbers are those of the files."""
    found = {
        table: sum(pq.read_metadata(f).num_rows for c in CLUSTERS for f in usage_files(estate, c, table))
        for table in SCHEMAS
    }

    assert found == estate.usage_rows
    assert found["containers"] > 300_000 * len(MEASURED)


def test_every_hour_is_covered(estate: EstateReport) -> None:
    """From its first hour in the measured months to its last, each cluster has each hour, fully sampled."""
    for cluster in CLUSTERS:
        start, end = measured_life(cluster)
        coverage = read_usage(estate, cluster, "coverage")
        hours = coverage["Hour"].to_pylist()

        assert (start, end) == (hours[0], hours[-1] + timedelta(hours=1))
        assert all(b - a == timedelta(hours=1) for a, b in pairwise(hours))
        # The first nodes of green came up at six.
        dark = {start + timedelta(hours=i) for i in range(6)} if cluster.endswith("green") else set()
        nodes = read_usage(estate, cluster, "nodes")
        assert set(hours) - dark == set(nodes["Hour"].unique().to_pylist())
        assert [60 * (h not in dark) for h in hours] == coverage["UsageMinutes"].to_pylist()


def test_nodes_are_those_of_the_truth(estate: EstateReport) -> None:
    """Every hour that a node lived is there; its provider's id ends with the one on the bill."""
    first, last = midnight(MEASURED[0].start), midnight(TIMELINE.until)
    lived = {
        n["node_uid"]: (n["resource_id"].rpartition("/")[2], hours_of(max(n["start"], first), n["end"]))
        for n in read_truth(estate, "nodes").to_pylist()
        if n["end"] > first and n["start"] < last
    }
    seen = {}
    for cluster in CLUSTERS:
        hours = read_usage(estate, cluster, "nodes").group_by(["NodeUid", "ProviderId"])
        for row in hours.aggregate([("UpSeconds", "sum")]).to_pylist():
            seen[row["NodeUid"]] = (row["ProviderId"].rpartition("/")[2], row["UpSeconds_sum"] // 3600)

    assert lived == seen


def test_containers_are_of_the_pods_of_the_truth(estate: EstateReport) -> None:
    """Each pod's app, with its init container before it, ran as long as the truth has the pod on its node."""
    month, start = MEASURED[0], pc.field("start")
    of_month = (start >= pc.scalar(midnight(month.start))) & (start < pc.scalar(midnight(month.end)))
    there = read_truth(estate, "pods").filter(of_month)
    lived: dict[tuple[str, str], int] = defaultdict(int)
    names = ("pod_uid", "node_uid", "start", "end")
    for uid, node, born, gone in zip(*(there[n].to_pylist() for n in names), strict=True):
        lived[uid, node] += int((gone - born).total_seconds())
    ran: dict[tuple[str, str], int] = defaultdict(int)
    for cluster in CLUSTERS:
        hours = read_usage(estate, cluster, "containers", month.label)
        apps = hours.filter(pc.not_equal(hours["ContainerKind"], "sidecar"))
        for row in apps.group_by(["PodUid", "NodeUid"]).aggregate([("RunSeconds", "sum")]).to_pylist():
            ran[row["PodUid"], row["NodeUid"]] += row["RunSeconds_sum"]

    assert dict(lived) == dict(ran)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_demand_is_between_its_bounds(estate: EstateReport, cluster: str) -> None:
    """Demand is at least request and usage of the hour, at most their sum, and somewhere more than both."""
    hours = read_usage(estate, cluster, "containers")
    more = 0
    for resource in ("Cpu", "Memory", "Gpu"):
        request, usage, demand = (hours[f"{resource}{kind}"] for kind in ("Request", "Usage", "Demand"))
        least = pc.max_element_wise(request, usage)

        assert pc.all(pc.greater_equal(demand, least)).as_py()
        assert pc.all(pc.less_equal(demand, pc.add(request, usage))).as_py()
        more += pc.sum(pc.greater(demand, least)).as_py()
    assert more > 0


def test_use_follows_the_day(estate: EstateReport) -> None:
    """Production is busiest in the evening of Japan (12 UTC) and calmest before dawn (19 UTC)."""
    hours = read_usage(estate, "hinode-prod-green", "containers", MEASURED[-1].label)
    clock = pc.hour(hours["Hour"])
    by_hour = pa.table({"hour": clock, "cpu": hours["CpuUsage"]}).group_by("hour").aggregate([("cpu", "sum")])
    used = dict(zip(by_hour["hour"].to_pylist(), by_hour["cpu_sum"].to_pylist(), strict=True))

    assert (max(used, key=used.__getitem__), min(used, key=used.__getitem__)) == (12, 19)
    assert used[12] > 2 * used[19]


def test_everything_is_labelled(estate: EstateReport) -> None:
    """Every LabelsId is a row of the labels of its month, and namespaces carry their own name."""
    for cluster in CLUSTERS:
        for file in usage_files(estate, cluster, "labels"):
            labels = pq.read_table(file)
            known = dict(zip(labels["LabelsId"].to_pylist(), labels["Labels"].to_pylist(), strict=True))
            month = file.name[:7]
            for table in ("containers", "nodes", "namespaces"):
                assert set(read_usage(estate, cluster, table, month)["LabelsId"].unique().to_pylist()) <= set(
                    known
                )
            spaces = read_usage(estate, cluster, "namespaces", month).group_by(["Namespace", "LabelsId"])
            for row in spaces.aggregate([]).to_pylist():
                entries = dict(known[row["LabelsId"]])
                assert row["Namespace"] == entries["kubernetes_io_metadata_name"]


def test_volumes_are_mounted_or_not(estate: EstateReport) -> None:
    """The seconds of a volume fill each of its hours; most are mounted, fewer where the upgrade empties."""
    for cluster in CLUSTERS:
        hours = read_usage(estate, cluster, "volumes")
        whole = hours.group_by(["PersistentVolume", "Hour"]).aggregate([("MountSeconds", "sum")])

        assert {3600} == set(whole["MountSeconds_sum"].to_pylist())
        mounted = pc.sum(hours.filter(pc.is_valid(hours["PodUid"]))["MountSeconds"]).as_py()
        assert mounted > (0.5 if cluster.endswith("blue") else 0.7) * pc.sum(hours["MountSeconds"]).as_py()


def test_the_upgrade_leaves_volumes_behind(estate: EstateReport, read_bill: ReadBill) -> None:
    """On blue's last day all but one of the backup's 18 volumes hang in the air; the bill keeps all."""
    blue, open_month = read_usage(estate, "hinode-prod-blue", "volumes"), MEASURED[-1]
    last = blue.filter(pc.equal(blue["Hour"], pa.scalar(midnight(UPGRADE_END) - timedelta(hours=1))))
    backup = last.filter(pc.equal(last["Namespace"], "batch"))
    handles = set(backup["VolumeHandle"].to_pylist())
    bill = read_bill(f"bills/aws/hinode-focus-{open_month.label}.csv.gz").select(["ResourceId", "Tags"])
    rows = [r for r in bill.to_pylist() if r["ResourceId"] in handles]

    assert (len(handles), backup["PodUid"].null_count) == (18, 17)
    assert {500 << 30} == set(backup["CapacityBytes"].to_pylist())
    assert len(rows) == 18 * (open_month.data_end - open_month.start).days
    assert all('"kubernetes.io/cluster/hinode-prod-blue":"owned"' in r["Tags"] for r in rows)


def test_load_balancers_are_on_the_bill(estate: EstateReport, read_bill: ReadBill) -> None:
    """Name and hash of each host name are those of an ARN on the bill; its Service's pods are behind it."""
    month = MEASURED[-1].label
    hours = read_usage(estate, "hinode-prod-green", "load_balancers", month)
    bill = read_bill(f"bills/aws/hinode-focus-{month}.csv.gz")["ResourceId"].unique().to_pylist()
    billed = {"-".join(r.split("/")[-2:]) for r in bill if r and "loadbalancer/net/" in r}
    names = {h.partition(".")[0] for h in hours["LoadBalancer"].unique().to_pylist()}
    pods = read_usage(estate, "hinode-prod-green", "containers", month)
    workloads = dict(zip(pods["PodUid"].to_pylist(), pods["Workload"].to_pylist(), strict=True))
    behind = set(zip(hours["Service"].to_pylist(), hours["PodUid"].to_pylist(), strict=True))

    assert len(names) == 2
    assert names <= billed
    assert all(workloads[pod] == service for service, pod in behind)
