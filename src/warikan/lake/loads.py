"""
The log of loads, which follows `charges` in two commits and still never disagrees with it.

The rows for `loads` ride along in the commit of `charges`, as a property. After that commit they are rolled
forward into `loads`, whose commit notes which ones it has taken. A process that dies in between leaves them
pending: readers merge them, and the next writer rolls them forward.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.focus.errors import LakeError
from warikan.lake.snapshots import Snapshots
from warikan.lake.spec import Unit
from warikan.lake.state import TableState

PENDING = "_pending-loads"
"""Property of `charges`: what its newest load adds to `loads`."""
ROLLED = "_rolled-loads"
"""Property of `loads`: id of the last pending change it has taken."""


@dataclass(frozen=True)
class PendingLoads:
    """Rows that `loads` gets for the commit of `charges`, called *id*, that replaced *units*."""

    id: str
    units: frozenset[Unit]
    rows: tuple[Mapping[str, Any], ...]


def encode(units: Collection[Unit], rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> str:
    """
    The value of the property PENDING.

    Raises:
        LakeError: *rows* do not fit the table `loads`.
    """
    try:
        table = pa.Table.from_pylist([dict(row) for row in rows], schema)
        unknown = {key for row in rows for key in row} - set(schema.names)
    except (pa.ArrowException, TypeError) as error:
        raise LakeError(f"rows for the table loads do not fit: {error}") from error
    if unknown:
        raise LakeError(f"rows for the table loads do not fit: it has no column {', '.join(sorted(unknown))}")
    content = {
        "id": uuid4().hex,
        "units": [[u.source_id, None if u.start is None else u.start.isoformat()] for u in units],
        "rows": [{k: _to_json(v) for k, v in row.items() if v is not None} for row in table.to_pylist()],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def pending(snapshots: Snapshots) -> PendingLoads | None:
    """What `charges` carries for `loads` and `loads` does not yet confirm."""
    # charges first: what is rolled forward between the two looks is then confirmed, not lost.
    charges = snapshots.state("charges")
    return _pending(charges, snapshots.state("loads"))


def read(snapshots: Snapshots) -> pa.Table:
    """`loads` with what is pending: what `charges` is made of now."""
    charges = snapshots.state("charges")
    log = snapshots.state("loads")
    schema = log.schema
    plan = None if log.snapshot is None else snapshots.plan("loads", log.snapshot)
    parts = [_read_file(f.path) for f in (plan.files if plan else ())]
    # Arrow makes even an empty array by way of pandas, so it is made only where there is nothing else.
    tables = [p.select(schema.names).cast(schema) for p in parts] or [schema.empty_table()]
    current = pa.concat_tables(tables)
    change = _pending(charges, log)
    return current if change is None else merge(current, change)


def _read_file(path: str) -> pa.Table:
    # Not pq.read_table, which imports pyarrow.dataset and pandas: a third of a second in each command.
    with pq.ParquetFile(path) as file:
        return file.read()


def _pending(charges: TableState, log: TableState) -> PendingLoads | None:
    text = charges.properties.get(PENDING)
    if not text:
        return None
    content = json.loads(text)
    if content["id"] == log.properties.get(ROLLED):
        return None
    schema = log.schema
    units = frozenset(Unit(source, date.fromisoformat(month)) for source, month in content["units"])
    rows = tuple({k: _from_json(v, schema.field(k).type) for k, v in row.items()} for row in content["rows"])
    return PendingLoads(content["id"], units, rows)


def merge(current: pa.Table, change: PendingLoads) -> pa.Table:
    """
    *current* after *change*: its rows take the place of those of the replaced units.

    Rows without a month (files of which every row was rejected) give way to any later load of their source.
    """
    sources = {u.source_id for u in change.units} | {row.get("x_SourceId") for row in change.rows}
    kept = [
        row
        for row in current.to_pylist()
        if Unit(row["x_SourceId"], row["BillingMonth"]) not in change.units
        and not (row["BillingMonth"] is None and row["x_SourceId"] in sources)
    ]
    return pa.Table.from_pylist([*kept, *(dict(row) for row in change.rows)], current.schema)


def _to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _from_json(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return value
