"""Labels and annotations of pods, namespaces and nodes, under the keys that kube-state-metrics shows."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from warikan.estate.clusters import Node
from warikan.estate.company import load_company
from warikan.estate.manifests import load_manifests
from warikan.estate.scheduling import Pod
from warikan.ingest.hours import SCHEMAS

_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True)
class Labelled:
    """The labels and annotations of one object; keys are sorted with "_" for all but letters and digits."""

    kind: Literal["pod", "namespace", "node"]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    @property
    def id(self) -> str:
        """LabelsId: a hash of the content, the one that the collector computes (labels.sql)."""
        texts = (
            json.dumps(m, separators=(",", ":"), ensure_ascii=False) for m in (self.labels, self.annotations)
        )
        return hashlib.sha256((self.kind + "".join(texts)).encode()).hexdigest()[:32]


def label_pod(pod: Pod) -> Labelled:
    """What its team wrote in the manifest, and what its controller added."""
    workload, labels = pod.workload, dict(pod.workload.labels)
    if workload.kind == "Deployment":
        labels["pod-template-hash"] = pod.owner.rpartition("-")[2]
    elif workload.kind == "StatefulSet":
        labels |= {
            "statefulset.kubernetes.io/pod-name": pod.name,
            "apps.kubernetes.io/pod-index": str(pod.ordinal),
        }
    elif workload.kind == "DaemonSet":
        labels["pod-template-generation"] = str(pod.version)
    elif workload.kind == "CronJob":
        labels["batch.kubernetes.io/job-name"] = pod.owner
    return _labelled("pod", labels, dict(workload.annotations))


def label_namespace(namespace: str) -> Labelled:
    """Its own name, which Kubernetes sets, and the team that asked for it."""
    labels = {"kubernetes.io/metadata.name": namespace}
    team = load_manifests().namespace_team(namespace, load_company())
    return _labelled("namespace", labels if team is None else {**labels, "team": team}, {})


def label_node(node: Node) -> Labelled:
    """What the cloud, Karpenter and GKE say of a machine."""
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": node.pool.type.name,
        "topology.kubernetes.io/region": region_of(node),
        "topology.kubernetes.io/zone": node.zone,
    }
    if node.cluster.account == "gdata":
        labels["cloud.google.com/gke-nodepool"] = node.pool.name
    else:
        labels["karpenter.sh/nodepool"] = node.pool.name
        labels["karpenter.sh/capacity-type"] = capacity_type(node)
    return _labelled("node", labels, {})


def region_of(node: Node) -> str:
    """``ap-northeast-1`` of ``ap-northeast-1a``, ``asia-northeast1`` of ``asia-northeast1-a``."""
    return node.zone[:-1].rstrip("-")


def capacity_type(node: Node) -> str:
    """Whether it is a spot instance."""
    return "spot" if node.pool.is_spot else "on-demand"


def tabulate_labels(cluster: str, objects: Iterable[Labelled]) -> pa.Table:
    """*objects* as ``kubernetes_labels``, each content once, by its id."""
    by_id = dict(sorted({o.id: o for o in objects}.items(), key=lambda item: item[0]))
    columns = [
        [cluster] * len(by_id),
        list(by_id),
        [o.kind for o in by_id.values()],
        [list(o.labels.items()) for o in by_id.values()],
        [list(o.annotations.items()) for o in by_id.values()],
    ]
    schema = SCHEMAS["labels"]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _labelled(
    kind: Literal["pod", "namespace", "node"], labels: dict[str, str], notes: dict[str, str]
) -> Labelled:
    return Labelled(kind, _shown(labels), _shown(notes))


def _shown(entries: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted((_NOT_PLAIN.sub("_", key), value) for key, value in entries.items()))
