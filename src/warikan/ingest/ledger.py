"""The bills in force: what each source brought for each month, and whether its own sums are kept."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.lake import Lake

_NOTHING = Decimal(0)


@dataclass
class Reason:
    """Rows that make native and FOCUS sums differ; *money* is native − FOCUS."""

    rows: int = 0
    money: Decimal = _NOTHING


@dataclass
class ProofSum:
    """
    One cost metric of native bills: *native* = *focus* + *explained*.

    Attributes:
        column: What the provider calls it.
        differing: Account → [native, FOCUS] as text, where they differ.
        reasons: Why rows differ, are no charges or were rejected.
    """

    metric: str
    column: str
    native: Decimal = _NOTHING
    focus: Decimal = _NOTHING
    differing: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)

    @property
    def explained(self) -> Decimal:
        """What the rows of *reasons* make up."""
        total = _NOTHING
        for reason in self.reasons.values():
            total = EXACT.add(total, reason.money)
        return total

    @property
    def is_equal(self) -> bool:
        """Whether the sums are equal, to the last digit."""
        return self.native == self.focus

    @property
    def holds(self) -> bool:
        """Whether every difference is explained by rows."""
        return EXACT.subtract(self.native, self.focus) == self.explained


@dataclass
class Repaired:
    """Rows that one rule repaired; *billed* is their BilledCost, which no rule changes."""

    rows: int = 0
    billed: Decimal = _NOTHING


@dataclass
class BillMonth:
    """
    One source, billing month and currency.

    Attributes:
        files: Names of the bill files.
        forms: Their formats and FOCUS versions.
        costs: Cost metric → sum of the charges.
        rejected_cost: None: nothing was rejected, or its cost cannot be read.
        data_end: End (exclusive) of the last day with charges.
        proofs: Cost metric → proof; empty for FOCUS bills, whose columns are taken as they are.
        repairs: Rule → what it did.
    """

    source_id: str
    month: date | None
    currency: str | None
    files: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    rows: int = 0
    costs: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(COST_METRICS, _NOTHING))
    rejected_rows: int = 0
    rejected_cost: Decimal | None = None
    loaded_at: datetime | None = None
    data_end: datetime | None = None
    proofs: dict[str, ProofSum] = field(default_factory=dict)
    repairs: dict[str, Repaired] = field(default_factory=dict)


def list_bills(lake: Lake) -> tuple[BillMonth, ...]:
    """One per (source, billing month, currency) in force, by source, newest month first."""
    found: dict[tuple[Any, ...], BillMonth] = {}
    for load in lake.loads().to_pylist():
        key = (load["x_SourceId"], load["BillingMonth"], load["BillingCurrency"])
        _add(found.setdefault(key, BillMonth(*key)), load)
    by_month = sorted(found.values(), key=lambda b: (b.month or date.min, b.currency or ""), reverse=True)
    return tuple(sorted(by_month, key=lambda b: b.source_id))


def _add(bill: BillMonth, load: Mapping[str, Any]) -> None:
    bill.files.add(load["x_SourceFile"])
    bill.forms.add(f"{load['Format']} · FOCUS {load['FocusVersion']}")
    bill.rows += load["Rows"] or 0
    for metric in COST_METRICS:
        bill.costs[metric] = EXACT.add(bill.costs[metric], load[metric] or _NOTHING)
    bill.rejected_rows += load["RejectedRows"] or 0
    if load["RejectedBilledCost"] is not None:
        bill.rejected_cost = EXACT.add(bill.rejected_cost or _NOTHING, load["RejectedBilledCost"])
    bill.loaded_at = _later(bill.loaded_at, load["LoadedAt"])
    bill.data_end = _later(bill.data_end, load["DataEnd"])
    for rule, said in json.loads(load["Repairs"] or "{}").items():
        repaired = bill.repairs.setdefault(rule, Repaired())
        repaired.rows += said["rows"]
        repaired.billed = EXACT.add(repaired.billed, Decimal(said["BilledCost"]))
    for metric, told in json.loads(load["Conversion"] or "{}").items():
        proof = bill.proofs.setdefault(metric, ProofSum(metric, told["column"]))
        proof.native = EXACT.add(proof.native, Decimal(told["native"]))
        proof.focus = EXACT.add(proof.focus, Decimal(told["focus"]))
        proof.differing |= told["accounts"]
        for name, part in _parts(told):
            reason = proof.reasons.setdefault(name, Reason())
            reason.rows += part["rows"]
            difference = EXACT.subtract(Decimal(part["native"]), Decimal(part["focus"]))
            reason.money = EXACT.add(reason.money, difference)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((t for t in (one, other) if t is not None), default=None)


def _parts(told: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    yield from told["byReason"].items()
    yield from told["skipped"].items()
    if "rejected" in told:
        yield "rejected", told["rejected"]
