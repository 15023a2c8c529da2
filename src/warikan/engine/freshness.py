"""How far the numbers reach, from the log of loads."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from warikan.engine.query import Freshness, SourceFreshness
from warikan.focus.period import Period, add_months, month_start

_TIMES = ("DataStart", "DataEnd", "LoadedAt")


def data_of(loads: pa.Table) -> Period | None:
    """From the first to the end of the last day with charges, over all *loads*; None without any."""
    rows = _loads_with_data(loads)
    if not rows:
        return None
    return Period(min(r["DataStart"] for r in rows), max(r["DataEnd"] for r in rows))


def freshness_of(loads: pa.Table, *, period: Period | None, now: datetime) -> Freshness:
    """
    How far *loads* reach; months are looked at in *period*, or in all data when it is None.

    A billing month is open, and its cost estimated, until it has ended: *now* lies in or before it.
    """
    data = data_of(loads)
    if data is None:
        return Freshness(data=None)
    sources: dict[str, SourceFreshness] = {}
    for row in _loads_with_data(loads):
        seen = sources.get(row["x_SourceId"])
        end, loaded = row["DataEnd"], row["LoadedAt"]
        if seen is not None:
            end, loaded = max(end, seen.data_end), max(loaded, seen.loaded_at)
        sources[row["x_SourceId"]] = SourceFreshness(row["x_SourceId"], end, loaded)
    ordered = tuple(sources[name] for name in sorted(sources))
    return Freshness(
        data=data,
        sources=ordered,
        late=tuple(s.source_id for s in ordered if data.end - s.data_end >= timedelta(days=1)),
        estimated_months=tuple(_open_months(data if period is None else period, data, now)),
    )


def _open_months(period: Period, data: Period, now: datetime) -> Iterable[datetime]:
    month = month_start(max(period.start, now))
    while month < min(period.end, data.end):
        yield month
        month = add_months(month, 1)


def _loads_with_data(loads: pa.Table) -> list[dict[str, Any]]:
    rows = loads.select(["x_SourceId", *_TIMES]).to_pylist()
    return [
        row | {name: row[name].astimezone(UTC) for name in _TIMES}
        for row in rows
        if all(row[name] is not None for name in _TIMES)
    ]
