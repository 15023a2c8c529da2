-- Hours of pods, nodes, volumes, load balancers and namespaces to the columns of the lake.

CREATE OR REPLACE TEMP TABLE label_ids AS
WITH told AS (
    SELECT 'pod' AS kind, labels AS raw, '' AS name FROM pod_hours
    UNION SELECT 'node', labels, '' FROM node_hours
    UNION SELECT 'namespace', labels, namespace FROM space_hours
), read AS (
    SELECT kind, raw, name, annotations_of(raw) AS annotations,
        CASE WHEN kind = 'namespace' THEN named_space(labels_of(raw), name) ELSE labels_of(raw) END AS labels
    FROM told WHERE raw IS NOT NULL
)
SELECT *, labels_id(kind, labels, annotations) AS labels_id FROM read;

CREATE OR REPLACE TEMP TABLE label_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", labels_id AS "LabelsId", any_value(kind) AS "Kind",
    any_value(labels) AS "Labels", any_value(annotations) AS "Annotations"
FROM label_ids GROUP BY labels_id ORDER BY labels_id;

-- What the system keeps of a node is seldom told: then nothing is.
CREATE OR REPLACE TEMP TABLE node_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(h.hour) AS "Hour", h.node_uid AS "NodeUid", h.node AS "NodeName",
    h.provider_id AS "ProviderId", h.instance_type AS "InstanceType", h.region AS "Region", h.zone AS "Zone",
    h.pool AS "NodePool", coalesce(h.capacity_type, 'unknown') AS "CapacityType", h.os AS "OperatingSystem",
    least(coalesce(h.up, 0), 3600) AS "UpSeconds",
    coalesce(h.cpu, 0) AS "CpuCapacity", coalesce(h.memory, 0) AS "MemoryCapacity", coalesce(h.gpu, 0) AS "GpuCapacity",
    coalesce(h.cpu_free, h.cpu, 0) AS "CpuAllocatable", coalesce(h.memory_free, h.memory, 0) AS "MemoryAllocatable",
    coalesce(h.gpu_free, h.gpu, 0) AS "GpuAllocatable",
    least(coalesce(h.minutes, 0), 60) AS "SampledMinutes", i.labels_id AS "LabelsId"
FROM node_hours h LEFT JOIN label_ids i ON i.kind = 'node' AND i.raw = h.labels
WHERE coalesce(h.cpu, h.memory, h.gpu) IS NOT NULL
ORDER BY h.hour, h.node_uid;

CREATE OR REPLACE TEMP TABLE container_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(h.hour) AS "Hour", h.node_uid AS "NodeUid", h.pod_uid AS "PodUid",
    h.namespace AS "Namespace", h.pod AS "Pod", h.container AS "Container", CAST(NULL AS VARCHAR) AS "ContainerKind",
    h.workload_kind AS "WorkloadKind", h.workload AS "Workload", least(coalesce(h.run, 0), 3600) AS "RunSeconds",
    coalesce(h.cpu_asked, 0) AS "CpuRequest", h.cpu_used AS "CpuUsage", coalesce(h.cpu_demand, 0) AS "CpuDemand",
    coalesce(h.memory_asked, 0) AS "MemoryRequest", h.memory_used AS "MemoryUsage", coalesce(h.memory_demand, 0) AS "MemoryDemand",
    coalesce(h.gpu_asked, 0) AS "GpuRequest", CASE WHEN coalesce(h.gpu_demand, 0) = 0 THEN 0 ELSE h.gpu_used END AS "GpuUsage",
    coalesce(h.gpu_demand, 0) AS "GpuDemand", h.sent AS "TransmitBytes", h.received AS "ReceiveBytes",
    least(coalesce(h.minutes, 0), 60) AS "SampledMinutes", i.labels_id AS "LabelsId"
FROM pod_hours h LEFT JOIN label_ids i ON i.kind = 'pod' AND i.raw = h.labels
ORDER BY h.hour, h.namespace, h.pod, h.pod_uid, h.container;

CREATE OR REPLACE TEMP TABLE volume_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(hour) AS "Hour", volume AS "PersistentVolume",
    handle AS "VolumeHandle", claim AS "Claim", namespace AS "Namespace", class AS "StorageClass", pod_uid AS "PodUid",
    coalesce(capacity, 0) AS "CapacityBytes", least(coalesce(seconds, 0), 3600) AS "MountSeconds"
FROM volume_hours WHERE seconds > 0 ORDER BY hour, volume, pod_uid;

CREATE OR REPLACE TEMP TABLE balancer_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(hour) AS "Hour", namespace AS "Namespace", service AS "Service",
    address AS "LoadBalancer", pod_uid AS "PodUid", least(coalesce(seconds, 0), 3600) AS "EndpointSeconds",
    CAST(NULL AS BIGINT) AS "Bytes"
FROM balancer_hours WHERE seconds > 0 ORDER BY hour, namespace, service, pod_uid;

CREATE OR REPLACE TEMP TABLE space_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(h.hour) AS "Hour", h.namespace AS "Namespace", i.labels_id AS "LabelsId"
FROM space_hours h JOIN label_ids i ON i.kind = 'namespace' AND i.raw = h.labels AND i.name = h.namespace
ORDER BY h.hour, h.namespace;

-- The hours of which there is anything, and how many minutes were seen. Of an hour that only a longer window
-- covers, no minute of its own is known.
CREATE OR REPLACE TEMP TABLE coverage_rows AS
WITH seen AS (
    SELECT "Hour", "SampledMinutes" AS nodes, 0 AS pods, 0 AS used FROM node_rows
    UNION ALL
    SELECT "Hour", 0, "SampledMinutes", CASE WHEN "CpuUsage" IS NOT NULL THEN "SampledMinutes" ELSE 0 END FROM container_rows
    UNION ALL
    SELECT to_timestamp(unnest(generate_series(getvariable('first'), getvariable('last') - 3600, 3600))), 0, 0, 0
    WHERE getvariable('every_hour')
)
SELECT getvariable('cluster') AS "x_ClusterId", "Hour", max(nodes) AS "NodeMinutes", max(pods) AS "PodMinutes",
    max(used) AS "UsageMinutes", 0 AS "UnknownPodSamples"
FROM seen GROUP BY "Hour" ORDER BY "Hour";
