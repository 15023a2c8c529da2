"""What an allocation asked for and used, and how much of what it paid for that was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from warikan.allocate.allocation_sets import Costs

_CORE_HOUR, _BYTE_HOUR = 3_600_000, 3_600
"""A core for an hour in millicore-seconds (a GPU in milli-GPU-seconds), a byte for one in byte-seconds."""


@dataclass(frozen=True)
class Quantities:
    """
    Sums over containers and hours, as whole numbers in the units of the lake.

    ``demand`` is what was paid for: in each minute the larger of request and usage. ``measured`` are the
    requests of those hours whose usage is known.
    """

    cpu_request: int = 0
    cpu_usage: int = 0
    cpu_demand: int = 0
    cpu_measured: int = 0
    ram_request: int = 0
    ram_usage: int = 0
    ram_demand: int = 0
    ram_measured: int = 0
    gpu_demand: int = 0
    sent: int = 0
    received: int = 0

    def plus(self, other: "Quantities") -> "Quantities":
        """Both."""
        return Quantities(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def cpu_efficiency(self) -> float:
        """Used of requested, as OpenCost has it: 1 where nothing was requested and something used."""
        return _efficiency(self.cpu_usage, self.cpu_measured)

    @property
    def ram_efficiency(self) -> float:
        """As ``cpu_efficiency``."""
        return _efficiency(self.ram_usage, self.ram_measured)

    def total_efficiency(self, costs: Costs) -> float | None:
        """Both efficiencies, weighted by what CPU and memory cost; None where that is not known."""
        cpu, ram = float(costs.cpu), float(costs.ram)
        whole = cpu + ram
        return (self.cpu_efficiency * cpu + self.ram_efficiency * ram) / whole if whole else None

    def core_hours(self, name: str) -> float:
        """``cpu_request``, ``cpu_usage``, ``cpu_demand`` or ``gpu_demand`` in core-hours (GPU-hours)."""
        return float(getattr(self, name)) / _CORE_HOUR

    def byte_hours(self, name: str) -> float:
        """``ram_request``, ``ram_usage`` or ``ram_demand`` in byte-hours."""
        return float(getattr(self, name)) / _BYTE_HOUR


_COLUMNS = {
    "cpu_request": "CpuRequest",
    "cpu_usage": "CpuUsage",
    "cpu_demand": "CpuDemand",
    "cpu_measured": "CpuMeasured",
    "ram_request": "MemoryRequest",
    "ram_usage": "MemoryUsage",
    "ram_demand": "MemoryDemand",
    "ram_measured": "MemoryMeasured",
    "gpu_demand": "GpuDemand",
    "sent": "TransmitBytes",
    "received": "ReceiveBytes",
}


def quantities_of(row: Mapping[str, Any]) -> Quantities:
    """The quantities of a row of ``engine.usage.ask_usage``."""
    return Quantities(**{name: int(row[column]) for name, column in _COLUMNS.items()})


def add_quantities(sets: Iterable[Mapping[str, Quantities]]) -> Quantities:
    """All of *sets*."""
    total = Quantities()
    for one in sets:
        for quantities in one.values():
            total = total.plus(quantities)
    return total


def _efficiency(used: int, asked: int) -> float:
    if asked:
        return used / asked
    return 1.0 if used else 0.0
