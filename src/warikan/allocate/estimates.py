"""
Estimates: what ran on days of which the bill has no machines yet, at the last prices that it showed.

Estimates are in a table of their own and never in ``allocations``, which is the bill and nothing else. They
stay when the bill has come, so that the difference can be told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.allocate.clusters import find_cluster_costs
from warikan.allocate.kubernetes.assets import NODE, node_asset
from warikan.allocate.kubernetes.matching import MATCHED_BY
from warikan.allocate.plan import AllocationPlan, digest
from warikan.allocate.scratch import Scratch
from warikan.allocate.split import MONEY, part_expression
from warikan.engine.engine import Engine
from warikan.engine.functions import utc_clock
from warikan.engine.statements import to_sql
from warikan.focus.columns import COST_METRICS
from warikan.lake import Lake, Unit

TABLE = "kubernetes_estimates"
_MADE_FROM = "made-from"
_DAYS = 7
"""How many billed days the prices are the mean of."""
_DAY = timedelta(days=1)
_LOOK_BACK = timedelta(days=45)
"""A bill that is later than that has other troubles; older days are not looked at again."""
_UTC = dt.Timestamp(timezone="UTC", scale=6)
_SOURCE = "(estimate)"
_GROUP = ("x_ClusterCostClass", "x_Namespace", "x_WorkloadKind", "x_Workload")


@dataclass(frozen=True)
class Estimate:
    """
    One day of one cluster's machines.

    Attributes:
        estimated: EffectiveCost at the last prices before.
        billed: What the bill says now; None while it says nothing.
        cause: Why they differ; None while there is no bill, or no difference.
    """

    cluster_id: str
    day: date
    currency: str | None
    estimated: Decimal
    billed: Decimal | None
    priced_from: date
    priced_until: date
    cause: str | None

    @property
    def difference(self) -> Decimal | None:
        """*billed* less *estimated*."""
        return None if self.billed is None else self.billed - self.estimated


def refresh_estimates(engine: Engine, lake: Lake, plan: AllocationPlan, scratch: Scratch) -> None:
    """
    Estimate the days of which hours are known and no machine is billed; others stay as they are.

    The writer's lock must be held. A machine whose kind the bill never priced is left out: there is no
    default price.
    """
    if not lake.data_files("kubernetes_node_hours"):
        return
    parts = [str(lake.snapshot(t)) for t in ("allocations", "kubernetes_container_hours")]
    made_from = digest(plan.fingerprint, *parts)
    if lake.properties(TABLE).get(_MADE_FROM) == made_from:
        return
    with engine.connection.cursor() as cursor:
        files, units = _write_days(engine, lake, plan, scratch, cursor)
    lake.replace(TABLE, units, files, properties={_MADE_FROM: made_from})


def _write_days(
    engine: Engine, lake: Lake, plan: AllocationPlan, scratch: Scratch, cursor: duckdb.DuckDBPyConnection
) -> tuple[list[Path], list[Unit]]:
    newest = max(f.start for f in lake.data_files("kubernetes_node_hours") if f.start is not None)
    since = newest - _LOOK_BACK
    nodes = scratch.store("estimate_nodes", _node_days(engine, since))
    billed = scratch.store("estimate_billed", _billed(engine, nodes, since))
    charges = scratch.store("estimate_charges", _as_charges(engine, billed, since))
    days = scratch.fetch(charges.select("x_ClusterId", _day=_day_of(charges)).distinct()).to_pylist()
    if not days:
        return [], []
    first = min(d["_day"] for d in days).date()
    found = find_cluster_costs(plan, scratch, charges, _reader(engine, first - _DAY))
    rows = scratch.store("estimates", _by_workload(found.slices, charges, nodes))
    files, units = [], []
    for one in days:
        path = lake.new_file(TABLE)
        of_day = rows.filter(
            rows.x_ClusterId == one["x_ClusterId"], rows.Day == ibis.literal(one["_day"], _UTC)
        )
        lake.copy(cursor, to_sql(of_day), TABLE, path)
        files.append(path)
        units.append(Unit(one["x_ClusterId"], one["_day"].date()))
    return files, units


def _reader(engine: Engine, first: date) -> Callable[[str], ir.Table]:
    def read(table: str) -> ir.Table:
        is_labels = table == "kubernetes_labels"
        return engine.table(table) if is_labels else engine.table(table, months=(first, date.max))

    return read


def _day_of(rows: ir.Table) -> ir.TimestampValue:
    """The first moment of the day of each of *rows*, by ``ChargePeriodStart``."""
    return cast("ir.TimestampValue", utc_clock(rows.ChargePeriodStart).truncate("D").cast(_UTC))


def _node_days(engine: Engine, since: date) -> ir.Table:
    """One row per cluster, day and node: its name, kind and seconds."""
    hours = engine.table("kubernetes_node_hours", months=(since, date.max))
    return hours.group_by(
        "x_ClusterId", "NodeName", "InstanceType", "CapacityType", Day=hours.Hour.truncate("D")
    ).agg(_seconds=hours.UpSeconds.sum().cast("int64"))


def _billed(engine: Engine, nodes: ir.Table, since: date) -> ir.Table:
    """What nodes cost by cluster, day and kind, of days that the bill has: ``_cost`` and ``_seconds``."""
    slices = engine.table("allocations", months=(since.replace(day=1), date.max))
    of_nodes = slices.filter(slices.x_ClusterAsset == NODE)
    costs = of_nodes.group_by("x_ClusterId", "x_Node", "BillingCurrency", Day=_day_of(of_nodes)).agg(
        _cost=of_nodes.EffectiveCost.sum()
    )
    same = [costs.x_ClusterId == nodes.x_ClusterId, costs.x_Node == nodes.NodeName, costs.Day == nodes.Day]
    met = costs.inner_join(nodes, same)
    return met.group_by("x_ClusterId", "Day", "BillingCurrency", "InstanceType", "CapacityType").agg(
        _cost=met._cost.sum().cast(MONEY), _seconds=met._seconds.sum().cast("int64")
    )


def _as_charges(engine: Engine, billed: ir.Table, since: date) -> ir.Table:
    """Charges that the bill does not have yet: one per machine-hour after the last billed day."""
    last = billed.group_by(_of=billed.x_ClusterId).agg(_last=billed.Day.max())
    recent = billed.inner_join(last, billed.x_ClusterId == last._of)
    recent = recent.filter(recent.Day > recent._last - ibis.interval(days=_DAYS))
    rates = recent.group_by(
        _cluster=recent.x_ClusterId,
        _currency=recent.BillingCurrency,
        _type=recent.InstanceType,
        _capacity=recent.CapacityType,
    ).agg(
        _rate=recent._cost.sum().cast("float64") / recent._seconds.sum().cast("float64"),
        _from=recent.Day.min(),
        _last=recent._last.max(),
    )
    hours = engine.table("kubernetes_node_hours", months=(since, date.max))
    same = [
        hours.x_ClusterId == rates._cluster,
        hours.InstanceType.identical_to(rates._type),
        hours.CapacityType.identical_to(rates._capacity),
        hours.Hour >= rates._last + ibis.interval(days=1),
    ]
    priced = hours.inner_join(rates, same)
    priced = priced.group_by(
        "x_ClusterId", "Hour", "_currency", "_from", "_last", _asset=node_asset(priced)
    ).agg(_cost=(priced._rate * priced.UpSeconds.cast("float64")).sum())
    cost = part_expression(priced._cost, ibis.literal(1.0))
    ours: dict[str, ir.Value] = {
        "x_SourceId": ibis.literal(_SOURCE),
        "x_ChargeKey": ibis.row_number().cast("int64"),
        "ResourceId": priced._asset,
        "Tags": ibis.null(dt.Map(dt.string, dt.string)),
        "BillingCurrency": priced._currency,
        "BillingPeriodStart": priced.Hour,
        "ChargePeriodStart": priced.Hour,
        "ChargePeriodEnd": priced.Hour + ibis.interval(hours=1),
        "BillingPeriodEnd": priced.Hour + ibis.interval(hours=1),
        **dict.fromkeys(COST_METRICS, cost),
    }
    columns = {name: ours.get(name, ibis.null("string")) for name in MATCHED_BY}
    return priced.select(**columns, x_ClusterId=priced.x_ClusterId, _from=priced._from, _last=priced._last)


def _by_workload(slices: ir.Table, charges: ir.Table, nodes: ir.Table) -> ir.Table:
    """*slices* of *charges* added up: rows of the table."""
    of = charges.select(
        _key="x_ChargeKey", Day=_day_of(charges), _in="BillingCurrency", _from="_from", _last="_last"
    )
    both = slices.inner_join(of, slices.x_ChargeKey == of._key)
    seconds = nodes.group_by(_of=nodes.x_ClusterId, _on=nodes.Day).agg(
        MachineSeconds=nodes._seconds.sum().cast("int64")
    )
    met = both.inner_join(seconds, [both.x_ClusterId == seconds._of, both.Day == seconds._on])
    return met.group_by(
        "x_ClusterId",
        "Day",
        *_GROUP,
        x_ServiceId=met._x_ServiceId,
        x_TeamId=met._x_TeamId,
        BillingCurrency=met._in,
    ).agg(
        EffectiveCost=met.EffectiveCost.sum().cast(MONEY),
        PricedFrom=met._from.min(),
        PricedUntil=met._last.max() + ibis.interval(days=1),
        MachineSeconds=met.MachineSeconds.max(),
    )


def list_estimates(engine: Engine, lake: Lake) -> tuple[Estimate, ...]:
    """Every estimate that was made, by cluster and day, beside what the bill says now."""
    starts = [f.start for f in lake.data_files(TABLE) if f.start is not None]
    if not starts:
        return ()
    since = min(starts)
    made = engine.table(TABLE)
    days = made.group_by("x_ClusterId", "Day", "BillingCurrency").agg(
        _estimated=made.EffectiveCost.sum().cast(MONEY),
        _from=made.PricedFrom.min(),
        _until=made.PricedUntil.max(),
        _machine_seconds=made.MachineSeconds.max(),
    )
    nodes = _node_days(engine, since)
    billed = _billed(engine, nodes, since)
    now = billed.group_by(_of=billed.x_ClusterId, _on=billed.Day, _in=billed.BillingCurrency).agg(
        _billed=billed._cost.sum().cast(MONEY), _seconds=billed._seconds.sum().cast("int64")
    )
    same = [days.x_ClusterId == now._of, days.Day == now._on, days.BillingCurrency.identical_to(now._in)]
    rows = engine.to_arrow(days.left_join(now, same).drop("_of", "_on", "_in")).to_pylist()
    found = [
        Estimate(
            cluster_id=row["x_ClusterId"],
            day=cast("datetime", row["Day"]).date(),
            currency=row["BillingCurrency"],
            estimated=row["_estimated"],
            billed=row["_billed"],
            priced_from=row["_from"].date(),
            priced_until=row["_until"].date(),
            cause=_cause(row["_estimated"], row["_billed"], row["_machine_seconds"], row["_seconds"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda e: (e.cluster_id, e.day, e.currency or "")))


def _cause(estimated: Decimal, billed: Decimal | None, seconds: int, now: int | None) -> str | None:
    if billed is None or billed == estimated:
        return None
    if now is not None and now < seconds:
        return "machines that the bill does not have (yet)"
    return (
        "other prices than the days before: spot, commitments, or discounts"
        if now == seconds
        else "more machines"
    )
