"""What workloads would cost with requests at their peak: an estimate at the rate that is paid now."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from warikan.engine.cluster_costs import reprice
from warikan.focus.money import EXACT


@dataclass(frozen=True)
class AtPeak:
    """
    CPU, memory and GPU of nodes, of one or more workloads, in one currency.

    The bill does not change until a node goes: what a workload pays less becomes infrastructure idle.

    Attributes:
        now: What they cost.
        at_peak: What they would cost.
        difference: *at_peak* less *now*; below 0 for who asks for more than it needs.
    """

    now: Decimal
    at_peak: Decimal
    difference: Decimal


def estimate_at_peak(parts: Mapping[str, Decimal], peaks: pa.Table) -> AtPeak | None:
    """
    *parts* (``PlaceCost.parts``) with the demand of *peaks* (``ask_peaks`` of the same workloads and period).

    A unit of demand costs what it costs now; GPUs cost the same. None where no use was measured, or nothing
    of the cost is known by parts.
    """
    if not parts or not any(peaks[f"{resource}Peak"].drop_null().length() for resource in _RESOURCES):
        return None
    now = at_peak = Decimal(0)
    for resource, cost in parts.items():
        now = EXACT.add(now, cost)
        wanted = cost
        if resource in _RESOURCES:
            wanted = reprice(cost, _sum(peaks, f"{resource}Demand"), _sum(peaks, f"{resource}DemandAtPeak"))
        at_peak = EXACT.add(at_peak, wanted)
    return AtPeak(now, at_peak, EXACT.subtract(at_peak, now))


_RESOURCES = ("Cpu", "Memory")


def _sum(peaks: pa.Table, name: str) -> Decimal:
    return pc.sum(peaks[name]).as_py() or Decimal(0)
