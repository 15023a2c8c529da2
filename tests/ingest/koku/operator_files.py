"""Small reports as the cost operator writes them: six decimals, Go's times, labels with ``|``."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

COLUMNS = {
    "pod": (
        "report_period_start,report_period_end,interval_start,interval_end,node,namespace,pod,"
        "pod_usage_cpu_core_seconds,pod_request_cpu_core_seconds,pod_limit_cpu_core_seconds,"
        "pod_usage_memory_byte_seconds,pod_request_memory_byte_seconds,pod_limit_memory_byte_seconds,"
        "node_capacity_cpu_cores,node_capacity_cpu_core_seconds,node_capacity_memory_bytes,"
        "node_capacity_memory_byte_seconds,node_role,resource_id,pod_labels"
    ),
    "storage": (
        "report_period_start,report_period_end,interval_start,interval_end,namespace,pod,node,"
        "persistentvolumeclaim,persistentvolume,storageclass,csi_driver,csi_volume_handle,"
        "persistentvolumeclaim_capacity_bytes,persistentvolumeclaim_capacity_byte_seconds,"
        "volume_request_storage_byte_seconds,persistentvolumeclaim_usage_byte_seconds,"
        "persistentvolume_labels,persistentvolumeclaim_labels"
    ),
    "node": "report_period_start,report_period_end,interval_start,interval_end,node,node_labels",
    "namespace": (
        "report_period_start,report_period_end,interval_start,interval_end,namespace,namespace_labels"
    ),
    "nvidia-gpu": (
        "report_period_start,report_period_end,interval_start,interval_end,node,namespace,pod,gpu_uuid,"
        "gpu_model_name,gpu_vendor_name,gpu_memory_capacity_mib,gpu_pod_uptime,mig_instance_id,mig_profile,"
        "mig_strategy"
    ),
    "container": (
        "report_period_start,report_period_end,interval_start,interval_end,container_name,pod,owner_name,"
        "owner_kind,workload,workload_type,namespace,image_name,node,resource_id,cpu_request_container_avg"
    ),
    "vm": (
        "report_period_start,report_period_end,interval_start,interval_end,node,resource_id,namespace,vm_name,"
        "vm_uptime_total_seconds,vm_cpu_request_core_seconds,vm_labels"
    ),
}
"""Columns in the order of the operator (internal/collector/types.go)."""
_PERIOD = ("2026-10-01 00:00:00 +0000 UTC", "2026-11-01 00:00:00 +0000 UTC")


def times(hour: int) -> tuple[str, str]:
    """The interval of an hour of 2026-10-01 (and on), as Go prints it."""
    start = datetime(2026, 10, 1) + timedelta(hours=hour)
    return tuple(f"{t:%Y-%m-%d %H:%M:%S} +0000 UTC" for t in (start, start + timedelta(seconds=3599)))


def pod_row(
    hour: int,
    node: str,
    namespace: str,
    pod: str,
    *,
    cpu: tuple[float, float] = (0, 0),
    memory: tuple[float, float] = (0, 0),
    cores: int = 4,
    up: int = 3600,
    resource_id: str | None = None,
    labels: str = "",
) -> list[str]:
    """A pod's hour; *cpu* and *memory* are (asked, used) in core- and byte-seconds."""
    amounts = [cpu[1], cpu[0], 0, memory[1], memory[0], 0, cores, cores * up, 16 << 30, (16 << 30) * up]
    machine = f"i-{node}" if resource_id is None else resource_id
    return [
        *times(hour), node, namespace, pod, *(f"{a:.6f}" for a in amounts), "worker", machine, labels,
    ]  # fmt: skip


def write(folder: Path, kind: str, rows: Iterable[Iterable[str]], name: str | None = None) -> Path:
    """A report of *kind* with *rows* (from interval_start on)."""
    lines = [COLUMNS[kind], *(",".join((*_PERIOD, *row)) for row in rows)]
    path = folder / f"{name or f'cm-openshift-{kind}-usage-202610'}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
