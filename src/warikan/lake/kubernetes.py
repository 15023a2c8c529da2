"""
The tables of clusters, one row per object and hour (UTC), partitioned by cluster and day.

Quantities are whole numbers, so that they add up the same in any order: CPU in millicore-seconds, memory in
byte-seconds, GPU in milli-GPU-seconds. The keys are uids, never names alone: a name is used again.
"""

from warikan.lake.spec import TableColumn, TableSpec, TimePartition, Type

_RESOURCES = ("Cpu", "Memory", "Gpu")
_OBJECT = (
    TableColumn("x_ClusterId", "string", "Cluster: what is replaced together, a day at a time"),
    TableColumn("Hour", "datetime", "Its first moment"),
)


def _columns(kind: Type, names: str) -> tuple[TableColumn, ...]:
    return tuple(TableColumn(name, kind) for name in names.split())


def _table(name: str, *columns: TableColumn) -> TableSpec:
    hour = TimePartition("Hour", "day")
    return TableSpec(f"kubernetes_{name}", _OBJECT + columns, source="x_ClusterId", time=hour)


KUBERNETES_TABLES = (
    _table(
        "node_hours",
        TableColumn("NodeUid", "string"),
        TableColumn("NodeName", "string"),
        TableColumn("ProviderId", "string", "spec.providerID, which ends with the id that is on the bill"),
        *_columns("string", "InstanceType Region Zone NodePool"),
        TableColumn("CapacityType", "string", "on-demand, spot, fargate, virtual, unknown"),
        TableColumn("OperatingSystem", "string"),
        TableColumn("UpSeconds", "long"),
        *(TableColumn(f"{r}Capacity", "long", "Capacity × seconds up") for r in _RESOURCES),
        *(TableColumn(f"{r}Allocatable", "long", "Allocatable × seconds up") for r in _RESOURCES),
        TableColumn("SampledMinutes", "long", "Minutes of the hour that the server has samples of"),
        TableColumn("LabelsId", "string", "Row of kubernetes_labels"),
    ),
    _table(
        "container_hours",
        *_columns("string", "NodeUid PodUid Namespace Pod Container"),
        TableColumn("ContainerKind", "string", "app, sidecar, init"),
        TableColumn("WorkloadKind", "string", "Root owner: Deployment, StatefulSet, DaemonSet, CronJob ..."),
        TableColumn("Workload", "string", "Its name; null for a bare pod"),
        TableColumn("RunSeconds", "long"),
        *_columns("long", " ".join(f"{r}Request {r}Usage" for r in _RESOURCES)),
        *(TableColumn(f"{r}Demand", "long", "Σ over minutes of max(request, usage)") for r in _RESOURCES),
        *_columns("long", "TransmitBytes ReceiveBytes SampledMinutes"),
        TableColumn("LabelsId", "string", "Row of kubernetes_labels"),
    ),
    _table(
        "volume_hours",
        TableColumn("PersistentVolume", "string"),
        TableColumn("VolumeHandle", "string", "Id of the disk on the bill"),
        *_columns("string", "Claim Namespace StorageClass"),
        TableColumn("PodUid", "string", "Null: seconds in which nobody mounted it"),
        *_columns("long", "CapacityBytes MountSeconds"),
    ),
    _table(
        "load_balancer_hours",
        *_columns("string", "Namespace Service"),
        TableColumn("LoadBalancer", "string", "Id, host name or address on the bill"),
        TableColumn("PodUid", "string", "Null: it had no endpoint"),
        TableColumn("EndpointSeconds", "long"),
        TableColumn("Bytes", "long", "Null where traffic is not classified"),
    ),
    _table(
        "namespace_hours",
        TableColumn("Namespace", "string"),
        TableColumn("LabelsId", "string", "Row of kubernetes_labels"),
    ),
    _table(
        "coverage",
        *_columns("long", "NodeMinutes PodMinutes UsageMinutes"),
        TableColumn("UnknownPodSamples", "long", "Values of CPU whose pod nothing else tells of"),
        TableColumn("Origin", "string", "What the day was read from; differs when files of it changed"),
    ),
    TableSpec(
        "kubernetes_estimates",
        (
            _OBJECT[0],
            TableColumn("Day", "datetime", "Its first moment"),
            *_columns("string", "x_ClusterCostClass x_Namespace x_WorkloadKind x_Workload"),
            *_columns("string", "x_ServiceId x_TeamId BillingCurrency"),
            TableColumn("EffectiveCost", "decimal", "At the last prices that the bill showed"),
            TableColumn("PricedFrom", "datetime", "First day of those prices"),
            TableColumn("PricedUntil", "datetime", "Their end, excluded: the last day that was billed"),
            TableColumn("MachineSeconds", "long", "Of the whole cluster on the day"),
        ),
        source="x_ClusterId",
        time=TimePartition("Day", "day"),
    ),
    TableSpec(
        "kubernetes_labels",
        (
            _OBJECT[0],
            TableColumn("LabelsId", "string", "Hash of the content"),
            TableColumn("Kind", "string", "pod, namespace, node"),
            *_columns("map", "Labels Annotations"),
        ),
        source="x_ClusterId",
    ),
)
