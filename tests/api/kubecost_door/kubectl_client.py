"""
What kubectl-cost and OpenCost's Go client do with an answer, in Python.

After kubecost/kubectl-cost pkg/query/{allocation,assetsapi}.go and pkg/cmd/display/output.go, and
opencost/opencost core/pkg/opencost/allocation.go; tools of theirs that fail on an answer fail here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

MINUTES_OF_A_MONTH = 43_200
_NUMBERS = (
    *("cpuCoreHours", "cpuCoreRequestAverage", "cpuCoreUsageAverage", "cpuCost", "cpuCostAdjustment"),
    *("gpuHours", "gpuCost", "gpuCostAdjustment", "networkTransferBytes", "networkReceiveBytes"),
    *("networkCost", "networkCostAdjustment", "loadBalancerCost", "loadBalancerCostAdjustment"),
    *("pvCostAdjustment", "ramByteHours", "ramByteRequestAverage", "ramByteUsageAverage", "ramCost"),
    *("ramCostAdjustment", "sharedCost", "externalCost"),
)
_TEXTS = ("cluster", "node", "container", "controller", "controllerKind", "namespace", "pod", "providerID")


def read_allocations(answer: Mapping[str, Any]) -> list[dict[str, dict[str, Any]]]:
    """``json.Unmarshal`` into []map[string]opencost.Allocation: a wrong type is an error, null is 0."""
    assert isinstance(answer["code"], int)
    return [{name: _allocation(item) for name, item in of_set.items()} for of_set in answer["data"]]


def _allocation(item: Mapping[str, Any]) -> dict[str, Any]:
    read = {name: _number(item.get(name)) for name in _NUMBERS}
    properties = item["properties"] or {}
    assert all(isinstance(properties.get(name, ""), str) for name in _TEXTS)
    assert all(isinstance(one, str) for one in properties.get("services", []))
    assert all(isinstance(v, str) for v in (properties.get("labels") or {}).values())
    volumes = {_volume_key(key): _number(v["cost"]) for key, v in (item["pvs"] or {}).items()}
    start, end = (_moment(item[name]) for name in ("start", "end"))
    assert all(_moment(item["window"][name]) for name in ("start", "end"))
    return {**read, "name": item["name"], "pv": sum(volumes.values()), "minutes": (end - start).seconds / 60
            + (end - start).days * 1440, "properties": properties}  # fmt: skip


def total_cost(read: Mapping[str, Any]) -> float:
    """``Allocation.TotalCost``: it does not read totalCost, but adds up."""
    parts = ("cpu", "gpu", "ram", "network", "loadBalancer")
    costs = sum(read[f"{part}Cost"] + read[f"{part}CostAdjustment"] for part in parts)
    return float(costs + read["pv"] + read["pvCostAdjustment"] + read["sharedCost"] + read["externalCost"])


def cpu_efficiency(read: Mapping[str, Any]) -> float:
    """``Allocation.CPUEfficiency``."""
    if read["cpuCoreRequestAverage"] > 0:
        return float(read["cpuCoreUsageAverage"] / read["cpuCoreRequestAverage"])
    return 0.0 if read["cpuCoreUsageAverage"] == 0 or read["cpuCost"] == 0 else 1.0


def table_rows(
    allocations: Mapping[str, Mapping[str, Any]], aggregation: Sequence[str], *, monthly: bool
) -> dict[tuple[str, ...], float]:
    """``MakeAllocationTable``: a row for each, by the fields of its name; it panics where they do not fit."""
    rows = {}
    for read in allocations.values():
        if read["name"] == "__idle__":
            fields = ["__idle__"] * len(aggregation)
        else:
            fields = read["name"].split("/")
            assert len(fields) == len(aggregation), f"panic: {read['name']} is no {aggregation}"
        rate = MINUTES_OF_A_MONTH / read["minutes"] if monthly else 1
        rows[tuple(fields)] = total_cost(read) * rate
    return rows


def read_assets(answer: Mapping[str, Any]) -> list[dict[str, dict[str, Any]]]:
    """``json.Unmarshal`` into []map[string]AssetNode."""
    numbers = (
        *("minutes", "cpuCores", "ramBytes", "cpuCoreHours", "ramByteHours", "GPUHours", "preemptible"),
        *("discount", "cpuCost", "gpuCost", "gpuCount", "ramCost", "adjustment", "totalCost"),
    )
    found = []
    for of_set in answer["data"]:
        assets = {}
        for key, item in of_set.items():
            assert isinstance(item["type"], str)
            assert all(isinstance(v, str) for v in item["properties"].values())
            assert all(isinstance(v, str) for v in item["labels"].values())
            assert isinstance(item.get("nodeType", ""), str)
            for name in ("cpuBreakdown", "ramBreakdown"):
                assert all(_number(v) >= 0 for v in (item.get(name) or {}).values())
            assets[key] = {n: _number(item.get(n)) for n in numbers} | {
                "properties": item["properties"], "start": _moment(item["start"])
            }  # fmt: skip
        found.append(assets)
    return found


def _volume_key(key: str) -> tuple[str, str]:
    """``PVKey.FromString``."""
    parts = key.split(":")
    assert len(parts) == 2, f"PVKey string '{key}' has the incorrect format"
    return parts[0].removeprefix("cluster="), parts[1].removeprefix("name=")


def _number(value: Any) -> float:
    assert value is None or (isinstance(value, int | float) and not isinstance(value, bool)), value
    return float(value or 0)


def _moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)
