"""``warikan collect`` as a person runs it: what it prints, and how it ends."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_bills import Run

from warikan.ingest.hours import SCHEMAS

SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)


def write_day(folder: Path, number: int, *, cluster: str = "prod", minutes: int = 60) -> None:
    """Files of one day with one node and one container; the last hour has *minutes*."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {"coverage": [], "nodes": [], "containers": []}
    for hour in range(24):
        at = {"x_ClusterId": cluster, "Hour": SEPTEMBER + timedelta(days=number, hours=hour)}
        seen = minutes if hour == 23 else 60
        rows["coverage"].append(at | {"NodeMinutes": seen, "PodMinutes": seen, "UsageMinutes": seen})
        rows["nodes"].append(at | {"NodeUid": "n1"})
        rows["containers"].append(at | {"NodeUid": "n1", "PodUid": "p1", "Container": "web"})
    for table, some in rows.items():
        zeros = {f.name: 0 for f in SCHEMAS[table] if f.type == pa.int64()}
        made = pa.Table.from_pylist([zeros | row for row in some], schema=SCHEMAS[table])
        pq.write_table(made, folder / f"day-{number}.{table}.parquet")


@pytest.fixture
def clusters(workspace: Path) -> Path:
    """A workspace with two clusters of files and one of which nothing but its name is known."""
    write_day(workspace / "hours" / "prod", 0)
    write_day(workspace / "hours" / "prod", 1, minutes=15)
    write_day(workspace / "hours" / "staging", 0, cluster="staging")
    with (workspace / "warikan.yaml").open("a") as file:
        file.write(
            "\nclusters:\n"
            "  prod: {usage: {type: hours, path: hours/prod}}\n"
            "  staging: {usage: {type: hours, path: hours/staging}}\n"
            "  other: {}\n"
        )
    return workspace


def test_all_clusters_are_taken_in(clusters: Path, run: Run) -> None:
    """JSON in a pipe: days, rows and gaps of each cluster; the second time nothing is left to do."""
    first = run("collect", cwd=clusters)
    second = run("collect", cwd=clusters)

    assert first.returncode == second.returncode == 0
    prod, staging = json.loads(first.stdout)["clusters"]
    assert (prod["cluster"], prod["days"], prod["first"], prod["last"]) == (
        "prod",
        2,
        "2026-09-01",
        "2026-09-02",
    )
    assert (prod["hours"], prod["containerHours"], prod["sampledMinutes"]) == (48, 48, 48 * 60 - 45)
    assert prod["gaps"] == [{"start": "2026-09-02T23Z", "end": "2026-09-03T00Z"}]
    assert (staging["days"], staging["gaps"], staging["error"]) == (1, [], None)
    assert [(c["days"], c["unchanged"]) for c in json.loads(second.stdout)["clusters"]] == [(0, 2), (0, 1)]
    assert f"{clusters} · collect all clusters" in first.stderr


def test_one_cluster_and_some_days(clusters: Path, run: Run) -> None:
    """Clusters and days can be chosen; CSV is one row for each."""
    result = run(
        "collect", "prod", "--from", "2026-09-02", "--until", "2026-09-03", "--csv", cwd=clusters
    )  # fmt: skip

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["cluster"], row["state"], row["days"], row["from"]) == ("prod", "taken in", "1", "2026-09-02")
    assert row["sampled"] == "96.9%"
    assert row["gaps"] == "2026-09-02T23Z/2026-09-03T00Z"


def test_one_cluster_that_cannot_be_read_stops_no_other(clusters: Path, run: Run) -> None:
    """Exit 3 with its reason, and the others are taken in, also before an allocation of sync."""
    (clusters / "hours" / "prod" / "day-0.nodes.parquet").write_bytes(b"garbage")
    with (clusters / "warikan.yaml").open("a") as file:
        file.write("\nsources:\n  bill: {path: ../bill.csv}\n")

    result = run("sync", cwd=clusters)

    assert result.returncode == 3
    assert "cluster prod: hours/prod/day-0.nodes.parquet is not a Parquet file" in result.stderr
    assert "the other one was taken in" in result.stderr
    assert '"containerHours": 24' in result.stdout
    assert '"sharedCharges"' in result.stdout


def test_sync_without_clusters_says_nothing_of_them(workspace: Path, run: Run) -> None:
    """A workspace without clusters syncs as before."""
    with (workspace / "warikan.yaml").open("a") as file:
        file.write("\nsources:\n  bill: {path: ../bill.csv}\n")

    result = run("sync", cwd=workspace)

    assert result.returncode == 0, result.stderr
    assert "containerHours" not in result.stdout
    assert "· collect" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent",), "there is no cluster 'absent'; warikan.yaml has: prod, staging, other"),
        (("other",), "does not say where the hours of cluster other come from"),
        (("--from", "yesterday"), "--from 'yesterday' is no day"),
        (("--from", "2026-09-02", "--until", "2026-09-02"), "2026-09-02 is not before 2026-09-02"),
    ],
)
def test_mistakes_exit_2(arguments: tuple[str, ...], said: str, clusters: Path, run: Run) -> None:
    """What was typed wrong is named."""
    result = run("collect", *arguments, cwd=clusters)

    assert result.returncode == 2
    assert said in result.stderr


def test_no_cluster_at_all(workspace: Path, run: Run) -> None:
    """It says where clusters are named."""
    result = run("collect", cwd=workspace)

    assert result.returncode == 2
    assert "names no cluster with usage" in result.stderr
    assert "docs/clusters.md" in result.stderr


def test_a_secret_that_is_not_set(workspace: Path, run: Run) -> None:
    """A mistake in the settings of all clusters is exit 2, with the variable."""
    with (workspace / "warikan.yaml").open("a") as file:
        usage = "{type: prometheus, url: 'http://127.0.0.1:9', bearer_from: NO_SUCH_TOKEN}"
        file.write(f"\nclusters:\n  prod: {{usage: {usage}}}\n")

    result = run("collect", cwd=workspace)

    assert result.returncode == 2
    assert (
        "clusters.prod.usage.bearer_from: the environment variable NO_SUCH_TOKEN is not set" in result.stderr
    )
    assert "export NO_SUCH_TOKEN=" in result.stderr


def test_out_is_a_folder_that_can_be_taken_in(clusters: Path, run: Run, tmp_path: Path) -> None:
    """Files of one machine are the usage of another; no lake is needed to write them."""
    run("collect", "--out", tmp_path / "usb", cwd=clusters)
    settings = clusters / "warikan.yaml"
    settings.write_text(settings.read_text().replace("path: hours/", f"path: {tmp_path}/usb/"))

    result = run("collect", cwd=clusters)

    assert [c["containerHours"] for c in json.loads(result.stdout)["clusters"]] == [48, 24]
