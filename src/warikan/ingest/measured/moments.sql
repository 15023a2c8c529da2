-- Text of reports to what the lake holds. NULL where it is not that.

-- Seconds since 1970. Go prints "2026-10-01 00:00:00 +0000 UTC"; the first branch spares the calendar.
CREATE OR REPLACE TEMP MACRO moment(v) AS CASE
    WHEN regexp_full_match(v, '\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.0+)?(Z| \+0000 UTC)?')
        THEN epoch_us(naive_utc(try_cast(left(v, 19) AS TIMESTAMP))) // 1000000
    ELSE epoch_us(to_utc(v)) // 1000000 END;

-- A whole number of units; the nearest.
CREATE OR REPLACE TEMP MACRO whole(v) AS CAST(round(v) AS BIGINT);

-- Of an amount that is spread evenly over seconds [0, length): what falls into [a, b). The parts add up to it.
-- Most windows are of one hour, and 128 bits take ten times as long.
CREATE OR REPLACE TEMP MACRO part_of(amount, a, b, length) AS CASE WHEN a = 0 AND b = length THEN amount ELSE CAST(
    CAST(amount AS HUGEINT) * b // length - CAST(amount AS HUGEINT) * a // length AS BIGINT) END;

-- Labels as kube-state-metrics shows them: every character of a key but letters and digits is "_"; sorted.
CREATE OR REPLACE TEMP MACRO plain_labels(entries) AS coalesce(last_wins(list_sort(list_transform(
    list_filter(entries, e -> coalesce(e.key, '') <> '' AND e.value IS NOT NULL), e -> {
        'key': left(regexp_replace(e.key, '[^A-Za-z0-9_]', '_', 'g'), 512), 'value': left(e.value, 4096)}))), MAP {});

-- The content of labels as their id, as the collector of Prometheus makes it (labels.sql).
CREATE OR REPLACE TEMP MACRO labels_id(kind, labels, annotations) AS
    left(sha256(kind || CAST(to_json(labels) AS VARCHAR) || CAST(to_json(annotations) AS VARCHAR)), 32);

-- A namespace is found by this label, which Kubernetes sets itself since 1.21.
CREATE OR REPLACE TEMP MACRO named_space(labels, name) AS map_from_entries(list_sort(map_entries(
    map_concat(labels, MAP {'kubernetes_io_metadata_name': name}))));

-- Kinds of workloads as Kubernetes writes them; exporters write some in lower case. Others stay as they are.
CREATE OR REPLACE TEMP MACRO workload_kind_of(v) AS CASE lower(v)
    WHEN '' THEN NULL WHEN 'deployment' THEN 'Deployment' WHEN 'statefulset' THEN 'StatefulSet'
    WHEN 'daemonset' THEN 'DaemonSet' WHEN 'replicaset' THEN 'ReplicaSet' WHEN 'job' THEN 'Job'
    WHEN 'cronjob' THEN 'CronJob' WHEN 'replicationcontroller' THEN 'ReplicationController'
    WHEN 'deploymentconfig' THEN 'DeploymentConfig' WHEN 'rollout' THEN 'Rollout' WHEN 'node' THEN 'Node' ELSE v END;

-- What well-known labels of a node say, as in the collector of Prometheus (nodes.sql).
CREATE OR REPLACE TEMP MACRO instance_type_of(l) AS
    coalesce(l['node_kubernetes_io_instance_type'], l['beta_kubernetes_io_instance_type']);
CREATE OR REPLACE TEMP MACRO region_of(l) AS
    coalesce(l['topology_kubernetes_io_region'], l['failure_domain_beta_kubernetes_io_region']);
CREATE OR REPLACE TEMP MACRO zone_of(l) AS
    coalesce(l['topology_kubernetes_io_zone'], l['failure_domain_beta_kubernetes_io_zone']);
CREATE OR REPLACE TEMP MACRO pool_of(l) AS coalesce(
    l['karpenter_sh_nodepool'], l['karpenter_sh_provisioner_name'], l['eks_amazonaws_com_nodegroup'],
    l['cloud_google_com_gke_nodepool'], l['kubernetes_azure_com_agentpool'], l['agentpool'],
    l['alpha_eksctl_io_nodegroup_name'], l['hypershift_openshift_io_nodePool'], l['machine_openshift_io_cluster_api_machineset']);
CREATE OR REPLACE TEMP MACRO os_of(l) AS coalesce(l['kubernetes_io_os'], l['beta_kubernetes_io_os']);
CREATE OR REPLACE TEMP MACRO capacity_type_of(l) AS CASE
    WHEN l IS NULL THEN 'unknown'
    WHEN l['eks_amazonaws_com_compute_type'] = 'fargate' THEN 'fargate'
    WHEN l['type'] = 'virtual-kubelet' OR l['kubernetes_azure_com_cluster_type'] = 'virtual' THEN 'virtual'
    WHEN lower(coalesce(l['karpenter_sh_capacity_type'], l['eks_amazonaws_com_capacityType'],
            l['eks_amazonaws_com_capacity_type'], l['node_kubernetes_io_lifecycle'],
            l['kubernetes_azure_com_scalesetpriority'], '')) = 'spot'
        OR 'true' IN (l['cloud_google_com_gke_spot'], l['cloud_google_com_gke_preemptible']) THEN 'spot'
    WHEN pool_of(l) IS NOT NULL THEN 'on-demand'
    ELSE 'unknown' END;

-- [{key, value}] of a JSON object, its values as text; keys may be anything, and there twice.
CREATE OR REPLACE TEMP MACRO text_map(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'OBJECT'
    THEN list_transform(map_entries(from_json(j, '"MAP(VARCHAR, JSON)"')), e -> {'key': e.key, 'value': e.value ->> '$'}) ELSE [] END;
