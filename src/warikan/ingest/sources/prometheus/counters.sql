-- Differences of counters, minute by minute, exact. A counter below its last value began again at 0. A difference
-- over several minutes is spread evenly over them (of CPU, what falls into minutes that nothing else has seen is left
-- out later), over more than ten it is not known. The first value of a series counts if its process is known to have
-- begun not long before.

CREATE OR REPLACE TEMP TABLE usage AS
WITH started AS (
    SELECT o.uid, n.container, coalesce(n.labels['id'], '') AS id, CAST(max(o.value) AS BIGINT) AS started
    FROM owned o JOIN named n USING (series) WHERE o.family = 'container_started' GROUP BY ALL
), picked AS (
    -- The kubelet shows the same container through cAdvisor (with an id) and through /metrics/resource (without);
    -- some cAdvisors show it by processor and in total. Each is counted once.
    SELECT * FROM pod_samples WHERE family IN ('cpu', 'transmit', 'receive')
    WINDOW same AS (PARTITION BY family, uid, container)
    QUALIFY (id <> '' OR NOT bool_or(id <> '') OVER same)
        AND (cpu IN ('', 'total') OR NOT bool_or(cpu IN ('', 'total')) OVER same)
), pairs AS (
    SELECT family, uid, container, key, id, minute, value,
        lag(value) OVER series AS before, lag(minute) OVER series AS before_minute,
        max(minute) OVER (PARTITION BY family, uid, container ORDER BY minute
            RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_minute
    FROM picked
    WINDOW series AS (PARTITION BY family, uid, container, key ORDER BY minute)
), spans AS (
    -- "since" is the end of the last minute that the amount is not of.
    SELECT p.family, p.uid, p.container, p.minute,
        CAST(CASE WHEN p.before IS NOT NULL AND p.value >= p.before THEN p.value - p.before ELSE p.value END AS HUGEINT)
            AS amount,
        coalesce(p.before_minute, greatest(p.others_minute, f.first_minute - getvariable('step'),
            coalesce(s.started, l.started, p.others_minute) // getvariable('step') * getvariable('step'))) AS since,
        p.before_minute IS NOT NULL OR coalesce(s.started, l.started, p.others_minute) >= p.minute - 600 AS is_known
    FROM pairs p
    LEFT JOIN started s ON p.family = 'cpu' AND s.uid = p.uid AND s.container = p.container AND s.id = p.id
    LEFT JOIN lives l ON l.uid = p.uid
    LEFT JOIN (SELECT uid, container, min(minute) AS first_minute FROM present_minutes GROUP BY ALL) f
        ON f.uid = p.uid AND f.container = p.container
), spread AS (
    SELECT *, (minute - since) // getvariable('step') AS parts,
        unnest(generate_series(since + getvariable('step'), minute, getvariable('step'))) AS part_minute
    FROM spans WHERE is_known AND minute - since BETWEEN 1 AND 600
)
SELECT family, uid, container, part_minute AS minute, sum(CASE
        WHEN part_minute = minute THEN amount - amount // parts * (parts - 1) ELSE amount // parts END) AS amount
FROM spread WHERE part_minute > getvariable('first') AND part_minute <= getvariable('last')
GROUP BY ALL;
