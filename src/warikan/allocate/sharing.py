"""
Sharing: stages that move cost from a source to its targets, slice by slice.

A slice is one row of ``allocations``. On its way it has more columns: ``_steps`` (JSON texts of the steps so
far, joined by commas; null before the first), ``_ratio`` (double, its part of the charge), ``_epoch``
(ownership.py), ``_start`` and ``_end`` (window.py), and ``_stage`` and ``_share``, which take it next. As
these are known when a slice is made, each slice is written once and read once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.split import NoSplit, Ratios, as_double, compute_ratios, other_ratios, split_expression
from warikan.allocate.targets import PlannedShare
from warikan.allocate.window import DailyWeights, OwnedCost, Window, parse_window, window_columns
from warikan.catalog.entities import Catalog
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import format_exact

SHARE_KEY = ("_share", "_start", "_end", "BillingCurrency", "_epoch")

Stages = Sequence[tuple[int, Sequence[PlannedShare]]]
"""Stages in ascending order, with their numbers."""

SPLIT_SCHEMA = pa.schema(
    [
        ("_share", pa.string()),
        ("_start", pa.int64()),
        ("_end", pa.int64()),
        ("BillingCurrency", pa.string()),
        ("_epoch", pa.int32()),
        ("_target", pa.string()),
        ("_target_team", pa.string()),
        ("_target_system", pa.string()),
        ("_target_ratio", pa.float64()),
        ("_others", pa.list_(pa.float64())),
        ("_takes_rest", pa.bool_()),
        ("_method", pa.string()),
        ("_step", pa.string()),
    ]
)
"""One row per (share, window, currency, epoch) and target; ``_target`` null: the cost stays."""


@dataclass(frozen=True, order=True)
class SplitKey:
    """What decides how a slice is split: its share, days, currency, and the epoch that decides its team."""

    share_id: str
    window: Window
    currency: str | None
    epoch: int


def enter(slices: ir.Table, stages: Stages, *, epoch: ir.Value) -> ir.Table:
    """The direct *slices* that some share takes, with the columns of the way."""
    entering = slices.mutate(
        _steps=ibis.null("string"),
        _ratio=ibis.literal(1).cast("float64"),
        _epoch=epoch,
        **window_columns(slices),
    )
    marked = mark(entering, stages)
    return marked.filter(marked._stage.notnull())


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


class SplitTable:
    """Decides every split of one stage; the result joins back to the slices that move."""

    def __init__(
        self,
        stage: Sequence[PlannedShare],
        weights: dict[str, DailyWeights],
        catalog: Catalog,
        dates: Sequence[date],
    ) -> None:
        """*weights* by cost metric, for the proportional shares; *dates* as OwnershipPlan has them."""
        self._shares = {p.share.id: p for p in stage}
        self._weights = weights
        self._catalog = catalog
        self._days = [date.min, *dates]
        self.kept: Counter[str] = Counter()
        """Why cost stays at its source, with how many keys it holds for."""

    def table(self, keys: Iterable[SplitKey]) -> pa.Table:
        """SPLIT_SCHEMA for *keys*."""
        rows = [row for key in keys for row in self._rows(key)]
        return pa.Table.from_pylist(rows, schema=SPLIT_SCHEMA)

    def _rows(self, key: SplitKey) -> list[dict[str, Any]]:
        planned = self._shares[key.share_id]
        values = (key.share_id, *key.window.numbers, key.currency, key.epoch)
        base = dict(zip(SHARE_KEY, values, strict=True)) | {"_method": planned.method_id}
        weights, unit = self._weigh(planned, key)
        try:
            ratios = compute_ratios(weights)
        except NoSplit as reason:
            step = _step(planned, key, unit) | {"Kept": str(reason)}
            self.kept[f"share {key.share_id}: {reason} ({unit})"] += 1
            return [base | {"_target_ratio": 1.0, "_takes_rest": False, "_step": _json(step)}]
        return [base | self._row(planned, key, unit, target, weights, ratios) for target in ratios.ratios]

    def _weigh(self, planned: PlannedShare, key: SplitKey) -> tuple[dict[str, Decimal], str]:
        fixed = planned.fixed_weights()
        if fixed is not None:
            return dict(fixed), "Percent" if planned.share.method == "fixed" else "Targets"
        currency = planned.share.currency or key.currency
        weights = self._weights[planned.share.metric].over(key.window, currency, planned.targets)
        return weights, f"{planned.share.metric} {currency}"

    def _row(
        self,
        planned: PlannedShare,
        key: SplitKey,
        unit: str,
        target: str,
        weights: dict[str, Decimal],
        ratios: Ratios,
    ) -> dict[str, Any]:
        service = self._catalog.services[target]
        takes_rest = target == ratios.taker
        step = _step(planned, key, unit) | {
            "Target": target,
            "Weight": format_exact(weights[target]),
            "TotalWeight": format_exact(ratios.total),
            "Ratio": ratios.ratios[target],
        }
        return {
            "_target": target,
            "_target_team": service.team_on(self._days[key.epoch]),
            "_target_system": service.system_id,
            "_target_ratio": ratios.ratios[target],
            "_others": other_ratios(ratios) if takes_rest else None,
            "_takes_rest": takes_rest,
            "_step": _json(step | ({"TakesRest": True} if takes_rest else {})),
        }


def _step(planned: PlannedShare, key: SplitKey, unit: str) -> dict[str, Any]:
    return {
        "ShareId": planned.share.id,
        "Stage": planned.share.stage,
        "Method": planned.share.method,
        "WindowStart": key.window.start.isoformat(),
        "WindowEnd": key.window.end.isoformat(),
        "Unit": unit,
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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


def finish(slices: ir.Table, columns: Sequence[str]) -> ir.Table:
    """
    *slices* at the end of their way, as *columns* of ``allocations``.

    ``AllocatedMethodDetails`` of those that moved is FOCUS 1.3's JSON: ``Elements`` with the part of the
    charge, and under ``x_Steps`` each step with its numbers (docs: how a share is explained).
    """
    details = (
        ibis.literal('{"Elements":[{"AllocatedRatio":')
        + slices._ratio.cast("string")
        + ibis.literal('}],"x_Steps":[')
        + slices._steps
        + ibis.literal("]}")
    )
    moved = slices._steps.notnull()
    return slices.mutate(
        AllocatedMethodDetails=ibis.ifelse(moved, details, slices.AllocatedMethodDetails)
    ).select(columns)
