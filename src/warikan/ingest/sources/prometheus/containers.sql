-- Containers: requests, usage and demand of each minute, added up by hour in whole units.

CREATE OR REPLACE TEMP TABLE pod_nodes AS
SELECT s.uid, coalesce(arg_min(m.uid, s.minute), any_value(f.uid), max(s.node)) AS node_uid
FROM pod_seen s
LEFT JOIN node_names m ON m.node = s.node AND m.minute = s.minute
LEFT JOIN (SELECT node, arg_max(uid, minute) AS uid FROM node_names GROUP BY node) f ON f.node = s.node
WHERE s.node IS NOT NULL GROUP BY s.uid;

-- The owner at the root. ReplicaSets belong to Deployments or Rollouts, Jobs to CronJobs.
CREATE OR REPLACE TEMP MACRO owner(l, k) AS CASE WHEN l[k] IN ('', '<none>') THEN NULL ELSE l[k] END;
CREATE OR REPLACE TEMP TABLE workloads AS
WITH direct AS (
    SELECT o.uid, any_value(n.namespace) AS namespace, max(row(
        coalesce(n.labels['owner_is_controller'] = 'true', false), o.minute,
        owner(n.labels, 'owner_kind'), owner(n.labels, 'owner_name'))) AS best
    FROM owned o JOIN named n USING (series) WHERE o.family = 'pod_owner' GROUP BY o.uid
), above AS (
    SELECT CASE family WHEN 'job_owner' THEN 'Job' ELSE 'ReplicaSet' END AS kind, namespace,
        coalesce(lab(labels, 'replicaset'), lab(labels, 'exported_job'), lab(labels, 'job_name')) AS name,
        max(row(owner(labels, 'owner_kind'), owner(labels, 'owner_name'))) AS owner
    FROM named WHERE family IN ('replicaset_owner', 'job_owner') AND owner(labels, 'owner_name') IS NOT NULL
    GROUP BY ALL
)
SELECT d.uid, coalesce(a.owner[1], d.best[3]) AS kind, coalesce(a.owner[2], d.best[4]) AS name
FROM direct d LEFT JOIN above a ON a.kind = d.best[3] AND a.namespace = d.namespace AND a.name = d.best[4];

CREATE OR REPLACE TEMP TABLE requests AS
SELECT uid, container, minute, max(value) FILTER (WHERE resource = 'cpu') AS cpu,
    max(value) FILTER (WHERE resource = 'memory') AS memory, sum(value) FILTER (WHERE resource = 'gpu') AS gpu
FROM pod_samples WHERE family IN ('request', 'init_request') GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE measured AS
SELECT uid, container, minute, sum(cpu) AS cpu, max(memory) AS memory, sum(gpu) AS gpu
FROM (
    SELECT uid, container, minute, amount AS cpu, NULL AS memory, NULL AS gpu FROM usage WHERE family = 'cpu'
    UNION ALL
    SELECT uid, container, minute, NULL, value, NULL FROM pod_samples WHERE family = 'memory'
    UNION ALL
    SELECT uid, container, minute, NULL, NULL, value FROM pod_samples WHERE family = 'gpu'
)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE demands AS
WITH joined AS (
    -- A request is part of the pod's specification: where it was not told in the minute, it is as it was told
    -- before, else as it was told first.
    SELECT m.uid, m.container, m.minute, m.is_sampled, m.seconds,
        coalesce(r.cpu, f.cpu, 0) * m.seconds AS cpu_asked, coalesce(u.cpu, 0) AS cpu_used,
        coalesce(r.memory, f.memory, 0) * m.seconds AS memory_asked, coalesce(u.memory, 0) * m.seconds AS memory_used,
        coalesce(r.gpu, f.gpu, 0) * m.seconds AS gpu_asked, -- Without a request the device is not the container's: the exporter shows idle devices as its own.
        CASE WHEN coalesce(r.gpu, f.gpu, 0) > 0 THEN coalesce(u.gpu, 0) ELSE 0 END * m.seconds AS gpu_used
    FROM container_minutes m
    ASOF LEFT JOIN requests r ON r.uid = m.uid AND r.container = m.container AND m.minute >= r.minute
    LEFT JOIN (
        SELECT uid, container, arg_min(cpu, minute) AS cpu, arg_min(memory, minute) AS memory, arg_min(gpu, minute) AS gpu
        FROM requests GROUP BY uid, container
    ) f ON f.uid = m.uid AND f.container = m.container
    LEFT JOIN measured u ON u.uid = m.uid AND u.container = m.container AND u.minute = m.minute
)
SELECT uid, container, hour_of(minute) AS hour, sum(seconds) AS run,
    sum(cpu_asked) // 1000 AS cpu_asked, sum(cpu_used) // 1000 AS cpu_used,
    sum(greatest(cpu_asked, cpu_used)) // 1000 AS cpu_demand,
    sum(memory_asked) AS memory_asked, sum(memory_used) AS memory_used,
    sum(greatest(memory_asked, memory_used)) AS memory_demand,
    sum(gpu_asked) AS gpu_asked, sum(gpu_used) AS gpu_used, sum(greatest(gpu_asked, gpu_used)) AS gpu_demand,
    count(*) FILTER (WHERE is_sampled) * getvariable('step') // 60 AS minutes
FROM joined WHERE seconds > 0 OR cpu_used > 0 GROUP BY ALL;

-- Traffic is the pod's (its containers share an address) and stands at one of them. With the host's network it is
-- the node's and nobody's.
CREATE OR REPLACE TEMP TABLE traffic AS
SELECT uid, hour_of(minute) AS hour, sum(amount) FILTER (WHERE family = 'transmit') AS sent,
    sum(amount) FILTER (WHERE family = 'receive') AS received
FROM usage JOIN pods USING (uid) WHERE family IN ('transmit', 'receive') AND NOT on_host GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE container_hours AS
WITH ranked AS (
    SELECT d.*, k.kind, row_number() OVER (PARTITION BY d.uid, d.hour ORDER BY k.kind, d.container) AS place
    FROM demands d JOIN known k USING (uid, container)
), last_labels AS (
    SELECT subject, arg_max(labels_id, hour) AS labels_id FROM label_ids WHERE kind = 'pod' GROUP BY subject
)
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(r.hour) AS "Hour", n.node_uid AS "NodeUid", r.uid AS "PodUid",
    p.namespace AS "Namespace", p.pod AS "Pod", r.container AS "Container", r.kind AS "ContainerKind",
    w.kind AS "WorkloadKind", w.name AS "Workload", r.run AS "RunSeconds",
    r.cpu_asked AS "CpuRequest", r.cpu_used AS "CpuUsage", r.cpu_demand AS "CpuDemand",
    r.memory_asked AS "MemoryRequest", r.memory_used AS "MemoryUsage", r.memory_demand AS "MemoryDemand",
    r.gpu_asked AS "GpuRequest", r.gpu_used AS "GpuUsage", r.gpu_demand AS "GpuDemand",
    CASE WHEN r.place = 1 THEN coalesce(t.sent, 0) ELSE 0 END AS "TransmitBytes",
    CASE WHEN r.place = 1 THEN coalesce(t.received, 0) ELSE 0 END AS "ReceiveBytes",
    r.minutes AS "SampledMinutes", coalesce(i.labels_id, l.labels_id) AS "LabelsId"
FROM ranked r JOIN pods p USING (uid) JOIN pod_nodes n USING (uid)
LEFT JOIN workloads w USING (uid)
LEFT JOIN traffic t ON t.uid = r.uid AND t.hour = r.hour
LEFT JOIN label_ids i ON i.kind = 'pod' AND i.subject = r.uid AND i.hour = r.hour
LEFT JOIN last_labels l ON l.subject = r.uid
ORDER BY r.hour, p.namespace, p.pod, r.uid, r.container;
