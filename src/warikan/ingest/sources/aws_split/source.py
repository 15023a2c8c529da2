"""The door: split cost allocation rows of a cost and usage report as a source of hours."""

from collections.abc import Iterator
from contextlib import contextmanager

from warikan.catalog.clusters import FileUsage
from warikan.focus.errors import ConfigError
from warikan.ingest.measured.opening import Source, open_reports
from warikan.ingest.measured.reports import Reports
from warikan.ingest.usage.source import Request

SOURCE = Source(
    "aws_split",
    __package__,
    "an AWS cost and usage report with split cost allocation data",
    "split",
    "(SELECT cluster_of(resource_id) AS cluster FROM split WHERE operation LIKE 'EKSPod%')",
)


@contextmanager
def open_usage(request: Request) -> Iterator[Reports]:
    """
    The pods of one cluster, by its id or one of its names, in the reports at ``usage.path``.

    Raises:
        UsageError: there is nothing there.
        UnreadableFile: a file is damaged.
        DataError: no file has split rows, none can be used, or they are of other clusters.
    """
    if not isinstance(request.usage, FileUsage):
        raise ConfigError(f"cluster {request.cluster_id}: aws_split reads files; give usage.path")
    path, names = request.usage.path, request.names
    opened = open_reports(SOURCE, path, request.root, request.folder, request.cluster_id, names)
    with opened as reports:
        yield reports
