"""What kube-state-metrics says of nodes, namespaces, volumes and load balancers."""

from collections.abc import Iterator, Mapping

from warikan.estate.cluster_hours import ClusterHours
from warikan.estate.container_hours import ready_at
from warikan.estate.hour_tables import allocatable, capacity, provider_id
from warikan.estate.object_labels import label_namespace, label_node
from warikan.estate.samples import Facts
from warikan.estate.scheduling import HOUR

_GIB = 1 << 30


def list_object_series(there: ClusterHours, addresses: Mapping[str, str]) -> Iterator[Facts]:
    """All of it; *addresses* are the IP addresses of pods by uid."""
    yield from _nodes(there)
    labels = Facts("kube_namespace_labels")
    for name in there.namespaces:
        labels.add(
            {"namespace": name, **shown("label", label_namespace(name).labels)}, there.start, there.end
        )
    yield labels
    yield from _volumes(there)
    yield from _balancers(there, addresses)


def shown(prefix: str, entries: Mapping[str, str]) -> dict[str, str]:
    """Labels or annotations as labels of a series."""
    return {f"{prefix}_{key}": value for key, value in entries.items()}


def _nodes(there: ClusterHours) -> Iterator[Facts]:
    info, created, labels = (Facts(f"kube_node_{n}") for n in ("info", "created", "labels"))
    has, gives = (Facts(f"kube_node_status_{n}", scale=3) for n in ("capacity", "allocatable"))
    for node in there.nodes:
        first, last, who = node.first * HOUR, node.last * HOUR, {"node": node.name}
        image = "Container-Optimized OS" if node.cluster.account == "gdata" else "Amazon Linux 2023"
        ids = {"system_uuid": node.uid, "provider_id": provider_id(node), "os_image": image}
        info.add(who | ids, first, last)
        created.add(who, first, last, first)
        labels.add(who | shown("label", label_node(node).labels), first, last)
        for facts, amounts in ((has, capacity(node)), (gives, allocatable(node))):
            facts.add(who | {"resource": "cpu", "unit": "core"}, first, last, amounts["Cpu"])
            facts.add(who | {"resource": "memory", "unit": "byte"}, first, last, amounts["Memory"] * 1000)
            if amounts["Gpu"]:
                unit = {"resource": "nvidia_com_gpu", "unit": "integer"}
                facts.add(who | unit, first, last, amounts["Gpu"])
    return iter((info, created, labels, has, gives))


def _volumes(there: ClusterHours) -> Iterator[Facts]:
    info, claimed, size, claims = (
        Facts(name)
        for name in (
            "kube_persistentvolume_info", "kube_persistentvolume_claim_ref",
            "kube_persistentvolume_capacity_bytes", "kube_persistentvolumeclaim_info",
        )
    )  # fmt: skip
    for v in there.volumes:
        first, last, who = v.first * HOUR, v.last * HOUR, {"persistentvolume": v.name}
        driver = "pd.csi.storage.gke.io" if v.cluster.account == "gdata" else "ebs.csi.aws.com"
        space, kind = v.workload.namespace, {"storageclass": v.storage_class}
        info.add(who | kind | {"csi_driver": driver, "csi_volume_handle": v.handle}, first, last)
        claimed.add(who | {"name": v.claim, "claim_namespace": space}, first, last)
        size.add(who, first, last, v.gib * _GIB)
        claim = {"namespace": space, "persistentvolumeclaim": v.claim, "volumename": v.name}
        claims.add(claim | kind, first, last)
    return iter((info, claimed, size, claims))


def _balancers(there: ClusterHours, addresses: Mapping[str, str]) -> Iterator[Facts]:
    """A pod is behind a load balancer as soon as its app runs."""
    ingress, endpoints = Facts("kube_service_status_load_balancer_ingress"), Facts("kube_endpoint_address")
    for b in there.balancers:
        who = {"namespace": b.workload.namespace, "service": b.workload.name}
        ingress.add(who | {"ip": "", "hostname": b.hostname}, b.first * HOUR, b.last * HOUR)
        for pod, last in zip(there.containers.pods, there.pod_ends, strict=True):
            if pod.workload is b.workload:
                at = {"ip": addresses[pod.uid], "ready": "true"}
                name = {"namespace": b.workload.namespace, "endpoint": b.workload.name}
                endpoints.add(name | at, ready_at(pod), last)
    return iter((ingress, endpoints))
