-- Entries of an answer, typed: allocations and assets, each with its state: used, other, or what is wrong.

CREATE OR REPLACE TEMP MACRO told(v) AS CASE WHEN v IN ('', '__unallocated__') THEN NULL ELSE left(v, 1024) END;
CREATE OR REPLACE TEMP MACRO amount(v) AS CASE WHEN v >= 0 AND v <= 1e18 THEN whole(v) END;
CREATE OR REPLACE TEMP MACRO spoilt(found, value) AS (found IS NOT NULL AND value IS NULL);
CREATE OR REPLACE TEMP MACRO map_of(j) AS CASE WHEN json_type(j) = 'OBJECT' THEN j END;

CREATE OR REPLACE TEMP VIEW windows_told AS
SELECT name, e, coalesce(moment(e."window"."start"), moment(e."start")) AS start,
    coalesce(moment(e."window"."end"), moment(e."end")) AS stop,
    moment(e."start") AS began, moment(e."end") AS ended
FROM entries;

CREATE OR REPLACE TEMP VIEW timed AS
SELECT name, e, start, stop, greatest(coalesce(began, start), start) AS first, least(coalesce(ended, stop), stop) AS last,
    CASE
        WHEN start IS NULL OR stop IS NULL THEN 'its window is no time'
        WHEN stop <= start OR stop - start > 31 * 86400 THEN 'its window is empty or longer than 31 days'
        WHEN coalesce(began, start) > stop OR coalesce(ended, stop) < start THEN 'it ran outside its window'
    END AS wrong
FROM windows_told;

CREATE OR REPLACE TEMP VIEW allocation_rows AS
WITH told AS (
    SELECT name, start, stop, first, greatest(last, first) AS last, wrong, told(e.properties.cluster) AS cluster,
        told(e.properties.node) AS node, told(e.properties."providerID") AS provider_id,
        told(e.properties.namespace) AS namespace, told(e.properties.pod) AS pod, told(e.properties.container) AS container,
        workload_kind_of(told(e.properties."controllerKind")) AS workload_kind, told(e.properties.controller) AS workload,
        coalesce(CASE WHEN e.minutes >= 0 AND e.minutes <= 44640 THEN e.minutes * 60 END, greatest(last - first, 0)) AS ran,
        e.minutes, e."cpuCoreRequestAverage" AS cpu_request, e."cpuCoreUsageAverage" AS cpu_usage, e."cpuCoreHours" AS cpu_hours,
        e."ramByteRequestAverage" AS ram_request, e."ramByteUsageAverage" AS ram_usage, e."ramByteHours" AS ram_hours,
        e."gpuHours" AS gpu_hours, e."networkTransferBytes" AS transfer, e."networkReceiveBytes" AS receive,
        left(CAST(to_json({'labels': map_of(e.properties.labels), 'annotations': map_of(e.properties.annotations)}) AS VARCHAR), 65536)
            AS labels,
        left(CAST(to_json({'labels': map_of(e.properties."namespaceLabels"),
            'annotations': map_of(e.properties."namespaceAnnotations")}) AS VARCHAR), 65536) AS space_labels,
        map_of(e.pvs) AS volumes, map_of(e."lbAllocations") AS balancers
    FROM timed WHERE e.type IS NULL
), counted AS (
    SELECT *, whole(ran) AS run, amount(cpu_request * ran * 1000) AS cpu_asked, amount(cpu_usage * ran * 1000) AS cpu_used,
        amount(cpu_hours * 3600000) AS cpu_sum, amount(ram_request * ran) AS memory_asked, amount(ram_usage * ran) AS memory_used,
        amount(ram_hours * 3600) AS memory_sum, amount(gpu_hours * 3600000) AS gpu, amount(transfer) AS sent, amount(receive) AS received,
        coalesce(namespace = '__unmounted__', false) OR coalesce(pod = '__unmounted__', false) OR coalesce(container = '__unmounted__', false)
            OR (coalesce(ends_with(pod, '-unmounted-pvcs'), false) AND node IS NULL) AS is_unmounted
    FROM told
)
SELECT start, stop, first, last, cluster, node, provider_id, nullif(namespace, '__unmounted__') AS namespace,
    CASE WHEN NOT is_unmounted THEN pod END AS pod, coalesce(container, '(pod)') AS container, workload_kind, workload, run,
    cpu_asked, cpu_used, greatest(cpu_sum, cpu_asked, cpu_used) AS cpu_demand, memory_asked, memory_used,
    greatest(memory_sum, memory_asked, memory_used) AS memory_demand, gpu, sent, received, labels, space_labels, volumes, balancers,
    CASE
        WHEN contains(name, '__idle__') THEN 'other'
        WHEN wrong IS NOT NULL THEN wrong
        WHEN NOT is_unmounted AND namespace IS NULL THEN 'properties.namespace is missing'
        WHEN NOT is_unmounted AND pod IS NULL THEN 'properties.pod is missing'
        WHEN NOT is_unmounted AND node IS NULL THEN 'properties.node is missing'
        WHEN spoilt(minutes, CASE WHEN minutes >= 0 AND minutes <= 44640 THEN 1 END) THEN 'minutes is no amount'
        WHEN spoilt(cpu_request, cpu_asked) OR spoilt(cpu_usage, cpu_used) OR spoilt(cpu_hours, cpu_sum) THEN 'CPU is no amount'
        WHEN spoilt(ram_request, memory_asked) OR spoilt(ram_usage, memory_used) OR spoilt(ram_hours, memory_sum)
            THEN 'memory is no amount'
        WHEN spoilt(gpu_hours, gpu) THEN 'gpuHours is no amount'
        WHEN spoilt(transfer, sent) OR spoilt(receive, received) THEN 'traffic is no amount'
        ELSE 'used'
    END AS state
FROM counted;

CREATE OR REPLACE TEMP VIEW asset_rows AS
WITH told AS (
    SELECT e.type, start, stop, first, greatest(last, first) AS last, wrong, told(e.properties.cluster) AS cluster,
        told(e.properties.name) AS name, told(e.properties."providerID") AS provider_id, told(e."nodeType") AS instance_type,
        told(e.pool) AS pool, e.preemptible > 0 AS is_spot, e."cpuCoreHours" AS cpu_hours, e."ramByteHours" AS ram_hours,
        coalesce(e."GPUHours", e."gpuCount" * (last - first) / 3600) AS gpu_hours,
        e.overhead."CpuOverheadFraction" AS cpu_overhead, e.overhead."RamOverheadFraction" AS memory_overhead,
        left(CAST(to_json({'labels': map_of(e.labels)}) AS VARCHAR), 65536) AS labels, e.bytes AS size,
        told(e."storageClass") AS class, told(e."volumeName") AS volume, told(e."claimName") AS claim,
        told(e."claimNamespace") AS claim_namespace, told(e.ip) AS ip
    FROM timed WHERE e.type IS NOT NULL
), counted AS (
    SELECT *, amount(cpu_hours * 3600000) AS cpu, amount(ram_hours * 3600) AS memory, amount(gpu_hours * 3600000) AS gpu,
        amount(size) AS capacity
    FROM told
)
SELECT type, start, stop, first, last, cluster, name, provider_id, instance_type, pool, is_spot, cpu, memory, gpu,
    CASE WHEN cpu_overhead > 0 AND cpu_overhead <= 1 THEN whole(cpu * (1 - cpu_overhead)) END AS cpu_free,
    CASE WHEN memory_overhead > 0 AND memory_overhead <= 1 THEN whole(memory * (1 - memory_overhead)) END AS memory_free,
    labels, capacity, class, volume, claim, claim_namespace, ip,
    CASE
        WHEN type NOT IN ('Node', 'Disk', 'LoadBalancer') THEN 'other'
        WHEN wrong IS NOT NULL THEN wrong
        WHEN name IS NULL THEN 'properties.name is missing'
        WHEN type = 'Node' AND (cpu IS NULL OR memory IS NULL) THEN 'cpuCoreHours or ramByteHours is no amount'
        WHEN type = 'Disk' AND spoilt(size, capacity) THEN 'bytes is no amount'
        ELSE 'used'
    END AS state
FROM counted;
