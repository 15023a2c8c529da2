"""The door: files of the cost operator as a source of hours."""

from collections.abc import Iterator
from contextlib import contextmanager

from warikan.catalog.clusters import FileUsage
from warikan.focus.errors import ConfigError
from warikan.ingest.measured.opening import Source, open_reports
from warikan.ingest.measured.reports import Reports
from warikan.ingest.usage.source import Request

SOURCE = Source("koku", __package__, "a report of OpenShift's cost operator", "pod_usage")


@contextmanager
def open_usage(request: Request) -> Iterator[Reports]:
    """
    The reports of one cluster at ``usage.path``; they do not say of which cluster they are.

    Raises:
        UsageError: there is nothing there.
        UnreadableFile: a file is damaged.
        DataError: no file is such a report, or no row of pods can be used.
    """
    if not isinstance(request.usage, FileUsage):
        raise ConfigError(f"cluster {request.cluster_id}: koku reads files; give usage.path")
    opened = open_reports(SOURCE, request.usage.path, request.root, request.folder, request.cluster_id, ())
    with opened as reports:
        yield reports
