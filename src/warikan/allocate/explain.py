"""Why a number is what it is: from a cell of any view to its classes, its slices, and their charges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.allocate.explain_charge import ChargeExplanation, explain_slice
from warikan.allocate.split import add_exactly
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.filter import parse_filter
from warikan.engine.plan import METRICS
from warikan.focus.columns import DEFAULT_METRIC, PART_METRICS
from warikan.focus.errors import UnknownColumn
from warikan.focus.money import EXACT
from warikan.focus.period import Period, month_start, parse_period
from warikan.lake import Lake

_UTC = dt.Timestamp(timezone="UTC", scale=6)
_SLICE = (
    "x_SourceId",
    "x_ChargeKey",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "BillingCurrency",
    "ServiceProviderName",
    "ServiceName",
    "SubAccountId",
    "ResourceId",
    "ResourceName",
    "ChargeDescription",
    "x_ServiceId",
    "x_TeamId",
    "x_Environment",
    "x_AllocationClass",
    "x_RuleId",
    "x_ShareId",
    "x_OriginServiceId",
    "x_ClusterId",
    "x_ClusterCostClass",
    "x_Node",
    "x_Namespace",
    "x_Workload",
    "x_Pod",
    "x_Container",
)


@dataclass(frozen=True)
class CurrencyCell:
    """
    The cell in one currency.

    Attributes:
        classes: x_AllocationClass → amount; they sum to *amount*.
        rules: Ownership rule → amount (None: no rule), largest first; they sum to *amount*.
        origins: For what was shared: (owner before sharing, share) → amount, largest first.
        slices: How many slices the amount adds up.
    """

    currency: str | None
    amount: Decimal
    classes: Mapping[str, Decimal]
    rules: Mapping[str | None, Decimal]
    origins: tuple["SharedOrigin", ...]
    slices: int


@dataclass(frozen=True)
class SharedOrigin:
    """What of a cell came from *service_id* through *share_id*."""

    service_id: str | None
    share_id: str | None
    amount: Decimal


@dataclass(frozen=True)
class Slice:
    """
    One slice of the cell.

    source_id, month (first day) and charge_key name its charge for ``explain_slice``.
    """

    source_id: str
    month: date
    charge_key: int
    currency: str | None
    amount: Decimal
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Columns by their FOCUS or ``x_`` id, e.g. ``slice.x_ServiceId``."""
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class CellExplanation:
    """
    A cell, opened.

    Attributes:
        cells: One per currency, largest first; nothing is added across them.
        slices: The largest by absolute amount, from *offset* on.
        total_slices: How many there are over all currencies.
    """

    where: str | None
    period: Period
    metric: str
    cells: tuple[CurrencyCell, ...]
    slices: tuple[Slice, ...]
    total_slices: int
    offset: int = 0


def explain(
    engine: Engine,
    lake: Lake,
    settings: Settings,  # noqa: ARG001 - same
    catalog: Catalog,  # noqa: ARG001 - same
    *,
    where: str | None,
    period: str,
    metric: str = DEFAULT_METRIC,
    currency: str | None = None,
    limit: int = 20,
    offset: int = 0,
    now: datetime,
) -> CellExplanation:
    """
    Open the cell that *where*, *period*, *metric* and *currency* name: the same words as a query's.

    Raises:
        FilterError, PeriodError, UnknownColumn: as a query.
    """
    if metric not in METRICS:
        raise UnknownColumn(f"{metric!r} is no cost metric", hint=f"one of {', '.join(METRICS)}")
    span = parse_period(period, data=engine.freshness(None, now=now).data, now=now)
    table = engine.table("allocations")
    table = table.filter(
        table.ChargePeriodStart >= ibis.literal(span.start, type=_UTC),
        table.ChargePeriodStart < ibis.literal(span.end, type=_UTC),
    )
    if where is not None and where.strip():
        condition = parse_filter(where, lake.schema("allocations"))
        table = table.filter(condition.to_expression(table))
    if currency is not None:
        table = table.filter(table.BillingCurrency == currency)
    if metric in PART_METRICS:
        table = table.filter(table[metric].notnull())
    cells = _cells(engine, table, metric)
    return CellExplanation(
        where=where,
        period=span,
        metric=metric,
        cells=cells,
        slices=_slices(engine, table, metric, limit=limit, offset=offset),
        total_slices=sum(c.slices for c in cells),
        offset=offset,
    )


def _cells(engine: Engine, table: ir.Table, metric: str) -> tuple[CurrencyCell, ...]:
    keys = ["BillingCurrency", "x_AllocationClass", "x_RuleId", "x_OriginServiceId", "x_ShareId"]
    grouped = table.group_by(keys).agg(_amount=table[metric].sum(), _slices=table.count())
    by_currency: dict[str | None, list[dict[str, Any]]] = {}
    for row in engine.to_arrow(grouped).to_pylist():
        by_currency.setdefault(row["BillingCurrency"], []).append(
            row | {"_amount": row["_amount"] or Decimal(0)}
        )
    cells = [_cell(currency, rows) for currency, rows in by_currency.items()]
    return tuple(sorted(cells, key=lambda c: (-c.slices, c.currency or "")))


def _cell(currency: str | None, rows: list[dict[str, Any]]) -> CurrencyCell:
    shared = [r for r in rows if r["x_ShareId"] is not None]
    origins = _sum_by(shared, "x_OriginServiceId", "x_ShareId")
    return CurrencyCell(
        currency=currency,
        amount=add_exactly(r["_amount"] for r in rows),
        classes={key[0]: amount for key, amount in _sum_by(rows, "x_AllocationClass").items()},
        rules={key[0]: amount for key, amount in _sum_by(rows, "x_RuleId").items()},
        origins=tuple(SharedOrigin(key[0], key[1], amount) for key, amount in origins.items()),
        slices=sum(r["_slices"] for r in rows),
    )


def _sum_by(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], Decimal]:
    sums: dict[tuple[Any, ...], Decimal] = {}
    for row in rows:
        key = tuple(row[n] for n in names)
        sums[key] = EXACT.add(sums.get(key, Decimal(0)), row["_amount"])
    return dict(sorted(sums.items(), key=lambda item: (-abs(item[1]), str(item[0]))))


def _slices(engine: Engine, table: ir.Table, metric: str, *, limit: int, offset: int) -> tuple[Slice, ...]:
    ordered = table.order_by(
        table[metric].abs().desc(), table.x_SourceId, table.x_ChargeKey, table.x_ServiceId
    )
    rows = engine.to_arrow(
        ordered.limit(limit, offset=offset).select(*_SLICE, _amount=table[metric])
    ).to_pylist()
    return tuple(
        Slice(
            source_id=row["x_SourceId"],
            month=month_start(row["BillingPeriodStart"]).date(),
            charge_key=row["x_ChargeKey"],
            currency=row["BillingCurrency"],
            amount=row.pop("_amount") or Decimal(0),
            values=row,
        )
        for row in rows
    )


__all__ = [
    "CellExplanation",
    "ChargeExplanation",
    "CurrencyCell",
    "SharedOrigin",
    "Slice",
    "explain",
    "explain_slice",
]
