"""
Sharing: stages that move cost from a source to its targets, slice by slice.

A slice is one row of ``allocations``. While it is on its way it has three more columns: ``_steps`` (JSON
texts of the steps so far, joined by commas; null before the first), ``_ratio`` (double, its part of the
charge) and ``_epoch`` (ownership.py). In a stage the first share whose filter holds takes a slice; the others
stay as they are.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
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

ON_THE_WAY = ("_steps", "_ratio", "_epoch")
SHARE_KEY = ("_share", "_start", "_end", "_currency", "_split_epoch")

SPLIT_SCHEMA = pa.schema(
    [
        ("_share", pa.string()),
        ("_start", pa.int64()),
        ("_end", pa.int64()),
        ("_currency", pa.string()),
        ("_split_epoch", pa.int32()),
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


def mark(slices: ir.Table, stage: Sequence[PlannedShare]) -> ir.Table:
    """*slices* with the SHARE_KEY columns: ``_share`` is the share that takes it, null where none does."""
    share = ibis.cases(*((p.source.to_expression(slices), p.share.id) for p in stage)).cast("string")
    return slices.mutate(
        _share=share,
        **window_columns(slices),
        _currency=slices.BillingCurrency,
        _split_epoch=slices._epoch,
    )


def is_taken(slices: ir.Table, stages: Iterable[Sequence[PlannedShare]]) -> ir.BooleanValue:
    """Whether any share takes a slice as it is now; never null."""
    filters = [p.source.to_expression(slices) for stage in stages for p in stage]
    return cast("ir.BooleanValue", ibis.coalesce(ibis.or_(*filters), ibis.literal(value=False)))


def list_keys(marked: ir.Table) -> ir.Table:
    """One row per distinct SplitKey of the slices that move."""
    return marked.filter(marked._share.notnull()).select(*SHARE_KEY).distinct()


def parse_keys(rows: pa.Table) -> list[SplitKey]:
    """The rows of ``list_keys`` in ascending order."""
    keys = [
        SplitKey(r["_share"], parse_window(r["_start"], r["_end"]), r["_currency"], r["_split_epoch"])
        for r in rows.to_pylist()
    ]
    return sorted(keys, key=lambda k: (k.share_id, k.window, k.currency or "", k.epoch))


def owned_costs(marked: ir.Table, metric: str) -> ir.Table:
    """
    What services bear themselves, from the slices that do not move in this stage.

    Returns: one row per (service, currency, window): ``service``, ``currency``, ``start``, ``end``, ``cost``.
    """
    staying = marked.filter(marked._share.isnull() & marked.x_ServiceId.notnull())
    return staying.group_by(
        service=staying.x_ServiceId, currency=staying._currency, start=staying._start, end=staying._end
    ).agg(cost=staying[metric].sum())


def parse_owned(rows: pa.Table) -> list[OwnedCost]:
    """The rows of ``owned_costs``."""
    return [
        OwnedCost(r["service"], r["currency"], parse_window(r["start"], r["end"]), r["cost"])
        for r in rows.to_pylist()
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


def apply_stage(marked: ir.Table, splits: ir.Table) -> ir.Table:
    """
    One stage: every slice that moves becomes one slice for each of its targets; the others pass.

    Args:
        marked: As ``mark`` gives it.
        splits: A table of SPLIT_SCHEMA that has every key of *marked*.

    Returns: the columns of the slices, without SHARE_KEY. Per charge and metric the sum is as before.
    """
    columns = [c for c in marked.columns if c not in SHARE_KEY]
    staying = marked.filter(marked._share.isnull()).select(columns)
    right = splits.rename({f"_of{name}": name for name in SHARE_KEY})
    moving = marked.filter(marked._share.notnull())
    moving = moving.mutate(**{f"_double_{m}": as_double(moving[m]) for m in COST_METRICS})
    moving = moving.inner_join(right, [moving[name].identical_to(right[f"_of{name}"]) for name in SHARE_KEY])
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
    return staying.union(moved.select(columns))


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
