"""The contents that a billing month of a source had, from the snapshots that the lake keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from warikan.engine.engine import Engine
from warikan.engine.restatement.difference import Load
from warikan.focus.columns import COST_METRICS
from warikan.focus.period import add_months, as_utc


@dataclass(frozen=True)
class Content:
    """One content of a month: the first snapshot with it, its files, and how long it stood."""

    snapshot: int
    committed_at: datetime
    until: datetime | None
    paths: tuple[str, ...]


def month_span(month: date) -> tuple[date, date]:
    """``[first, end)`` of the billing month *month*."""
    return month, add_months(as_utc(month), 1).date()


def contents_of(engine: Engine, table: str, source_id: str, month: date) -> list[Content]:
    """
    What *table* held of *source_id* and *month*, oldest first.

    Only times at which it held something, and only as far back as the lake keeps snapshots.
    """
    lake, span = engine.lake, month_span(month)
    found: list[tuple[int, datetime, tuple[str, ...]]] = []
    for snapshot, moment in lake.history(table).items():
        files = lake.data_files(table, between=span, source_ids=[source_id], snapshot=snapshot)
        paths = tuple(sorted(f.path for f in files))
        # Commits of other sources and months leave the files as they are.
        if not found or found[-1][2] != paths:
            found.append((snapshot, moment, paths))
    ends: list[datetime | None] = [*(moment for _, moment, _ in found[1:]), None]
    return [
        Content(snapshot, moment, until, paths)
        for (snapshot, moment, paths), until in zip(found, ends, strict=bool(found))
        if paths
    ]


def kept_loads(engine: Engine, source_id: str, month: date, *, limit: int = 100) -> tuple[Load, ...]:
    """The newest *limit* contents of *month*, newest first; empty where there never was any."""
    contents = contents_of(engine, "charges", source_id, month)[-limit:]
    return tuple(describe(engine, source_id, month, content) for content in reversed(contents))


def describe(engine: Engine, source_id: str, month: date, content: Content) -> Load:
    """*content* with its rows and sums."""
    view = view_of(engine, "charges", source_id, month, content.snapshot)
    sums = ", ".join(f"coalesce(sum({metric}), 0)" for metric in COST_METRICS)
    with engine.connection.cursor() as cursor:
        rows = cursor.execute(
            f"""SELECT BillingCurrency, count(*), list_sort(list(DISTINCT x_LoadId)), {sums}
                FROM {view} GROUP BY 1 ORDER BY 1"""
        ).fetchall()
    totals: dict[str, Mapping[str, Decimal]] = {
        currency: dict(zip(COST_METRICS, costs, strict=True)) for currency, _, _, *costs in rows
    }
    return Load(
        snapshot=content.snapshot,
        committed_at=content.committed_at,
        until=content.until,
        load_ids=tuple(sorted({load for row in rows for load in row[2]})),
        rows=sum(row[1] for row in rows),
        totals=totals,
        is_present=content.until is None,
    )


def view_of(engine: Engine, table: str, source_id: str, month: date, snapshot: int) -> str:
    """A view of *table* as it was in *snapshot*: only *source_id* and *month*."""
    found = engine.table(table, months=month_span(month), source_ids=[source_id], snapshot=snapshot)
    return str(found.get_name())


def owners_at(engine: Engine, source_id: str, month: date, load: Load) -> str | None:
    """
    A view of the allocations that were made of *load*; None where the lake does not keep them any more.

    They are those of a run while *load* stood, and they add up to it.
    """
    for content in reversed(contents_of(engine, "allocations", source_id, month)):
        was_made_of_it = content.committed_at >= load.committed_at and (
            load.until is None or content.committed_at < load.until
        )
        if was_made_of_it:
            view = view_of(engine, "allocations", source_id, month, content.snapshot)
            with engine.connection.cursor() as cursor:
                if _sums(cursor, view) == {c: tuple(t.values()) for c, t in load.totals.items()}:
                    return view
    return None


def _sums(cursor: duckdb.DuckDBPyConnection, view: str) -> dict[str, tuple[Decimal, ...]]:
    sums = ", ".join(f"coalesce(sum({metric}), 0)" for metric in COST_METRICS)
    rows = cursor.execute(f"SELECT BillingCurrency, {sums} FROM {view} GROUP BY 1").fetchall()
    return {currency: tuple(costs) for currency, *costs in rows}
