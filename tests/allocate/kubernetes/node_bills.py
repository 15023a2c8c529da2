"""Small clusters as tables, and the exact split of their costs in fractions, written on its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.kubernetes.demand import Basis
from warikan.allocate.kubernetes.nodes import split_nodes
from warikan.allocate.kubernetes.pools import Weighting
from warikan.allocate.scratch import Scratch
from warikan.focus.columns import COST_METRICS

START = datetime(2026, 10, 1, tzinfo=UTC)
MONEY = pa.decimal128(38, 18)
CORE, GIB, GPU = 1000 * 3600, 2**30 * 3600, 1000 * 3600
"""One vCPU, GiB or GPU for an hour."""
RESOURCES = ("Cpu", "Memory", "Gpu")
UNITS = {"Cpu": CORE, "Memory": GIB, "Gpu": GPU}
PRICES = {"Cpu": 9, "Memory": 1, "Gpu": 90}
Row = dict[str, Any]


@dataclass
class Cluster:
    """Rows of the three tables."""

    costs: list[Row] = field(default_factory=list)
    nodes: list[Row] = field(default_factory=list)
    containers: list[Row] = field(default_factory=list)

    def charge(self, cost: Decimal | str, *, key: str = "c1", node: str = "n1", hour: int = 0) -> None:
        """A charge of a node-hour; the four metrics are multiples, so that none passes for another."""
        metrics = {m: Decimal(cost) * n for n, m in enumerate(COST_METRICS, start=1)}
        at = {"x_ClusterId": "k", "Hour": START + timedelta(hours=hour), "NodeUid": node}
        self.costs.append(
            {"x_SourceId": "aws", "x_ChargeKey": key, "BillingCurrency": "USD", **at, **metrics}
        )

    def node(
        self,
        capacity: tuple[int, int, int],
        *,
        allocatable: tuple[int, int, int] | None = None,
        node: str = "n1",
        hour: int = 0,
        kind: str = "m5.xlarge",
    ) -> None:
        """A node-hour; capacity of CPU, memory and GPU in the columns' units."""
        row: Row = {"x_ClusterId": "k", "Hour": START + timedelta(hours=hour), "NodeUid": node}
        for r, have, free in zip(RESOURCES, capacity, allocatable or capacity, strict=True):
            row |= {f"{r}Capacity": have, f"{r}Allocatable": free}
        self.nodes.append(row | {"InstanceType": kind, "UpSeconds": 3600})

    def run(
        self,
        pod: str,
        request: tuple[int, int, int],
        usage: tuple[int, int, int] | None = None,
        *,
        container: str = "app",
        node: str = "n1",
        hour: int = 0,
    ) -> None:
        """A container-hour; its demand is the larger of both, as if each minute were the same."""
        row: Row = {"x_ClusterId": "k", "Hour": START + timedelta(hours=hour), "NodeUid": node}
        row |= {"PodUid": pod, "Container": container}
        for r, asked, used in zip(RESOURCES, request, usage or request, strict=True):
            row |= {f"{r}Request": asked, f"{r}Usage": used, f"{r}Demand": max(asked, used)}
        self.containers.append(row)


def put(scratch: Scratch, cluster: Cluster) -> tuple[ir.Table, ir.Table, ir.Table]:
    """The three tables of *cluster*."""
    hour = [("x_ClusterId", pa.string()), ("Hour", pa.timestamp("us", "UTC")), ("NodeUid", pa.string())]
    texts = [(n, pa.string()) for n in ("x_SourceId", "x_ChargeKey", "BillingCurrency", "SkuId")]
    money = [(m, MONEY) for m in COST_METRICS]
    node = [(f"{r}{k}", pa.int64()) for r in RESOURCES for k in ("Capacity", "Allocatable")]
    node += [("InstanceType", pa.string()), ("UpSeconds", pa.int64())]
    use = [(f"{r}{k}", pa.int64()) for r in RESOURCES for k in ("Request", "Usage", "Demand")]
    use += [("PodUid", pa.string()), ("Container", pa.string())]
    tables = {
        "costs": (cluster.costs, [*hour, *texts, *money]),
        "nodes": (cluster.nodes, [*hour, *node]),
        "containers": (cluster.containers, [*hour, *use]),
    }
    costs, nodes, containers = (
        scratch.put(name, pa.Table.from_pylist(rows, schema=pa.schema(schema)))
        for name, (rows, schema) in tables.items()
    )
    return costs, nodes, containers


def split_cluster(
    scratch: Scratch, cluster: Cluster, *, basis: Basis = "max", weighting: Weighting | None = None
) -> list[Row]:
    """The slices of *cluster* in a fixed order."""
    costs, nodes, containers = put(scratch, cluster)
    # Ibis builds the same expressions over views of the same names for much longer than they run here.
    key = (basis, str(weighting))
    if key not in _BUILT:
        kept: list[tuple[str, ir.Table]] = []

        def keep(name: str, expression: ir.Table) -> ir.Table:
            kept.append((name, expression))
            return scratch.store(name, expression)

        slices = split_nodes(costs, nodes, containers, keep=keep, basis=basis, weighting=weighting)
        _BUILT[key] = (kept, slices.union())
    else:
        for name, expression in _BUILT[key][0]:
            scratch.store(name, expression)
    rows: list[Row] = scratch.fetch(_BUILT[key][1]).to_pylist()
    return sorted(rows, key=lambda r: tuple(str(r[c]) for c in ID))


_BUILT: dict[tuple[str, str], tuple[list[tuple[str, ir.Table]], ir.Table]] = {}
ID = (
    "x_SourceId",
    "x_ChargeKey",
    "x_ClusterId",
    "Hour",
    "NodeUid",
    "x_ClusterCostClass",
    "PodUid",
    "Container",
)


def total(rows: Iterable[Mapping[str, Any]], column: str = "EffectiveCost", **where: object) -> Decimal:
    """The exact sum of *column* where all of *where* holds."""
    found = [r[column] for r in rows if all(r[k] == v for k, v in where.items())]
    return Decimal(sum(Fraction(v) for v in found).numerator) / Decimal(
        sum((Fraction(v) for v in found), Fraction(0)).denominator
    )


def exact_parts(cluster: Cluster, cost: Row) -> dict[tuple[str, str | None, str | None], Fraction]:
    """
    (class, pod, container) → its part of one row of costs, by the text of the method and in fractions.

    Each resource is bought at PRICES; its money goes by demand, overhead and what is free of it.
    """
    at = {k: cost[k] for k in ("x_ClusterId", "Hour", "NodeUid")}
    here = [n for n in cluster.nodes if all(n[k] == v for k, v in at.items())]
    pods = [c for c in cluster.containers if all(c[k] == v for k, v in at.items())]
    worth = {
        r: Fraction(PRICES[r] * here[0][f"{r}Capacity"], UNITS[r]) if here else Fraction(0) for r in RESOURCES
    }
    if not sum(worth.values()):
        return {("unmetered", None, None): Fraction(1)}
    parts: dict[tuple[str, str | None, str | None], Fraction] = {}
    for r in RESOURCES:
        capacity = here[0][f"{r}Capacity"]
        if not capacity:
            continue
        weights = {("workload", p["PodUid"], p["Container"]): p[f"{r}Demand"] for p in pods}
        overhead = capacity - here[0][f"{r}Allocatable"] if pods else 0
        weights["system_overhead", None, None] = overhead
        weights["infrastructure_idle", None, None] = max(0, capacity - sum(weights.values()))
        for who, weight in weights.items():
            share = worth[r] / sum(worth.values()) * Fraction(weight, sum(weights.values()))
            parts[who] = parts.get(who, Fraction(0)) + share
    return {who: part for who, part in parts.items() if part or who[0] == "workload"}
