"""What cAdvisor and NVIDIA's exporter measure of containers: counters and gauges made from their hours."""

from collections.abc import Iterator

import numpy as np

from warikan.estate.container_hours import BURST_SECONDS, ContainerHours
from warikan.estate.pod_series import of_cadvisor
from warikan.estate.samples import Labels, Samples, Scrapes
from warikan.estate.timeline import Ints


def list_usage_series(hours: ContainerHours, scrapes: Scrapes) -> Iterator[Samples]:
    """
    CPU, memory, GPU and traffic.

    A counter starts at 0 with the first of *hours* that its container ran in; every hour in which it did
    before the first scrape must be among them.
    """
    order = np.lexsort((hours.start, hours.container, hours.pod))
    hours = hours.take(order)
    number = hours.pod * len(hours.containers) + hours.container
    labels = _labels(hours, number)
    row, time = scrapes.seen(hours.start, hours.end)
    series = np.unique(number, return_inverse=True)[1][row]
    burst = np.clip(np.minimum(time, hours.hour[row] + BURST_SECONDS) - hours.start[row], 0, None)
    calm = time - hours.start[row] - burst
    used = _before(number, hours.amounts()["CpuUsage"])[row]
    cpu = used + hours.cpu_burst[row] * burst + hours.cpu_calm[row] * calm
    yield Samples("container_cpu_usage_seconds_total", labels, series, time, cpu, 3)
    yield Samples("container_memory_working_set_bytes", labels, series, time, hours.memory[row])
    busy = hours.gpu[row] > 0
    gpu = [{k: v for k, v in one.items() if k != "id"} | {"gpu": "0", "UUID": "GPU-0"} for one in labels]
    yield Samples("DCGM_FI_PROF_GR_ENGINE_ACTIVE", gpu, series[busy], time[busy], hours.gpu[row][busy], 3)
    sends = hours.sent[row] > 0
    for name, rate in (("transmit", hours.sent), ("receive", hours.received)):
        total = _before(number, rate * hours.seconds)[row] + rate[row] * (time - hours.start[row])
        network = [_network(one) for one in labels]
        yield Samples(
            f"container_network_{name}_bytes_total", network, series[sends], time[sends], total[sends]
        )


def _before(number: Ints, amount: Ints) -> Ints:
    """What each row's container had added up before it; rows of a container follow each other."""
    total = np.cumsum(amount) - amount
    first = np.concatenate([[True], np.diff(number) != 0]) if len(number) else np.zeros(0, dtype=bool)
    base: Ints = total - total[np.maximum.accumulate(np.where(first, np.arange(len(number)), 0))]
    return base


def _labels(hours: ContainerHours, number: Ints) -> list[Labels]:
    width = len(hours.containers)
    return [
        of_cadvisor(hours.pods[n // width], hours.containers[n % width].name)
        for n in np.unique(number).tolist()
    ]


def _network(labels: Labels) -> Labels:
    """Traffic is the pod's sandbox's."""
    keep = {k: labels[k] for k in ("namespace", "pod")}
    return {**keep, "id": labels["id"].rpartition("/")[0], "interface": "eth0"}
