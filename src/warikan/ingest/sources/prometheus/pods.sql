-- Whose each value is: pods by uid, then one row per pod, container, key and minute, replicas folded into one.
-- Variables: first, last (exclusive and inclusive ends, seconds since 1970), step (seconds), cluster.

CREATE OR REPLACE TEMP MACRO lab(l, k) AS nullif(l[k], '');
-- The hour that the step ending at m belongs to.
CREATE OR REPLACE TEMP MACRO hour_of(m) AS (m - 1) // 3600 * 3600;

-- A server that does not honour labels keeps the series' own as exported_*; kubelets before 1.16 said pod_name.
CREATE OR REPLACE TEMP TABLE named AS
SELECT family, series,
    coalesce(lab(labels, 'exported_namespace'), lab(labels, 'namespace')) AS namespace,
    coalesce(lab(labels, 'exported_pod'), lab(labels, 'pod'), lab(labels, 'pod_name')) AS pod,
    coalesce(lab(labels, 'exported_container'), lab(labels, 'container'), lab(labels, 'container_name')) AS container,
    coalesce(lab(labels, 'exported_node'), lab(labels, 'node')) AS node,
    coalesce(
        lab(labels, 'exported_uid'), lab(labels, 'uid'),
        replace(nullif(regexp_extract(labels['id'],
            'pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})', 1), ''), '_', '-')
    ) AS uid,
    coalesce(lab(labels, 'resource'), resource, '') AS resource,
    labels
FROM series;

CREATE OR REPLACE TEMP TABLE pod_seen AS
SELECT n.namespace, n.pod, coalesce(n.uid, n.namespace || '/' || n.pod) AS uid, n.node,
    n.labels['host_network'] = 'true' AS on_host, n.labels['pod_ip'] AS ip, s.minute
FROM samples s JOIN named n USING (series)
WHERE s.family = 'pod' AND n.namespace IS NOT NULL AND n.pod IS NOT NULL;

CREATE OR REPLACE TEMP TABLE pods AS
SELECT uid, max(namespace) AS namespace, max(pod) AS pod, max(node) AS node,
    coalesce(bool_or(on_host), false) AS on_host, max(nullif(ip, '')) AS ip, min(minute) AS born
FROM pod_seen GROUP BY uid;

-- Which pod a name means in a minute: the younger one, where a name is used again within it.
CREATE OR REPLACE TEMP TABLE pod_names AS
SELECT s.namespace, s.pod, s.minute, arg_max(s.uid, lpad(CAST(p.born AS VARCHAR), 12, '0') || s.uid) AS uid
FROM pod_seen s JOIN pods p USING (uid) GROUP BY ALL;

-- Static pods carry another uid in their cgroup than in the API, so a uid counts only if the API knows it.
CREATE OR REPLACE TEMP TABLE owned AS
WITH wanted AS (
    SELECT n.* EXCLUDE (uid), p.uid FROM named n LEFT JOIN pods p ON p.uid = n.uid
    WHERE n.family IN (
        'phase', 'running', 'init_running', 'request', 'init_request', 'cpu', 'memory', 'transmit', 'receive',
        'gpu', 'mount', 'init_info', 'pod_started', 'pod_completed', 'container_started', 'pod_owner',
        'pod_labels', 'pod_annotations'))
SELECT s.family, w.series, w.uid, s.minute, s.value
FROM samples s JOIN wanted w USING (series) WHERE w.uid IS NOT NULL
UNION ALL
SELECT x.family, x.series, p.uid, x.minute, x.value
FROM (
    SELECT s.family, s.series, w.namespace, w.pod, s.minute, s.value
    FROM samples s JOIN wanted w USING (series) WHERE w.uid IS NULL
) x
ASOF JOIN pod_names p ON x.namespace = p.namespace AND x.pod = p.pod AND x.minute >= p.minute
WHERE x.minute - p.minute <= 600;

-- GPU: a whole one is 1000; a MIG slice 3g.20gb is 3 of 7.
CREATE OR REPLACE TEMP MACRO kind_of(resource) AS CASE
    WHEN resource IN ('cpu', 'memory') THEN resource
    WHEN resource IN ('nvidia_com_gpu', 'amd_com_gpu') OR starts_with(resource, 'nvidia_com_mig_') THEN 'gpu'
END;
-- Amounts as whole millionths of a core, bytes, thousandths of a GPU. NULL where nothing real is that large.
CREATE OR REPLACE TEMP MACRO whole(resource, v) AS CASE
    WHEN resource = 'cpu' AND v <= 1e6 THEN CAST(round(v * 1e6) AS BIGINT)
    WHEN resource = 'memory' AND v <= 1e15 THEN CAST(round(v) AS BIGINT)
    WHEN resource IN ('nvidia_com_gpu', 'amd_com_gpu') AND v <= 1e6 THEN CAST(round(v * 1000) AS BIGINT)
    WHEN starts_with(resource, 'nvidia_com_mig_') AND v <= 1e6
        THEN CAST(round(v * 1000 * coalesce(try_cast(regexp_extract(resource, 'mig_(\d)g', 1) AS INT), 0) / 7) AS BIGINT)
END;

-- key: what tells series of one container apart (process, interface, device); folded into one are its replicas.
-- Series that mean the same but for their pod share a number, so that values are folded by numbers, not by texts.
CREATE OR REPLACE TEMP TABLE keyed AS
SELECT series, family, coalesce(container, '') AS container, resource, coalesce(labels['id'], '') AS id,
    coalesce(labels['cpu'], '') AS cpu,
    CASE
        WHEN family IN ('request', 'init_request') THEN resource
        WHEN family IN ('transmit', 'receive') THEN coalesce(labels['interface'], '') || '|' || coalesce(labels['id'], '')
        WHEN family = 'gpu' THEN coalesce(labels['UUID'], labels['gpu'], '') || coalesce(labels['GPU_I_ID'], '')
        ELSE coalesce(labels['id'], '') || '|' || coalesce(labels['cpu'], '')
    END AS key,
    dense_rank() OVER (ORDER BY family, container, resource, id, cpu, key) AS number
FROM named
WHERE family IN ('phase', 'running', 'init_running', 'request', 'init_request', 'cpu', 'memory', 'transmit',
    'receive', 'gpu');

CREATE OR REPLACE TEMP TABLE pod_samples AS
WITH keys AS (
    SELECT DISTINCT number, family, container, resource, id, cpu, key FROM keyed
), folded AS (
    SELECT o.uid, k.number, o.minute, max(o.value) AS value FROM owned o JOIN keyed k USING (series) GROUP BY ALL
)
SELECT k.family, f.uid, k.container, kind_of(k.resource) AS resource, k.key, k.id, k.cpu, f.minute, CASE
        WHEN k.family IN ('request', 'init_request') THEN whole(k.resource, f.value)
        WHEN k.family = 'cpu' THEN try_cast(round(f.value * 1e6) AS BIGINT)
        ELSE CAST(round(f.value) AS BIGINT)
    END AS value
FROM folded f JOIN keys k USING (number);
DELETE FROM pod_samples WHERE value IS NULL;
