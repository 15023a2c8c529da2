"""Two contents of one billing month of a source, side by side."""

from collections.abc import Callable
from datetime import date

import duckdb
import ibis.expr.types as ir

from warikan.engine.engine import Engine
from warikan.engine.restatement.causes import tell_causes
from warikan.engine.restatement.difference import GROUPINGS, Difference, Load, OwnedBy
from warikan.engine.restatement.kept import month_span, owners_at, view_of
from warikan.engine.restatement.lines import mark_rows
from warikan.engine.restatement.sums import add_up, add_up_causes, add_up_owned, list_largest

FindOwners = Callable[[ir.Table], ir.Table]
"""From charges to their slices by today's rules: ``x_ChargeKey``, ``BillingCurrency``, owners, metrics."""
_OWNERS = ("service", "team")


def compare(
    engine: Engine,
    source_id: str,
    month: date,
    before: Load,
    after: Load,
    *,
    find_owners: FindOwners | None = None,
    limit: int = 100,
) -> Difference:
    """
    What differs from *before* to *after* (either may be the older one).

    Args:
        find_owners: Used for services and teams where the allocations of a side are not kept any more.
        limit: Groups of a grouping that are named, a currency; and how many of the largest changes.

    Raises:
        LakeError: a snapshot is not kept any more.
        CheckFailed: the changes do not add up; a bug.
    """
    one, other = (view_of(engine, "charges", source_id, month, load.snapshot) for load in (before, after))
    columns = frozenset(engine.lake.schema("charges").names)
    # What is temporary belongs to this cursor alone and goes with it.
    with engine.connection.cursor() as cursor:
        mark_rows(cursor, (one, other), columns)
        tell_causes(cursor, one, other)
        groups = {
            name: add_up(cursor, (one, other), by, limit=limit)
            for name, by in GROUPINGS.items()
            if name not in _OWNERS
        }
        slices, owned_by = _slices(engine, cursor, source_id, month, (before, after), find_owners)
        if slices is not None:
            groups |= {
                name: add_up_owned(cursor, slices, GROUPINGS[name][0], limit=limit) for name in _OWNERS
            }
        return Difference(
            source_id=source_id,
            month=month,
            before=before,
            after=after,
            totals=add_up(cursor, (one, other), limit=limit),
            causes=add_up_causes(cursor),
            groups=groups,
            owned_by=owned_by,
            largest=list_largest(cursor, limit=limit),
        )


def _slices(
    engine: Engine,
    cursor: duckdb.DuckDBPyConnection,
    source_id: str,
    month: date,
    loads: tuple[Load, Load],
    find_owners: FindOwners | None,
) -> tuple[tuple[str, str] | None, OwnedBy | None]:
    """Views of the slices of both sides, of one and the same kind."""
    before, after = (owners_at(engine, source_id, month, load) for load in loads)
    if before is not None and after is not None:
        return (before, after), "allocations"
    if find_owners is None:
        return None, None
    names = []
    for side, load in enumerate(loads):
        charges = engine.table(
            "charges", months=month_span(month), source_ids=[source_id], snapshot=load.snapshot
        )
        names.append(f"owned_{side}")
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE owned_{side} AS {engine.sql(find_owners(charges))}")
    return (names[0], names[1]), "rules"
