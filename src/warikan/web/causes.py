"""The causes of a cluster's cost: what they are called, in which colour, and where each opens."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from warikan.engine.cluster_costs import CAUSES, Cause, PlaceCost, ratio
from warikan.web.chart import Series
from warikan.web.display import Amount
from warikan.web.table import Segment, segments_of
from warikan.web.texts import N_, Texts
from warikan.web.visit import Visit

LABELS: Mapping[str, str] = {
    "used": N_("Used"),
    "workload_idle": N_("Workload idle"),
    "attached": N_("Volumes, load balancers, traffic"),
    "passed_on": N_("Passed on by a share"),
    "infrastructure_idle": N_("Infrastructure idle"),
    "system_overhead": N_("System overhead"),
    "cluster_overhead": N_("Cluster overhead"),
    "unmounted": N_("Unmounted volumes"),
    "unused": N_("Unused load balancers"),
    "unattributed": N_("Unattributed traffic"),
    "unmetered": N_("Unmetered"),
}
NOTES: Mapping[Cause, str] = {
    "used": N_("CPU, memory and GPUs of nodes that workloads used"),
    "workload_idle": N_("asked for by workloads and not used: lower requests free it"),
    "attached": N_("what else workloads have, by mount, endpoint and byte"),
    "passed_on": N_("what workloads ran and a share of warikan.yaml gave to others"),
    "infrastructure_idle": N_("asked for by nobody: fewer or smaller nodes save it"),
    "system_overhead": N_("what nodes keep for the system and Kubernetes itself"),
    "cluster_overhead": N_("control plane, and what is of the cluster as a whole"),
    "unmounted": N_("volumes that no pod mounts"),
    "unused": N_("load balancers that nothing is behind"),
    "unattributed": N_("traffic of nodes that no pod is known to have caused"),
    "unmetered": N_("of the bill alone: what ran in these hours is not known"),
}
SLOTS: Mapping[str, int] = {
    "used": 0, "workload_idle": 1, "system_overhead": 2, "infrastructure_idle": 3, "passed_on": 4,
    "attached": 5, "cluster_overhead": 6, "unmounted": 7,
}  # fmt: skip
"""Colours that mean the same wherever a cluster is shown; the others are grey."""
_WORKLOADS = (("x_ClusterCostClass", "workload"), ("x_ClusterAsset", "node"))


def cause_label(cause: str, texts: Texts) -> str:
    """What *cause* is called."""
    return texts.gettext(LABELS[cause]) if cause in LABELS else cause


def cause_segments(cost: PlaceCost, visit: Visit) -> tuple[Segment, ...]:
    """How one cost divides over its causes."""
    amounts = {str(cause): float(amount) for cause, amount in cost.causes.items()}
    return segments_of(amounts, CAUSES, lambda cause: cause_label(cause, visit.texts), visit)


def cause_series(costs: Iterable[PlaceCost], buckets: Sequence[datetime], visit: Visit) -> tuple[Series, ...]:
    """The costs of buckets as one series for each cause that occurs."""
    place = {moment: i for i, moment in enumerate(buckets)}
    amounts: dict[Cause, list[Decimal]] = {}
    for cost in costs:
        for cause, amount in cost.causes.items():
            line = amounts.setdefault(cause, [Decimal(0)] * len(buckets))
            if cost.start in place:
                line[place[cost.start]] = amount
    return tuple(
        Series(
            key=cause,
            label=cause_label(cause, visit.texts),
            slot=SLOTS.get(cause),
            is_other=cause != "unmetered",
            amounts=tuple(amounts[cause]),
        )
        for cause in CAUSES
        if cause in amounts
    )


@dataclass(frozen=True)
class CauseRow:
    """A part of a cost, why it is there, and the charges that it is."""

    name: str
    label: str
    note: str
    slot: int | None
    amount: Amount
    percent: str
    width: float
    href: str | None


def list_causes(
    cost: PlaceCost, href: Callable[[Cause], str | None], places: int, visit: Visit
) -> tuple[CauseRow, ...]:
    """The causes of *cost*, the largest first; what is shown adds up to it. *href*: where each opens."""
    ranked = sorted(cost.causes, key=lambda cause: -abs(cost.causes[cause]))
    amounts = visit.display.column([cost.causes[c] for c in ranked], cost.cost, cost.currency, places)
    parts = [ratio(cost.causes[cause], cost.cost) or 0.0 for cause in ranked]
    longest = max((abs(part) for part in parts), default=0.0) or 1.0
    return tuple(
        CauseRow(
            name=cause,
            label=cause_label(cause, visit.texts),
            note=visit.texts.gettext(NOTES[cause]),
            slot=SLOTS.get(cause),
            amount=amount,
            percent=visit.display.percent(part),
            width=abs(part) / longest * 100,
            href=href(cause),
        )
        for cause, amount, part in zip(ranked, amounts, parts, strict=True)
    )


def cause_place(cause: Cause) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """The columns and values that *cause* is found by, and the metric that is it alone where it is a part."""
    if cause in {"used", "workload_idle"}:
        return _WORKLOADS, "x_UsedCost" if cause == "used" else "x_WorkloadIdleCost"
    if cause == "attached":
        return (("x_ClusterCostClass", "workload"),), None
    if cause == "passed_on":
        return (*_WORKLOADS, ("x_AllocationClass", "shared")), None
    return (("x_ClusterCostClass", cause),), None
