"""What nodes offer and workloads ask for and use, over time: pictures of quantities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from warikan.engine.place import Quantities
from warikan.engine.query import Freshness
from warikan.engine.usage import UsageAnswer
from warikan.engine.utilisation import mean_of, split_capacity
from warikan.focus.period import Granularity, Period
from warikan.web.causes import SLOTS, cause_label
from warikan.web.chart import Chart, Series, draw, incomplete_from, list_buckets, next_bucket
from warikan.web.periods import Choice
from warikan.web.state import ViewState
from warikan.web.table import Segment, segments_of
from warikan.web.texts import N_
from warikan.web.visit import Visit

Resource = Literal["Cpu", "Memory", "Gpu"]
RESOURCES: tuple[Resource, ...] = get_args(Resource)
UNITS: Mapping[Resource, tuple[str, int]] = {
    "Cpu": ("vCPU", 1000),
    "Memory": ("GiB", 2**30),
    "Gpu": ("GPU", 1000),
}
"""What one of it is called, and how many millicores, bytes or milli-GPUs it has."""
LABELS: Mapping[Resource, str] = {"Cpu": N_("CPU"), "Memory": N_("Memory"), "Gpu": N_("GPU")}
_MORE_LABELS: Mapping[str, str] = {"used_beyond": N_("Used beyond the request")}
_MORE_SLOTS: Mapping[str, int] = {"used_beyond": 5}
_ORDER = ("used", "used_beyond", "workload_idle", "infrastructure_idle", "system_overhead")
Split = Callable[[datetime], Mapping[str, Decimal]]
"""From a bucket to its parts, in units of the lake."""


@dataclass(frozen=True)
class Utilisation:
    """A picture of one resource, and the others as links."""

    resource: Resource
    chart: Chart
    choices: tuple[Choice, ...]


def read_resource(value: str | None) -> Resource:
    """The resource that an address names; CPU for any other."""
    return next((r for r in RESOURCES if value is not None and r.lower() == value.lower()), "Cpu")


def resource_choices(
    chosen: Resource, known: Sequence[Resource], state: ViewState, path: str, visit: Visit
) -> tuple[Choice, ...]:
    """The resources *known* as links."""
    return tuple(
        Choice(
            r,
            visit.texts.gettext(LABELS[r]),
            r == chosen,
            state.url(path, resource=r.lower() if r != "Cpu" else None),
        )
        for r in known
    )


def quantities_by_start(answer: UsageAnswer) -> dict[datetime, Quantities]:
    """The rows of an answer by buckets alone."""
    names = [name for name in answer.rows.column_names if name != "period_start"]
    return {row["period_start"]: {n: row[n] for n in names} for row in answer.rows.to_pylist()}


def draw_parts(
    split: Split,
    resource: Resource,
    period: Period,
    granularity: Granularity,
    freshness: Freshness,
    visit: Visit,
) -> Chart:
    """The mean amount in each bucket of *period*, stacked by part."""
    unit, size = UNITS[resource]
    buckets = list_buckets(period, granularity)
    amounts: dict[str, list[Decimal]] = {}
    for place, start in enumerate(buckets):
        seconds = _seconds(start, granularity, period)
        for name, amount in split(start).items():
            line = amounts.setdefault(name, [Decimal(0)] * len(buckets))
            line[place] = mean_of(amount, seconds, size)
    series = tuple(
        Series(
            key=name,
            label=part_label(name, visit),
            slot=SLOTS.get(name, _MORE_SLOTS.get(name)),
            is_other=True,
            amounts=tuple(amounts[name]),
        )
        for name in _ORDER
        if any(amounts.get(name, ()))
    )
    unfinished = incomplete_from(freshness)
    return draw(series, buckets, granularity, "", unfinished, visit.display, unit=unit)


def capacity_segments(
    nodes: Quantities, usage: Quantities, visit: Visit
) -> tuple[tuple[str, tuple[Segment, ...]], ...]:
    """How what nodes offer is used, for CPU and memory, and GPUs where there are some."""
    return tuple(
        (visit.texts.gettext(LABELS[r]), part_segments(split_capacity(nodes, usage, r), visit))
        for r in RESOURCES
        if nodes.get(f"{r}Capacity")
    )


def part_segments(parts: Mapping[str, Decimal], visit: Visit) -> tuple[Segment, ...]:
    """Parts of a capacity or a demand as a meter."""
    amounts = {name: float(amount) for name, amount in parts.items()}
    return segments_of(amounts, _ORDER, lambda name: part_label(name, visit), visit)


def part_label(name: str, visit: Visit) -> str:
    """What a part of a capacity or a demand is called."""
    if name in _MORE_LABELS:
        return visit.texts.gettext(_MORE_LABELS[name])
    return cause_label(name, visit.texts)


def _seconds(start: datetime, granularity: Granularity, period: Period) -> int:
    """How much of the bucket lies in *period*."""
    end = min(next_bucket(start, granularity), period.end)
    return int((end - max(start, period.start)).total_seconds())
