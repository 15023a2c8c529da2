-- The operator's reports as windows: each row is of one hour.

CREATE OR REPLACE TEMP MACRO labels_of(raw) AS plain_labels(list_transform(string_split(raw, '|'), pair -> {
    'key': regexp_replace(split_part(pair, ':', 1), '^label_', ''),
    'value': CASE WHEN contains(pair, ':') THEN substr(pair, strpos(pair, ':') + 1) END}));
CREATE OR REPLACE TEMP MACRO annotations_of(raw) AS CAST(MAP {} AS MAP(VARCHAR, VARCHAR));
CREATE OR REPLACE TEMP MACRO pod_uid_of(namespace, pod, node) AS namespace || '/' || pod || '@' || coalesce(node, '');

CREATE OR REPLACE TEMP VIEW pods_told AS
SELECT *, coalesce(resource_id, node) AS node_uid,
    whole(coalesce(node_capacity_cpu_core_seconds / nullif(node_capacity_cpu_cores, 0), stop - start)) AS up
FROM pod_usage WHERE start < getvariable('last') AND stop > getvariable('first');

-- Which machine a name means, and where a pod is.
CREATE OR REPLACE TEMP VIEW named_nodes AS SELECT start, node, max(node_uid) AS node_uid FROM pods_told GROUP BY start, node;
CREATE OR REPLACE TEMP VIEW placed_pods AS
SELECT start, namespace, pod, max(node_uid) AS node_uid FROM pods_told GROUP BY start, namespace, pod;

-- A device is held whole, or by slices of its seven.
CREATE OR REPLACE TEMP VIEW devices AS
SELECT g.*, coalesce(p.node_uid, n.node_uid, g.node) AS node_uid, CASE WHEN coalesce(g.mig_profile, '') = '' THEN 1.0
    ELSE coalesce(try_cast(regexp_extract(g.mig_profile, '(\d)g', 1) AS DOUBLE), 0) / 7 END AS share
FROM gpu_usage g LEFT JOIN placed_pods p USING (start, namespace, pod) LEFT JOIN named_nodes n ON n.start = g.start AND n.node = g.node
WHERE g.start < getvariable('last') AND g.stop > getvariable('first');

CREATE OR REPLACE TEMP VIEW workloads AS
SELECT namespace, pod, max(workload_kind_of(workload_type)) AS kind, max(nullif(workload, '')) AS name
FROM containers WHERE start < getvariable('last') AND stop > getvariable('first') GROUP BY namespace, pod;

CREATE OR REPLACE TEMP VIEW pod_windows AS
WITH told AS (
    SELECT start, stop, '' AS part, node_uid, namespace, pod, pod_labels AS labels,
        nullif(regexp_extract(pod_labels, '(?:^|\|)label_vm[._]kubevirt[._]io[_/]name:([^|]*)', 1), '') AS machine,
        whole(coalesce(pod_request_cpu_core_seconds, 0) * 1000) AS cpu_asked, whole(pod_usage_cpu_core_seconds * 1000) AS cpu_used,
        whole(coalesce(pod_request_memory_byte_seconds, 0)) AS memory_asked, whole(pod_usage_memory_byte_seconds) AS memory_used,
        NULL AS gpu, least(up, stop - start) AS up
    FROM pods_told
    UNION ALL
    SELECT start, stop, gpu_uuid || coalesce(mig_instance_id, ''), node_uid, namespace, pod, NULL, NULL, NULL, NULL, NULL, NULL,
        whole(least(gpu_pod_uptime, stop - start) * 1000 * share), NULL
    FROM devices
)
SELECT t.start, t.stop, t.start AS first, t.stop AS last, t.part, t.node_uid, t.namespace, t.pod,
    pod_uid_of(t.namespace, t.pod, t.node_uid) AS pod_uid, '(pod)' AS container,
    CASE WHEN t.machine IS NOT NULL THEN 'VirtualMachine' ELSE w.kind END AS workload_kind, coalesce(t.machine, w.name) AS workload,
    t.labels, t.cpu_asked, t.cpu_used, greatest(t.cpu_asked, t.cpu_used) AS cpu_demand,
    t.memory_asked, t.memory_used, greatest(t.memory_asked, t.memory_used) AS memory_demand,
    t.gpu AS gpu_asked, CAST(NULL AS BIGINT) AS gpu_used, t.gpu AS gpu_demand,
    CAST(NULL AS BIGINT) AS sent, CAST(NULL AS BIGINT) AS received, t.up AS run, t.up // 60 AS minutes
FROM told t LEFT JOIN workloads w USING (namespace, pod);

CREATE OR REPLACE TEMP VIEW node_windows AS
WITH told AS (
    SELECT start, stop, node, node_uid, max(resource_id) AS provider_id, max(up) AS up,
        max(whole(node_capacity_cpu_core_seconds * 1000)) AS cpu, max(whole(node_capacity_memory_byte_seconds)) AS memory
    FROM pods_told GROUP BY ALL
), labelled AS (
    SELECT start, node, max(node_labels) AS labels FROM node_labels
    WHERE start < getvariable('last') AND stop > getvariable('first') GROUP BY start, node
), known AS (
    SELECT labels, labels_of(labels) AS l FROM (SELECT DISTINCT labels FROM labelled)
), counted AS (
    SELECT start, node_uid, count(DISTINCT gpu_uuid) AS devices FROM devices GROUP BY start, node_uid
)
SELECT t.start, t.stop, t.start AS first, t.stop AS last, '' AS part, t.node_uid, t.node, t.provider_id,
    instance_type_of(k.l) AS instance_type, region_of(k.l) AS region, zone_of(k.l) AS zone, pool_of(k.l) AS pool,
    capacity_type_of(k.l) AS capacity_type, os_of(k.l) AS os, b.labels, t.up, t.cpu, t.memory,
    greatest(coalesce(try_cast(k.l['nvidia_com_gpu_count'] AS UTINYINT), 0), coalesce(c.devices, 0)) * t.up * 1000 AS gpu,
    CAST(NULL AS BIGINT) AS cpu_free, CAST(NULL AS BIGINT) AS memory_free, CAST(NULL AS BIGINT) AS gpu_free, t.up // 60 AS minutes
FROM told t LEFT JOIN labelled b USING (start, node) LEFT JOIN known k USING (labels) LEFT JOIN counted c USING (start, node_uid);

CREATE OR REPLACE TEMP VIEW volume_windows AS
SELECT s.start, s.stop, s.start AS first, s.stop AS last, '' AS part, s.persistentvolume AS volume,
    CASE WHEN coalesce(s.pod, '') <> '' AND coalesce(s.namespace, '') <> ''
        THEN pod_uid_of(s.namespace, s.pod, coalesce(p.node_uid, n.node_uid, s.node)) END AS pod_uid,
    s.csi_volume_handle AS handle, s.persistentvolumeclaim AS claim, s.namespace, s.storageclass AS class,
    whole(s.persistentvolumeclaim_capacity_bytes) AS capacity,
    least(whole(coalesce(s.persistentvolumeclaim_capacity_byte_seconds / nullif(s.persistentvolumeclaim_capacity_bytes, 0),
        s.stop - s.start)), s.stop - s.start) AS seconds
FROM storage_usage s LEFT JOIN placed_pods p USING (start, namespace, pod) LEFT JOIN named_nodes n ON n.start = s.start AND n.node = s.node
WHERE s.start < getvariable('last') AND s.stop > getvariable('first');

CREATE OR REPLACE TEMP VIEW space_windows AS
SELECT start, stop, start AS first, stop AS last, '' AS part, namespace, coalesce(namespace_labels, '') AS labels
FROM namespace_labels WHERE start < getvariable('last') AND stop > getvariable('first');

CREATE OR REPLACE TEMP VIEW balancer_windows AS
SELECT 0 AS start, 0 AS stop, 0 AS first, 0 AS last, '' AS part, '' AS namespace, '' AS service, '' AS pod_uid, '' AS address,
    0 AS seconds WHERE false;
