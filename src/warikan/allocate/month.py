"""One billing month over all sources: from charges and rules to slices, as expressions."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.plan import AllocationPlan
from warikan.allocate.scratch import Scratch
from warikan.allocate.sharing import (
    SplitTable,
    apply_stage,
    finish,
    is_taken,
    list_keys,
    mark,
    owned_costs,
    parse_keys,
    parse_owned,
)
from warikan.allocate.targets import PlannedShare
from warikan.allocate.window import DailyWeights, OwnedCost, parse_window, window_columns


class Month:
    """
    The slices of one billing month.

    Every charge has either one direct slice (``direct``) or, when a share takes it, the slices of
    ``shared``. Weights look at the whole month and nothing else, so that a closed month never changes
    because of a later one.

    Args:
        charges: The month's charges of all sources.
    """

    def __init__(self, plan: AllocationPlan, scratch: Scratch, charges: ir.Table) -> None:
        self._plan = plan
        self._scratch = scratch
        self._charges = charges
        self.kept: Counter[str] = Counter()
        """Why cost stayed at its source: sentence → how many (window, currency) it holds for."""

    @cached_property
    def owners(self) -> ir.Table:
        """One row per distinct combination of what the rules read, with its owner."""
        ownership = self._plan.ownership
        services = self._scratch.put("services", ownership.service_table())
        return self._scratch.store(
            "owners", ownership.owners(ownership.distinct_keys(self._charges), services)
        )

    def direct(self, charges: ir.Table, *, has_taken: bool) -> ir.Table:
        """The slices, in the order of *charges* (some of the month's), of those that no share takes."""
        slices = self._plan.direct_slices(charges, self.owners)
        return slices.filter(~is_taken(slices, self._plan.stages)) if has_taken else slices

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """Source → how many of its charges some share takes; sources without any are left out."""
        counts: Counter[str] = Counter()
        for row in self._survey.to_pylist():
            if row["_taken"]:
                counts[row["x_SourceId"]] += row["_rows"]
        return counts

    @cached_property
    def _survey(self) -> pa.Table:
        """Counts, and sums for the weights, of the direct slices."""
        if not self._plan.stages:
            return pa.table({"x_SourceId": [], "_taken": [], "_rows": []})
        slices = self._plan.direct_slices(self._charges, self.owners)
        slices = slices.mutate(_taken=is_taken(slices, self._plan.stages))
        keys = ["x_SourceId", "_taken"]
        if self._plan.weight_metrics:
            slices = slices.mutate(**window_columns(slices))
            keys += ["x_ServiceId", "BillingCurrency", "_start", "_end"]
        sums = {f"_sum_{metric}": slices[metric].sum() for metric in self._plan.weight_metrics}
        return self._scratch.fetch(slices.group_by(keys).agg(_rows=ibis._.count(), **sums))

    def _settled(self, metric: str) -> list[OwnedCost]:
        """What services bear in slices that no share takes."""
        return [
            OwnedCost(
                r["x_ServiceId"],
                r["BillingCurrency"],
                parse_window(r["_start"], r["_end"]),
                r[f"_sum_{metric}"],
            )
            for r in self._survey.to_pylist()
            if not r["_taken"] and r["x_ServiceId"] is not None and r[f"_sum_{metric}"] is not None
        ]

    def shared(self, charges: ir.Table) -> ir.Table:
        """
        All slices of *charges* (those of the sources in ``taken``) that a share takes.

        Stages run here; what is returned only has to be written.
        """
        slices = self._plan.direct_slices(charges, self.owners)
        state = self._scratch.store(
            "stage0",
            slices.filter(is_taken(slices, self._plan.stages)).mutate(
                _steps=ibis.null("string"),
                _ratio=ibis.literal(1.0, type="float64"),
                _epoch=self._plan.ownership.epoch(slices),
            ),
        )
        for number, stage in enumerate(self._plan.stages, start=1):
            marked = mark(state, stage)
            splits = self._splits(number, stage, marked)
            if splits is None:
                continue
            state = apply_stage(marked, splits)
            if number < len(self._plan.stages):
                state = self._scratch.store(f"stage{number}", state)
        return finish(state, self._plan.columns)

    def _splits(self, number: int, stage: tuple[PlannedShare, ...], marked: ir.Table) -> ir.Table | None:
        keys = parse_keys(self._scratch.fetch(list_keys(marked)))
        if not keys:
            return None
        metrics = {p.share.metric for p in stage if p.share.method == "proportional"}
        weights = {
            metric: DailyWeights.of(
                self._settled(metric) + parse_owned(self._scratch.fetch(owned_costs(marked, metric)))
            )
            for metric in sorted(metrics)
        }
        decided = SplitTable(stage, weights, self._plan.catalog, self._plan.ownership.dates)
        rows = decided.table(keys)
        self.kept.update(decided.kept)
        return self._scratch.put(f"splits{number}", rows)
