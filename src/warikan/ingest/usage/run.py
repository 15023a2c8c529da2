"""All clusters, one after the other: each with its source and the shelf that its days go to."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from warikan.catalog.settings import FILE_NAME, Settings
from warikan.focus.errors import UsageError, WarikanError
from warikan.ingest.progress import Progress
from warikan.ingest.usage.collect import Asked, collect_cluster
from warikan.ingest.usage.folder_shelf import FolderShelf
from warikan.ingest.usage.lake_shelf import LakeShelf
from warikan.ingest.usage.report import ClusterReport
from warikan.ingest.usage.shelf import Shelf
from warikan.ingest.usage.source import Request, open_source
from warikan.lake import Lake


def collect_all(
    settings: Settings,
    clusters: Sequence[str],
    asked: Asked,
    *,
    lake: Lake | None,
    out: Path | None,
    root: Path,
    environment: Mapping[str, str] = os.environ,
    progress: Progress | None = None,
) -> list[ClusterReport]:
    """
    Collect *clusters* (empty: all with ``usage``) into *lake*, or as files into *out*; a report of each.

    Raises:
        UsageError: no such cluster, one without ``usage``, or none at all.
    """
    names = _chosen(settings, clusters)
    if asked.start is not None and asked.end is not None and asked.start >= asked.end:
        raise UsageError(f"{asked.start} is not before {asked.end}", hint="--until is the day after the last")
    shelf, folder = _shelf(lake, out)
    return [_collect_one(settings, name, asked, shelf, folder, root, environment, progress) for name in names]


def _chosen(settings: Settings, clusters: Sequence[str]) -> list[str]:
    known = [name for name, cluster in settings.clusters.items() if cluster.usage is not None]
    for name in clusters:
        if name not in settings.clusters:
            listed = ", ".join(settings.clusters) or "none"
            raise UsageError(f"there is no cluster {name!r}; {FILE_NAME} has: {listed}")
        if name not in known:
            raise UsageError(
                f"{FILE_NAME} does not say where the hours of cluster {name} come from",
                hint=f"clusters.{name}.usage, see docs/clusters.md",
            )
    if not known:
        raise UsageError(
            f"{FILE_NAME} names no cluster with usage", hint="clusters.NAME.usage, see docs/clusters.md"
        )
    return list(dict.fromkeys(clusters)) or known


def _shelf(lake: Lake | None, out: Path | None) -> tuple[Shelf, Path]:
    """Where days go, and where temporary files may lie."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        return FolderShelf(out), out
    if lake is None:
        raise AssertionError("a lake or a folder")
    return LakeShelf(lake), lake.temp


def _collect_one(
    settings: Settings,
    name: str,
    asked: Asked,
    shelf: Shelf,
    folder: Path,
    root: Path,
    environment: Mapping[str, str],
    progress: Progress | None,
) -> ClusterReport:
    usage = settings.clusters[name].usage
    if usage is None:
        raise AssertionError(name)
    try:
        with TemporaryDirectory(prefix=".usage-", dir=folder) as own:
            request = Request(
                cluster_id=name,
                usage=usage,
                root=root,
                folder=Path(own),
                environment=environment,
                now=asked.now,
                known_days=frozenset() if asked.again else _whole_days(shelf, name),
                names=settings.clusters[name].names,
            )
            with open_source(request) as source:
                return collect_cluster(source, shelf, name, asked, Path(own), progress)
    except WarikanError as error:
        return ClusterReport(name, error=error)


def _whole_days(shelf: Shelf, cluster_id: str) -> frozenset[date]:
    return frozenset(d for d, kept in shelf.kept(cluster_id).items() if kept.hours == 24 and kept.minutes)
