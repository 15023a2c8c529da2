"""The persistent volumes of StatefulSets: which there are and when, and as meters on the bill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from warikan.estate.clusters import CLUSTERS, Cluster, ClusterPlan
from warikan.estate.company import Account, Company
from warikan.estate.events import LEFT_VOLUMES, Script
from warikan.estate.identities import make_uid
from warikan.estate.manifests import Workload, load_manifests
from warikan.estate.meter import Meter
from warikan.estate.random_streams import hex_id
from warikan.estate.scheduling import count_extras
from warikan.estate.sku import load_skus
from warikan.estate.tags import Tags
from warikan.estate.timeline import Timeline, hours_since_epoch

_LEFT_BEHIND = ("hinode-prod-blue", "backup")
"""Cluster and workload whose volumes outlive the cluster."""


@dataclass(frozen=True)
class Volume:
    """
    The volume of one replica of a StatefulSet; it stays when the replica goes.

    Attributes:
        ordinal: Of the replica that mounts it.
        claim: Name of its PersistentVolumeClaim, in the workload's namespace; name: of the PersistentVolume.
        handle: What the cluster calls the disk; resource_id: what the bill calls it.
        first, last: Hours since 1970 ``[first, last)`` in which the cluster knows it.
    """

    cluster: Cluster
    workload: Workload
    ordinal: int
    claim: str
    name: str
    handle: str
    resource_id: str
    storage_class: str
    gib: int
    first: int
    last: int


def list_volumes(seed: int, timeline: Timeline, company: Company, plan: ClusterPlan) -> list[Volume]:
    """Every volume, by cluster, workload and ordinal: it is made when its replica first runs."""
    days = [timeline.start + timedelta(days=i) for i in range(timeline.days)]
    volumes: list[Volume] = []
    for cluster in CLUSTERS:
        account, (_, last) = company.account(cluster.account), plan.life(cluster)
        for workload in _stateful():
            counts = [_replicas(timeline, plan, company, cluster, workload, day) for day in days]
            for ordinal in range(max(counts)):
                born = next(day for day, count in zip(days, counts, strict=True) if count > ordinal)
                volume = _volume(seed, account, cluster, workload, ordinal)
                volumes.append(replace(volume, first=hours_since_epoch(born), last=last))
    return volumes


def _stateful() -> Iterator[Workload]:
    manifests = load_manifests()
    every = (*(w for of in manifests.services.values() for w in of), *manifests.extras)
    return (w for w in every if w.volume_gib)


def _replicas(
    timeline: Timeline, plan: ClusterPlan, company: Company, cluster: Cluster, workload: Workload, day: date
) -> int:
    if not plan.exists(cluster, day):
        return 0
    if workload.extra is not None:
        return count_extras(workload, timeline, plan, cluster, day)
    service = company.service(workload.service)
    return sum(plan.count(cluster, pool, service, day) for pool in cluster.pools)


def _volume(seed: int, account: Account, cluster: Cluster, workload: Workload, ordinal: int) -> Volume:
    name = f"pvc-{make_uid(seed, cluster.name, 'claim', workload.name, ordinal)}"
    handle = f"vol-{hex_id(seed, 'claim', cluster.name, workload.name, ordinal)}"
    resource_id, storage_class = handle, "gp3"
    if account.provider == "gcp":
        zone = f"asia-northeast1-{'abc'[ordinal % 3]}"
        handle, storage_class = f"projects/{account.id}/zones/{zone}/disks/{name}", "premium-rwo"
        resource_id = f"//compute.googleapis.com/{handle}"
    return Volume(
        cluster, workload, ordinal, f"data-{workload.name}-{ordinal}", name, handle, resource_id,
        storage_class, workload.volume_gib, 0, 0,
    )  # fmt: skip


def make_volume_meters(
    timeline: Timeline, company: Company, script: Script, volumes: Sequence[Volume]
) -> Iterator[Meter]:
    """The meters of *volumes*; those that the upgrade leaves behind have a second one from then on."""
    left = script.event(LEFT_VOLUMES)
    for volume in volumes:
        account = company.account(volume.cluster.account)
        sku = load_skus()["gpd" if account.provider == "gcp" else "gp3"]
        meter = Meter(
            provider=account.provider, account=account, sku=sku, service=volume.workload.service,
            size=float(volume.gib), driver=sku.driver, first=volume.first, last=volume.last,
            resource_id=volume.resource_id, tags=_tags(account, volume),
            resource_name=volume.name if account.provider == "gcp" else None,
        )  # fmt: skip
        yield meter
        if (volume.cluster.name, volume.workload.name) == _LEFT_BEHIND:
            yield replace(
                meter,
                event=left.id,
                first=hours_since_epoch(left.start),
                last=hours_since_epoch(timeline.until),
            )


def _tags(account: Account, volume: Volume) -> Tags:
    """What the CSI drivers write on a disk; Google's adds the labels of the StorageClass only."""
    if account.provider == "gcp":
        return (
            ("goog-gke-volume", ""),
            ("goog-k8s-cluster-name", volume.cluster.name),
            ("goog-k8s-cluster-location", "asia-northeast1"),
            ("service", volume.workload.service),
        )
    return (
        ("aws:eks:cluster-name", volume.cluster.name),
        ("ebs.csi.aws.com/cluster", "true"),
        (f"kubernetes.io/cluster/{volume.cluster.name}", "owned"),
        ("kubernetes.io/created-for/pv/name", volume.name),
        ("kubernetes.io/created-for/pvc/name", volume.claim),
        ("kubernetes.io/created-for/pvc/namespace", volume.workload.namespace),
    )
