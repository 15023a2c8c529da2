"""Pods stay where they are, are named as Kubernetes names them, and never share a name or a uid."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from warikan.estate.scheduling import Day, Pod
from warikan.estate.simulation import Estate

UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="module")
def september() -> list[Day]:
    """Four weeks of September of the small estate."""
    estate = Estate.build("small", 42, UNTIL)
    return list(estate.schedule().days(date(2026, 9, 1), date(2026, 9, 29)))


def pods_of(days: list[Day]) -> list[Pod]:
    """Each pod once."""
    return list({p.pod.uid: p.pod for d in days for p in d.placed}.values())


def test_a_uid_is_one_pod(september: list[Day]) -> None:
    """A uid is on one node in consecutive days; two pods alive at once never have one name in a namespace."""
    days: dict[str, list[date]] = defaultdict(list)
    for day in september:
        names = [(p.pod.cluster.name, p.pod.workload.namespace, p.pod.name) for p in day.placed]
        assert len(names) == len(set(names))
        for placed in day.placed:
            days[placed.pod.uid].append(day.day)

    for lived in days.values():
        assert [lived[0] + timedelta(days=i) for i in range(len(lived))] == lived


def test_pods_live_for_days(september: list[Day]) -> None:
    """A new version comes every nine to twenty days: an ordinary pod of a Deployment is not new each day."""
    lives: dict[str, int] = defaultdict(int)
    for day in september:
        for placed in day.placed:
            lives[placed.pod.uid] += placed.pod.workload.kind == "Deployment"
    lengths = sorted(n for n in lives.values() if n)

    assert 5 <= lengths[len(lengths) // 2] <= 20


def test_names_tell_their_makers(september: list[Day]) -> None:
    """Names begin with the owner's; a ReplicaSet's pods are of one version; a bare pod has no owner."""
    versions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for pod in pods_of(september):
        assert pod.name.startswith(pod.owner)
        assert (pod.owner == "") == (pod.workload.kind == "Pod")
        if pod.workload.kind == "Deployment":
            assert pod.owner.startswith(f"{pod.workload.name}-")
            versions[pod.cluster.name, pod.owner].add(pod.version)
        if pod.workload.kind == "StatefulSet":
            assert f"{pod.workload.name}-{pod.ordinal}" == pod.name

    assert {1} == {len(v) for v in versions.values()}


def test_what_runs_on_every_node(september: list[Day]) -> None:
    """Each node has one pod of each DaemonSet; a GPU is asked for once on a node that has one."""
    for day in september[:7]:
        daemons: dict[str, list[str]] = defaultdict(list)
        gpus: dict[str, int] = defaultdict(int)
        for pod, _, _ in day.placed:
            gpus[pod.node.uid] += pod.workload.gpus
            assert gpus[pod.node.uid] <= pod.node.pool.type.gpus
            if pod.workload.kind == "DaemonSet":
                daemons[pod.node.uid].append(pod.workload.name)
        assert {("kube-proxy", "mihari-agent")} == {tuple(sorted(d)) for d in daemons.values()}
        assert sum(gpus.values()) == 2


def test_nights_have_jobs(september: list[Day]) -> None:
    """Three pods of the nightly job run for four to nine minutes, each night in a job of its own."""
    nights = [[p for p in d.placed if p.pod.workload.kind == "CronJob"] for d in september]

    assert all(len(night) == 3 for night in nights)
    assert all(240 <= p.end - p.start <= 540 for night in nights for p in night)
    assert len(nights) == len({p.pod.owner for night in nights for p in night})


def test_a_schedule_only_goes_forward() -> None:
    """A day that was placed cannot be asked for again; days that nobody asks for change nothing later."""
    estate = Estate.build("small", 42, UNTIL)
    one, other = estate.schedule(), estate.schedule()
    list(one.days(date(2025, 11, 1), date(2025, 11, 20)))
    day = date(2025, 11, 25)
    expected = next(other.days(day, day + timedelta(days=1)))

    assert expected.placed == next(one.days(day, day + timedelta(days=1))).placed
    with pytest.raises(ValueError, match="only goes forward"):
        list(one.days(date(2025, 11, 1), date(2025, 11, 2)))
