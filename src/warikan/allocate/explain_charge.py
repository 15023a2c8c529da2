"""One charge, opened: where it stands in the bill, which rule claimed it, and each step that shared it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from warikan.allocate.explain_cluster import ClusterPart, explain_parts
from warikan.allocate.explain_steps import Step, amounts_by_part, explain_step, steps_of
from warikan.allocate.ownership import OwnershipPlan, rule_operands
from warikan.allocate.run import load_plan
from warikan.allocate.split import add_exactly
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Derived, OwnershipRule, Settings
from warikan.engine.column import MapValue, Operand
from warikan.engine.engine import Engine
from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.focus.errors import UsageError
from warikan.focus.period import add_months, as_utc
from warikan.ingest.repair.explain import ChargeRepairs, explain_repairs
from warikan.lake import Lake


class NoSuchCharge(UsageError, LookupError):
    """No charge has this source, month and key; it may have been restated."""


@dataclass(frozen=True)
class RuleMatch:
    """
    The ownership rule that claimed a charge.

    Attributes:
        position: Its place in warikan.yaml, from 1; None when it is no longer there (allocate again).
        values: What the rule reads → the charge's value.
    """

    id: str
    position: int | None
    when: str | None
    service: str | None
    values: Mapping[str, Any]
    note: str | None = None


@dataclass(frozen=True)
class ChargeSlice:
    """
    A slice of the charge and the steps that led to it, first to last.

    Attributes:
        ratio: Its part of the charge, 1 for a whole one.
        recomputed: The steps, computed again from the stored numbers, give exactly the stored costs. Of part
            of a cluster's charge they begin with what its slices add up to: *cluster* says what that is of.
        owner_where: The file and entity of the catalogue that give the service to the team; None where the
            team is not what the catalogue says for that day (allocate again) or there is none.
        owner_since: The first day of that owner, where the catalogue dates it.
        cluster: What of a cluster it is; None for what is of none.
        rule: The rule for workloads that knows its owner; None where the charge's own rule does.
    """

    service_id: str | None
    team_id: str | None
    environment: str | None
    allocation_class: str
    share_id: str | None
    ratio: float
    costs: Mapping[str, Decimal]
    steps: tuple[Step, ...]
    recomputed: bool
    owner_where: str | None = None
    owner_since: date | None = None
    cluster: ClusterPart | None = None
    rule: RuleMatch | None = None


@dataclass(frozen=True)
class ChargeExplanation:
    """
    A charge, opened.

    Attributes:
        file, row: Where it stands in the bill (data rows count from 1).
        charge: FOCUS column → value, those that are not null; Tags as a mapping.
        extra: Columns of the bill that are not FOCUS.
        repairs: What was repaired when it was loaded.
        rule: None when no rule claimed it.
        slices: Largest first; empty when the bill was loaded but not yet allocated.
        adds_up: The slices sum to the charge in each cost metric.
    """

    source_id: str
    month: date
    charge_key: int
    file: str
    row: int
    currency: str | None
    costs: Mapping[str, Decimal]
    charge: Mapping[str, Any]
    extra: Mapping[str, str]
    repairs: ChargeRepairs
    rule: RuleMatch | None
    origin_service_id: str | None
    slices: tuple[ChargeSlice, ...]
    adds_up: bool


def explain_slice(
    engine: Engine,
    lake: Lake,
    settings: Settings,
    catalog: Catalog,
    *,
    source_id: str,
    month: date,
    charge_key: int,
) -> ChargeExplanation:
    """
    Open one charge.

    Raises:
        NoSuchCharge: there is none (any more). Also a LookupError.
    """
    first = month.replace(day=1)
    row = _find(engine, "charges", source_id, first, charge_key)
    if not row:
        raise NoSuchCharge(
            f"{source_id} has no charge {charge_key} in {first:%Y-%m}",
            hint="the bill may have been loaded again",
        )
    charge = row[0]
    stored = _find(engine, "allocations", source_id, first, charge_key)
    costs = {m: charge[m] for m in COST_METRICS if charge[m] is not None}
    notes = {s.id: s.note for s in settings.shares}
    plan = load_plan(lake, settings, catalog)
    own = [r for r in stored if r["x_RuleId"] not in {rule.id for rule in plan.workloads.rules}]
    claimed = own[0] if own else None
    slices = tuple(
        _with_owner(s, catalog, _day(charge))
        for s in _explain_slices(engine, stored, costs, notes, plan.workloads)
    )
    sums = {m: add_exactly(s.costs[m] for s in slices) for m in costs}
    values = {name: charge[name] for name in columns_by_id() if charge[name] is not None}
    if charge["Tags"] is not None:
        values["Tags"] = dict(charge["Tags"])
    told = explain_repairs(charge)
    return ChargeExplanation(
        source_id=source_id,
        month=first,
        charge_key=charge_key,
        file=charge["x_SourceFile"],
        row=charge["x_SourceRow"],
        currency=charge["BillingCurrency"],
        costs=costs,
        charge=values,
        extra=told.extra,
        repairs=told,
        rule=_rule(plan.ownership, claimed["x_RuleId"], charge) if claimed else None,
        origin_service_id=claimed["x_OriginServiceId"] if claimed else None,
        slices=slices,
        adds_up=bool(slices) and sums == costs,
    )


def _find(engine: Engine, table: str, source_id: str, month: date, key: int) -> list[dict[str, Any]]:
    months = (month, add_months(as_utc(month), 1).date())
    rows = engine.table(table, months=months, source_ids=[source_id])
    found: list[dict[str, Any]] = engine.to_arrow(
        rows.filter(rows.x_ChargeKey == key, rows.x_SourceId == source_id)
    ).to_pylist()
    return found


def _rule(plan: OwnershipPlan, rule_id: str | None, charge: Mapping[str, Any]) -> RuleMatch | None:
    """The rule of *plan* that claimed *charge* (or a slice of one), with what it read."""
    if rule_id is None:
        return None
    found = [(i, r) for i, r in enumerate(plan.rules, start=1) if r.id == rule_id]
    if not found:
        return RuleMatch(rule_id, None, None, None, {})
    position, rule = found[0]
    # What a slice does not keep (annotations) cannot be shown.
    operands = [o for o in rule_operands(plan, rule_id) if o.reads in charge]
    return RuleMatch(
        rule_id,
        position,
        rule.when,
        _service_text(rule),
        {o.id: _value(o, charge) for o in operands},
        rule.note,
    )


def _service_text(rule: OwnershipRule) -> str:
    return ", ".join(rule.service.from_) if isinstance(rule.service, Derived) else rule.service


def _value(operand: Operand, charge: Mapping[str, Any]) -> Any:
    if isinstance(operand, MapValue):
        values = dict(charge[operand.map] or ())
        return next((values[key] for key in operand.keys if key in values), None)
    return charge[operand.id]


def _explain_slices(
    engine: Engine,
    stored: Sequence[Mapping[str, Any]],
    costs: Mapping[str, Decimal],
    notes: Mapping[str, str | None],
    workloads: OwnershipPlan,
) -> tuple[ChargeSlice, ...]:
    raw = [steps_of(row) for row in stored]
    amounts = amounts_by_part(stored, raw, costs)
    slices = []
    for row, steps, part in zip(stored, raw, explain_parts(engine, stored), strict=True):
        of_part = amounts[row["x_SliceKey"] or 0]
        kept = {m: row[m] for m in costs}
        explained = tuple(explain_step(steps[: i + 1], of_part, notes) for i in range(len(steps)))
        ratio = 1.0 if row["x_Ratio"] is None else row["x_Ratio"]
        for step in steps:
            ratio *= step.get("Ratio", 1.0)
        last = explained[-1].after if explained else of_part.after(())
        is_known = part is not None and row["x_RuleId"] in {rule.id for rule in workloads.rules}
        slices.append(
            ChargeSlice(
                row["x_ServiceId"],
                row["x_TeamId"],
                row["x_Environment"],
                row["x_AllocationClass"],
                row["x_ShareId"],
                ratio,
                kept,
                explained,
                recomputed=last == kept,
                cluster=part,
                rule=_rule(workloads, row["x_RuleId"], row) if is_known else None,
            )
        )
    return tuple(sorted(slices, key=lambda s: (-s.ratio, s.service_id or "")))


def _with_owner(one: ChargeSlice, catalog: Catalog, day: date) -> ChargeSlice:
    service = catalog.services.get(one.service_id or "")
    if service is None or one.team_id is None or service.team_on(day) != one.team_id:
        return one
    return replace(one, owner_where=service.where, owner_since=service.owned_since(day))


def _day(charge: Mapping[str, Any]) -> date:
    """The day that decides who owned a service: as ownership.py has it."""
    moment: datetime = charge["ChargePeriodStart"] or charge["BillingPeriodStart"]
    return moment.astimezone(UTC).date()
