-- When each container held its resources: one row per pod, container and minute, with the seconds of it.

CREATE OR REPLACE TEMP TABLE known AS
SELECT uid, container, CASE WHEN bool_or(is_sidecar) THEN 'sidecar' WHEN bool_or(is_init) THEN 'init' ELSE 'app' END AS kind
FROM (
    SELECT uid, container, starts_with(family, 'init_') AS is_init, false AS is_sidecar
    FROM pod_samples WHERE family IN ('running', 'init_running', 'request', 'init_request', 'cpu', 'memory')
    UNION ALL
    SELECT o.uid, n.container, true, coalesce(n.labels['restart_policy'] = 'Always', false)
    FROM owned o JOIN named n USING (series) WHERE o.family = 'init_info' AND n.container IS NOT NULL
)
GROUP BY uid, container;

-- kube-state-metrics tells a completion when any container has ended, so it counts only if nothing ran after it.
CREATE OR REPLACE TEMP TABLE lives AS
WITH told AS (
    SELECT uid, CAST(max(value) FILTER (WHERE family = 'pod_started') AS BIGINT) AS started,
        CAST(max(value) FILTER (WHERE family = 'pod_completed') AS BIGINT) AS completed
    FROM owned WHERE family IN ('pod_started', 'pod_completed') GROUP BY uid
), ran AS (
    SELECT uid, max(minute) AS latest FROM pod_samples
    WHERE family IN ('phase', 'running') AND value > 0 GROUP BY uid
)
SELECT uid, started,
    CASE WHEN latest IS NULL OR latest - getvariable('step') < completed + getvariable('step') THEN completed END AS completed
FROM told LEFT JOIN ran USING (uid);

-- A pod reserves what its containers ask for as long as it runs, also while one of them restarts. An init
-- container holds its own only while it runs. Pods too short for a sample to be sure of are known by their times.
CREATE OR REPLACE TEMP TABLE present_minutes AS
WITH present AS (
    SELECT uid, container, minute, true AS is_sampled FROM pod_samples
    WHERE (family IN ('running', 'init_running') AND value > 0) OR family IN ('cpu', 'memory')
    UNION ALL
    SELECT k.uid, k.container, s.minute, true FROM pod_samples s JOIN known k USING (uid)
    WHERE s.family = 'phase' AND s.value > 0 AND k.kind <> 'init'
    UNION ALL
    SELECT uid, container, unnest(generate_series(
        (started // getvariable('step') + 1) * getvariable('step'),
        (completed + getvariable('step') - 1) // getvariable('step') * getvariable('step'), getvariable('step'))), false
    FROM lives JOIN known USING (uid)
    WHERE completed > started AND completed - started <= 2 * getvariable('step') AND kind <> 'init'
)
SELECT uid, container, minute, bool_or(is_sampled) AS is_sampled FROM present GROUP BY uid, container, minute;

CREATE OR REPLACE TEMP TABLE container_minutes AS
SELECT uid, container, minute, is_sampled, greatest(0,
    least(minute, coalesce(completed, minute)) - greatest(minute - getvariable('step'), coalesce(started, 0))) AS seconds
FROM present_minutes LEFT JOIN lives USING (uid)
WHERE minute > getvariable('first') AND minute <= getvariable('last');
