"""How what nodes offer divides over what is used, asked for, kept by the system, and free."""

from collections.abc import Mapping
from decimal import Decimal

from warikan.focus.money import EXACT

_ZERO = Decimal(0)


def split_capacity(
    nodes: Mapping[str, Decimal], usage: Mapping[str, Decimal], resource: str
) -> dict[str, Decimal]:
    """
    What nodes offer of *resource*, by what became of it, in the words of the causes of cost.

    ``used``; ``workload_idle``: asked for, not used; ``system_overhead``; ``infrastructure_idle``: free. They
    add up to the capacity, or where more was asked for than there is, to what was asked for and overhead.

    Args:
        nodes, usage: Sums of ``ask_nodes`` and ``ask_usage`` (usage.py) of the same places.
    """
    capacity = nodes.get(f"{resource}Capacity", _ZERO)
    overhead = max(_ZERO, _less(capacity, nodes.get(f"{resource}Allocatable", capacity)))
    used, demand = usage.get(f"{resource}Usage", _ZERO), usage.get(f"{resource}Demand", _ZERO)
    free = max(_ZERO, _less(_less(capacity, overhead), demand))
    return {
        "used": used,
        "workload_idle": _less(demand, used),
        "system_overhead": overhead,
        "infrastructure_idle": free,
    }


def split_demand(usage: Mapping[str, Decimal], resource: str) -> dict[str, Decimal]:
    """
    What containers ask for or use of *resource*, whichever is more in a minute.

    ``used``: within the request; ``used_beyond`` it; ``workload_idle``: asked for, not used. They add up to
    the demand.
    """
    used, demand = usage.get(f"{resource}Usage", _ZERO), usage.get(f"{resource}Demand", _ZERO)
    beyond = max(_ZERO, _less(demand, usage.get(f"{resource}Request", _ZERO)))
    return {"used": _less(used, beyond), "used_beyond": beyond, "workload_idle": _less(demand, used)}


def used_of_requested(usage: Mapping[str, Decimal], resource: str) -> float | None:
    """What was used for each unit that was asked for, where use was measured; above 1 where more was."""
    asked = usage.get(f"{resource}Measured", _ZERO)
    return float(usage[f"{resource}Usage"]) / float(asked) if asked else None


def mean_of(amount: Decimal, seconds: int, unit: int) -> Decimal:
    """*amount* (millicore-seconds, byte-seconds) as the mean number of *unit* over *seconds*, 6 decimals."""
    if not seconds:
        return _ZERO
    return EXACT.divide(amount, Decimal(seconds) * unit).quantize(Decimal("1e-6"), context=EXACT)


def _less(amount: Decimal, other: Decimal) -> Decimal:
    return EXACT.subtract(amount, other)
