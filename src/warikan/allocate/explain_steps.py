"""The steps that shares took a part of a charge through, computed again from the numbers they kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warikan.allocate.split import Ratios, add_exactly, split
from warikan.focus.money import format_exact


@dataclass(frozen=True)
class Step:
    """
    One share that moved (or could not move) a part of the charge.

    Attributes:
        before: Cost metric → the amount that the share took.
        after: Cost metric → the part of it that *target* was given: before × weight / total_weight, cut at 12
            decimals; the target with *takes_rest* also gets what cutting leaves of all parts.
        kept: Why the cost stayed at its source; None when it moved.
        formula: The same as a line of text, for EffectiveCost.
        note: From warikan.yaml.
    """

    share_id: str
    stage: int
    method: str
    window_start: date
    window_end: date
    unit: str
    target: str | None
    weight: Decimal | None
    total_weight: Decimal | None
    ratio: float | None
    takes_rest: bool
    kept: str | None
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]
    formula: str
    note: str | None = None


def steps_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that a row of ``allocations`` keeps of its way, first to last; none before any share."""
    if row["x_ShareId"] is None or not str(row["AllocatedMethodId"] or "").startswith("warikan:"):
        return []
    steps: list[dict[str, Any]] = json.loads(row["AllocatedMethodDetails"])["x_Steps"]
    return steps


def _path(steps: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str | None], ...]:
    return tuple((s["ShareId"], s.get("Target")) for s in steps)


class Amounts:
    """What each part of the charge was after each step, computed again from the ratios of its siblings."""

    def __init__(self, slices: Sequence[Sequence[Mapping[str, Any]]], costs: Mapping[str, Decimal]) -> None:
        self._costs = costs
        self._siblings: dict[tuple[Any, ...], dict[str, Mapping[str, Any]]] = {}
        for steps in slices:
            for i, step in enumerate(steps):
                parent = (_path(steps[:i]), step["ShareId"])
                if "Target" in step:
                    self._siblings.setdefault(parent, {})[step["Target"]] = step

    def after(self, steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Decimal]:
        """The costs after *steps* (none: the charge itself)."""
        if not steps:
            return self._costs
        before, last = self.after(steps[:-1]), steps[-1]
        if "Target" not in last:
            return before
        siblings = self._siblings[_path(steps[:-1]), last["ShareId"]]
        taker = next((t for t, s in siblings.items() if s.get("TakesRest")), last["Target"])
        ratios = Ratios({t: s["Ratio"] for t, s in siblings.items()}, taker, Decimal(last["TotalWeight"]))
        return {m: split(amount, ratios)[last["Target"]] for m, amount in before.items()}


def amounts_by_part(
    stored: Sequence[Mapping[str, Any]],
    steps: Sequence[Sequence[Mapping[str, Any]]],
    costs: Mapping[str, Decimal],
) -> dict[int, Amounts]:
    """
    x_SliceKey → the amounts of that part of the charge.

    A part of a cluster's charge is what its slices add up to; the hours that split it say why (cluster).
    """
    parts: dict[int, list[int]] = {}
    for place, row in enumerate(stored):
        parts.setdefault(row["x_SliceKey"] or 0, []).append(place)
    found = {}
    for key, places in parts.items():
        rows = [stored[i] for i in places]
        whole = costs if key == 0 else {m: add_exactly(r[m] for r in rows) for m in costs}
        found[key] = Amounts([steps[i] for i in places], whole)
    return found


def explain_step(
    steps: Sequence[Mapping[str, Any]], amounts: Amounts, notes: Mapping[str, str | None]
) -> Step:
    """The last of *steps*, in numbers that re-add; *notes* by share."""
    last = steps[-1]
    before, after = amounts.after(steps[:-1]), amounts.after(steps)
    weight, total = (Decimal(last[k]) if k in last else None for k in ("Weight", "TotalWeight"))
    return Step(
        share_id=last["ShareId"],
        stage=last["Stage"],
        method=last["Method"],
        window_start=date.fromisoformat(last["WindowStart"]),
        window_end=date.fromisoformat(last["WindowEnd"]),
        unit=last["Unit"],
        target=last.get("Target"),
        weight=weight,
        total_weight=total,
        ratio=last.get("Ratio"),
        takes_rest=bool(last.get("TakesRest")),
        kept=last.get("Kept"),
        before=before,
        after=after,
        formula=_formula(last, before, after),
        note=notes.get(last["ShareId"]),
    )


def _formula(step: Mapping[str, Any], before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> str:
    if not before:
        return "the charge has no cost"
    metric = "EffectiveCost" if "EffectiveCost" in before else next(iter(before))
    start = f"{metric} {format_exact(before[metric])}"
    if "Kept" in step:
        return f"{start} stays at its source: {step['Kept']}"
    rest = " and what rounding leaves" if step.get("TakesRest") else ""
    return f"{start} × {step['Weight']} / {step['TotalWeight']}{rest} = {format_exact(after[metric])}"
