"""A workspace whose slices of clusters a test writes down itself, in a real lake."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hour_lake import Row, fill_table
from warikan.allocate.rollup import daily_costs
from warikan.bootstrap import Workspace, open_workspace
from warikan.engine.plan import ADDED_UP_FROM
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.lake import Unit

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_UNUSED = {"x_UsedCost": Decimal(0), "x_WorkloadIdleCost": Decimal(0)}


def slice_of(day: str, cost: str | Decimal, **values: Any) -> Row:
    """A slice of no cluster that begins on *day* (an ISO date or time), all four costs equal, in USD."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row: Row = {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(hours=1),
        "BillingPeriodStart": month,
        "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
        "BillingCurrency": "USD",
        "ProviderName": "Amazon Web Services",
        "x_SourceId": "bill",
        "x_ChargeKey": 1,
        "x_AllocationClass": "direct",
    }
    return row | {metric: Decimal(cost) for metric in COST_METRICS} | values


def ran(day: str, cpu: str, ram: str, *, gpu: str = "0", **values: Any) -> Row:
    """A pod's part of a node: what of its cost is for CPU, memory and GPUs."""
    parts = {"x_CpuCost": Decimal(cpu), "x_MemoryCost": Decimal(ram), "x_GpuCost": Decimal(gpu)}
    whole = EXACT.add(EXACT.add(parts["x_CpuCost"], parts["x_MemoryCost"]), parts["x_GpuCost"])
    place = {"x_ClusterId": "blue", "x_Node": "node-1", "ResourceId": "i-1", "x_NodePool": "general"}
    pod = {"x_Namespace": "shop", "x_WorkloadKind": "Deployment", "x_Workload": "web", "x_Pod": "web-1"}
    kind = {"x_ClusterAsset": "node", "x_ClusterCostClass": "workload", "x_AllocationClass": "kubernetes"}
    used = {"x_UsedCost": whole, "x_WorkloadIdleCost": Decimal(0)}
    return slice_of(day, whole) | parts | used | kind | place | pod | {"x_Container": "app"} | values


def of_node(day: str, kind: str, cpu: str, ram: str, *, gpu: str = "0", **values: Any) -> Row:
    """What nobody ran on a node: *kind* is infrastructure_idle or system_overhead."""
    nobody = dict.fromkeys(("x_Namespace", "x_WorkloadKind", "x_Workload", "x_Pod", "x_Container"))
    row = ran(day, cpu, ram, gpu=gpu) | nobody | _UNUSED
    return row | {"x_ClusterCostClass": kind, "x_AllocationClass": "direct"} | values


def other(day: str, asset: str, kind: str, cost: str, **values: Any) -> Row:
    """A slice of a volume, load balancer, network or the cluster itself."""
    place = {"x_ClusterId": "blue", "x_ClusterAsset": asset, "x_ClusterCostClass": kind}
    return slice_of(day, cost) | place | {"ResourceId": f"{asset}-1"} | values


def make_workspace(folder: Path, rows: Iterable[Row], *, currency: str | None = "USD") -> Workspace:
    """A workspace in *folder* with *rows* as its allocations, and the days that they add up to."""
    (folder / "catalog").mkdir(parents=True, exist_ok=True)
    told = f"currency: {currency}\n" if currency else ""
    (folder / "warikan.yaml").write_text(f"version: 1\n{told}", encoding="utf-8")
    workspace = open_workspace(folder, clock=lambda: NOW)
    content = [dict(row) for row in rows]
    if content:
        charges = [_charge(workspace, row) for row in content]
        fill_table(workspace.lake, "charges", charges, unit=_unit_of, loads=_loads(content))
        fill_table(workspace.lake, "allocations", content, unit=_unit_of)
        _add_days(workspace)
    return workspace


def _charge(workspace: Workspace, row: Row) -> Row:
    names = set(workspace.lake.schema("charges").names)
    return {name: value for name, value in row.items() if name in names}


def _unit_of(row: Row) -> Unit:
    return Unit(row["x_SourceId"], row["BillingPeriodStart"].date())


def _add_days(workspace: Workspace) -> None:
    lake, engine = workspace.lake, workspace.engine
    days = engine.to_arrow(daily_costs(engine.table("allocations"), lake.schema("daily_costs").names))
    marks = {ADDED_UP_FROM: str(lake.snapshot("allocations"))}
    rows = days.cast(lake.schema("daily_costs")).to_pylist()
    fill_table(lake, "daily_costs", rows, unit=_month_of, properties=marks)


def _month_of(row: Row) -> Unit:
    return Unit(None, row["BillingPeriodStart"].date())


def _loads(rows: list[Row]) -> list[Row]:
    found: dict[tuple[str, date], Row] = {}
    for row in rows:
        start = row["ChargePeriodStart"].replace(hour=0, minute=0, second=0, microsecond=0)
        named: Mapping[str, Any] = {"x_LoadId": "1", "x_SourceId": row["x_SourceId"], "Bytes": 1, "Rows": 1}
        load = found.setdefault(
            (row["x_SourceId"], row["BillingPeriodStart"].date()),
            {"BillingMonth": row["BillingPeriodStart"].date(), "BillingCurrency": "USD", **named}
            | {"x_SourceFile": "bill.csv", "DataStart": start, "DataEnd": start, "LoadedAt": NOW},
        )
        load["DataStart"] = min(load["DataStart"], start)
        load["DataEnd"] = max(load["DataEnd"], start + timedelta(days=1))
    return list(found.values())


CORE, GIB = 1000 * 3600, 2**30 * 3600
"""A core and a GiB for an hour."""


def container_hour(hour: str, *, asked: tuple[float, float], used: tuple[float, float], **values: Any) -> Row:
    """A container of blue's web that ran an hour: (cores, GiB) *asked* for and *used*."""
    row: Row = {
        "x_ClusterId": "blue",
        "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC),
        "NodeUid": "uid-1",
        "PodUid": "pod-uid-1",
        "Namespace": "shop",
        "Pod": "web-1",
        "Container": "app",
        "WorkloadKind": "Deployment",
        "Workload": "web",
        "RunSeconds": 3600,
        "SampledMinutes": 60,
        "TransmitBytes": 1000,
        "ReceiveBytes": 500,
    }
    for name, unit, want, use in zip(
        ("Cpu", "Memory", "Gpu"), (CORE, GIB, CORE), (*asked, 0), (*used, 0), strict=True
    ):
        row |= {f"{name}Request": int(want * unit), f"{name}Usage": int(use * unit)}
        row |= {f"{name}Demand": int(max(want, use) * unit)}
    return row | values


def node_hour(hour: str, **values: Any) -> Row:
    """Blue's first node, of 4 cores and 16 GiB, for an hour."""
    row: Row = {
        "x_ClusterId": "blue",
        "Hour": datetime.fromisoformat(hour).replace(tzinfo=UTC),
        "NodeUid": "uid-1",
        "NodeName": "node-1",
        "InstanceType": "m6i.xlarge",
        "CapacityType": "spot",
        "NodePool": "general",
        "UpSeconds": 3600,
        "SampledMinutes": 60,
    }
    for name, amount in (("Cpu", 4 * CORE), ("Memory", 16 * GIB), ("Gpu", 0)):
        row |= {f"{name}Capacity": amount, f"{name}Allocatable": amount}
    return row | values
