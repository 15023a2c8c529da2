-- Nodes by hour: what they offered while they were up, and what kind of machine they are.

CREATE OR REPLACE TEMP MACRO spot_or_not(l) AS CASE
    WHEN l IS NULL THEN 'unknown'
    WHEN l['label_eks_amazonaws_com_compute_type'] = 'fargate' THEN 'fargate'
    WHEN l['label_type'] = 'virtual-kubelet' OR l['label_kubernetes_azure_com_cluster_type'] = 'virtual' THEN 'virtual'
    WHEN lower(coalesce(l['label_karpenter_sh_capacity_type'], l['label_eks_amazonaws_com_capacityType'],
            l['label_eks_amazonaws_com_capacity_type'], l['label_node_kubernetes_io_lifecycle'],
            l['label_kubernetes_azure_com_scalesetpriority'], '')) = 'spot'
        OR 'true' IN (l['label_cloud_google_com_gke_spot'], l['label_cloud_google_com_gke_preemptible']) THEN 'spot'
    WHEN coalesce(lab(l, 'label_karpenter_sh_capacity_type'), lab(l, 'label_eks_amazonaws_com_capacityType'),
            lab(l, 'label_eks_amazonaws_com_capacity_type'), lab(l, 'label_cloud_google_com_gke_nodepool'),
            lab(l, 'label_kubernetes_azure_com_agentpool'), lab(l, 'label_agentpool')) IS NOT NULL THEN 'on-demand'
    ELSE 'unknown' END;

CREATE OR REPLACE TEMP TABLE node_hours AS
WITH seen AS (
    SELECT uid, max(provider_id) AS provider_id, max(os_image) AS os_image FROM node_seen GROUP BY uid
), amounts AS (
    SELECT m.uid, m.node, m.minute, m.seconds,
        coalesce(c.cpu, 0) AS cpu, coalesce(c.memory, 0) AS memory, coalesce(c.gpu, 0) AS gpu,
        coalesce(a.cpu, 0) AS free_cpu, coalesce(a.memory, 0) AS free_memory, coalesce(a.gpu, 0) AS free_gpu
    FROM node_minutes m
    ASOF LEFT JOIN (SELECT * FROM node_amounts WHERE family = 'capacity') c ON c.node = m.node AND m.minute >= c.minute
    ASOF LEFT JOIN (SELECT * FROM node_amounts WHERE family = 'allocatable') a ON a.node = m.node AND m.minute >= a.minute
), hours AS (
    SELECT uid, hour_of(minute) AS hour, max(node) AS node, sum(seconds) AS up,
        sum(cpu * seconds) // 1000 AS cpu, sum(memory * seconds) AS memory, sum(gpu * seconds) AS gpu,
        sum(free_cpu * seconds) // 1000 AS free_cpu, sum(free_memory * seconds) AS free_memory,
        sum(free_gpu * seconds) AS free_gpu, count(*) * getvariable('step') // 60 AS minutes
    FROM amounts GROUP BY ALL
)
SELECT getvariable('cluster') AS "x_ClusterId", to_timestamp(h.hour) AS "Hour", h.uid AS "NodeUid", h.node AS "NodeName",
    s.provider_id AS "ProviderId",
    coalesce(lab(l.labels, 'label_node_kubernetes_io_instance_type'), lab(l.labels, 'label_beta_kubernetes_io_instance_type')) AS "InstanceType",
    coalesce(lab(l.labels, 'label_topology_kubernetes_io_region'), lab(l.labels, 'label_failure_domain_beta_kubernetes_io_region')) AS "Region",
    coalesce(lab(l.labels, 'label_topology_kubernetes_io_zone'), lab(l.labels, 'label_failure_domain_beta_kubernetes_io_zone')) AS "Zone",
    coalesce(lab(l.labels, 'label_karpenter_sh_nodepool'), lab(l.labels, 'label_karpenter_sh_provisioner_name'),
        lab(l.labels, 'label_eks_amazonaws_com_nodegroup'), lab(l.labels, 'label_cloud_google_com_gke_nodepool'),
        lab(l.labels, 'label_kubernetes_azure_com_agentpool'), lab(l.labels, 'label_agentpool'),
        lab(l.labels, 'label_alpha_eksctl_io_nodegroup_name')) AS "NodePool",
    spot_or_not(l.labels) AS "CapacityType",
    coalesce(lab(l.labels, 'label_kubernetes_io_os'), lab(l.labels, 'label_beta_kubernetes_io_os'),
        CASE WHEN contains(s.os_image, 'Windows') THEN 'windows' WHEN s.os_image IS NOT NULL THEN 'linux' END) AS "OperatingSystem",
    h.up AS "UpSeconds", h.cpu AS "CpuCapacity", h.memory AS "MemoryCapacity", h.gpu AS "GpuCapacity",
    h.free_cpu AS "CpuAllocatable", h.free_memory AS "MemoryAllocatable", h.free_gpu AS "GpuAllocatable",
    h.minutes AS "SampledMinutes", i.labels_id AS "LabelsId"
FROM hours h LEFT JOIN seen s USING (uid) LEFT JOIN node_labels l USING (uid)
LEFT JOIN label_ids i ON i.kind = 'node' AND i.subject = h.uid AND i.hour = h.hour
ORDER BY h.hour, h.uid;
