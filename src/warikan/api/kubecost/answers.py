"""Allocations as Kubecost's and OpenCost's JSON: amounts become doubles here, at the very end."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from warikan.allocate.allocation_sets import Cell, add_up
from warikan.allocate.set_quantities import Quantities, add_quantities
from warikan.api.answers import freshness_document
from warikan.api.kubecost.asking import moment_text
from warikan.api.kubecost.question import Question
from warikan.api.kubecost.sets import Found
from warikan.focus.money import format_exact
from warikan.focus.period import Period

Document = dict[str, Any]
_ADJUSTMENTS = ("cpu", "gpu", "network", "loadBalancer", "pv", "ram")
_AVERAGES = (
    "cpuCores",
    "cpuCoreRequestAverage",
    "cpuCoreUsageAverage",
    "gpuCount",
    "ramBytes",
    "ramByteRequestAverage",
    "ramByteUsageAverage",
)
_SUMS = ("cpuCoreHours", "gpuHours", "ramByteHours", "networkTransferBytes", "networkReceiveBytes")
_EFFICIENCIES = ("cpuEfficiency", "ramEfficiency", "totalEfficiency")
_SUMMARY = (
    "name",
    "start",
    "end",
    "cpuCoreRequestAverage",
    "cpuCoreUsageAverage",
    "cpuCost",
    "gpuCost",
    "networkCost",
    "loadBalancerCost",
    "pvCost",
    "ramByteRequestAverage",
    "ramByteUsageAverage",
    "ramCost",
    "sharedCost",
    "externalCost",
    "totalEfficiency",
    "totalCost",
    "totalCostExact",
)
_UNKNOWN = (
    "pvBytes",
    "pvByteHours",
    "gpuEfficiency",
    "networkCrossZoneCost",
    "networkCrossRegionCost",
    "networkInternetCost",
    "rawAllocationOnly",
    "proportionalAssetResourceCosts",
    "lbAllocations",
    "sharedCostBreakdown",
    "gpuAllocation",
)
"""What their clients expect to be there, and nobody knows here."""


def allocation_document(found: Found, question: Question) -> Document:
    """``/allocation``: ``data`` has one object of allocations by name for each set."""
    return _answer([{item["name"]: item for item in page} for page in _pages(found, question)], found)


def summary_document(found: Found, question: Question) -> Document:
    """``/allocation/summary``: fewer fields, and the window beside each set."""
    pages = zip(_pages(found, question), found.periods, strict=True)
    sets = [
        {"allocations": {i["name"]: _summary_item(i) for i in page}, "window": window_document(period)}
        for page, period in pages
    ]
    first = found.periods[0]
    nanoseconds = int((first.end - first.start).total_seconds()) * 1_000_000_000
    data = {"step": nanoseconds, "sets": sets, "window": window_document(question.cut.window)}
    return _answer(data, found)


def topline_document(found: Found, question: Question) -> Document:
    """``/allocation/summary/topline``: everything as one."""
    whole = Period(found.seen[0].start, found.seen[-1].end)
    everything = None if found.quantities is None else add_quantities(found.quantities)
    total = _summary_item(allocation_item(add_up(found.sets, "total"), whole, whole, everything))
    data = {
        "numResults": sum(len(one.items) for one in found.sets),
        "combined": {"allocations": {"total": total}, "window": window_document(question.cut.window)},
    }
    return _answer(data, found)


def allocation_item(cell: Cell, period: Period, seen: Period, quantities: Quantities | None) -> Document:
    """
    One allocation. Its costs add up to ``totalCost`` as OpenCost's client adds them up.

    ``start``, ``end`` and ``minutes`` are those of the data in the window, so that a rate is one. ``pvs`` has
    the cost of volumes once more, as that client reads it there. What is not known is null: an allocation
    without *quantities* is of nothing that ran.
    """
    costs, idle = cell.costs, cell.idle
    hours = (seen.end - seen.start).total_seconds() / 3600
    item: Document = {
        "name": cell.name,
        "properties": properties_document(cell),
        "window": window_document(period),
        "start": moment_text(seen.start),
        "end": moment_text(seen.end),
        "minutes": hours * 60,
        "cpuCost": float(costs.cpu),
        "cpuCostIdle": float(idle.cpu),
        "gpuCost": float(costs.gpu),
        "gpuCostIdle": float(idle.gpu),
        "networkCost": float(costs.network),
        "loadBalancerCost": float(costs.load_balancer),
        "pvCost": float(costs.pv),
        "pvs": _volumes(cell),
        "ramCost": float(costs.ram),
        "ramCostIdle": float(idle.ram),
        "externalCost": float(costs.external),
        "sharedCost": float(costs.shared),
        "totalCost": float(costs.total),
        "totalCostExact": format_exact(costs.total),
    }
    item |= {f"{part}CostAdjustment": 0.0 for part in _ADJUSTMENTS}
    return item | _amounts(cell, quantities, hours) | dict.fromkeys(_UNKNOWN)


def _amounts(cell: Cell, quantities: Quantities | None, hours: float) -> Document:
    """Hours are sums; averages are over the time that ``minutes`` says."""
    if quantities is None:
        return dict.fromkeys((*_AVERAGES, *_SUMS, *_EFFICIENCIES))
    demand, gpu = quantities.core_hours("cpu_demand"), quantities.core_hours("gpu_demand")
    ram = quantities.byte_hours("ram_demand")
    averages = (
        demand,
        quantities.core_hours("cpu_request"),
        quantities.core_hours("cpu_usage"),
        gpu,
        ram,
        quantities.byte_hours("ram_request"),
        quantities.byte_hours("ram_usage"),
    )
    sums = (demand, gpu, ram, float(quantities.sent), float(quantities.received))
    efficiencies = (
        quantities.cpu_efficiency,
        quantities.ram_efficiency,
        quantities.total_efficiency(cell.costs),
    )
    return (
        {name: amount / hours for name, amount in zip(_AVERAGES, averages, strict=True)}
        | dict(zip(_SUMS, sums, strict=True))
        | dict(zip(_EFFICIENCIES, efficiencies, strict=True))
    )


def properties_document(cell: Cell) -> Document:
    """What is known of *cell*, in their nesting: services are a list, labels an object."""
    known = {name: value for name, value in cell.properties.items() if ":" not in name}
    labels = {n.removeprefix("label:"): v for n, v in cell.properties.items() if n.startswith("label:")}
    service, team = known.pop("service", None), known.pop("team", None)
    document: Document = {"cluster": cell.cluster} if cell.cluster is not None else {}
    document |= known
    if service is not None:
        document["services"] = [service]
    if team is not None:
        labels["team"] = team
    return document | ({"labels": labels} if labels else {})


def window_document(period: Period) -> Document:
    """``{"start", "end"}``; the end is exclusive."""
    return {"start": moment_text(period.start), "end": moment_text(period.end)}


def wrapped(data: Any, notes: Iterable[str], more: Mapping[str, Any]) -> Document:
    """*data* in the envelope of OpenCost; ``warikan`` has what their shape has no place for."""
    said = list(dict.fromkeys(notes))
    document: Document = {"code": 200, "status": "success", "data": data}
    if said:
        document["warning"] = "; ".join(said)
    return document | {"warikan": {**more, "notes": said}}


def _answer(data: Any, found: Found) -> Document:
    left_out: dict[str, list[str]] = {}
    for one in found.sets:
        for why, amount in one.left_out.items():
            if why != "filter":
                left_out.setdefault(why, []).append(format_exact(amount))
    more = {
        "metric": "EffectiveCost",
        "currency": found.currency,
        "totals": [format_exact(one.total) for one in found.sets],
        "leftOut": left_out,
        "results": [len(one.items) for one in found.sets],
        "freshness": freshness_document(found.freshness),
    }
    return wrapped(data, found.notes, more)


def _pages(found: Found, question: Question) -> list[list[Document]]:
    known = found.quantities or [{} for _ in found.sets]
    return [
        [allocation_item(cell, period, seen, of_set.get(cell.name)) for cell in one.items[question.page]]
        for one, period, seen, of_set in zip(found.sets, found.periods, found.seen, known, strict=True)
    ]


def _summary_item(item: Document) -> Document:
    return {name: item[name] for name in _SUMMARY}


def _volumes(cell: Cell) -> Document | None:
    """Their map of volumes, in one entry: its key is ``cluster=…:name=…`` with no other colon."""
    if cell.costs.pv == Decimal(0):
        return None
    cluster = (cell.cluster or "all").replace(":", "_")
    return {f"cluster={cluster}:name=all": {"byteHours": 0.0, "cost": float(cell.costs.pv)}}
