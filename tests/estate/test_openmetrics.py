"""The text that Prometheus is made from; what a collector reads of it is tested with real servers."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from estate_dates import UPGRADE_END, midnight

from warikan.estate.openmetrics import write_openmetrics
from warikan.estate.simulation import Estate
from warikan.ingest.sources.prometheus.families import list_metrics

START = datetime(2026, 9, 7, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def company() -> Estate:
    """The small estate, without its files."""
    return Estate.build("small", 42, date(2026, 11, 20))


def test_families_stand_together(company: Estate, tmp_path: Path) -> None:
    """Each family once, its type first; each series in order of time; the end is marked."""
    count = write_openmetrics(tmp_path / "x.om", company, "hinode-data", START, START + HOUR)
    lines = (tmp_path / "x.om").read_text(encoding="utf-8").splitlines()
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    last: dict[str, int] = {}
    current = ""
    for line in lines[:-1]:
        if line.startswith("# TYPE"):
            current = line.split()[2]
            continue
        head, _, time = line.rpartition(" ")
        series = head.rpartition(" ")[0]
        assert series.partition("{")[0].removesuffix("_total") == current
        assert last.get(series, 0) < int(time)
        last[series] = int(time)

    assert count == len(lines)
    assert lines[-1] == "# EOF"
    assert len(families) == len(set(families))
    assert {int(START.timestamp()), int((START + HOUR).timestamp())} <= set(last.values()) | {
        int(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")
    }


def test_the_names_are_those_that_are_read(company: Estate, tmp_path: Path) -> None:
    """Every series is one that the collector reads, under today's name."""
    read = {m.name for m in list_metrics()}
    written = set()
    for cluster in ("hinode-data", "hinode-staging"):
        write_openmetrics(tmp_path / "x.om", company, cluster, START, START + 2 * HOUR)
        with (tmp_path / "x.om").open(encoding="utf-8") as file:
            written |= {line.partition("{")[0] for line in file if not line.startswith("#")}

    assert written <= read
    assert {
        "kube_pod_info", "kube_job_owner", "kube_pod_init_container_info", "kube_persistentvolume_info",
        "kube_endpoint_address", "kube_pod_annotations", "kube_pod_completion_time",
        "container_cpu_usage_seconds_total", "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    } <= written  # fmt: skip


def test_scrapes_may_be_closer(company: Estate, tmp_path: Path) -> None:
    """Every 30 seconds there are about twice the lines, and those of the minutes are the same."""
    for step in (30, 60):
        write_openmetrics(tmp_path / f"{step}.om", company, "hinode-staging", START, START + HOUR, step)
    half, whole = (set((tmp_path / f"{s}.om").read_text(encoding="utf-8").splitlines()) for s in (30, 60))

    assert whole < half
    assert 1.8 < len(half) / len(whole) < 2.2


@pytest.mark.parametrize(
    ("cluster", "start", "hours", "step", "message"),
    [
        ("hinode-test", START, 1, 60, "no cluster hinode-test"),
        ("hinode-data", START + timedelta(minutes=30), 1, 60, "whole hours"),
        ("hinode-data", START, 0, 60, "whole hours"),
        ("hinode-data", START, 1, 45, "divides a minute"),
        ("hinode-prod-blue", midnight(UPGRADE_END), 1, 60, "runs from"),
        ("hinode-data", datetime(2025, 11, 1, tzinfo=UTC), 1, 60, "runs from"),
    ],
)
def test_windows_that_are_none(
    company: Estate, tmp_path: Path, cluster: str, start: datetime, hours: int, step: int, message: str
) -> None:
    """A window that cannot be written exactly is refused, and nothing is written."""
    with pytest.raises(ValueError, match=message):
        write_openmetrics(tmp_path / "x.om", company, cluster, start, start + hours * HOUR, step)
    assert not (tmp_path / "x.om").exists()
