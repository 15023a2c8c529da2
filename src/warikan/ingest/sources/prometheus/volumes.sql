-- Volumes by the pods that mounted them, load balancers by the pods behind them, in seconds.

CREATE OR REPLACE TEMP TABLE pod_minutes AS
SELECT uid, minute, max(seconds) AS seconds FROM container_minutes GROUP BY ALL HAVING max(seconds) > 0;

CREATE OR REPLACE TEMP TABLE volumes AS
WITH told AS (
    SELECT labels['persistentvolume'] AS volume, family, labels, namespace FROM named
    WHERE family IN ('volume', 'volume_claim') AND lab(labels, 'persistentvolume') IS NOT NULL
    UNION ALL
    SELECT labels['volumename'], family, labels, namespace FROM named WHERE family = 'claim' AND lab(labels, 'volumename') IS NOT NULL
)
SELECT volume,
    max(coalesce(lab(labels, 'csi_volume_handle'), lab(labels, 'ebs_volume_id'), lab(labels, 'gce_persistent_disk_name'),
        lab(labels, 'azure_disk_name'))) AS handle,
    max(lab(labels, 'storageclass')) AS class,
    max(coalesce(lab(labels, 'persistentvolumeclaim'), CASE WHEN family = 'volume_claim' THEN lab(labels, 'name') END)) AS claim,
    max(coalesce(lab(labels, 'claim_namespace'), CASE WHEN family = 'claim' THEN namespace END)) AS namespace
FROM told GROUP BY volume;

CREATE OR REPLACE TEMP TABLE volume_hours AS
WITH present AS (
    SELECT n.labels['persistentvolume'] AS volume, s.minute, CAST(max(round(s.value)) AS BIGINT) AS capacity
    FROM samples s JOIN named n USING (series)
    WHERE s.family = 'volume_capacity' AND s.minute > getvariable('first') AND s.minute <= getvariable('last')
    GROUP BY ALL HAVING volume IS NOT NULL
), mounts AS (
    SELECT DISTINCT v.volume, o.uid, o.minute, p.seconds
    FROM owned o JOIN named n USING (series) JOIN pod_minutes p ON p.uid = o.uid AND p.minute = o.minute
    JOIN volumes v ON v.claim = n.labels['persistentvolumeclaim'] AND v.namespace = n.namespace
    WHERE o.family = 'mount'
), told AS (
    SELECT volume, minute, uid, seconds FROM mounts
    UNION ALL
    SELECT p.volume, p.minute, NULL, getvariable('step') - coalesce(max(m.seconds), 0)
    FROM present p LEFT JOIN mounts m ON m.volume = p.volume AND m.minute = p.minute GROUP BY p.volume, p.minute
), sizes AS (
    SELECT volume, hour_of(minute) AS hour, max(capacity) AS capacity FROM present GROUP BY ALL
)
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(hour_of(t.minute)) AS "Hour", t.volume AS "PersistentVolume",
    any_value(v.handle) AS "VolumeHandle", any_value(v.claim) AS "Claim", any_value(v.namespace) AS "Namespace",
    any_value(v.class) AS "StorageClass", t.uid AS "PodUid", coalesce(any_value(s.capacity), 0) AS "CapacityBytes",
    sum(t.seconds) AS "MountSeconds"
FROM told t LEFT JOIN volumes v ON v.volume = t.volume
LEFT JOIN sizes s ON s.volume = t.volume AND s.hour = hour_of(t.minute)
WHERE t.seconds > 0
GROUP BY hour_of(t.minute), t.volume, t.uid
ORDER BY hour_of(t.minute), t.volume, t.uid;

CREATE OR REPLACE TEMP TABLE load_balancer_hours AS
WITH balancers AS (
    SELECT n.namespace, n.labels['service'] AS service, s.minute,
        min(coalesce(lab(n.labels, 'hostname'), lab(n.labels, 'ip'))) AS address
    FROM samples s JOIN named n USING (series)
    WHERE s.family = 'load_balancer' AND s.minute > getvariable('first') AND s.minute <= getvariable('last')
    GROUP BY ALL HAVING n.namespace IS NOT NULL AND service IS NOT NULL AND address IS NOT NULL
), addresses AS (
    SELECT s.ip, s.minute, arg_max(s.uid, lpad(CAST(p.born AS VARCHAR), 12, '0') || s.uid) AS uid
    FROM pod_seen s JOIN pods p USING (uid) WHERE NOT p.on_host AND coalesce(s.ip, '') <> '' GROUP BY ALL
), behind AS (
    SELECT DISTINCT n.namespace, n.labels['endpoint'] AS service, s.minute, a.uid
    FROM samples s JOIN named n USING (series) JOIN addresses a ON a.ip = n.labels['ip'] AND a.minute = s.minute
    WHERE s.family = 'endpoint' AND coalesce(n.labels['ready'], 'true') = 'true'
)
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(hour_of(b.minute)) AS "Hour", b.namespace AS "Namespace",
    b.service AS "Service", max(b.address) AS "LoadBalancer", e.uid AS "PodUid",
    count(*) * getvariable('step') AS "EndpointSeconds", CAST(NULL AS BIGINT) AS "Bytes"
FROM balancers b LEFT JOIN behind e ON e.namespace = b.namespace AND e.service = b.service AND e.minute = b.minute
GROUP BY hour_of(b.minute), b.namespace, b.service, e.uid
ORDER BY hour_of(b.minute), b.namespace, b.service, e.uid;

-- How much of each hour was seen at all.
CREATE OR REPLACE TEMP TABLE coverage AS
WITH seen AS (
    SELECT DISTINCT family, minute FROM samples
    WHERE family IN ('node', 'pod', 'cpu') AND minute > getvariable('first') AND minute <= getvariable('last')
), lost AS (
    SELECT s.minute, count(*) AS n FROM samples s JOIN named n USING (series)
    WHERE s.family = 'cpu' AND s.minute > getvariable('first') AND s.minute <= getvariable('last')
        AND NOT EXISTS (FROM owned o WHERE o.series = s.series AND o.minute = s.minute) GROUP BY s.minute
), hours AS (
    SELECT unnest(generate_series(getvariable('first'), getvariable('last') - 3600, 3600)) AS hour
)
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(h.hour) AS "Hour",
    coalesce((SELECT count(*) FROM seen WHERE family = 'node' AND hour_of(minute) = h.hour), 0) * getvariable('step') // 60 AS "NodeMinutes",
    coalesce((SELECT count(*) FROM seen WHERE family = 'pod' AND hour_of(minute) = h.hour), 0) * getvariable('step') // 60 AS "PodMinutes",
    coalesce((SELECT count(*) FROM seen WHERE family = 'cpu' AND hour_of(minute) = h.hour), 0) * getvariable('step') // 60 AS "UsageMinutes",
    coalesce((SELECT sum(n) FROM lost WHERE hour_of(minute) = h.hour), 0) AS "UnknownPodSamples"
FROM hours h ORDER BY h.hour;
