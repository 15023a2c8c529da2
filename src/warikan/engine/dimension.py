"""What can be grouped and filtered by, and the values that occur."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from warikan.engine.column import TAG_PREFIX, kind_of
from warikan.engine.views import tag_key
from warikan.focus.columns import columns_by_id

_OURS = {
    "x_TeamId": "Team",
    "x_ServiceId": "Service",
    "x_SystemId": "System",
    "x_Environment": "Environment",
    "x_AllocationClass": "Allocation class",
    "x_OriginServiceId": "Service before sharing",
    "x_RuleId": "Ownership rule",
    "x_ShareId": "Share",
    "x_SourceId": "Source",
    "x_ClusterId": "Cluster",
    "x_NodePool": "Node pool",
    "x_Node": "Node",
    "x_Namespace": "Namespace",
    "x_WorkloadKind": "Workload kind",
    "x_Workload": "Workload",
    "x_Pod": "Pod",
    "x_Container": "Container",
    "x_ClusterAsset": "Cluster asset",
    "x_ClusterCostClass": "Cluster cost class",
}


@dataclass(frozen=True)
class Dimension:
    """
    A column that a query can group by.

    Attributes:
        id: As it is written in a query: an exact column id, or ``Tags['key']``.
        label: In English; FOCUS's display name for its columns.
        tables: Which of ``daily_costs`` and ``allocations`` have it: the first is the faster.
        is_tag: Whether it is a tag that has a column of its own.
    """

    id: str
    label: str
    tables: tuple[str, ...]
    is_tag: bool = False


@dataclass(frozen=True)
class Value:
    """
    A value of a dimension.

    Attributes:
        value: None for charges that have none.
        costs: Currency → EffectiveCost in the period.
        charges: How many slices have it.
    """

    value: str | None
    costs: Mapping[str, Decimal]
    charges: int


def list_dimensions(schemas: Mapping[str, pa.Schema]) -> tuple[Dimension, ...]:
    """Every text column of the tables *schemas*: ours first, then tags, then FOCUS by name."""
    tables: dict[str, list[str]] = {}
    fields: dict[str, pa.Field] = {}
    for table, schema in schemas.items():
        for field in schema:
            if _is_dimension(field):
                tables.setdefault(field.name, []).append(table)
                fields[field.name] = field
    found = [_dimension(fields[name], tuple(where)) for name, where in tables.items()]
    ours = list(_OURS)
    return tuple(
        sorted(
            found,
            key=lambda d: (
                ours.index(d.id) if d.id in ours else len(ours) + (not d.is_tag),
                d.label.lower(),
            ),
        )
    )


def rank_values(rows: Iterable[Mapping[str, Any]], limit: int) -> tuple[Value, ...]:
    """
    The *limit* values that weigh most, whatever their currency, as currencies are never added.

    *rows* has one per (currency, value): ``currency``, ``value``, ``cost``, ``charges``, and ``weight``,
    its share in all cost of its currency.
    """
    costs: dict[str | None, dict[str, Decimal]] = {}
    charges: dict[str | None, int] = {}
    weights: dict[str | None, float] = {}
    for row in rows:
        value = row["value"]
        costs.setdefault(value, {})[row["currency"]] = row["cost"]
        charges[value] = charges.get(value, 0) + int(row["charges"])
        weights[value] = max(weights.get(value, 0.0), row["weight"])
    ranked = sorted(costs, key=lambda v: (-weights[v], v is None, v or ""))
    return tuple(Value(v, costs[v], charges[v]) for v in ranked[:limit])


def _is_dimension(field: pa.Field) -> bool:
    known = columns_by_id().get(field.name)
    return kind_of(field.type) == "text" and (known is None or known.type == "string")


def _dimension(field: pa.Field, tables: tuple[str, ...]) -> Dimension:
    if field.name.startswith(TAG_PREFIX):
        key = tag_key(field)
        return Dimension(f"Tags['{key}']", key, tables, is_tag=True)
    known = columns_by_id().get(field.name)
    label = known.display_name if known else _OURS.get(field.name, field.name)
    return Dimension(field.name, label, tables)
