"""A metrics server as a cluster's settings name it, collected into a lake."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from metrics_world import START

from warikan.catalog.settings import Settings
from warikan.ingest.usage.collect import Asked
from warikan.ingest.usage.report import ClusterReport
from warikan.ingest.usage.run import collect_all
from warikan.lake import Lake

FIRST = datetime.fromtimestamp(START, UTC)
DAY = timedelta(days=1)


def take_server(
    lake: Lake | None,
    url: str,
    after: timedelta,
    *,
    out: Path | None = None,
    start: date | None = None,
    end: date | None = None,
    again: bool = False,
    environment: Mapping[str, str] | None = None,
    root: Path = Path("/nowhere"),
    **usage: Any,
) -> ClusterReport:
    """Collect cluster c1 of the server at *url*, *after* the beginning of the made cluster."""
    settings = Settings.model_validate(
        {"clusters": {"c1": {"usage": usage | {"type": "prometheus", "url": url}}}}
    )
    asked = Asked(start, end, again=again, now=FIRST + after)
    (report,) = collect_all(settings, [], asked, lake=lake, out=out, root=root, environment=environment or {})
    return report


def amounts_in(lake: Lake) -> dict[tuple[int, str, str], dict[str, int]]:
    """The containers of the lake as the truth has them."""
    names = [
        "RunSeconds", "CpuRequest", "CpuUsage", "CpuDemand", "MemoryRequest", "MemoryUsage", "MemoryDemand",
        "GpuRequest", "SampledMinutes",
    ]  # fmt: skip
    files = [f.path for f in lake.data_files("kubernetes_container_hours")]
    if not files:
        return {}
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [files]).to_arrow_table().to_pylist()
    return {
        (int(row["Hour"].timestamp()), row["PodUid"], row["Container"]): {n: row[n] for n in names}
        for row in found
    }
