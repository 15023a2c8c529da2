"""What would claim most of the unallocated cost, ranked by money: nothing is guessed into the numbers."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.column import Column, MapValue
from warikan.engine.condition import Comparison
from warikan.engine.engine import Engine
from warikan.focus.columns import DEFAULT_METRIC

_COLUMNS = ("SubAccountId", "SubAccountName", "ServiceName", "ResourceType", "x_SourceId")


@dataclass(frozen=True)
class Suggestion:
    """
    A value that unallocated charges have in common.

    Attributes:
        when: The filter of a rule that would claim them.
        cost: EffectiveCost that it would claim, in *currency*.
        ratio: Its part of all that is unallocated in that currency, 0 … 1 unless credits turn it round.
        charges: How many.
        service_id: The service of the catalogue whose id is (nearly) the value; None when none is near.
    """

    when: str
    column: str
    value: str
    currency: str | None
    cost: Decimal
    ratio: float
    charges: int
    service_id: str | None


def suggest_unallocated(
    engine: Engine,
    settings: Settings,  # noqa: ARG001 - the surfaces call every allocation function alike
    catalog: Catalog,
    *,
    limit: int = 10,
) -> tuple[Suggestion, ...]:
    """
    The tag values, accounts and provider services with most unallocated EffectiveCost, largest part first.

    They overlap: a charge counts for its account and for each of its tags.
    """
    table = engine.table("allocations")
    open_slices = table.filter(table.x_AllocationClass == "unallocated")
    totals = {
        row["BillingCurrency"]: row["_cost"]
        for row in engine.to_arrow(
            open_slices.group_by("BillingCurrency").agg(_cost=open_slices[DEFAULT_METRIC].sum())
        ).to_pylist()
    }
    rows = engine.to_arrow(_candidates(open_slices, limit)).to_pylist() if totals else []
    found = [_suggestion(row, totals, catalog) for row in rows]
    ranked = sorted(found, key=lambda s: (-abs(s.ratio), s.currency or "", s.column, s.value))
    return tuple(ranked[:limit])


def _candidates(slices: ir.Table, limit: int) -> ir.Table:
    parts = [
        slices.select(
            "BillingCurrency",
            _column=ibis.literal(name),
            _key=ibis.null("string"),
            _value=slices[name],
            _cost=slices[DEFAULT_METRIC],
        )
        for name in _COLUMNS
    ]
    tags = slices.select(
        "BillingCurrency",
        _column=ibis.literal("Tags"),
        # Map keys are never null, which Ibis takes for another type than the null above.
        _key=ibis.coalesce(slices.Tags.keys().unnest(), ibis.null("string")),
        _value=slices.Tags.values().unnest(),
        _cost=slices[DEFAULT_METRIC],
    )
    every = ibis.union(*parts, tags)
    every = every.filter(every._value.notnull() & (every._value != ""))
    sums = every.group_by("BillingCurrency", "_column", "_key", "_value").agg(
        _cost=every._cost.sum(), _charges=every.count()
    )
    rank = ibis.row_number().over(
        group_by="BillingCurrency",
        order_by=[sums._cost.abs().desc(), sums._column, sums._key, sums._value],
    )
    ranked = sums.filter(sums._cost.notnull()).mutate(_rank=rank)
    return ranked.filter(ranked._rank < limit)


def _suggestion(
    row: Mapping[str, Any], totals: Mapping[str | None, Decimal | None], catalog: Catalog
) -> Suggestion:
    operand = MapValue("Tags", row["_key"]) if row["_column"] == "Tags" else Column(row["_column"], "text")
    total = totals[row["BillingCurrency"]]
    near = difflib.get_close_matches(row["_value"].strip().lower(), catalog.services, n=1, cutoff=0.85)
    return Suggestion(
        when=Comparison(operand, "=", row["_value"]).render(),
        column=operand.render(),
        value=row["_value"],
        currency=row["BillingCurrency"],
        cost=row["_cost"],
        ratio=float(row["_cost"] / total) if total else 0.0,
        charges=row["_charges"],
        service_id=near[0] if near else None,
    )
