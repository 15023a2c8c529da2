"""Names and uids as Kubernetes gives them to pods, ReplicaSets, jobs and volumes."""

import hashlib
from datetime import date
from functools import lru_cache

from warikan.estate.manifests import Workload

# What Kubernetes draws names from: no vowels, nothing that looks like another letter.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def make_uid(*name: object) -> str:
    """A uid (a version 4 UUID by its look) that depends on *name* only."""
    digest = _digest(*name).hex()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-b{digest[17:20]}-{digest[20:32]}"


def make_suffix(length: int, *name: object) -> str:
    """A random-looking ending of a name that depends on *name* only."""
    return "".join(_ALPHABET[b % len(_ALPHABET)] for b in _digest(*name)[:length])


@lru_cache(maxsize=1 << 12)
def version_on(workload: Workload, day: date) -> int:
    """Which release of *workload* runs on *day*; a new one every nine to twenty days, at midnight UTC."""
    if workload.kind == "Pod":
        return 0
    digest = _digest("release", workload.namespace, workload.name)
    period = 9 + digest[0] % 12
    return (day.toordinal() + digest[1]) // period


def name_pod(
    workload: Workload, cluster: str, ordinal: int, version: int, uid: str, born: int
) -> tuple[str, str]:
    """The name of a pod, and of the ReplicaSet, Job or other owner that made it (empty for a bare pod)."""
    if workload.kind == "Pod":
        return workload.name, ""
    if workload.kind == "StatefulSet":
        return f"{workload.name}-{ordinal}", workload.name
    if workload.kind == "DaemonSet":
        return f"{workload.name}-{make_suffix(5, uid)}", workload.name
    if workload.kind == "CronJob":
        # A CronJob names its jobs by the minute that they were due.
        owner = f"{workload.name}-{born // 60}"
    else:
        owner = f"{workload.name}-{make_suffix(10, cluster, workload.namespace, workload.name, version)}"
    return f"{owner}-{make_suffix(5, uid)}", owner


def _digest(*name: object) -> bytes:
    return hashlib.blake2b("/".join(str(part) for part in name).encode(), digest_size=16).digest()
