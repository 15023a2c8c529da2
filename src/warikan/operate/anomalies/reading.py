"""The lake as the detector reads it: cubes of the last year, by who causes cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.catalog.anomalies import AnomalySettings
from warikan.catalog.entities import Catalog
from warikan.engine.cost_cube import read_cost_cube, read_cost_detail, read_source_accounts
from warikan.engine.engine import Engine
from warikan.engine.query import Freshness
from warikan.insights.anomaly import LEAF, CostCube, make_cube
from warikan.operate.scope import Scope

HISTORY = timedelta(days=400)
DETAIL = timedelta(days=70)
LEAST_DETAIL = 1.0
"""Cost of a resource on its dearest day below which it drives nothing worth telling; any currency."""
ORIGIN = "x_OriginServiceId"
_LAKE_COLUMNS = tuple(ORIGIN if c == "x_ServiceId" else c for c in LEAF if c != "x_TeamId")


@dataclass(frozen=True, eq=False)
class Judged:
    """
    What is judged in one currency.

    Attributes:
        rows: One row per day and leaf, with the exact EffectiveCost.
        complete: By account, the day from which on its days are not complete.
    """

    currency: str
    cube: CostCube
    rows: pa.Table

    def actuals(self, scope: Scope) -> dict[date, Decimal]:
        """The exact EffectiveCost of *scope* by day."""
        rows = self.rows
        for column, value in scope.items():
            if column in rows.column_names:
                mask = pc.is_null(rows[column]) if value is None else pc.equal(rows[column], value)
                rows = rows.filter(mask)
        sums = rows.group_by("day").aggregate([("EffectiveCost", "sum")])
        return dict(zip(sums["day"].to_pylist(), sums["EffectiveCost_sum"].to_pylist(), strict=True))


def read_cubes(
    engine: Engine, catalog: Catalog, settings: AnomalySettings, freshness: Freshness
) -> Iterator[Judged]:
    """One for each currency of the last 400 days, those with the most rows first; none for an empty lake."""
    if freshness.data is None:
        return
    end = _ceiling(freshness.data.end)
    start = max(freshness.data.start.date(), end - HISTORY)
    table = _with_owners(read_cost_cube(engine, _LAKE_COLUMNS, start=start, end=end), catalog)
    finer = (*_LAKE_COLUMNS, "ResourceId")
    recent = max(start, end - DETAIL)
    detail = _with_owners(read_cost_detail(engine, finer, start=recent, end=end, least=LEAST_DETAIL), catalog)
    complete = complete_days(engine, settings, freshness, start=start, end=end)
    counts = pc.value_counts(table["BillingCurrency"]).to_pylist()
    for one in sorted(counts, key=lambda c: (-c["counts"], c["values"] or "")):
        currency = one["values"]
        if currency is None:
            continue
        rows = table.filter(pc.equal(table["BillingCurrency"], currency))
        cube = make_cube(
            rows,
            currency=currency,
            complete=complete,
            complete_by="SubAccountId",
            start=start,
            end=end,
            detail=detail.filter(pc.equal(detail["BillingCurrency"], currency)),
            detail_start=recent,
        )
        yield Judged(currency, cube, rows)


def complete_days(
    engine: Engine, settings: AnomalySettings, freshness: Freshness, *, start: date, end: date
) -> dict[str, date]:
    """
    SubAccountId ('' for none) → the day from which on its days are not complete.

    A source's last days still change: *settle_days* of them are not complete. An account that two sources
    bill is complete where both are.
    """
    of_source = {
        one.source_id: one.data_end.astimezone(UTC).date()
        - timedelta(days=settings.settle_days_of.get(one.source_id, settings.settle_days))
        for one in freshness.sources
    }
    found: dict[str, date] = {}
    for row in read_source_accounts(engine, start=start, end=end).to_pylist():
        until = of_source.get(row["x_SourceId"], start)
        account = row["SubAccountId"] or ""
        found[account] = min(found.get(account, until), until)
    return found


def first_covered_days(engine: Engine) -> frozenset[date]:
    """
    The first day with hours of each cluster.

    On it the cluster's cost goes over to who ran there: it begins and ends for owners, and nobody spent more.
    """
    coverage = engine.table("kubernetes_coverage")
    days = coverage.group_by("x_ClusterId").agg(first=coverage.Hour.min())
    return frozenset(_day(row["first"]) for row in engine.to_arrow(days).to_pylist())


def _day(value: date) -> date:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


def _with_owners(table: pa.Table, catalog: Catalog) -> pa.Table:
    """*table* with ``x_ServiceId`` (the owner before sharing) and ``x_TeamId`` (who answers for it now)."""
    services = table[ORIGIN].combine_chunks().dictionary_encode()
    teams: Mapping[str | None, str | None] = {
        service.id: service.team_id for service in catalog.services.values()
    }
    of_code = pa.array([teams.get(s) for s in services.dictionary.to_pylist()], pa.string())
    codes = services.indices
    team = of_code.take(codes) if len(of_code) else pa.array(np.full(len(table), None), pa.string())
    return table.rename_columns(
        ["x_ServiceId" if name == ORIGIN else name for name in table.column_names]
    ).append_column("x_TeamId", team)


def _ceiling(moment: datetime) -> date:
    whole = moment.astimezone(UTC)
    return whole.date() if whole.time() == datetime.min.time() else whole.date() + timedelta(days=1)
