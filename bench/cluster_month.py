"""
Splits the cost of a simulated cluster over its containers: ``python -m bench.cluster_month --nodes 100``.

40 containers a node, 730 hours: 29,200 container-hours per node and month.
"""

import argparse
import tempfile
import time
from pathlib import Path

import duckdb

from warikan.allocate.kubernetes.nodes import split_nodes
from warikan.allocate.scratch import Scratch

HOURS = 730
CONTAINERS = 40
NODE_HOURS = """
COPY (SELECT 'prod' AS x_ClusterId,
    TIMESTAMPTZ '2026-10-01 00:00:00Z' + to_hours(h::INT) AS Hour, 'node-' || n AS NodeUid,
    'm5.4xlarge' AS InstanceType, 3600 AS UpSeconds,
    16000 * 3600 AS CpuCapacity, 15800 * 3600 AS CpuAllocatable,
    (64 * 1024**3)::BIGINT * 3600 AS MemoryCapacity, (60 * 1024**3)::BIGINT * 3600 AS MemoryAllocatable,
    0 AS GpuCapacity, 0 AS GpuAllocatable
  FROM range({hours}) AS hours(h), range({nodes}) AS nodes(n)) TO '{target}' (FORMAT parquet)
"""
CONTAINER_HOURS = """
COPY (SELECT x_ClusterId, Hour, NodeUid, NodeUid || '-pod-' || c AS PodUid, 'app' AS Container,
    cpu AS CpuRequest, (cpu * use)::BIGINT AS CpuUsage, (cpu * greatest(1, use))::BIGINT AS CpuDemand,
    memory AS MemoryRequest, (memory * use)::BIGINT AS MemoryUsage,
    (memory * greatest(1, use))::BIGINT AS MemoryDemand,
    0 AS GpuRequest, 0 AS GpuUsage, 0 AS GpuDemand
  FROM (SELECT *, (hash(NodeUid, c) % 600 * 3600)::BIGINT AS cpu,
          (hash(c, NodeUid) % 3000 * 1024**2)::BIGINT * 3600 AS memory,
          (hash(NodeUid, c, Hour) % 1300) / 1000 AS use
        FROM '{nodes}', range({containers}) AS containers(c))) TO '{target}' (FORMAT parquet)
"""
NODE_COSTS = """
COPY (SELECT 'aws' AS x_SourceId, NodeUid || '-' || epoch(Hour)::BIGINT AS x_ChargeKey,
    x_ClusterId, Hour, NodeUid, 'USD' AS BillingCurrency,
    cost AS BilledCost, cost AS EffectiveCost, cost AS ListCost, cost AS ContractedCost
  FROM (SELECT *, (0.768 + hash(NodeUid) % 1000 / 7e6)::DECIMAL(38, 18) AS cost FROM '{nodes}'))
  TO '{target}' (FORMAT parquet)
"""


def main() -> None:
    """Make the tables, split, and check that nothing was lost."""
    parser = argparse.ArgumentParser(prog="bench.cluster_month", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100)
    nodes = parser.parse_args().nodes
    with tempfile.TemporaryDirectory(prefix="warikan-bench-") as folder:
        here = Path(folder)
        connection = duckdb.connect(config={"threads": "2"})
        connection.execute("SET TimeZone = 'UTC'")
        paths = {name: here / f"{name}.parquet" for name in ("nodes", "containers", "costs")}
        connection.execute(NODE_HOURS.format(hours=HOURS, nodes=nodes, target=paths["nodes"]))
        connection.execute(
            CONTAINER_HOURS.format(nodes=paths["nodes"], containers=CONTAINERS, target=paths["containers"])
        )
        connection.execute(NODE_COSTS.format(nodes=paths["nodes"], target=paths["costs"]))
        split(connection, here, paths)


def split(connection: duckdb.DuckDBPyConnection, folder: Path, paths: dict[str, Path]) -> None:
    """Print how long the split took, what it wrote and whether it adds up."""
    scratch = Scratch(connection, folder / "scratch")
    costs, nodes, containers = (scratch.read(n, [paths[n]]) for n in ("costs", "nodes", "containers"))
    begin, used = time.perf_counter(), time.process_time()
    made = split_nodes(costs, nodes, containers, keep=scratch.store)
    files = [scratch.write("workloads", made.workloads), scratch.write("others", made.others)]
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    slices = scratch.read("slices", files)
    bill = scratch.fetch(costs.aggregate(total=costs.EffectiveCost.sum())).to_pylist()[0]["total"]
    written = scratch.fetch(
        slices.aggregate(rows=slices.count(), total=slices.EffectiveCost.sum())
    ).to_pylist()[0]
    print(f"{written['rows']:,} slices in {seconds:.2f} s, {used:.2f} s of CPU")
    print(f"bill {bill}, slices {written['total']}, difference {bill - written['total']}")


if __name__ == "__main__":
    main()
