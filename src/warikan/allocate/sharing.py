"""
Sharing: stages that move cost from a source to its targets, slice by slice.

A slice is one row of ``allocations``. On its way it has only what shares change or read (``way_columns``),
so that a charge of 60 columns that goes to 40 targets is copied once, at the end, and not in every stage;
and besides ``_steps`` (JSON texts of the steps so far, joined by commas; null before the first), ``_ratio``
(double, its part of the charge), ``_epoch`` (ownership.py), ``_start`` and ``_end`` (window.py), and
``_stage`` and ``_share``, which take it next. As these are known when a slice is made, each slice is written
once and read once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.decisions import SHARE_KEY, SplitKey
from warikan.allocate.split import CHARGE, MONEY, as_double, split_expression
from warikan.allocate.targets import PlannedShare
from warikan.allocate.window import OwnedCost, Window, parse_window, window_columns
from warikan.engine.column import columns_read
from warikan.focus.columns import COST_METRICS, PART_METRICS

_SLICE = (*CHARGE, "x_SliceKey")
"""What names a slice before sharing: a charge whole, or its part that something in a cluster bears."""
_MOVED = (
    "x_ServiceId",
    "x_SystemId",
    "x_TeamId",
    "x_AllocationClass",
    "x_ShareId",
    "AllocatedMethodId",
    *COST_METRICS,
)
"""What a share changes."""
SHARED_COLUMNS = frozenset({*_MOVED, "AllocatedMethodDetails", *PART_METRICS})
"""What a shared slice has of its own."""
_WAY = ("_steps", "_ratio", "_epoch", "_start", "_end", "_stage", "_share")

Stages = Sequence[tuple[int, Sequence[PlannedShare]]]
"""Stages in ascending order, with their numbers."""


def way_columns(slices: ir.Table, stages: Stages) -> tuple[str, ...]:
    """The columns of *slices* that they need on their way: what names them, what shares change and read."""
    needed = {*_SLICE, "BillingCurrency", *_MOVED, *source_columns(stages)}
    return tuple(name for name in slices.columns if name in needed)


def source_columns(stages: Stages) -> frozenset[str]:
    """What the shares look at to tell what they take."""
    return columns_read(o for _, stage in stages for p in stage for o in p.source.operands)


def enter(slices: ir.Table, stages: Stages, *, epoch: ir.Value) -> ir.Table:
    """The *slices* that some share takes, with the columns of the way."""
    entering = slices.mutate(
        _steps=ibis.null("string"),
        _ratio=ibis.coalesce(slices.x_Ratio, 1.0),
        _epoch=epoch,
        **window_columns(slices),
    )
    marked = mark(entering, stages)
    return marked.filter(marked._stage.notnull()).select(*way_columns(slices, stages), *_WAY)


def mark(slices: ir.Table, stages: Stages) -> ir.Table:
    """
    *slices* with ``_stage`` and ``_share``: the first stage of *stages* that takes each as it is now, and
    the share of that stage that does; null where none does and the slice has arrived.
    """  # noqa: D205 - one sentence
    takers = [(p.source.to_expression(slices), number, p.share.id) for number, stage in stages for p in stage]
    if not takers:
        return slices.mutate(_stage=ibis.null("int32"), _share=ibis.null("string"))
    return slices.mutate(
        _stage=ibis.cases(*((holds, number) for holds, number, _ in takers)).cast("int32"),
        _share=ibis.cases(*((holds, share) for holds, _, share in takers)).cast("string"),
    )


def is_taken(slices: ir.Table, stages: Stages) -> ir.BooleanValue:
    """Whether any share takes a slice as it is now; never null."""
    filters = [p.source.to_expression(slices) for _, stage in stages for p in stage]
    return cast("ir.BooleanValue", ibis.coalesce(ibis.or_(*filters), ibis.literal(value=False)))


@dataclass(frozen=True)
class Sums:
    """
    Slices on their way added up by all that decides their splits and their weight in others'.

    Attributes:
        stage: Of ``mark``.
        key: Of their split; None where they have arrived.
    """

    stage: int | None
    key: SplitKey | None
    service_id: str | None
    currency: str | None
    window: Window
    costs: Mapping[str, Decimal | None]


def summarize(slices: ir.Table, metrics: Sequence[str]) -> ir.Table:
    """The table behind ``parse_sums``: one row per distinct combination, with the sum of each metric."""
    keys = ["_stage", "_share", "_start", "_end", "_epoch", "BillingCurrency", "x_ServiceId"]
    return slices.group_by(keys).agg(_rows=slices.count(), **{f"_sum_{m}": slices[m].sum() for m in metrics})


def parse_sums(rows: pa.Table, metrics: Sequence[str]) -> list[Sums]:
    """The rows of ``summarize``."""
    found = []
    for row in rows.to_pylist():
        window, currency = parse_window(row["_start"], row["_end"]), row["BillingCurrency"]
        share = row["_share"]
        key = None if share is None else SplitKey(share, window, currency, row["_epoch"])
        costs = {m: row[f"_sum_{m}"] for m in metrics}
        found.append(Sums(row["_stage"], key, row["x_ServiceId"], currency, window, costs))
    return found


def list_owned(sums: Iterable[Sums], metric: str, *, stage: int) -> list[OwnedCost]:
    """What services bear themselves before *stage*: the slices that it does not move."""
    return [
        OwnedCost(one.service_id, one.currency, one.window, cost)
        for one in sums
        if (one.stage is None or one.stage > stage)
        and one.service_id is not None
        and (cost := one.costs[metric]) is not None
    ]


def apply_stage(moving: ir.Table, splits: ir.Table, later: Stages) -> ir.Table:
    """
    One stage: every slice of *moving* becomes one slice for each of its targets, marked for *later* stages.

    Args:
        splits: A table of SPLIT_SCHEMA that has every key of *moving*.

    Returns: the columns of *moving*. Per charge and metric the sum is as before.
    """
    columns = moving.columns
    right = splits.rename({f"_of{name}": name for name in SHARE_KEY})
    moving = moving.mutate(**{f"_double_{m}": as_double(moving[m]) for m in COST_METRICS})
    same = [moving[name].identical_to(right[f"_of{name}"]) for name in SHARE_KEY]
    moving = moving.inner_join(right, same)
    stays = moving._target.isnull()
    moved = moving.mutate(
        x_ServiceId=ibis.ifelse(stays, moving.x_ServiceId, moving._target),
        x_SystemId=ibis.ifelse(stays, moving.x_SystemId, moving._target_system),
        x_TeamId=ibis.ifelse(stays, moving.x_TeamId, moving._target_team),
        # What nobody owns and nobody could be given stays visible as unallocated.
        x_AllocationClass=ibis.ifelse(stays & moving.x_ServiceId.isnull(), "unallocated", "shared"),
        x_ShareId=moving._share,
        AllocatedMethodId=moving._method,
        _steps=ibis.ifelse(moving._steps.isnull(), moving._step, moving._steps + "," + moving._step),
        _ratio=moving._ratio * moving._target_ratio,
        **{metric: _part(moving, metric) for metric in COST_METRICS},
    )
    return mark(moved.select(columns), later).select(columns)


def _part(moving: ir.Table, metric: str) -> ir.DecimalValue:
    cost = moving[metric]
    part = split_expression(
        cost,
        double=moving[f"_double_{metric}"],
        ratio=moving._target_ratio,
        others=moving._others,
        takes_rest=moving._takes_rest,
    )
    return cast("ir.DecimalValue", ibis.ifelse(moving._target.isnull(), cost, part))


def finish(arrived: ir.Table, taken: ir.Table, columns: Sequence[str]) -> ir.Table:
    """
    The slices that came of those *taken*, as *columns* of ``allocations``.

    ``AllocatedMethodDetails`` is FOCUS 1.3's JSON: ``Elements`` with the part of the charge, and under
    ``x_Steps`` each step with its numbers (docs: how a share is explained).

    Args:
        arrived: Slices at the end of their way.
        taken: The slices that shares took, as they were before (of one source, or of all).
    """
    details = (
        ibis.literal('{"Elements":[{"AllocatedRatio":')
        + arrived._ratio.cast("string")
        + ibis.literal('}],"x_Steps":[')
        + arrived._steps
        + ibis.literal("]}")
    )
    # A part that others bear is neither used nor asked for by them.
    parts = {name: ibis.null(MONEY) for name in PART_METRICS}
    right = arrived.select(*_SLICE, *_MOVED, AllocatedMethodDetails=details, **parts)
    right = right.rename({f"_now_{name}": name for name in right.columns})
    slices = right.inner_join(taken, [taken[name] == right[f"_now_{name}"] for name in _SLICE])
    return slices.select(**{c: slices[f"_now_{c}"] if c in SHARED_COLUMNS else slices[c] for c in columns})
