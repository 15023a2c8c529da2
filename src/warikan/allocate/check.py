"""Every law that can be tested on the lake as it is."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from warikan.allocate.conversion_law import check_conversion
from warikan.allocate.reconcile_laws import reconcile_laws
from warikan.allocate.run import files_by_month, list_stale_months, load_plan
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.buckets import bucket_of, start_of
from warikan.engine.engine import Engine
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import ConfigError
from warikan.focus.money import EXACT, format_exact
from warikan.lake import Lake


@dataclass(frozen=True)
class CheckResult:
    """
    One law.

    Attributes:
        name: What must hold, as a sentence.
        ok: Whether it does.
        detail: What was compared, or the first differences.
    """

    name: str
    ok: bool
    detail: str


def check(engine: Engine, lake: Lake, settings: Settings, catalog: Catalog) -> tuple[CheckResult, ...]:
    """
    Compare the tables with one another, per source, billing month, currency and cost metric.

    Laws: the rules can run; allocations are up to date; Σ native bills = Σ FOCUS columns;
    Σ loads = Σ charges; Σ allocations = Σ charges; Σ daily_costs = Σ allocations; every charge has a slice.
    """
    charges, slices = _sums(engine, "charges"), _sums(engine, "allocations")
    return (
        _rules_run(lake, settings, catalog),
        _is_current(lake, settings, catalog),
        CheckResult(*check_conversion(lake)),
        _equal("loads add up to charges", _load_sums(lake), charges),
        _equal("allocations add up to charges", charges, slices),
        _equal("daily_costs add up to allocations", slices, _sums(engine, "daily_costs")),
        _every_charge(engine),
        *(CheckResult(*law) for law in reconcile_laws(engine)),
    )


Sums = dict[tuple[Any, ...], dict[str, Decimal]]


def _sums(engine: Engine, name: str) -> Sums:
    table = engine.table(name)
    month = bucket_of(table.BillingPeriodStart, "month")
    sums = {m: table[m].sum() for m in COST_METRICS}
    return _rows_to_sums(
        engine,
        table.group_by(source=table.x_SourceId, month=month, currency=table.BillingCurrency).agg(**sums),
    )


def _load_sums(lake: Lake) -> Sums:
    sums: Sums = {}
    for row in lake.loads().to_pylist():
        if not row["Rows"]:
            continue
        key = (row["x_SourceId"], row["BillingMonth"], row["BillingCurrency"])
        _add(sums, key, row)
    return sums


def _rows_to_sums(engine: Engine, table: ir.Table) -> Sums:
    sums: Sums = {}
    for row in engine.to_arrow(table).to_pylist():
        month = start_of(row["month"], "month").date()
        _add(sums, (row["source"], month, row["currency"]), row)
    return sums


def _add(sums: Sums, key: tuple[Any, ...], row: dict[str, Any]) -> None:
    into = sums.setdefault(key, dict.fromkeys(COST_METRICS, Decimal(0)))
    for metric in COST_METRICS:
        into[metric] = EXACT.add(into[metric], row[metric] or Decimal(0))


def _equal(name: str, expected: Sums, actual: Sums) -> CheckResult:
    zero = dict.fromkeys(COST_METRICS, Decimal(0))
    wrong = [
        f"{' '.join(str(k) for k in key)} {metric}: {format_exact(expected.get(key, zero)[metric])} is not "
        f"{format_exact(actual.get(key, zero)[metric])}"
        for key in sorted({*expected, *actual}, key=str)
        for metric in COST_METRICS
        if expected.get(key, zero)[metric] != actual.get(key, zero)[metric]
    ]
    if wrong:
        more = f" (and {len(wrong) - 3:,} more)" if len(wrong) > 3 else ""
        return CheckResult(name, ok=False, detail="; ".join(wrong[:3]) + more)
    return CheckResult(
        name, ok=True, detail=f"{len(actual):,} × {len(COST_METRICS)} sums are equal, to the last digit"
    )


def _rules_run(lake: Lake, settings: Settings, catalog: Catalog) -> CheckResult:
    name = "rules and shares can run"
    try:
        load_plan(lake, settings, catalog)
    except ConfigError as error:
        return CheckResult(name, ok=False, detail=error.message)
    rules, shares = len(settings.ownership.rules), len(settings.shares)
    return CheckResult(
        name, ok=True, detail=f"{rules} rules and {shares} shares over {len(catalog.services)} services"
    )


def _is_current(lake: Lake, settings: Settings, catalog: Catalog) -> CheckResult:
    name = "allocations are of the bill and the rules as they are"
    try:
        plan = load_plan(lake, settings, catalog)
    except ConfigError:
        return CheckResult(name, ok=False, detail="the rules cannot run")
    stale = list_stale_months(lake, plan)
    if stale:
        months = ", ".join(f"{m:%Y-%m}" for m in stale)
        return CheckResult(name, ok=False, detail=f"run `warikan allocate`: {months} changed since")
    return CheckResult(name, ok=True, detail=f"{len(files_by_month(lake, 'charges')):,} months")


def _every_charge(engine: Engine) -> CheckResult:
    charges, slices = engine.table("charges"), engine.table("allocations")
    month = bucket_of(slices.BillingPeriodStart, "month")
    # Whole charges have one slice by the sums; only what is split has several.
    is_whole = slices.x_ShareId.isnull() & (ibis.coalesce(slices.x_SliceKey, 0) == 0)
    split = slices.filter(~is_whole).select("x_SourceId", "x_ChargeKey", _month=month).distinct()
    whole = slices.filter(is_whole)
    counted = [engine.to_arrow(t.aggregate(n=t.count())).to_pylist()[0]["n"] for t in (charges, whole, split)]
    ok = counted[0] == counted[1] + counted[2]
    detail = f"{counted[0]:,} charges: {counted[1]:,} with one owner, {counted[2]:,} split"
    return CheckResult("every charge has a slice", ok=ok, detail=detail)
