"""A bill written down in a test, allocated without a lake."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from warikan.allocate.conservation import prove_month
from warikan.allocate.month import Month
from warikan.allocate.plan import AllocationPlan, plan_allocation
from warikan.allocate.scratch import Scratch
from warikan.catalog.entities import Catalog, Service
from warikan.catalog.settings import Settings
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.lake.tables import table_spec, tag_columns

_ARROW = {
    "string": pa.string(),
    "decimal": pa.decimal128(38, 18),
    "datetime": pa.timestamp("us", tz="UTC"),
    "long": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "map": pa.map_(pa.string(), pa.string()),
    "list": pa.list_(pa.string()),
}


def schema(table: str, promoted: Iterable[str] = ()) -> pa.Schema:
    """The columns of a table of the lake."""
    columns = (*table_spec(table).columns, *tag_columns(tuple(promoted)))
    return pa.schema([(c.name, _ARROW[c.type]) for c in columns])


def charge(
    cost: str | Decimal, *, day: date = date(2026, 9, 1), days: int = 1, currency: str = "USD", **values: Any
) -> dict[str, Any]:
    """One charge of September 2026; all four costs are *cost* unless given."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "BillingPeriodStart": datetime(2026, 9, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2026, 10, 1, tzinfo=UTC),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(days=days),
        "BillingCurrency": currency,
        "x_SourceId": "bill",
        **dict.fromkeys(COST_METRICS, Decimal(cost)),
        **values,
    }


def bill(charges: Iterable[Mapping[str, Any]], promoted: Iterable[str] = ()) -> pa.Table:
    """A table of ``charges``; keys are given in order where they are not set."""
    promoted = tuple(promoted)
    rows = []
    for number, one in enumerate(charges, start=1):
        tags = one.get("Tags", {})
        real = {c.name: tags.get(k) for k, c in zip(promoted, tag_columns(promoted), strict=True)}
        rows.append({"x_ChargeKey": number, **real, **one, "Tags": list(tags.items())})
    return pa.Table.from_pylist(rows, schema=schema("charges", promoted))


def catalog(*names: str) -> Catalog:
    """A catalogue of services, each of the team ``team-<name>``."""
    return Catalog(
        services={
            n: Service(n, n, team_id=f"team-{n}", where=f"all.yaml: Component {n}") for n in sorted(names)
        }
    )


def plan(settings: Settings, of: Catalog) -> AllocationPlan:
    """The checked rules over the tables of the lake."""
    tags = settings.tags.promote
    return plan_allocation(
        settings, of, charges=schema("charges", tags), allocations=schema("allocations", tags)
    )


def allocate(scratch: Scratch, settings: Settings, of: Catalog, charges: pa.Table) -> pa.Table:
    """The slices of *charges*, proven."""
    table = scratch.put("charges", charges)
    month = Month(plan(settings, of), scratch, table)
    whole = scratch.store("whole", month.whole(table, has_taken=bool(month.taken)))
    split = scratch.store("split", month.shared(table)) if month.taken else None
    prove_month(scratch, date(2026, 9, 1), table, whole=whole, split=split, charges_split=month.split)
    slices = [scratch.fetch(t) for t in (whole, split) if t is not None]
    return pa.concat_tables(slices, promote_options="permissive")


def by_service(slices: pa.Table, metric: str = "EffectiveCost") -> dict[tuple[str | None, str], Decimal]:
    """(service, currency) → sum."""
    sums: dict[tuple[str | None, str], Decimal] = {}
    for row in slices.to_pylist():
        key = (row["x_ServiceId"], row["BillingCurrency"])
        sums[key] = EXACT.add(sums.get(key, Decimal(0)), row[metric])
    return sums
