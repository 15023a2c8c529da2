-- Split rows as windows of pods, and the instances above them as windows of nodes.

-- Tags of people; those of AWS itself (aws:eks:...) say where a pod is, not what it is.
CREATE OR REPLACE TEMP MACRO tag_entries(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY'
    THEN from_json(j, '[{"key": "VARCHAR", "value": "VARCHAR"}]') ELSE text_map(j) END;
CREATE OR REPLACE TEMP MACRO labels_of(raw) AS plain_labels(list_transform(
    list_filter(tag_entries(raw), e -> NOT regexp_matches(e.key, '^aws[:_]')),
    e -> {'key': regexp_replace(e.key, '^user[:_]', ''), 'value': e.value}));
CREATE OR REPLACE TEMP MACRO annotations_of(raw) AS CAST(MAP {} AS MAP(VARCHAR, VARCHAR));
CREATE OR REPLACE TEMP MACRO cluster_of(arn) AS split_part(arn, '/', 2);
CREATE OR REPLACE TEMP MACRO resource_of(usage_type) AS CASE
    WHEN contains(lower(usage_type), 'vcpu') THEN 'cpu' WHEN regexp_matches(lower(usage_type), '(^|-)gb-hours') THEN 'memory' ELSE 'gpu' END;
-- vCPU-hours, GiB-hours and GPU-hours as millicore-, byte- and milli-GPU-seconds.
CREATE OR REPLACE TEMP MACRO units_of(resource, hours) AS
    CASE WHEN resource = 'memory' THEN whole(hours * 3600 * 1073741824) ELSE whole(hours * 3600000) END;
-- "16 GiB", "1,952 GiB", "4"; the first number.
CREATE OR REPLACE TEMP MACRO number_in(text) AS
    try_cast(nullif(regexp_extract(replace(text, ',', ''), '^\s*([0-9]{1,9}(\.[0-9]{1,6})?)', 1), '') AS DOUBLE);

CREATE OR REPLACE TEMP VIEW pod_splits AS
SELECT *, resource_of(usage_type) AS resource, split_part(resource_id, '/', 3) AS namespace, split_part(resource_id, '/', 4) AS pod,
    split_part(resource_id, '/', 5) AS pod_uid, units_of(resource_of(usage_type), reserved_usage) AS asked,
    units_of(resource_of(usage_type), actual_usage) AS used,
    units_of(resource_of(usage_type), coalesce(split_usage, greatest(reserved_usage, actual_usage))) AS demand
FROM split
WHERE operation LIKE 'EKSPod%' AND list_contains(getvariable('cluster_names'), lower(cluster_of(resource_id)))
    AND start < getvariable('last') AND stop > getvariable('first');

CREATE OR REPLACE TEMP VIEW pod_windows AS
SELECT start, stop, start AS first, stop AS last, resource AS part, parent AS node_uid, namespace, pod, pod_uid, '(pod)' AS container,
    CASE WHEN deployment IS NOT NULL THEN 'Deployment' ELSE workload_kind_of(workload_type) END AS workload_kind,
    coalesce(deployment, workload) AS workload, tags AS labels,
    CASE WHEN resource = 'cpu' THEN asked END AS cpu_asked, CASE WHEN resource = 'cpu' THEN used END AS cpu_used,
    CASE WHEN resource = 'cpu' THEN demand END AS cpu_demand,
    CASE WHEN resource = 'memory' THEN asked END AS memory_asked, CASE WHEN resource = 'memory' THEN used END AS memory_used,
    CASE WHEN resource = 'memory' THEN demand END AS memory_demand,
    CASE WHEN resource = 'gpu' THEN asked END AS gpu_asked, CASE WHEN resource = 'gpu' THEN used END AS gpu_used,
    CASE WHEN resource = 'gpu' THEN demand END AS gpu_demand,
    CAST(NULL AS BIGINT) AS sent, CAST(NULL AS BIGINT) AS received, stop - start AS run,
    CASE WHEN stop - start <= 3600 THEN (stop - start) // 60 END AS minutes
FROM pod_splits;

CREATE OR REPLACE TEMP VIEW node_windows AS
WITH parents AS (
    SELECT DISTINCT parent FROM pod_splits
), lines AS (
    SELECT DISTINCT line_item_id, line_item_type, usage_type, usage_amount, start, stop, resource_id, zone, instance_type, vcpu, memory,
        gpu, os, market, region, tags
    FROM split WHERE coalesce(operation, '') NOT LIKE 'EKSPod%' AND resource_id IN (SELECT parent FROM parents)
        AND start < getvariable('last') AND stop > getvariable('first')
), instances AS (
    SELECT start, stop, resource_id AS parent, max(zone) AS zone, max(instance_type) AS instance_type, max(region) AS region,
        max(lower(os)) AS os, max(tags) AS tags, bool_or(contains(usage_type, 'SpotUsage') OR lower(coalesce(market, '')) = 'spot') AS is_spot,
        whole(least(sum(coalesce(usage_amount, (stop - start) / 3600)) * 3600, stop - start)) AS up,
        max(number_in(vcpu)) AS vcpu, max(number_in(memory)) AS memory, max(number_in(gpu)) AS gpu
    FROM lines GROUP BY start, stop, resource_id
), once AS (
    SELECT start, stop, parent, resource, pod_uid, max(node) AS node, max(demand) AS demand, max(split_ratio) AS ratio
    FROM pod_splits GROUP BY start, stop, parent, resource, pod_uid
), measured AS (
    SELECT start, stop, parent, resource, max(node) AS node, coalesce(max(whole(demand / ratio)) FILTER (WHERE ratio > 0 AND ratio <= 1),
        CAST(sum(demand) AS BIGINT)) AS capacity
    FROM once GROUP BY start, stop, parent, resource
), hosts AS (
    SELECT start, stop, parent, max(node) AS node, max(capacity) FILTER (WHERE resource = 'cpu') AS cpu,
        max(capacity) FILTER (WHERE resource = 'memory') AS memory, max(capacity) FILTER (WHERE resource = 'gpu') AS gpu
    FROM measured GROUP BY start, stop, parent
), tagged AS (
    SELECT tags, labels_of(tags) AS l FROM (SELECT DISTINCT tags FROM instances WHERE tags IS NOT NULL)
)
SELECT start, stop, start AS first, stop AS last, '' AS part, parent AS node_uid, coalesce(h.node, parent) AS node,
    CASE WHEN i.zone IS NULL THEN parent ELSE 'aws:///' || i.zone || '/' || parent END AS provider_id, i.instance_type, i.region, i.zone,
    coalesce(t.l['eks_nodegroup_name'], t.l['karpenter_sh_nodepool'], t.l['alpha_eksctl_io_nodegroup_name']) AS pool,
    CASE WHEN i.parent IS NULL THEN 'unknown' WHEN i.is_spot THEN 'spot' ELSE 'on-demand' END AS capacity_type, i.os,
    i.tags AS labels, coalesce(i.up, stop - start) AS up,
    coalesce(whole(i.vcpu * i.up * 1000), h.cpu) AS cpu, coalesce(whole(i.memory * i.up * 1073741824), h.memory) AS memory,
    coalesce(whole(i.gpu * i.up * 1000), h.gpu, 0) AS gpu,
    CAST(NULL AS BIGINT) AS cpu_free, CAST(NULL AS BIGINT) AS memory_free, CAST(NULL AS BIGINT) AS gpu_free,
    CASE WHEN stop - start <= 3600 THEN coalesce(i.up, stop - start) // 60 END AS minutes
FROM hosts h FULL JOIN instances i USING (start, stop, parent) LEFT JOIN tagged t USING (tags);

CREATE OR REPLACE TEMP VIEW volume_windows AS
SELECT 0 AS start, 0 AS stop, 0 AS first, 0 AS last, '' AS part, '' AS volume, '' AS pod_uid, '' AS handle, '' AS claim,
    '' AS namespace, '' AS class, 0 AS capacity, 0 AS seconds WHERE false;
CREATE OR REPLACE TEMP VIEW balancer_windows AS
SELECT 0 AS start, 0 AS stop, 0 AS first, 0 AS last, '' AS part, '' AS namespace, '' AS service, '' AS pod_uid, '' AS address,
    0 AS seconds WHERE false;
CREATE OR REPLACE TEMP VIEW space_windows AS
SELECT 0 AS start, 0 AS stop, 0 AS first, 0 AS last, '' AS part, '' AS namespace, '' AS labels WHERE false;
