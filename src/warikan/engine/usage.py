"""
What ran on clusters, in quantities: what was asked for, used and offered, by any place and time.

Places have the names that costs have (``x_Namespace``), so the same filter finds a workload's cost and its
use. Quantities are whole numbers: CPU in millicore-seconds, memory in byte-seconds, GPU in milli-GPU-seconds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from warikan.engine.buckets import bucket_of, start_of
from warikan.engine.cells import moment
from warikan.engine.column import Operand
from warikan.engine.engine import Engine
from warikan.engine.filter import Filter, parse_filter, parse_group
from warikan.engine.predicate import operand_value
from warikan.focus.period import Granularity, Period, parse_period

RESOURCES = ("Cpu", "Memory", "Gpu")
NODE_PLACES = (
    "x_ClusterId", "x_NodePool", "x_Node", "InstanceType", "CapacityType", "Region", "Zone",
)  # fmt: skip
"""What nodes can be grouped and filtered by."""
PLACES = (
    "x_ClusterId", "x_NodePool", "x_Node", "x_Namespace", "x_WorkloadKind", "x_Workload", "x_Pod",
    "x_Container",
)  # fmt: skip
"""What containers can be grouped and filtered by; ``x_Workload`` of a bare pod is its own name."""
QUANTITIES = (
    "RunSeconds",
    *(f"{r}{kind}" for r in RESOURCES for kind in ("Request", "Usage", "Demand")),
    "TransmitBytes",
    "ReceiveBytes",
    "SampledMinutes",
)
"""Sums over container-hours; a demand that nobody measured is the request."""
NODE_QUANTITIES = (
    "UpSeconds",
    *(f"{r}{kind}" for r in RESOURCES for kind in ("Capacity", "Allocatable")),
    "SampledMinutes",
)
SUM = dt.Decimal(38, 0)
"""A cluster's byte-seconds of a month do not fit into 64 bits."""
_OF_MACHINE = {"x_NodePool", "x_Node"}


@dataclass(frozen=True)
class UsageQuery:
    """
    What is asked.

    Attributes:
        by: Columns of PLACES (of nodes: NODE_PLACES) or their short names (alias.py).
        where: A filter (engine/filter.py) over the same columns; None for everything.
        period: As people write it; the same words mean the same days as in a question about cost.
        granularity: Also split by hour, day, week (Monday) or month, UTC.
        clusters: Only these are read; empty for all.
        quantities: Those of QUANTITIES (of nodes: NODE_QUANTITIES) that are wanted; empty for all.
    """

    by: tuple[str, ...] = ()
    where: str | None = None
    period: str = "last 30d"
    granularity: Granularity | None = None
    clusters: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsageAnswer:
    """
    Quantities.

    Attributes:
        by: The exact columns of ``query.by``.
        rows: One per (``period_start`` timestamp[us, UTC] with granularity, *by*), in the order of time, then
            largest first. Quantities are decimal128(38, 0), none is null.
    """

    query: UsageQuery
    period: Period
    by: tuple[str, ...]
    rows: pa.Table


def ask_usage(engine: Engine, query: UsageQuery, *, now: datetime) -> UsageAnswer:
    """
    What containers asked for and used.

    Rows: QUANTITIES, ``ContainerHours`` (how many rows of the lake they add up), and where a request is
    wanted ``<resource>Measured``: those of hours whose use was measured, which use is compared with.

    Raises:
        UsageError (UnknownColumn, FilterError, PeriodError): what is asked cannot be.
    """
    asked = understand(engine, query, PLACES, now=now)
    rows = containers_of(engine, asked)
    wanted = query.quantities or QUANTITIES
    sums = {name: _sum(_quantity(rows, name)) for name in wanted}
    sums |= {
        f"{r}Measured": _sum(rows[f"{r}Request"], rows[f"{r}Usage"].notnull())
        for r in RESOURCES
        if f"{r}Request" in wanted
    }
    sums |= {"ContainerHours": rows.count().cast(SUM)}
    return _answer(engine, asked, rows, sums, largest=("CpuDemand", "ContainerHours"))


def ask_nodes(engine: Engine, query: UsageQuery, *, now: datetime) -> UsageAnswer:
    """
    What nodes offered.

    Rows: NODE_QUANTITIES, and ``NodeHours``: how many node-hours they add up. A node-hour that the lake
    says twice counts once, with the larger numbers.

    Raises:
        UsageError (UnknownColumn, FilterError, PeriodError): as ``ask_usage``.
    """
    asked = understand(engine, query, NODE_PLACES, now=now)
    hours = hours_of(engine, "kubernetes_node_hours", asked)
    wanted = query.quantities or NODE_QUANTITIES
    once = hours.group_by("x_ClusterId", "Hour", "NodeUid").agg(
        **{name: hours[name].max() for name in wanted},
        x_NodePool=hours.NodePool.max(),
        x_Node=hours.NodeName.max(),
        **{name: hours[name].max() for name in NODE_PLACES[3:]},
    )
    rows = _wanted(once, asked)
    sums = {name: _sum(rows[name]) for name in wanted} | {"NodeHours": rows.count().cast(SUM)}
    return _answer(engine, asked, rows, sums, largest=("CpuCapacity", "NodeHours"))


@dataclass(frozen=True)
class Asked:
    """A query, understood over the columns of one table."""

    query: UsageQuery
    period: Period
    groups: tuple[Operand, ...]
    condition: Filter | None

    @property
    def reads(self) -> frozenset[str]:
        """The columns that are grouped and filtered by."""
        return frozenset(o.reads for o in self.groups) | (
            self.condition.columns if self.condition else frozenset()
        )

    @property
    def days(self) -> tuple[date, date]:
        """The days ``[first, end)`` that the period touches."""
        last = self.period.end - timedelta(microseconds=1)
        return self.period.start.date(), last.date() + timedelta(days=1)


def understand(engine: Engine, query: UsageQuery, places: Sequence[str], *, now: datetime) -> Asked:
    """
    *query* over the columns *places*.

    Raises:
        UsageError (UnknownColumn, FilterError, PeriodError): what is asked cannot be.
    """
    schema = pa.schema([(name, pa.string()) for name in places])
    return Asked(
        query=query,
        period=parse_period(query.period, data=engine.freshness(None, now=now).data, now=now),
        groups=tuple(dict.fromkeys(parse_group(text, schema) for text in query.by)),
        condition=parse_filter(query.where, schema) if query.where and query.where.strip() else None,
    )


def containers_of(engine: Engine, asked: Asked, *places: str) -> ir.Table:
    """Those container-hours that *asked* is about: the lake's columns, and what it and *places* name."""
    rows = hours_of(engine, "kubernetes_container_hours", asked)
    # The lake's own columns first: Ibis would call a column that is there twice by another name.
    named = rows.mutate(
        x_Namespace=rows.Namespace,
        x_WorkloadKind=rows.WorkloadKind,
        x_Workload=ibis.coalesce(rows.Workload, rows.Pod),
        x_Pod=rows.Pod,
        x_Container=rows.Container,
    )
    if _OF_MACHINE & {*asked.reads, *places}:
        nodes = hours_of(engine, "kubernetes_node_hours", asked)
        machines = nodes.group_by(_cluster=nodes.x_ClusterId, _node=nodes.NodeUid).agg(
            x_NodePool=nodes.NodePool.argmax(nodes.Hour), x_Node=nodes.NodeName.argmax(nodes.Hour)
        )
        on = [named.x_ClusterId == machines._cluster, named.NodeUid == machines._node]
        named = named.left_join(machines, on).drop("_cluster", "_node")
    return _wanted(named, asked)


def hours_of(engine: Engine, name: str, asked: Asked) -> ir.Table:
    """The rows of the table of hours called *name* in the period, of the clusters, of *asked*."""
    clusters: Collection[str] | None = asked.query.clusters or None
    table = engine.table(name, months=asked.days, source_ids=clusters)
    period = asked.period
    inside = (table.Hour >= moment(period.start)) & (table.Hour < moment(period.end))
    if clusters:
        inside &= table.x_ClusterId.isin(clusters)
    return table.filter(inside)


def _wanted(rows: ir.Table, asked: Asked) -> ir.Table:
    return rows.filter(asked.condition.to_expression(rows)) if asked.condition is not None else rows


def _quantity(rows: ir.Table, name: str) -> ir.Value:
    resource = name.removesuffix("Demand")
    return rows[name] if resource == name else ibis.coalesce(rows[name], rows[f"{resource}Request"])


def _sum(values: ir.Value, where: ir.Value | None = None) -> ir.Value:
    total = cast("ir.IntegerColumn", values).sum(where=where)
    return ibis.coalesce(total.cast(SUM), ibis.literal(0, type=SUM))


def _answer(
    engine: Engine, asked: Asked, rows: ir.Table, sums: dict[str, ir.Value], *, largest: Sequence[str]
) -> UsageAnswer:
    groups = {f"g{i}": operand_value(group, rows) for i, group in enumerate(asked.groups)}
    keys = list(groups)
    if asked.query.granularity:
        groups = {"_place": bucket_of(rows.Hour, asked.query.granularity)} | groups
    added = rows.group_by(**groups).agg(**sums) if groups else rows.agg(**sums)
    order: list[ir.Value] = [added["_place"]] if "_place" in groups else []
    first = next(name for name in largest if name in sums)
    added = added.order_by([*order, added[first].desc(), *(added[key] for key in keys)])
    found = engine.to_arrow(added)
    by = tuple(group.id for group in asked.groups)
    return UsageAnswer(asked.query, asked.period, by, _named(found, asked, keys, by, list(sums)))


def _named(
    found: pa.Table, asked: Asked, keys: Sequence[str], by: Sequence[str], sums: Sequence[str]
) -> pa.Table:
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    if asked.query.granularity:
        places = found["_place"].combine_chunks().dictionary_encode()
        starts = [start_of(place.as_py(), asked.query.granularity) for place in places.dictionary]
        columns["period_start"] = pa.array(starts, pa.timestamp("us", tz="UTC")).take(places.indices)
    columns |= {name: found[key] for name, key in zip(by, keys, strict=True)}
    columns |= {name: found[name].cast(pa.decimal128(38, 0)) for name in sums}
    return pa.table(columns)
