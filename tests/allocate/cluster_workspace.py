"""A small cluster in a real lake: nodes, pods, volumes and load balancers that a test writes down itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from bills import charge
from small_workspace import SmallWorkspace

from warikan.ingest.hours import SCHEMAS
from warikan.lake import Unit

START = datetime(2026, 9, 1, tzinfo=UTC)
CORE, GIB = 1000 * 3600, 2**30 * 3600
"""One vCPU and one GiB for an hour."""
_TABLES = {
    "nodes": "kubernetes_node_hours",
    "containers": "kubernetes_container_hours",
    "volumes": "kubernetes_volume_hours",
    "load_balancers": "kubernetes_load_balancer_hours",
    "namespaces": "kubernetes_namespace_hours",
    "labels": "kubernetes_labels",
    "coverage": "kubernetes_coverage",
}
Row = dict[str, Any]


def at(hour: int) -> datetime:
    """The hour of that number, from the first of September 2026 on."""
    return START + timedelta(hours=hour)


@dataclass
class SmallCluster:
    """Hours of one cluster."""

    cluster_id: str = "prod"
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in _TABLES})

    def node(
        self, hours: Iterable[int], *, name: str = "i-00001", cores: int = 4, gib: int = 16, reserved: int = 0
    ) -> None:
        """A node of AWS; *reserved* of 100 of its capacity is the system's."""
        capacity = {"Cpu": cores * CORE, "Memory": gib * GIB, "Gpu": 0}
        row: Row = {"NodeUid": f"uid-{name}", "NodeName": f"ip-{name}", "InstanceType": "m5.xlarge"}
        row |= {"ProviderId": f"aws:///eu-west-1a/{name}", "NodePool": "general", "UpSeconds": 3600}
        row |= {f"{r}Capacity": n for r, n in capacity.items()}
        row |= {f"{r}Allocatable": n * (100 - reserved) // 100 for r, n in capacity.items()}
        self._add("nodes", hours, row | {"SampledMinutes": 60})

    def pod(
        self,
        hours: Iterable[int],
        *,
        uid: str,
        node: str = "i-00001",
        namespace: str = "shop",
        cores: float = 1,
        gib: float = 4,
        used: float = 1.0,
        labels: Mapping[str, str] = {},
        annotations: Mapping[str, str] = {},
        workload: tuple[str, str] | None = None,
        container: str = "app",
        sent: int = 0,
    ) -> None:
        """A pod of one container; it uses *used* of what it asks for."""
        row: Row = {"NodeUid": f"uid-{node}", "PodUid": uid, "Namespace": namespace, "Pod": f"pod-{uid}"}
        row |= {"Container": container, "ContainerKind": "app", "RunSeconds": 3600, "SampledMinutes": 60}
        if workload is not None:
            row |= {"WorkloadKind": workload[0], "Workload": workload[1]}
        for resource, asked in (("Cpu", int(cores * CORE)), ("Memory", int(gib * GIB)), ("Gpu", 0)):
            usage = int(asked * used)
            row |= {f"{resource}Request": asked, f"{resource}Usage": usage}
            row |= {f"{resource}Demand": max(asked, usage)}
        row |= {"TransmitBytes": sent, "ReceiveBytes": 0, "LabelsId": self.labels("pod", labels, annotations)}
        self._add("containers", hours, row)

    def namespace(self, hours: Iterable[int], name: str, labels: Mapping[str, str]) -> None:
        """Labels of a namespace."""
        self._add("namespaces", hours, {"Namespace": name, "LabelsId": self.labels("namespace", labels, {})})

    def volume(
        self,
        hours: Iterable[int],
        *,
        handle: str,
        pod: str | None,
        seconds: int = 3600,
        namespace: str = "shop",
    ) -> None:
        """A volume that *pod* mounts; None: nobody does."""
        row = {"PersistentVolume": f"pvc-{handle}", "VolumeHandle": handle, "Claim": "data"}
        row |= {"Namespace": namespace, "PodUid": pod}
        self._add("volumes", hours, row | {"CapacityBytes": 10 * 2**30, "MountSeconds": seconds})

    def balancer(self, hours: Iterable[int], *, host: str, pod: str | None, size: int | None = None) -> None:
        """A load balancer with *pod* behind it, to which it sent *size* bytes (None: nobody counts)."""
        row: Row = {"Namespace": "shop", "Service": "web", "LoadBalancer": host, "PodUid": pod}
        self._add("load_balancers", hours, row | {"EndpointSeconds": 3600, "Bytes": size})

    def labels(self, kind: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
        """The id of these labels."""
        content = {"Labels": sorted(labels.items()), "Annotations": sorted(annotations.items())}
        name = f"{kind}{content}"
        row = {"x_ClusterId": self.cluster_id, "LabelsId": name, "Kind": kind, **content}
        if row not in self.rows["labels"]:
            self.rows["labels"].append(row)
        return name

    def _add(self, table: str, hours: Iterable[int], row: Mapping[str, Any]) -> None:
        self.rows[table] += [{"x_ClusterId": self.cluster_id, "Hour": at(hour), **row} for hour in hours]

    def keep(self, workspace: SmallWorkspace) -> None:
        """Put the hours into the lake, in place of what it has of their days; all were looked at."""
        hours = sorted({row["Hour"] for rows in self.rows.values() for row in rows if "Hour" in row})
        minutes = dict.fromkeys(("NodeMinutes", "PodMinutes", "UsageMinutes"), 60)
        row: Row = {"x_ClusterId": self.cluster_id, "UnknownPodSamples": 0, **minutes}
        self.rows["coverage"] = [row | {"Hour": hour} for hour in hours]
        with workspace.lake.writing(), workspace.engine.connection.cursor() as cursor:
            for name, table in _TABLES.items():
                units: dict[Unit, list[Row]] = {}
                for row in self.rows[name]:
                    start = None if name == "labels" else row["Hour"].date()
                    units.setdefault(Unit(self.cluster_id, start), []).append(row)
                files = []
                for rows in units.values():
                    cursor.register("hours_of_test", pa.Table.from_pylist(rows, SCHEMAS[name]))
                    files.append(workspace.lake.new_file(table))
                    origin = ", 'test' AS \"Origin\"" if name == "coverage" else ""
                    select = f"SELECT *{origin} FROM hours_of_test"
                    workspace.lake.copy(cursor, select, table, files[-1])
                workspace.lake.replace(table, list(units), files)


def machine(
    cost: str | Decimal, *, hours: tuple[int, int] = (0, 1), name: str = "i-00001", **values: Any
) -> Row:
    """A charge of a node for hours ``[first, end)``."""
    start, end = at(hours[0]), at(hours[1])
    more = {"ChargePeriodStart": start, "ChargePeriodEnd": end, "ResourceId": name, **values}
    return charge(cost, day=date(2026, 9, 1), **more)
