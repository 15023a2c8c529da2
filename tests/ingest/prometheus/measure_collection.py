"""How long two days of sixty pods take from real servers: run this file with python."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from metrics_world import HOUR, START, Container, Node, Pod, World, uid

from conftest import run_prometheus, run_victoria_metrics
from warikan.ingest.sources.prometheus.client import PrometheusClient
from warikan.ingest.sources.prometheus.collect import Scope, collect

DAYS, PODS, NODES = 2, 60, 3


def make_world() -> World:
    """Sixty pods with one container each on three nodes, all the time."""
    first, last = START - HOUR, START + DAYS * 24 * HOUR + HOUR
    nodes = tuple(Node(f"n{i}", uid(1000 + i), first, last) for i in range(NODES))
    pods = tuple(
        Pod(
            f"team-{i % 6}", f"app-{i}", uid(i), f"n{i % NODES}", first, last, (Container("app", cpu=30 + i),)
        )
        for i in range(PODS)
    )
    return World(first, last, nodes, pods)


def main() -> None:
    """Measure both servers."""
    series = list(make_world().series())
    start, end = (datetime.fromtimestamp(START + d * 24 * HOUR, UTC) for d in (0, DAYS))
    for run in (run_prometheus, run_victoria_metrics):
        with (
            TemporaryDirectory() as folder,
            run(Path(folder), series) as url,
            PrometheusClient(url) as client,
        ):
            began = perf_counter()
            tables = collect(client, Scope("c1"), start, end)
            took = perf_counter() - began
            sys.stdout.write(
                f"{run.__name__}: {tables.containers.num_rows:,} container-hours in {took:.2f} s\n"
            )


if __name__ == "__main__":
    main()
