"""Repairs on bills that tests write as rows, outside of a load."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from warikan.focus.columns import columns_by_id
from warikan.focus.money import format_exact
from warikan.ingest.header import Header
from warikan.ingest.relation import literal, quote
from warikan.ingest.repair.layers import type_of
from warikan.ingest.repair.plan import RepairPlan, columns_of, plan_repairs
from warikan.ingest.repair.rules import Rule, load_rules
from warikan.ingest.sources.focus.source import load_mapping

Row = Mapping[str, str | None]

CHARGE: dict[str, str | None] = {
    "BilledCost": "10",
    "EffectiveCost": "10",
    "ListCost": "12",
    "ContractedCost": "11",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
}
"""A charge that no rule touches; a test says only what differs."""


@dataclass(frozen=True)
class Repaired:
    """What came out, as text, and the plan that made it."""

    rows: list[dict[str, Any]]
    plan: RepairPlan


def rules(*ids: str) -> tuple[Rule, ...]:
    """These rules, on or off by default, in their order; without ids all of them."""
    return tuple(rule for rule in load_rules().rules if not ids or rule.id in ids)


def default_rules() -> tuple[Rule, ...]:
    """Those that are on without a word."""
    return tuple(rule for rule in load_rules().rules if rule.on)


def typed_relation(rows: Sequence[Row]) -> tuple[str, Header]:
    """*rows* as the typed relation of a file whose columns are those that some row names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    focus = {name: i for i, name in enumerate(names) if name in columns_by_id()}
    extra = tuple(i for i, name in enumerate(names) if name not in focus)
    header = Header(tuple(names), focus, extra, "1.2")
    aliases = [quote(name) if i not in extra else f"e{i}" for i, name in enumerate(names)]
    kinds = ["VARCHAR" if name == "Tags" else type_of(name) for name in names]
    values = ", ".join(
        f"({place}, {', '.join(literal(row.get(name)) for name in names)})"
        for place, row in enumerate(rows, 1)
    )
    cast = ", ".join(
        f"c{i}::{kind} AS {alias}" for i, (kind, alias) in enumerate(zip(kinds, aliases, strict=True))
    )
    given = ", ".join(f"c{i}" for i in range(len(names)))
    table = f"(VALUES {values}) t(_row, {given})"
    return f"(SELECT {cast}, _row::BIGINT AS _row, NULL::VARCHAR AS _bad FROM {table})", header


def repair(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Row], chosen: Iterable[Rule] | None = None
) -> Repaired:
    """Run *chosen* (default: those that are on) on *rows*."""
    relation, header = typed_relation(rows)
    return repair_relation(connection, relation, header, chosen)


def repair_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, header: Header, chosen: Iterable[Rule] | None = None
) -> Repaired:
    """The same for a *relation* that is there."""
    run = default_rules() if chosen is None else tuple(chosen)
    plan = plan_repairs(connection, relation, columns_of(header), run, load_mapping().companies)
    sql, after = plan.apply(relation, header)
    found = connection.execute(f"SELECT * FROM {sql}").to_arrow_table().to_pylist()
    names = {f"e{i}": after.names[i] for i in after.extra}
    return Repaired([{names.get(k, k): v for k, v in row.items()} for row in found], plan)


def told(value: Any) -> str | None:
    """A value as a test writes it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return format_exact(value) if isinstance(value, Decimal) else str(value)
