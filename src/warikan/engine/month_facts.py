"""What the lake knows of each (source, billing month): from the log of loads, and from footers of files."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.engine.months import MonthFacts, MonthState, needs_charges, state_of
from warikan.engine.query import Freshness
from warikan.focus.period import Period, add_months, as_utc
from warikan.lake import Lake
from warikan.lake.schema import literal

_PROVIDERS = ("InvoiceIssuerName", "ProviderName", "ServiceProviderName")
_PERIOD_COLUMNS = {
    "InvoiceIssuerName",
    "BillingPeriodStart",
    "BillingPeriodStatus",
    "BillingPeriodLastUpdated",
}
Statuses = Mapping[tuple[str, date], str]
"""(issuer in lower case, month) → BillingPeriodStatus, where a Billing Period dataset is loaded."""


def with_months(
    freshness: Freshness,
    lake: Lake,
    loads: pa.Table,
    *,
    period: Period | None,
    grace_days: Mapping[str, int | None],
    now: datetime,
) -> Freshness:
    """*freshness* with the state of each month; a month is estimated while any source's is open."""
    states = month_states(lake, loads, period=period, grace_days=grace_days, now=now)
    opened = {as_utc(state.month) for state in states if state.status == "open"}
    estimated = tuple(sorted({*freshness.estimated_months, *opened}))
    return replace(freshness, months=states, estimated_months=estimated)


def month_states(
    lake: Lake,
    loads: pa.Table,
    *,
    period: Period | None = None,
    grace_days: Mapping[str, int | None] = MappingProxyType({}),
    now: datetime,
) -> tuple[MonthState, ...]:
    """
    The state of each month of each source in *loads* (those that touch *period*), by month, then source.

    Charges are looked at only where they decide, and then only their files' footers: no row is read.

    Args:
        grace_days: Source → as warikan.yaml says; None: the provider's.
    """
    facts = [replace(one, grace_days=grace_days.get(one.source_id)) for one in facts_of(loads)]
    newest = max((one.data_end for one in facts), default=None)
    statuses = read_statuses(lake)
    states = []
    for one in sorted(facts, key=lambda f: (f.month, f.source_id)):
        start, end = as_utc(one.month), add_months(as_utc(one.month), 1)
        if period is None or (start < period.end and period.start < end):
            has_status = any(month == one.month for _, month in statuses)
            known = look_up(lake, one) if has_status or needs_charges(one, now=now) else one
            if known is one and newest is not None and one.data_end < min(end, newest):
                # A charge that lasts the month, such as a vendor's fee, begins on its first day: not late.
                known = replace(one, reach=look_up(lake, one).reach)
            states.append(state_of(_with_status(known, statuses), now=now, newest=newest))
    return tuple(states)


def read_statuses(lake: Lake) -> Statuses:
    """What the Billing Period datasets of *lake* say last; empty where none is loaded."""
    return _statuses_of(tuple(file.path for file in lake.data_files("billing_periods")))


@lru_cache(maxsize=16)
def _statuses_of(paths: tuple[str, ...]) -> Statuses:
    usable = [p for p in paths if set(pq.read_schema(p).names) >= _PERIOD_COLUMNS]
    if not usable:
        return {}
    files = ", ".join(map(literal, usable))
    with duckdb.connect(config={"threads": "1", "memory_limit": "500MB"}) as connection:
        rows = connection.execute(
            f"""SELECT lower(trim("InvoiceIssuerName")),
                    date_trunc('month', make_timestamp(epoch_us("BillingPeriodStart")))::DATE,
                    arg_max(trim("BillingPeriodStatus"), coalesce(epoch_us("BillingPeriodLastUpdated"), 0))
                FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)
                WHERE "BillingPeriodStatus" IS NOT NULL AND "InvoiceIssuerName" IS NOT NULL
                    AND "BillingPeriodStart" IS NOT NULL
                GROUP BY ALL LIMIT 100000"""
        ).fetchall()
    return {(issuer, month): status for issuer, month, status in rows}


def _with_status(facts: MonthFacts, statuses: Statuses) -> MonthFacts:
    """Closed where the one issuer of the month closed it; open where any of its issuers did not."""
    said = {statuses.get((issuer.strip().lower(), facts.month)) for issuer in facts.providers}
    if "Open" in said or (len(said) == 1 and len(facts.providers) == 1):
        return replace(facts, period_status="Open" if "Open" in said else said.pop())
    return facts


def facts_of(loads: pa.Table) -> Iterable[MonthFacts]:
    """What the log of loads says, one for each (source, month) that has charges."""
    columns = ["x_SourceId", "BillingMonth", "LoadedAt", "DataEnd"]
    found: dict[tuple[str, date], MonthFacts] = {}
    for row in loads.select(columns).to_pylist():
        if any(row[name] is None for name in columns):
            continue
        key = row["x_SourceId"], row["BillingMonth"]
        loaded, end = (row[name].astimezone(UTC) for name in ("LoadedAt", "DataEnd"))
        one = found.get(key)
        if one is not None:
            loaded, end = max(loaded, one.loaded_at), max(end, one.data_end)
        found[key] = MonthFacts(*key, loaded_at=loaded, data_end=end)
    return found.values()


def look_up(lake: Lake, facts: MonthFacts) -> MonthFacts:
    """*facts* with providers, invoices and reach, as the statistics in the footers of its files have them."""
    span = facts.month, add_months(as_utc(facts.month), 1).date()
    files = lake.data_files("charges", between=span, source_ids=[facts.source_id])
    found = [_read_footer(file.path) for file in files]
    reaches = [reach for _, _, reach in found if reach is not None]
    return replace(
        facts,
        providers=tuple(sorted(frozenset[str]().union(*(names for names, _, _ in found)))),
        is_invoiced=bool(found) and all(invoiced for _, invoiced, _ in found),
        reach=max(reaches, default=None),
    )


@lru_cache(maxsize=1000)
def _read_footer(path: str) -> tuple[frozenset[str], bool, datetime | None]:
    """Providers, whether every row has an invoice, and the reach of one file, which never changes."""
    footer = pq.read_metadata(path)
    columns = {footer.schema.column(i).path: i for i in range(footer.num_columns)}
    providers: set[str] = set()
    is_invoiced, reach = "InvoiceId" in columns, None
    for group in range(footer.num_row_groups):
        said = {
            name: footer.row_group(group).column(columns[name]).statistics
            for name in (*_PROVIDERS, "InvoiceId", "ChargePeriodEnd")
            if name in columns
        }
        providers |= _names(said)
        is_invoiced = is_invoiced and _null_count(said["InvoiceId"]) == 0
        end = said.get("ChargePeriodEnd")
        if end is not None and end.has_min_max:
            last = end.max.astimezone(UTC)
            reach = last if reach is None else max(reach, last)
    return frozenset(providers), is_invoiced, reach


def _names(said: Mapping[str, Any]) -> set[str]:
    """The issuers (else providers) that a group of rows names; of several the first and the last."""
    for name in _PROVIDERS:
        statistics = said.get(name)
        if statistics is not None and statistics.has_min_max:
            return {str(statistics.min), str(statistics.max)}
    return set()


def _null_count(statistics: Any) -> int:
    return int(statistics.null_count) if statistics is not None and statistics.has_null_count else 1
