"""What workloads truly cost: it adds up to the bill, and is what a hand would compute."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from bill_files import ReadBill
from estate_dates import MEASURED, UPGRADE_END
from usage_files import read_truth, read_usage

from warikan.estate import EstateReport

AWS, GOOGLE = "bills/aws/hinode-focus-2026-10.csv.gz", "bills/google-cloud/focus-2026-10.parquet"
OCTOBER = date(2026, 10, 1)
GIB = 1 << 30
Key = tuple[str, str | None, str | None]


def costs(estate: EstateReport, **wanted: object) -> pa.Table:
    """Rows of the truth with these values."""
    table = read_truth(estate, "workload_costs")
    for name, value in wanted.items():
        table = table.filter(pc.equal(table[name], pa.scalar(value, table.schema.field(name).type)))
    return table


def total(table: pa.Table) -> Decimal:
    """The sum of its costs."""
    return pc.sum(table["cost"]).as_py()


def effective(read_bill: ReadBill, path: str) -> dict[str, Decimal]:
    """EffectiveCost by ResourceId of a bill."""
    bill = read_bill(path).select(["ResourceId", "EffectiveCost"])
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for resource, cost in zip(*(bill[n].to_pylist() for n in bill.column_names), strict=True):
        sums[resource] += Decimal(cost)
    return sums


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        ("hinode-prod-blue", AWS),
        ("hinode-prod-green", AWS),
        ("hinode-staging", AWS),
        ("hinode-data", GOOGLE),
    ],
)
def test_nodes_cost_what_is_billed(
    estate: EstateReport, read_bill: ReadBill, cluster: str, path: str
) -> None:
    """Workloads, idle and overhead of nodes, and their traffic, are what the bill has for their machines."""
    machines = {n["resource_id"] for n in read_truth(estate, "nodes").to_pylist() if n["cluster"] == cluster}
    billed = sum(cost for resource, cost in effective(read_bill, path).items() if resource in machines)
    known = costs(estate, month=OCTOBER, cluster=cluster)
    found = sum((total(known.filter(pc.equal(known["asset"], a))) or 0) for a in ("node", "network"))

    assert billed > 100
    assert abs(found / billed - 1) < Decimal("1e-9")


def test_volumes_and_load_balancers_cost_what_is_billed(estate: EstateReport, read_bill: ReadBill) -> None:
    """Mounted and unmounted, served and unused, are what the bill has for their ids."""
    billed = effective(read_bill, AWS)
    handles = read_usage(estate, "hinode-prod-green", "volumes", "2026-10")["VolumeHandle"].unique()
    volumes = sum(billed[h] for h in handles.to_pylist())
    hosts = read_usage(estate, "hinode-prod-green", "load_balancers", "2026-10")["LoadBalancer"].unique()
    names = {h.partition(".")[0] for h in hosts.to_pylist()}
    balancers = sum(c for r, c in billed.items() if r and "-".join(r.split("/")[-2:]) in names)
    green = costs(estate, month=OCTOBER, cluster="hinode-prod-green")

    for asset, cost in (("volume", volumes), ("load_balancer", balancers)):
        assert abs(total(green.filter(pc.equal(green["asset"], asset))) / cost - 1) < Decimal("1e-9")


def test_a_day_by_hand(estate: EstateReport, read_bill: ReadBill) -> None:
    """Fractions over the files give the cost of staging's workloads of October, to nine digits."""
    billed = by_day(read_bill)
    sums: dict[Key, Fraction] = defaultdict(Fraction)
    nodes = read_usage(estate, "hinode-staging", "nodes", "2026-10")
    containers = read_usage(estate, "hinode-staging", "containers", "2026-10")
    on_node: dict[tuple[str, datetime], list[dict[str, object]]] = defaultdict(list)
    columns = ["NodeUid", "Hour", "Namespace", "Workload", "CpuDemand", "MemoryDemand"]
    for row in containers.select(columns).to_pylist():
        on_node[row["NodeUid"], row["Hour"]].append(row)
    hours_of_day: dict[tuple[str, date], int] = defaultdict(int)
    for row in nodes.select(["NodeUid", "Hour"]).to_pylist():
        hours_of_day[row["NodeUid"], row["Hour"].date()] += 1
    for node in nodes.to_pylist():
        day, there = node["Hour"].date(), on_node[node["NodeUid"], node["Hour"]]
        price = billed[node["ProviderId"].rpartition("/")[2], day] / hours_of_day[node["NodeUid"], day]
        worth = {"Cpu": Fraction(9 * 16), "Memory": Fraction(64)}
        for resource, weight in worth.items():
            capacity, kept = node[f"{resource}Capacity"], node[f"{resource}Allocatable"]
            asked = sum(r[f"{resource}Demand"] for r in there)
            whole = max(capacity, asked + capacity - kept)
            pool = price * weight / sum(worth.values())
            for row in there:
                sums["workload", row["Namespace"], row["Workload"]] += pool * row[f"{resource}Demand"] / whole
            sums["system_overhead", None, None] += pool * (capacity - kept) / whole
            sums["infrastructure_idle", None, None] += pool * (whole - asked - (capacity - kept)) / whole
    known = costs(estate, month=OCTOBER, cluster="hinode-staging", asset="node").to_pylist()
    truth = {(r["class"], r["namespace"], r["workload"]): Fraction(r["cost"]) for r in known}

    assert set(sums) == set(truth)
    assert all(abs(sums[k] / truth[k] - 1) < Fraction(1, 10**9) for k in truth)


def by_day(read_bill: ReadBill) -> dict[tuple[str, date], Fraction]:
    """EffectiveCost of October's machines by ResourceId and day, without data transfer."""
    names = ["ResourceId", "ChargePeriodStart", "EffectiveCost", "SkuMeter"]
    sums: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    for row in read_bill(AWS).select(names).to_pylist():
        if row["ResourceId"] and "DataTransfer" not in row["SkuMeter"]:
            day = datetime.fromisoformat(row["ChargePeriodStart"]).date()
            sums[row["ResourceId"], day] += Fraction(Decimal(row["EffectiveCost"]))
    return sums


def test_months_without_measurement_are_not_there(estate: EstateReport) -> None:
    """Only the months that have usage have a truth; blue's last rows are the volumes that it left behind."""
    table = read_truth(estate, "workload_costs")
    blue = costs(estate, cluster="hinode-prod-blue")
    after = blue.filter(pc.greater(blue["month"], pa.scalar(UPGRADE_END)))

    assert [m.start for m in MEASURED] == sorted(table["month"].unique().to_pylist())
    assert {("volume", "unmounted")} == set(
        zip(after["asset"].to_pylist(), after["class"].to_pylist(), strict=True)
    )
    assert {"USD"} == set(table["currency"].to_pylist())


def test_a_little_is_nobodys(estate: EstateReport) -> None:
    """Of what pods cost, 2 to 4 % is in namespaces of nobody, without a label that tells an owner."""
    table = read_truth(estate, "workload_costs")
    nodes = table.filter((pc.field("asset") == "node") & (pc.field("class") == "workload"))
    nobody = nodes.filter(pc.is_in(nodes["namespace"], pa.array(["jobs", "sandbox"])))

    assert Decimal("0.02") < total(nobody) / total(nodes) < Decimal("0.04")


def test_the_hours_are_utc(estate: EstateReport) -> None:
    """A month of usage begins with its first hour in UTC."""
    hours = read_usage(estate, "hinode-data", "nodes", "2026-10")["Hour"]

    assert datetime(2026, 10, 1, tzinfo=UTC) == pc.min(hours).as_py()
    assert datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=1) == pc.max(hours).as_py()
