"""Two loads of one month, written down row by row, and the difference between them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from small_lake import fill

from warikan.engine.engine import Engine
from warikan.engine.restatement import Difference, compare, kept_loads
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.lake import Unit

MONTH = date(2026, 9, 1)
Row = Mapping[str, Any]
_START = datetime(2026, 9, 1, tzinfo=UTC)
_numbers = count(1)


def line(cost: str | int = 1, *, day: int = 1, **values: Any) -> dict[str, Any]:
    """One daily line of September: 2 hours of i-1 on Amazon EC2, all four costs alike; *values* differ."""
    start = _START + timedelta(days=day - 1)
    row = {
        "BillingCurrency": "USD",
        "BillingAccountId": "payer",
        "SubAccountId": "shop",
        "BillingPeriodStart": _START,
        "BillingPeriodEnd": _START + timedelta(days=30),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + timedelta(days=1),
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ServiceName": "Amazon EC2",
        "ResourceId": "i-1",
        "SkuId": "sku",
        "PricingQuantity": Decimal(2),
        "PricingCategory": "Standard",
    }
    return row | dict.fromkeys(COST_METRICS, Decimal(cost)) | values


def load(engine: Engine, source_id: str, rows: Iterable[Row]) -> None:
    """Replace September of *source_id* by *rows*, numbered in their order."""
    numbered = [dict(row) | {"x_SourceId": source_id, "x_ChargeKey": i} for i, row in enumerate(rows, 1)]
    if numbered:
        fill(engine.lake, "charges", numbered)
    else:
        with engine.lake.writing():
            engine.lake.replace("charges", [Unit(source_id, MONTH)], [])


def differ(engine: Engine, before: Sequence[Row], after: Sequence[Row], **options: Any) -> Difference:
    """What changed from *before* to *after*, loaded one after the other as a new source; neither is empty."""
    return both_ways(engine, before, after, **options)[0]


def both_ways(
    engine: Engine, before: Sequence[Row], after: Sequence[Row], **options: Any
) -> tuple[Difference, Difference]:
    """The same, and what changed from *after* to *before*."""
    source_id = f"source-{next(_numbers)}"
    load(engine, source_id, before)
    load(engine, source_id, after)
    newest, oldest = kept_loads(engine, source_id, MONTH)
    there, back = ((oldest, newest), (newest, oldest))
    return (
        compare(engine, source_id, MONTH, *there, **options),
        compare(engine, source_id, MONTH, *back, **options),
    )


def causes(difference: Difference, metric: str = "EffectiveCost") -> dict[tuple[str, str], tuple[int, str]]:
    """(cause, reason) → rows and money."""
    return {
        (row["cause"], row["reason"]): (row["rows"], f"{row[metric].normalize():f}")
        for row in difference.causes.to_pylist()
    }


def require_laws(difference: Difference) -> None:
    """Before + added - removed + changed + moved = after, for all and each grouping; causes make it whole."""
    tables = {"all": difference.totals, **difference.groups}
    for name, table in tables.items():
        sums = _sums(table)
        for currency, amounts in sums.items():
            for metric in COST_METRICS:
                parts = (
                    amounts[f"added_{metric}"],
                    amounts[f"removed_{metric}"].copy_negate(),
                    amounts[f"changed_{metric}"],
                    amounts.get(f"moved_{metric}", Decimal(0)),
                )
                assert _add(amounts[f"before_{metric}"], *parts) == amounts[f"after_{metric}"], (name, metric)
                assert amounts.get(f"moved_{metric}", Decimal(0)) == 0
                assert _add(*parts) == _delta(difference, currency, metric), (name, metric)
            if name not in ("service", "team"):
                rows = amounts["before_rows"] + amounts["added_rows"] - amounts["removed_rows"]
                assert rows == amounts["after_rows"], name
    by_cause = _sums(difference.causes)
    for row in difference.totals.to_pylist():
        for metric in COST_METRICS:
            told = by_cause.get(row["BillingCurrency"], {}).get(metric, Decimal(0))
            assert told == _delta(difference, row["BillingCurrency"], metric)


def _delta(difference: Difference, currency: str, metric: str) -> Decimal:
    row = next(r for r in difference.totals.to_pylist() if r["BillingCurrency"] == currency)
    return EXACT.subtract(row[f"after_{metric}"], row[f"before_{metric}"])


def _sums(table: Any) -> dict[str, dict[str, Any]]:
    sums: dict[str, dict[str, Any]] = {}
    for row in table.to_pylist():
        of_currency = sums.setdefault(row["BillingCurrency"], {})
        for name, value in row.items():
            if isinstance(value, Decimal):
                of_currency[name] = _add(of_currency.get(name, Decimal(0)), value)
            elif name.endswith("_rows"):
                of_currency[name] = of_currency.get(name, 0) + value
    return sums


def _add(*amounts: Decimal) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
