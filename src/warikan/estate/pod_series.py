"""What kube-state-metrics says of pods and their containers."""

from collections.abc import Iterator, Mapping

from warikan.estate.cluster_hours import ClusterHours
from warikan.estate.container_hours import ready_at
from warikan.estate.object_series import shown
from warikan.estate.samples import Facts
from warikan.estate.scheduling import Pod

_SHOWN_AFTER = 600
"""Seconds that a completed job's pod is still there."""
_PREFIXES = {True: "", False: "init_"}
"""Whether a container is the app → how the names of its metrics go on."""


def list_pod_series(there: ClusterHours, addresses: Mapping[str, str]) -> Iterator[Facts]:
    """What is constant for a pod's life, or changes once; *addresses* are IP addresses by uid."""
    names = ("info", "start_time", "owner", "labels", "annotations", "status_phase", "completion_time",
             "spec_volumes_persistentvolumeclaims_info")  # fmt: skip
    told = {name: Facts(f"kube_pod_{name}") for name in names}
    claims = {(v.workload.name, v.ordinal): v.claim for v in there.volumes}
    owners: dict[tuple[str, str], Pod] = {}
    for pod, labelled, end in zip(there.containers.pods, there.pod_labels, there.pod_ends, strict=True):
        last = end + _SHOWN_AFTER if pod.workload.kind == "CronJob" else end
        who = _of_pod(pod)
        on_host = str(pod.workload.host_network).lower()
        place = {"node": pod.node.name, "host_network": on_host, "pod_ip": addresses[pod.uid]}
        told["info"].add(who | place, pod.born, last)
        told["start_time"].add(who, pod.born, last, pod.born)
        told["owner"].add(who | _owner(pod), pod.born, last)
        told["labels"].add(who | shown("label", labelled.labels), pod.born, last)
        if labelled.annotations:
            told["annotations"].add(who | shown("annotation", labelled.annotations), pod.born, last)
        running = who | {"phase": "Running"}
        told["status_phase"].add(running, pod.born, ready_at(pod), 0)
        told["status_phase"].add(running, ready_at(pod), end, 1)
        told["status_phase"].add(running, end, last, 0)
        told["completion_time"].add(who, end, last, end)
        claim = claims.get((pod.workload.name, pod.ordinal))
        if claim is not None:
            mount = {"volume": "data", "persistentvolumeclaim": claim}
            told["spec_volumes_persistentvolumeclaims_info"].add(who | mount, pod.born, last)
        if pod.workload.kind in ("Deployment", "CronJob"):
            owners[pod.workload.namespace, pod.owner] = pod
    yield from told.values()
    yield from _owners_owners(there, owners)


def _of_pod(pod: Pod) -> dict[str, str]:
    return {"namespace": pod.workload.namespace, "pod": pod.name, "uid": pod.uid}


def _owner(pod: Pod) -> dict[str, str]:
    kind = {"Deployment": "ReplicaSet", "CronJob": "Job", "Pod": "<none>"}.get(pod.workload.kind)
    owner = {"owner_kind": kind or pod.workload.kind, "owner_name": pod.owner or "<none>"}
    return owner | {"owner_is_controller": "true" if pod.owner else "<none>"}


def _owners_owners(there: ClusterHours, owners: Mapping[tuple[str, str], Pod]) -> Iterator[Facts]:
    """Which Deployment a ReplicaSet is of, and which CronJob a job."""
    sets, jobs = Facts("kube_replicaset_owner"), Facts("kube_job_owner")
    for (namespace, name), pod in owners.items():
        facts, key = (jobs, "job_name") if pod.workload.kind == "CronJob" else (sets, "replicaset")
        above = {"owner_kind": pod.workload.kind, "owner_name": pod.workload.name}
        facts.add({"namespace": namespace, key: name, **above, "owner_is_controller": "true"},
                  pod.born, there.end)  # fmt: skip
    return iter((sets, jobs))


def list_container_facts(there: ClusterHours) -> Iterator[Facts]:
    """Requests and states of containers; a sidecar is an init container that does not end."""
    requests = {k: Facts(f"kube_pod_{p}container_resource_requests", scale=3) for k, p in _PREFIXES.items()}
    running = {k: Facts(f"kube_pod_{p}container_status_running") for k, p in _PREFIXES.items()}
    init, started = Facts("kube_pod_init_container_info"), Facts("container_start_time_seconds")
    for pod, end in zip(there.containers.pods, there.pod_ends, strict=True):
        last = end + _SHOWN_AFTER if pod.workload.kind == "CronJob" else end
        for container in pod.template.containers:
            who, is_app = {**_of_pod(pod), "container": container.name}, container.kind == "app"
            asked = {"cpu": container.cpu, "memory": container.memory * 1000}
            asked |= {"nvidia_com_gpu": container.gpus * 1000} if container.gpus else {}
            for resource, amount in asked.items():
                where = {"node": pod.node.name, "resource": resource}
                requests[is_app].add(who | where, pod.born, last, amount)
            first = ready_at(pod) if is_app else pod.born
            ended = ready_at(pod) if container.kind == "init" else end
            running[is_app].add(who, pod.born, first, 0)
            running[is_app].add(who, first, ended, 1)
            running[is_app].add(who, ended, last, 0)
            if not is_app:
                policy = {"restart_policy": "Always"} if container.kind == "sidecar" else {}
                init.add(who | {"image": f"registry.example/{container.name}"} | policy, pod.born, last)
            started.add(of_cadvisor(pod, container.name), first, ended, first)
    yield from (*requests.values(), *running.values(), init, started)


def of_cadvisor(pod: Pod, container: str) -> dict[str, str]:
    """The labels by which the kubelet knows a container."""
    cgroup = f"/kubepods/burstable/pod{pod.uid}/{container}"
    return {"namespace": pod.workload.namespace, "pod": pod.name, "container": container, "id": cgroup}
