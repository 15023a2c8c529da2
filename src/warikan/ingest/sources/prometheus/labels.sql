-- Labels and annotations of pods, namespaces and nodes: what they were last in each hour, known by their content.
-- kube-state-metrics shows a key with every character but letters and digits as "_"; so it stays.

CREATE OR REPLACE TEMP MACRO entries_with(l, prefix) AS map_from_entries(list_sort(list_transform(
    list_filter(map_entries(l), e -> starts_with(e.key, prefix)),
    e -> {'key': substr(e.key, length(prefix) + 1), 'value': e.value})));

CREATE OR REPLACE TEMP TABLE label_ids AS
WITH told AS (
    SELECT 'pod' AS kind, uid AS subject, family, series, minute FROM owned WHERE family IN ('pod_labels', 'pod_annotations')
    UNION ALL
    SELECT 'namespace', n.namespace, s.family, s.series, s.minute FROM samples s JOIN named n USING (series)
    WHERE s.family IN ('namespace_labels', 'namespace_annotations') AND n.namespace IS NOT NULL
    UNION ALL
    SELECT 'node', m.uid, s.family, s.series, s.minute
    FROM (
        SELECT s.family, s.series, s.minute, n.node FROM samples s JOIN named n USING (series)
        WHERE s.family IN ('node_labels', 'node_annotations')
    ) s ASOF JOIN node_names m ON m.node = s.node AND s.minute >= m.minute
), contents AS (
    SELECT series, CASE WHEN ends_with(family, '_labels') THEN entries_with(labels, 'label_')
        ELSE entries_with(labels, 'annotation_') END AS content
    FROM named WHERE series IN (SELECT series FROM told)
), latest AS (
    SELECT kind, subject, family, hour_of(t.minute) AS hour,
        arg_max(content, lpad(CAST(t.minute AS VARCHAR), 12, '0') || CAST(content AS VARCHAR)) AS content
    FROM told t JOIN contents USING (series) GROUP BY ALL
), folded AS (
    SELECT kind, subject, hour,
        coalesce(any_value(content) FILTER (WHERE ends_with(family, '_labels')), MAP {}) AS labels,
        coalesce(any_value(content) FILTER (WHERE ends_with(family, '_annotations')), MAP {}) AS annotations
    FROM latest GROUP BY ALL
), named_spaces AS (
    -- A namespace is found by this label, which Kubernetes sets itself since 1.21.
    SELECT kind, subject, hour, annotations, CASE WHEN kind = 'namespace'
        THEN entries_with(map_concat(labels, MAP {'kubernetes_io_metadata_name': subject}), '') ELSE labels END AS labels
    FROM folded
)
SELECT *, left(sha256(kind || CAST(to_json(labels) AS VARCHAR) || CAST(to_json(annotations) AS VARCHAR)), 32) AS labels_id
FROM named_spaces;

CREATE OR REPLACE TEMP TABLE label_rows AS
SELECT getvariable('cluster') AS "x_ClusterId", labels_id AS "LabelsId", any_value(kind) AS "Kind",
    any_value(labels) AS "Labels", any_value(annotations) AS "Annotations"
FROM label_ids GROUP BY labels_id ORDER BY labels_id;

CREATE OR REPLACE TEMP TABLE namespace_hours AS
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(hour) AS "Hour", subject AS "Namespace", labels_id AS "LabelsId"
FROM label_ids WHERE kind = 'namespace' AND hour >= getvariable('first') AND hour < getvariable('last') ORDER BY hour, subject;
