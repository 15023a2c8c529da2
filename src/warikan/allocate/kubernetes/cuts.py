"""The money of one slice: cut to 12 decimals by its ratios, and the rest of the charge on top for one."""

from collections.abc import Mapping
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.demand import RESOURCES, Resource
from warikan.allocate.split import MONEY, part_expression
from warikan.focus.columns import COST_METRICS

RESOURCE_COSTS: Mapping[Resource, str] = {"Cpu": "x_CpuCost", "Memory": "x_MemoryCost", "Gpu": "x_GpuCost"}
"""Resource → the column with its part of EffectiveCost."""


def ratio_of(slices: ir.Table) -> ir.FloatingValue:
    """The part of its charge that a slice is: its ratios by resource, in this order of addition."""
    return cast("ir.FloatingValue", (slices._ratio_Cpu + slices._ratio_Memory) + slices._ratio_Gpu)


def hour_ratio(slices: ir.Table) -> ir.FloatingValue:
    """The part of the whole charge that its hour is (hours.py); 1 for charges of one hour."""
    return cast("ir.FloatingValue", slices.HourRatio if "HourRatio" in slices.columns else ibis.literal(1.0))


def cut_metrics(charges: ir.Table, ratio: ir.Value) -> dict[str, ir.DecimalValue]:
    """The four metrics of a slice before the rest: ``_double_<metric>`` times *ratio*, cut."""
    return {metric: part_expression(charges[f"_double_{metric}"], ratio) for metric in COST_METRICS}


def with_amounts(slices: ir.Table, *, takes_rest: ir.Value) -> ir.Table:
    """
    *slices* with their money columns and ``x_Ratio``, the part of the whole charge.

    The metrics sum per charge to it. ``x_CpuCost`` + ``x_MemoryCost`` + ``x_GpuCost`` = ``EffectiveCost`` =
    ``x_UsedCost`` + ``x_WorkloadIdleCost``, to the last digit and none of the other sign: each is the step
    between two cuts of one growing ratio. The rest is with the largest resource, and with the larger of
    used and idle.

    Args:
        slices: With ``_ratio_<resource>``, ``_ratio_used`` (at most their sum), ``_double_<metric>`` and
            ``_rest_<metric>``.
        takes_rest: Whether a slice is the one of its charge that the rest goes to.
    """
    ratio, used = ratio_of(slices), slices._ratio_used
    cpu, memory, gpu = (slices[f"_ratio_{r}"] for r in RESOURCES)
    double = slices._double_EffectiveCost
    # A step of its own, as DuckDB computes again what stands in several branches.
    rows = slices.mutate(
        **{f"_cut_{metric}": part for metric, part in cut_metrics(slices, ratio).items()},
        _cut_cpu=part_expression(double, cpu),
        _cut_both=part_expression(double, cpu + memory),
        _cut_used=part_expression(double, used),
        _takes=takes_rest,
        _cpu_first=(cpu >= memory) & (cpu >= gpu),
        _used_first=used * 2.0 >= ratio,
        x_Ratio=ratio * hour_ratio(slices),
    )
    whole = rows._cut_EffectiveCost
    to_cpu, to_used = rows._takes & rows._cpu_first, rows._takes & rows._used_first
    to_memory = rows._takes & ~rows._cpu_first & (rows._ratio_Memory >= rows._ratio_Gpu)
    to_gpu = rows._takes & ~rows._cpu_first & (rows._ratio_Memory < rows._ratio_Gpu)
    parts = {
        "x_CpuCost": (rows._cut_cpu, to_cpu),
        "x_MemoryCost": (rows._cut_both - rows._cut_cpu, to_memory),
        "x_GpuCost": (whole - rows._cut_both, to_gpu),
        "x_UsedCost": (rows._cut_used, to_used),
        "x_WorkloadIdleCost": (whole - rows._cut_used, rows._takes & ~rows._used_first),
    }
    money = {
        metric: _more(rows[f"_cut_{metric}"], rows._takes, rows[f"_rest_{metric}"]) for metric in COST_METRICS
    }
    return rows.mutate(
        **money,
        **{name: _more(part, takes, rows._rest_EffectiveCost) for name, (part, takes) in parts.items()},
    )


def _more(part: ir.Value, takes: ir.Value, rest: ir.Value) -> ir.Value:
    return ibis.ifelse(takes, part + rest, part).cast(MONEY)
