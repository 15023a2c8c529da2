-- Allocations and assets as windows of pods, nodes, volumes, load balancers and namespaces of one cluster.

-- OpenCost shows labels of assets with the prefix of kube-state-metrics.
CREATE OR REPLACE TEMP MACRO labels_of(raw) AS plain_labels(list_transform(text_map(json_extract(raw, '$.labels')),
    e -> {'key': regexp_replace(e.key, '^label_', ''), 'value': e.value}));
CREATE OR REPLACE TEMP MACRO annotations_of(raw) AS plain_labels(text_map(json_extract(raw, '$.annotations')));
CREATE OR REPLACE TEMP MACRO is_here(name) AS list_contains(getvariable('cluster_names'), lower(coalesce(name, '')));

CREATE OR REPLACE TEMP VIEW run_here AS
SELECT * FROM allocations WHERE is_here(cluster) AND start < getvariable('last') AND stop > getvariable('first');
CREATE OR REPLACE TEMP VIEW owned_here AS
SELECT * FROM assets WHERE is_here(cluster) AND start < getvariable('last') AND stop > getvariable('first');

-- A node is known by its id at the provider. Both endpoints tell it, not always in the same form: then by its name.
CREATE OR REPLACE TEMP VIEW node_ids AS
SELECT DISTINCT provider_id FROM owned_here WHERE type = 'Node' AND provider_id IS NOT NULL;
CREATE OR REPLACE TEMP VIEW node_names AS
SELECT name, max(coalesce(provider_id, name)) AS node_uid FROM owned_here WHERE type = 'Node' GROUP BY name;

CREATE OR REPLACE TEMP VIEW placed AS
SELECT a.*, coalesce(i.provider_id, n.node_uid, a.provider_id, a.node) AS node_uid, CASE WHEN a.pod IS NOT NULL
    THEN a.namespace || '/' || a.pod || '@' || coalesce(i.provider_id, n.node_uid, a.provider_id, a.node) END AS pod_uid
FROM run_here a LEFT JOIN node_ids i ON i.provider_id = a.provider_id LEFT JOIN node_names n ON n.name = a.node;

CREATE OR REPLACE TEMP VIEW pod_windows AS
SELECT start, stop, first, last, '' AS part, node_uid, namespace, pod, pod_uid, container, workload_kind, workload, labels,
    cpu_asked, cpu_used, cpu_demand, memory_asked, memory_used, memory_demand, gpu AS gpu_asked, CAST(NULL AS BIGINT) AS gpu_used,
    gpu AS gpu_demand, sent, received, run, CASE WHEN stop - start <= 3600 THEN run // 60 END AS minutes
FROM placed WHERE pod IS NOT NULL;

-- Without an asset: the machine that the pods tell of, as large as what they demanded.
CREATE OR REPLACE TEMP VIEW node_windows AS
WITH known AS (
    SELECT raw, labels_of(raw) AS l FROM (SELECT DISTINCT labels AS raw FROM owned_here WHERE type = 'Node')
), once AS (
    SELECT start, stop, first, last, node, provider_id, node_uid, pod_uid, container, max(cpu_demand) AS cpu,
        max(memory_demand) AS memory, max(gpu) AS gpu
    FROM placed WHERE pod IS NOT NULL AND node_uid NOT IN (SELECT coalesce(provider_id, name) FROM owned_here WHERE type = 'Node')
    GROUP BY ALL
)
SELECT a.start, a.stop, a.first, a.last, '' AS part, coalesce(a.provider_id, a.name) AS node_uid, a.name AS node, a.provider_id,
    coalesce(a.instance_type, instance_type_of(k.l)) AS instance_type, region_of(k.l) AS region, zone_of(k.l) AS zone,
    coalesce(a.pool, pool_of(k.l)) AS pool, CASE WHEN a.is_spot THEN 'spot' ELSE capacity_type_of(k.l) END AS capacity_type,
    os_of(k.l) AS os, a.labels, a.last - a.first AS up, a.cpu, a.memory, a.gpu, a.cpu_free, a.memory_free, CAST(NULL AS BIGINT) AS gpu_free,
    (a.last - a.first) // 60 AS minutes
FROM owned_here a JOIN known k ON k.raw = a.labels WHERE a.type = 'Node'
UNION ALL
SELECT start, stop, min(first), max(last), '', node_uid, max(node), max(provider_id), NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    max(last) - min(first), sum(cpu), sum(memory), sum(gpu), NULL, NULL, NULL, CASE WHEN stop - start <= 3600 THEN (max(last) - min(first)) // 60 END
FROM once GROUP BY start, stop, node_uid;

-- byteHours of a disk's size are hours. Where the disk is not known, the pods have the whole window between them.
CREATE OR REPLACE TEMP VIEW volume_windows AS
WITH mounts AS (
    SELECT start, stop, first, last, pod_uid, container, namespace, unnest(text_map(volumes)) AS e FROM placed WHERE volumes IS NOT NULL
), told AS (
    SELECT * EXCLUDE (e), coalesce(nullif(regexp_extract(e.key, ':name=(.*)$', 1), ''), e.key) AS volume,
        CASE WHEN json_valid(e.value) THEN try_cast(e.value ->> '$.byteHours' AS DOUBLE) END AS byte_hours
    FROM mounts
), disks AS (
    SELECT coalesce(volume, name) AS volume, max(provider_id) AS handle, max(capacity) AS capacity, max(claim) AS claim,
        max(claim_namespace) AS claim_namespace, max(class) AS class
    FROM owned_here WHERE type = 'Disk' GROUP BY 1
), once AS (
    SELECT start, stop, volume, pod_uid, container, min(first) AS first, max(last) AS last, max(namespace) AS namespace, max(byte_hours) AS byte_hours
    FROM told WHERE byte_hours > 0 AND byte_hours <= 1e18 GROUP BY start, stop, volume, pod_uid, container
)
SELECT o.start, o.stop, o.first, o.last, o.container AS part, o.volume, o.pod_uid, d.handle, d.claim,
    coalesce(d.claim_namespace, o.namespace) AS namespace, d.class, d.capacity,
    whole(least(o.byte_hours / coalesce(nullif(d.capacity, 0) / 3600,
        sum(o.byte_hours) OVER (PARTITION BY o.volume, o.start, o.stop) / (o.stop - o.start)), o.stop - o.start)) AS seconds
FROM once o LEFT JOIN disks d USING (volume);

CREATE OR REPLACE TEMP VIEW balancer_windows AS
WITH behind AS (
    SELECT start, stop, first, last, pod_uid, unnest(text_map(balancers)) AS e FROM placed WHERE balancers IS NOT NULL
), told AS (
    SELECT * EXCLUDE (e), left(coalesce(nullif(e.value ->> '$.service', ''), regexp_replace(e.key, '^[^/]*/', '')), 1024) AS place,
        nullif(left(e.value ->> '$.ip', 1024), '') AS ip, try_cast(e.value ->> '$.hours' AS DOUBLE) AS hours
    FROM behind WHERE json_valid(e.value)
), known AS (
    SELECT name, max(coalesce(ip, provider_id)) AS address FROM owned_here WHERE type = 'LoadBalancer' GROUP BY name
)
SELECT t.start, t.stop, t.first, t.last, '' AS part, split_part(t.place, '/', 1) AS namespace,
    coalesce(nullif(split_part(t.place, '/', 2), ''), t.place) AS service, t.pod_uid, coalesce(t.ip, k.address) AS address,
    whole(CASE WHEN t.hours > 0 THEN least(t.hours * 3600, t.last - t.first) ELSE t.last - t.first END) AS seconds
FROM told t LEFT JOIN known k ON k.name = t.place WHERE t.place <> '';

CREATE OR REPLACE TEMP VIEW space_windows AS
SELECT start, stop, start AS first, stop AS last, '' AS part, namespace, max(space_labels) AS labels
FROM run_here WHERE namespace IS NOT NULL AND pod IS NOT NULL GROUP BY start, stop, namespace;
