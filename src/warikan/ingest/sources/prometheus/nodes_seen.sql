-- Nodes by uid: the machine's, else the provider's id, else the name. Two machines that claim one uid are two.

CREATE OR REPLACE TEMP TABLE node_seen AS
WITH told AS (
    SELECT n.node, s.minute, lower(lab(n.labels, 'system_uuid')) AS machine, lab(n.labels, 'provider_id') AS provider_id,
        lab(n.labels, 'os_image') AS os_image
    FROM samples s JOIN named n USING (series) WHERE s.family = 'node' AND n.node IS NOT NULL
), unique_machines AS (
    SELECT machine FROM told WHERE machine IS NOT NULL GROUP BY machine HAVING count(DISTINCT node) = 1
), identified AS (
    SELECT node, minute, provider_id, os_image, CASE
        WHEN machine IN (SELECT machine FROM unique_machines) THEN machine ELSE coalesce(provider_id, node) END AS uid
    FROM told
)
SELECT *, min(minute) OVER (PARTITION BY uid) AS born FROM identified;

-- Which machine a name means in a minute.
CREATE OR REPLACE TEMP TABLE node_names AS
SELECT node, minute, arg_max(uid, lpad(CAST(born AS VARCHAR), 12, '0') || uid) AS uid FROM node_seen GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE node_amounts AS
SELECT family, node, minute, max(value) FILTER (WHERE resource = 'cpu') AS cpu,
    max(value) FILTER (WHERE resource = 'memory') AS memory, sum(value) FILTER (WHERE resource = 'gpu') AS gpu
FROM (
    SELECT s.family, n.node, s.minute, kind_of(n.resource) AS resource, n.resource AS name,
        max(whole(n.resource, s.value)) AS value
    FROM samples s JOIN named n USING (series)
    WHERE s.family IN ('capacity', 'allocatable') AND n.node IS NOT NULL GROUP BY ALL
)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE node_labels AS
SELECT l.uid, arg_max(n.labels, lpad(CAST(l.minute AS VARCHAR), 12, '0') || CAST(n.labels AS VARCHAR)) AS labels
FROM (
    SELECT s.series, s.minute, m.uid FROM (
        SELECT s.series, s.minute, n.node FROM samples s JOIN named n USING (series) WHERE s.family = 'node_labels'
    ) s ASOF JOIN node_names m ON m.node = s.node AND s.minute >= m.minute
) l JOIN named n USING (series) GROUP BY l.uid;

CREATE OR REPLACE TEMP TABLE node_minutes AS
SELECT m.uid, m.node, m.minute, least(getvariable('step'), m.minute - coalesce(c.created, 0)) AS seconds
FROM node_names m
ASOF LEFT JOIN (
    SELECT DISTINCT n.node, CAST(s.value AS BIGINT) AS created
    FROM samples s JOIN named n USING (series) WHERE s.family = 'node_created' AND n.node IS NOT NULL
) c ON c.node = m.node AND m.minute > c.created
WHERE m.minute > getvariable('first') AND m.minute <= getvariable('last');
