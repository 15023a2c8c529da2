"""Decisions: for each key that slices of a stage have, its targets, their ratios, and why."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from warikan.allocate.split import NoSplit, compute_ratios, other_ratios
from warikan.allocate.targets import PlannedShare
from warikan.allocate.window import DailyWeights, Window
from warikan.catalog.entities import Catalog
from warikan.focus.money import format_exact

SHARE_KEY = ("_share", "_start", "_end", "BillingCurrency", "_epoch")
"""What decides how a slice is split; the columns of a SplitKey."""

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
        columns = zip(*rows, strict=True) if rows else [()] * len(SPLIT_SCHEMA)
        arrays = [pa.array(values, f.type) for values, f in zip(columns, SPLIT_SCHEMA, strict=True)]
        return pa.table(arrays, schema=SPLIT_SCHEMA)

    def _rows(self, key: SplitKey) -> Iterator[tuple[Any, ...]]:
        """Values in the order of SPLIT_SCHEMA."""
        planned = self._shares[key.share_id]
        of = (key.share_id, *key.window.numbers, key.currency, key.epoch)
        weights, unit = self._weigh(planned, key)
        step = _step(planned, key, unit)
        try:
            ratios = compute_ratios(weights)
        except NoSplit as reason:
            self.kept[f"share {key.share_id}: {reason} ({unit})"] += 1
            kept = _json(step | {"Kept": str(reason)})
            yield (*of, None, None, None, 1.0, None, False, planned.method_id, kept)
            return
        day, others = self._days[key.epoch], other_ratios(ratios)
        # Written by hand from here on: encoding every step whole took longer than splitting the cost.
        start, total = _json(step).removesuffix("}"), format_exact(ratios.total)
        for target, ratio in ratios.ratios.items():
            service, takes_rest = self._catalog.services[target], target == ratios.taker
            numbers = f'"Weight":"{format_exact(weights[target])}","TotalWeight":"{total}","Ratio":{ratio!r}'
            end = ',"TakesRest":true}' if takes_rest else "}"
            yield (
                *of,
                target,
                service.team_on(day),
                service.system_id,
                ratio,
                others if takes_rest else None,
                takes_rest,
                planned.method_id,
                f'{start},"Target":{_json(target)},{numbers}{end}',
            )

    def _weigh(self, planned: PlannedShare, key: SplitKey) -> tuple[dict[str, Decimal], str]:
        fixed = planned.fixed_weights()
        if fixed is not None:
            return dict(fixed), "Percent" if planned.share.method == "fixed" else "Targets"
        currency = planned.share.currency or key.currency
        weights = self._weights[planned.share.metric].over(key.window, currency, planned.targets)
        return weights, f"{planned.share.metric} {currency}"


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
