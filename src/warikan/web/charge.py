"""One charge, opened: where it stands in the bill, who claimed it, and how it was shared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from warikan.allocate.explain import ChargeExplanation
from warikan.allocate.explain_charge import ChargeSlice
from warikan.focus.columns import COST_METRICS
from warikan.focus.period import Period, as_utc
from warikan.web.bounds import MAX_TITLE, full_title, shorten
from warikan.web.charge_repairs import RepairsShown, shown_repairs
from warikan.web.labels import METRIC_LABELS, METRIC_NOTES, method_label, unit_label
from warikan.web.said import translate
from warikan.web.visit import Visit

_GROUPS_FIRST = (
    "ChargeDescription",
    "ChargeCategory",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ServiceName",
    "SubAccountId",
    "SubAccountName",
    "ResourceId",
    "ResourceName",
    "RegionId",
    "SkuId",
    "ConsumedQuantity",
    "ConsumedUnit",
    "PricingQuantity",
    "PricingUnit",
    "ContractedUnitPrice",
    "ListUnitPrice",
    "Tags",
)
"""What people look for first; the rest follows by name."""


@dataclass(frozen=True)
class Cost:
    """One of the four FOCUS costs, every digit."""

    id: str
    label: str
    note: str
    exact: str


@dataclass(frozen=True)
class Value:
    """One FOCUS column of the charge; *pairs* for tags."""

    id: str
    label: str
    text: str
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """One slice of the charge; the parts add up to it."""

    service: str
    service_id: str | None
    team: str
    kind: str
    kind_label: str
    percent: str
    exact: str
    steps: tuple["Move", ...]
    is_asked: bool
    is_recomputed: bool
    owner_where: str | None
    owner_since: str | None
    ran: "Ran | None"


@dataclass(frozen=True)
class Ran:
    """What of a cluster a slice paid for: where it was, its parts in numbers, and what of it was not used."""

    cluster: str
    place: str
    cost_class: str
    resources: tuple[tuple[str, str, str, str], ...]
    unused: str | None
    rule: str | None


@dataclass(frozen=True)
class Move:
    """One share in numbers that re-add."""

    share: str
    stage: int
    method: str
    note: str | None
    kept: str | None
    before: str
    weight: str
    total_weight: str
    unit: str
    after: str
    takes_rest: bool
    window: str


@dataclass(frozen=True)
class ChargePage:
    """A charge as shown; every amount in full, since this is where sums are checked."""

    found: ChargeExplanation
    title: str
    hover: str | None
    currency: str
    costs: tuple[Cost, ...]
    parts: tuple[Part, ...]
    origin: str | None
    matched: tuple[tuple[str, str], ...]
    values: tuple[Value, ...]
    repairs: RepairsShown | None
    extra: tuple[tuple[str, str], ...]


def load_charge(
    visit: Visit, *, source_id: str, month: date, charge_key: int, service: str | None
) -> ChargePage:
    """
    Open one charge; *service* is the slice it was opened from.

    Raises:
        NoSuchCharge: there is none (any more).
    """
    found = visit.workspace.explain_charge(source_id=source_id, month=month, charge_key=charge_key)
    currency = found.currency or ""
    matched = found.rule.values if found.rule else {}
    title = str(found.charge.get("ChargeDescription") or found.charge.get("ServiceName") or found.charge_key)
    return ChargePage(
        found=found,
        title=shorten(title),
        hover=full_title(title, shorten(title)),
        currency=currency,
        costs=tuple(_cost(m, found.costs[m], visit) for m in COST_METRICS if m in found.costs),
        parts=tuple(_part(one, service, visit) for one in found.slices),
        origin=visit.value("x_ServiceId", found.origin_service_id) if found.origin_service_id else None,
        matched=tuple((column, _text(value, visit)) for column, value in matched.items()),
        values=_values(found.charge, visit),
        repairs=shown_repairs(found.repairs, visit, _text),
        extra=tuple(sorted((shorten(k), shorten(v, MAX_TITLE)) for k, v in found.extra.items())),
    )


def _cost(metric: str, amount: Decimal, visit: Visit) -> Cost:
    texts = visit.texts
    return Cost(
        metric,
        texts.gettext(METRIC_LABELS[metric]),
        texts.gettext(METRIC_NOTES[metric]),
        visit.display.exact(amount),
    )


def _part(one: ChargeSlice, asked: str | None, visit: Visit) -> Part:
    display, texts = visit.display, visit.texts
    metric = "EffectiveCost" if "EffectiveCost" in one.costs else next(iter(one.costs), "")
    kind = one.allocation_class or "unallocated"
    return Part(
        service=visit.value("x_ServiceId", one.service_id),
        service_id=one.service_id,
        team=visit.value("x_TeamId", one.team_id) if one.team_id else "",
        kind=kind,
        kind_label=visit.value("x_AllocationClass", kind),
        percent=display.percent(one.ratio),
        exact=display.exact(one.costs[metric]) if metric else "–",
        steps=tuple(
            Move(
                share=step.share_id,
                stage=step.stage,
                method=method_label(step.method, texts),
                note=step.note,
                kept=translate(step.kept, texts) if step.kept else None,
                before=display.exact(step.before[metric]) if metric in step.before else "–",
                weight=display.exact(step.weight) if step.weight is not None else "–",
                total_weight=display.exact(step.total_weight) if step.total_weight is not None else "–",
                unit=unit_label(step.unit, texts),
                after=display.exact(step.after[metric]) if metric in step.after else "–",
                takes_rest=step.takes_rest,
                window=visit.display.period(Period(as_utc(step.window_start), as_utc(step.window_end))),
            )
            for step in one.steps
        ),
        is_asked=asked is not None and one.service_id == asked,
        is_recomputed=one.recomputed,
        owner_where=shorten(one.owner_where) if one.owner_where else None,
        owner_since=visit.display.day(as_utc(one.owner_since)) if one.owner_since else None,
        ran=_ran(one, visit) if one.cluster else None,
    )


def _ran(one: ChargeSlice, visit: Visit) -> Ran | None:
    part, exact = one.cluster, visit.display.exact
    if part is None:
        return None
    names = (part.node, part.namespace, part.workload, part.pod, part.container)
    return Ran(
        cluster=part.cluster_id,
        place=shorten(" / ".join(name for name in names if name), MAX_TITLE),
        cost_class=visit.value("x_ClusterCostClass", part.cost_class),
        resources=tuple((exact(r.cost), exact(r.asked), exact(r.total), r.unit) for r in part.resources),
        unused=exact(part.workload_idle) if part.what_if and part.workload_idle is not None else None,
        rule=one.rule.id if one.rule else None,
    )


def _values(charge: Mapping[str, Any], visit: Visit) -> tuple[Value, ...]:
    first = [name for name in _GROUPS_FIRST if name in charge]
    rest = sorted(name for name in charge if name not in first and name not in COST_METRICS)
    found = []
    for name in first + rest:
        value = charge[name]
        pairs = (
            tuple(sorted((shorten(str(k)), shorten(str(v), MAX_TITLE)) for k, v in value.items()))
            if isinstance(value, Mapping)
            else ()
        )
        found.append(Value(name, visit.column(name), "" if pairs else _text(value, visit), pairs))
    return tuple(found)


def _text(value: Any, visit: Visit) -> str:
    match value:
        case None:
            return visit.texts.gettext("(no value)")
        case Decimal():
            return visit.display.exact(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case _:
            return shorten(str(value), MAX_TITLE)
