"""
Allocates a month of a simulated cluster in a lake: ``python -m bench.cluster_allocation --nodes 100``.

As bench.cluster_month, but the whole run: charges matched, split, owned, proven, written with all columns of
their charges, committed, and added up by day. Charges are by the hour unless ``--hours 24``.
"""

import argparse
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from bench.peak import peak_megabytes
from warikan.allocate.run import allocate
from warikan.catalog.entities import Catalog, Service
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.views import duckdb_type
from warikan.lake import Lake, Unit, may_be_absent

DAYS, CONTAINERS = 30, 40
FIRST = date(2026, 9, 1)
NODES = """
    CREATE TEMP TABLE nodes AS SELECT 'prod' AS "x_ClusterId",
        TIMESTAMPTZ '2026-09-01 00:00:00Z' + to_hours(h::INT) AS "Hour", 'node-' || n AS "NodeUid",
        'ip-' || n AS "NodeName", 'aws:///eu-west-1a/i-0' || (100000 + n) AS "ProviderId",
        'm5.4xlarge' AS "InstanceType", 3600::BIGINT AS "UpSeconds",
        16000 * 3600::BIGINT AS "CpuCapacity", 15800 * 3600::BIGINT AS "CpuAllocatable",
        (64 * 1024**3)::BIGINT * 3600 AS "MemoryCapacity",
        (60 * 1024**3)::BIGINT * 3600 AS "MemoryAllocatable"
    FROM range({hours}) AS hours(h), range({nodes}) AS nodes(n)
"""
PODS = """
    SELECT "x_ClusterId", "Hour", "NodeUid", "NodeUid" || '-pod-' || c AS "PodUid",
        'space-' || (c % 12) AS "Namespace",
        'pod-' || "NodeUid" || '-' || c AS "Pod", 'app' AS "Container", 'Deployment' AS "WorkloadKind",
        'w' || (hash("NodeUid", c) % 60) AS "Workload", 'l' || (hash("NodeUid", c) % 60) AS "LabelsId",
        cpu AS "CpuRequest", (cpu * use)::BIGINT AS "CpuUsage",
        (cpu * greatest(1, use))::BIGINT AS "CpuDemand",
        memory AS "MemoryRequest", (memory * use)::BIGINT AS "MemoryUsage",
        (memory * greatest(1, use))::BIGINT AS "MemoryDemand", 5000::BIGINT AS "TransmitBytes"
    FROM (SELECT *, (hash("NodeUid", c) % 600 * 3600)::BIGINT AS cpu,
            (hash(c, "NodeUid") % 3000 * 1024**2)::BIGINT * 3600 AS memory,
            (hash("NodeUid", c, "Hour") % 1300) / 1000 AS use
        FROM nodes, range({containers}) AS containers(c))
"""
COVERAGE = """
    SELECT DISTINCT "x_ClusterId", "Hour", 60::BIGINT AS "NodeMinutes", 60::BIGINT AS "PodMinutes",
        60::BIGINT AS "UsageMinutes", 'bench' AS "Origin" FROM nodes
"""
LABELS = """
    SELECT 'prod' AS "x_ClusterId", 'l' || i AS "LabelsId", 'pod' AS "Kind", MAP {'app': 'w' || i} AS "Labels"
    FROM range(60) AS labels(i)
"""
CHARGES = """
    SELECT 'aws' AS "x_SourceId", row_number() OVER () AS "x_ChargeKey",
        TIMESTAMPTZ '2026-09-01 00:00:00Z' AS "BillingPeriodStart",
        TIMESTAMPTZ '2026-10-01 00:00:00Z' AS "BillingPeriodEnd", "Hour" AS "ChargePeriodStart",
        "Hour" + to_hours({each}) AS "ChargePeriodEnd", 'USD' AS "BillingCurrency",
        split_part("ProviderId", '/', 5) AS "ResourceId", 'Amazon EC2' AS "ServiceName",
        'Compute' AS "ServiceCategory", 'Usage' AS "ChargeCategory", 'eu-west-1' AS "RegionId",
        '123' AS "SubAccountId", 'm5.4xlarge' AS "ChargeDescription",
        MAP {{'aws:eks:cluster-name': 'prod'}} AS "Tags", cost AS "BilledCost", cost AS "EffectiveCost",
        cost AS "ListCost", cost AS "ContractedCost", 'bill' AS "x_SourceFile", 1::BIGINT AS "x_SourceRow"
    FROM (SELECT *, ((0.768 + hash("NodeUid") % 1000 / 7e6) * {each})::DECIMAL(38, 18) AS cost
        FROM nodes WHERE (epoch("Hour") / 3600)::BIGINT % {each} = 0 ORDER BY "NodeUid", "Hour")
"""


def main() -> None:
    """Fill a lake, allocate twice, and print what the second run took."""
    parser = argparse.ArgumentParser(prog="bench.cluster_allocation", description=__doc__)
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--hours", type=int, default=1, choices=(1, 24))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="warikan-bench-") as folder:
        lake = Lake.open(Path(folder) / ".warikan")
        engine = Engine(lake, threads=2)
        with lake.writing(), engine.connection.cursor() as cursor:
            fill(lake, cursor, asked.nodes, asked.hours)
        services = {f"w{i}": Service(f"w{i}", f"w{i}", team_id=f"t{i % 6}") for i in range(60)}
        settings, now = Settings(), datetime(2026, 11, 1, tzinfo=UTC)
        for _ in range(2):
            begin, used = time.perf_counter(), time.process_time()
            report = allocate(engine, lake, settings, Catalog(services=services), now=now, force=True)
            seconds, used = time.perf_counter() - begin, time.process_time() - used
            peak = peak_megabytes()
            print(f"{report.slices:,} slices in {seconds:.2f} s, {used:.2f} s of CPU, peak {peak:,.0f} MB")


def fill(lake: Lake, cursor: duckdb.DuckDBPyConnection, nodes: int, each: int) -> None:
    """Hours of *nodes*, and charges of *each* hours, in the tables of *lake*."""
    cursor.execute(NODES.format(hours=DAYS * 24, nodes=nodes))
    for table, rows in (
        ("kubernetes_node_hours", "SELECT * FROM nodes"),
        ("kubernetes_container_hours", PODS.format(containers=CONTAINERS)),
        ("kubernetes_coverage", COVERAGE),
    ):
        days = [FIRST + timedelta(days=n) for n in range(DAYS)]
        files = [write(lake, cursor, table, f"SELECT * FROM ({rows}) WHERE {on(day)}") for day in days]
        lake.replace(table, [Unit("prod", day) for day in days], files)
    labels = write(lake, cursor, "kubernetes_labels", LABELS)
    lake.replace("kubernetes_labels", [Unit("prod", None)], [labels])
    charges = write(lake, cursor, "charges", CHARGES.format(each=each))
    lake.replace("charges", [Unit("aws", FIRST)], [charges], loads=[])


def on(day: date) -> str:
    """Rows of *day*."""
    start = f"TIMESTAMPTZ '{day} 00:00:00Z'"
    return f'"Hour" >= {start} AND "Hour" < {start} + INTERVAL 1 DAY'


def write(lake: Lake, cursor: duckdb.DuckDBPyConnection, table: str, rows: str) -> Path:
    """A file of *table* with *rows*; what they lack is null."""
    have = {column[0] for column in cursor.execute(f"DESCRIBE {rows}").fetchall()}
    columns = ", ".join(
        f'"{field.name}"' if field.name in have else f'NULL::{duckdb_type(field.type)} AS "{field.name}"'
        for field in lake.schema(table)
        if field.name in have or table != "charges" or not may_be_absent(field.name)
    )
    path = lake.new_file(table)
    lake.copy(cursor, f"SELECT {columns} FROM ({rows})", table, path)
    return path


if __name__ == "__main__":
    main()
