"""A window of one cluster as the series that its exporters would have shown, in OpenMetrics' text."""

from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from warikan.estate.cluster_hours import ClusterHours
from warikan.estate.clusters import CLUSTERS, Cluster
from warikan.estate.object_series import list_object_series
from warikan.estate.pod_series import list_container_facts, list_pod_series
from warikan.estate.samples import Scrapes
from warikan.estate.scheduling import HOUR
from warikan.estate.simulation import Estate
from warikan.estate.timeline import moment
from warikan.estate.usage import hours_of_days
from warikan.estate.usage_series import list_usage_series

_FIRST_ADDRESS = IPv4Address("10.128.0.0")


def write_openmetrics(
    path: Path, estate: Estate, cluster: str, start: datetime, end: datetime, step: int = 60
) -> int:
    """
    Write what kube-state-metrics, cAdvisor and NVIDIA's exporter show of *cluster* in ``[start, end]``.

    ``promtool tsdb create-blocks-from openmetrics`` makes a Prometheus of it. What a collector reads of it
    minute by minute are the hour tables of usage.py in ``[start, end)``, to the last unit: scrapes stand on
    the minute, as does all that begins and ends.

    Args:
        cluster: Its name.
        start: A whole hour, at least one after the first of the estate.
        end: A whole hour after *start*.
        step: Seconds between scrapes; divides 60.

    Returns:
        How many lines the file has.

    Raises:
        ValueError: *cluster* does not exist, or the window is not as above.
    """
    found = next((c for c in CLUSTERS if c.name == cluster), None)
    if found is None:
        raise ValueError(f"the estate has no cluster {cluster}; it has {', '.join(c.name for c in CLUSTERS)}")
    first, last = int(start.timestamp()), int(end.timestamp())
    if first % HOUR or last % HOUR or last <= first or 60 % step:
        raise ValueError("a window is some whole hours, and its step divides a minute")
    there = _hours_around(estate, found, start, end)
    scrapes = Scrapes(first, last, step)
    addresses = {p.uid: str(_FIRST_ADDRESS + i) for i, p in enumerate(there.containers.pods)}
    facts = [
        *list_object_series(there, addresses),
        *list_pod_series(there, addresses),
        *list_container_facts(there),
    ]
    samples = [*(f.samples(scrapes) for f in facts), *list_usage_series(there.containers, scrapes)]
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for one in samples:
            lines = one.lines()
            file.writelines(f"{line}\n" for line in lines)
            count += len(lines)
        file.write("# EOF\n")
    return count + 1


def _hours_around(estate: Estate, cluster: Cluster, start: datetime, end: datetime) -> ClusterHours:
    """The days of the window, with the hour before it: what counters start from.

    Raises:
        ValueError: the cluster does not run in all of that.
    """
    first, last = (d * HOUR for d in estate.plan.life(cluster))
    if int(start.timestamp()) - HOUR < first or last < int(end.timestamp()):
        raise ValueError(f"{cluster.name} runs from {moment(first // HOUR)} to {moment(last // HOUR)}")
    first_day = (start - timedelta(hours=1)).date()
    last_day = (end - timedelta(hours=1)).date()
    days = list(estate.schedule().days(first_day, last_day + timedelta(days=1)))
    return hours_of_days(estate, cluster, days)
