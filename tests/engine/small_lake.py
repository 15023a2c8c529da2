"""Rows for a real lake of a few slices, that a test writes down itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from warikan.engine.connection import connect
from warikan.engine.engine import Engine
from warikan.engine.plan import ADDED_UP_FROM
from warikan.focus.columns import COST_METRICS, PART_METRICS
from warikan.lake import Lake, Unit

Row = Mapping[str, Any]
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def slice_of(day: str, cost: str | int, **values: Any) -> dict[str, Any]:
    """One slice on *day* (an ISO date or time) with all four costs equal, in USD, billed in its month."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row = {
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(hours=1),
        "BillingPeriodStart": month,
        "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
        "BillingCurrency": "USD",
        "x_SourceId": "bill",
        "x_ChargeKey": 1,
        "x_AllocationClass": "direct",
    }
    row |= {metric: Decimal(cost) for metric in COST_METRICS} | values
    # as ingest does for promoted keys; a lake without the column ignores it
    row |= {f"x_Tag_{key}": value for key, value in row.get("Tags", ())}
    return row


def fill(lake: Lake, table: str, rows: Iterable[Row], loads: Sequence[Row] = ()) -> None:
    """Put *rows* into *table*, in place of its rows of the same units, logged as *loads*."""
    content = pa.Table.from_pylist([dict(r) for r in rows], lake.schema(table))
    groups: dict[Unit, list[Row]] = {}
    for row in content.to_pylist():
        month = row["BillingPeriodStart"].date().replace(day=1)
        groups.setdefault(Unit(None if table == "daily_costs" else row["x_SourceId"], month), []).append(row)
    with lake.writing(), connect(lake.temp) as connection:
        files = []
        for of_unit in groups.values():
            connection.register("content", pa.Table.from_pylist(of_unit, lake.schema(table)))
            files.append(lake.new_file(table))
            lake.copy(connection, "SELECT * FROM content", table, files[-1])
        marks = {ADDED_UP_FROM: str(lake.snapshot("allocations"))} if table == "daily_costs" else {}
        lake.replace(table, list(groups), files, properties=marks, **({"loads": loads} if loads else {}))


def load_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """What the log of loads would say about *rows*, loaded one hour before NOW."""
    found: dict[tuple[str, date], dict[str, Any]] = {}
    for row in rows:
        month = row["BillingPeriodStart"].date()
        day = row["ChargePeriodStart"].replace(hour=0, minute=0, second=0, microsecond=0)
        load = found.setdefault(
            (row["x_SourceId"], month),
            {
                "x_LoadId": "1",
                "x_SourceId": row["x_SourceId"],
                "x_SourceFile": "bill.csv",
                "BillingMonth": month,
            }
            | {"BillingCurrency": "USD", "Rows": 0, "DataStart": day, "DataEnd": day + timedelta(days=1)}
            | {"LoadedAt": NOW - timedelta(hours=1), "Bytes": 1},
        )
        load["Rows"] += 1
        load["DataStart"] = min(load["DataStart"], day)
        load["DataEnd"] = max(load["DataEnd"], day + timedelta(days=1))
    return list(found.values())


def days_of(engine: Engine, lake: Lake) -> list[Row]:
    """The table of days that the slices of *lake* add up to, as allocation writes it."""
    amounts = (*COST_METRICS, *PART_METRICS)
    names = [n for n in lake.schema("daily_costs").names if n not in (*amounts, "x_ChargeCount")]
    by = ", ".join(
        "date_trunc('day', ChargePeriodStart) AS ChargePeriodStart" if n == "ChargePeriodStart" else f'"{n}"'
        for n in names
    )
    sums = ", ".join(f"sum({m}) AS {m}" for m in amounts)
    view = engine.table("allocations").get_name()
    sql = f"SELECT {by}, {sums}, count(*) AS x_ChargeCount FROM {view} GROUP BY ALL"
    with engine.connection.cursor() as cursor:
        rows: list[Row] = cursor.execute(sql).to_arrow_table().to_pylist()
    return rows


def open_engine(
    folder: Path, rows: Iterable[Row] = (), *, tags: Iterable[str] = (), days: bool = True
) -> Engine:
    """An engine over a new lake with *rows* as charges, allocations and (unless not *days*) days."""
    lake = Lake.open(folder / ".warikan", promoted_tags=tuple(tags))
    engine = Engine(lake, threads=1)
    if rows := list(rows):
        charges = set(lake.schema("charges").names)
        fill(lake, "charges", [{k: v for k, v in r.items() if k in charges} for r in rows], load_rows(rows))
        fill(lake, "allocations", rows)
        if days:
            fill(lake, "daily_costs", days_of(engine, lake))
    return engine


def lake_of(folder: Path) -> Lake:
    """The lake that ``open_engine`` made in *folder*."""
    return Lake.open(folder / ".warikan")
