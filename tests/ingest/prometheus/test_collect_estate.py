"""The simulated company's clusters, seen through real metrics servers, are what its usage files say."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from warikan.estate.clusters import CLUSTERS
from warikan.estate.hour_tables import tabulate_hours
from warikan.estate.identities import version_on
from warikan.estate.manifests import load_manifests
from warikan.estate.object_labels import tabulate_labels
from warikan.estate.openmetrics import write_openmetrics
from warikan.estate.simulation import Estate
from warikan.estate.usage import hours_of_days
from warikan.ingest.hours import SCHEMAS, HourTables
from warikan.ingest.sources.prometheus.client import PrometheusClient
from warikan.ingest.sources.prometheus.collect import Scope, collect

HOURS = 4


@pytest.fixture(scope="module")
def company() -> Estate:
    """The small estate, without its files."""
    return Estate.build("small", 42, date(2026, 11, 20))


def rollout(service: str) -> date:
    """A day in September on which a new version of *service* comes, and its init containers run."""
    workload = load_manifests().services[service][0]
    days = (date(2026, 9, 2) + timedelta(days=i) for i in range(28))
    return next(d for d in days if version_on(workload, d) != version_on(workload, d - timedelta(days=1)))


def truth(company: Estate, cluster: str, start: datetime, end: datetime) -> dict[str, pa.Table]:
    """The tables of the usage files in ``[start, end)``, and all labels of their days."""
    days = (end - timedelta(hours=1)).date() + timedelta(days=1)
    there = hours_of_days(
        company,
        next(c for c in CLUSTERS if c.name == cluster),
        list(company.schedule().days(start.date(), days)),
    )
    tables = {}
    for name, table in tabulate_hours(there).items():
        hour = table["Hour"]
        rows = table.filter(pc.and_(pc.greater_equal(hour, pa.scalar(start)), pc.less(hour, pa.scalar(end))))
        tables[name] = rows.cast(SCHEMAS[name])
    return tables | {"labels": tabulate_labels(cluster, there.labels())}


def collected(serve: Callable[[Path], str], text: Path, start: datetime, end: datetime) -> HourTables:
    """What the collector makes of the history in *text*."""
    with PrometheusClient(serve(text)) as client:
        return collect(client, Scope(text.stem), start, end)


@pytest.mark.parametrize(
    ("cluster", "start"),
    [
        # Night: new versions come at midnight, UTC.
        (
            "hinode-staging",
            datetime.combine(rollout("checkout"), datetime.min.time(), UTC) - timedelta(hours=2),
        ),
        # The hour of the nightly job.
        ("hinode-data", datetime(2026, 9, 8, 16, tzinfo=UTC)),
    ],
)
def test_a_window_is_read_to_the_last_unit(
    company: Estate, serve_history: Callable[[Path], str], tmp_path: Path, cluster: str, start: datetime
) -> None:
    """All seven tables equal those of the estate, row by row, in every column."""
    end = start + timedelta(hours=HOURS)
    text = tmp_path / f"{cluster}.om"
    write_openmetrics(text, company, cluster, start, end)
    tables, expected = collected(serve_history, text, start, end), truth(company, cluster, start, end)

    for field in fields(HourTables):
        found = getattr(tables, field.name)
        if field.name == "labels":
            assert set(found["LabelsId"].to_pylist()) <= set(expected["labels"]["LabelsId"].to_pylist())
            wanted = expected["labels"].filter(pc.is_in(expected["labels"]["LabelsId"], found["LabelsId"]))
            assert found.to_pylist() == wanted.to_pylist()
        else:
            assert found.to_pylist() == expected[field.name].to_pylist(), field.name


def test_the_windows_hold_what_is_hard(company: Estate) -> None:
    """Sidecars, init containers, jobs of minutes, GPUs, volumes, load balancers and bare pods are in them."""
    night = datetime.combine(rollout("checkout"), datetime.min.time(), UTC) - timedelta(hours=2)
    staging = truth(company, "hinode-staging", night, night + timedelta(hours=HOURS))
    job = datetime(2026, 9, 8, 16, tzinfo=UTC)
    data = truth(company, "hinode-data", job, job + timedelta(hours=HOURS))

    assert {"app", "sidecar", "init"} == set(staging["containers"]["ContainerKind"].to_pylist())
    assert None in staging["containers"]["Workload"].to_pylist()
    assert staging["volumes"].num_rows > 0
    assert staging["load_balancers"].num_rows > 0
    assert data["volumes"].num_rows > 0
    kinds = {"Deployment", "StatefulSet", "DaemonSet", "CronJob"}
    assert kinds == set(data["containers"]["WorkloadKind"].to_pylist())
    assert 0 < min(pc.unique(data["containers"]["RunSeconds"]).to_pylist()) < 600
    assert pc.sum(data["containers"]["GpuUsage"]).as_py() > 0
