"""One billing month over all sources: from charges and rules to slices, as expressions."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.clusters import ClusterCosts, meet_charges
from warikan.allocate.decisions import SplitKey, SplitTable
from warikan.allocate.plan import AllocationPlan
from warikan.allocate.scratch import Scratch
from warikan.allocate.sharing import (
    Stages,
    Sums,
    apply_stage,
    enter,
    finish,
    is_taken,
    list_owned,
    parse_sums,
    summarize,
)
from warikan.allocate.split import CHARGE
from warikan.allocate.window import DailyWeights, OwnedCost, parse_window, window_columns


class Month:
    """
    The slices of one billing month.

    Every charge has one slice (``whole``), or those of its cluster (``of_clusters``); where a share takes
    one of them, those of ``shared`` stand in its place. Weights look at the whole month and nothing else, so
    that a closed month never changes because of a later one.

    Args:
        charges: The month's charges of all sources.
        clusters: What of them is of clusters, if anything is.
    """

    def __init__(
        self,
        plan: AllocationPlan,
        scratch: Scratch,
        charges: ir.Table,
        clusters: ClusterCosts | None = None,
    ) -> None:
        self._plan = plan
        self._scratch = scratch
        self._charges = charges
        self._clusters = clusters
        self.kept: Counter[str] = Counter()
        """Why cost stayed at its source: sentence → how many (window, currency) it holds for."""

    @cached_property
    def owners(self) -> ir.Table:
        """One row per distinct combination of what the rules read, with its owner."""
        ownership = self._plan.ownership
        services = self._scratch.put("services", ownership.service_table())
        owners = self._plan.built(
            ("owners", self._charges, services),
            lambda: ownership.owners(ownership.distinct_keys(self._charges), services),
        )
        return self._scratch.store("owners", owners)

    def _whole(self, charges: ir.Table) -> ir.Table:
        """One slice for each of *charges* that is of no cluster, in their order."""
        owners, clusters = self.owners, self._clusters
        if clusters is None:
            return self._plan.built(
                ("whole", charges, owners), lambda: self._plan.direct_slices(charges, owners)
            )
        matched = clusters.matched

        def build() -> ir.Table:
            rest = charges.anti_join(matched, [charges[n] == matched[n] for n in CHARGE])
            return self._plan.direct_slices(rest, owners)

        return self._plan.built(("rest", charges, owners, matched), build)

    def _in_clusters(self, charges: ir.Table, clusters: ClusterCosts) -> ir.Table:
        """The slices of those of *charges* that are of clusters."""
        owners, plan = self.owners, self._plan
        return plan.built(
            ("clusters", charges, owners, clusters.slices),
            lambda: meet_charges(plan, plan.direct_slices(charges, owners), clusters),
        )

    def _slices(self, charges: ir.Table) -> ir.Table:
        """All slices of *charges* before sharing."""
        whole = self._whole(charges)
        if self._clusters is None:
            return whole
        return ibis.union(whole, self._in_clusters(charges, self._clusters))

    def whole(self, charges: ir.Table, *, has_taken: bool) -> ir.Table:
        """The slices, in the order of *charges* (some of the month's), of those that nothing splits."""
        return self._left(self._whole(charges), has_taken=has_taken)

    def of_clusters(self, charges: ir.Table, *, has_taken: bool) -> ir.Table | None:
        """The slices of those of *charges* that are of clusters, but for what shares take."""
        if self._clusters is None:
            return None
        return self._left(self._in_clusters(charges, self._clusters), has_taken=has_taken)

    def _left(self, slices: ir.Table, *, has_taken: bool) -> ir.Table:
        return slices.filter(~is_taken(slices, self._plan.stages)) if has_taken else slices

    def shared(self, charges: ir.Table) -> ir.Table:
        """The slices in place of those of *charges* (some of the month's) that a share takes."""
        slices, arrived = self._slices(charges), self._arrived
        return self._plan.built(
            ("finish", slices, arrived),
            lambda: finish(
                arrived.filter(arrived._stage.isnull()),
                slices.filter(is_taken(slices, self._plan.stages)),
                self._plan.columns,
            ),
        )

    @cached_property
    def taken(self) -> Mapping[str, int]:
        """Source → how many of its slices some share takes; sources without any are left out."""
        return self._count(lambda row: row["_taken"])

    @cached_property
    def split(self) -> Mapping[str, int]:
        """Source → how many of its charges have other slices than one of their own."""
        counts = self._count(lambda row: row["_taken"] and row["_whole"])
        if self._clusters is not None:
            matched = self._clusters.matched
            rows = self._scratch.fetch(matched.group_by("x_SourceId").agg(_rows=matched.count()))
            counts.update({row["x_SourceId"]: row["_rows"] for row in rows.to_pylist()})
        return counts

    def _count(self, holds: Callable[[Mapping[str, Any]], bool]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for row in self._survey.to_pylist():
            if holds(row):
                counts[row["x_SourceId"]] += row["_rows"]
        return counts

    @cached_property
    def _survey(self) -> pa.Table:
        """Counts, and sums for the weights, of the slices before sharing."""
        if not self._plan.stages:
            return pa.table({"x_SourceId": [], "_taken": [], "_whole": [], "_rows": []})
        slices = self._slices(self._charges)
        return self._scratch.fetch(self._plan.built(("survey", slices), lambda: self._surveyed(slices)))

    def _surveyed(self, slices: ir.Table) -> ir.Table:
        slices = slices.mutate(_taken=is_taken(slices, self._plan.stages), _whole=slices.x_SliceKey == 0)
        keys = ["x_SourceId", "_taken", "_whole"]
        if self._plan.weight_metrics:
            slices = slices.mutate(**window_columns(slices))
            keys += ["x_ServiceId", "BillingCurrency", "_start", "_end"]
        sums = {f"_sum_{metric}": slices[metric].sum() for metric in self._plan.weight_metrics}
        return slices.group_by(keys).agg(_rows=ibis._.count(), **sums)

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

    @cached_property
    def _arrived(self) -> ir.Table:
        """The slices on their way after all stages; each stage is run and kept."""
        stages, slices = self._plan.stages, self._slices(self._charges)
        entering = self._plan.built(
            ("enter", slices), lambda: enter(slices, stages, epoch=self._plan.ownership.epoch(slices))
        )
        sums: list[Sums] = []
        files = [self._keep("stage0", entering, sums)]
        for place, (number, _) in enumerate(stages, start=1):
            keys = sorted({s.key for s in sums if s.stage == number and s.key is not None}, key=_key_order)
            if keys:
                splits = self._splits(number, keys, sums)
                moving = self._scratch.read("on_the_way", files)
                moved = self._moved(number, moving, splits, later=stages[place:])
                files.append(self._keep(f"stage{number}", moved, sums))
        return self._scratch.read("on_the_way", files)

    def _moved(self, number: int, moving: ir.Table, splits: ir.Table, *, later: Stages) -> ir.Table:
        return self._plan.built(
            ("stage", number, moving, splits),
            lambda: apply_stage(moving.filter(moving._stage == number), splits, later),
        )

    def _keep(self, name: str, slices: ir.Table, sums: list[Sums]) -> Path:
        """Write *slices* and add what they amount to to *sums*."""
        path = self._scratch.write(name, slices)
        metrics = self._plan.weight_metrics
        kept = self._scratch.read("kept", [path])
        rows = self._scratch.fetch(self._plan.built(("sums", kept), lambda: summarize(kept, metrics)))
        sums += parse_sums(rows, metrics)
        return path

    def _splits(self, number: int, keys: list[SplitKey], sums: list[Sums]) -> ir.Table:
        stage = dict(self._plan.stages)[number]
        metrics = {p.share.metric for p in stage if p.share.method == "proportional"}
        weights = {
            metric: DailyWeights.of(self._settled(metric) + list_owned(sums, metric, stage=number))
            for metric in sorted(metrics)
        }
        decided = SplitTable(stage, weights, self._plan.catalog, self._plan.ownership.dates)
        rows = decided.table(keys)
        self.kept.update(decided.kept)
        return self._scratch.put(f"splits{number}", rows)


def _key_order(key: SplitKey) -> tuple[object, ...]:
    return (key.share_id, key.window, key.currency or "", key.epoch)
