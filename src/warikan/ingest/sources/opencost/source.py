"""The door: OpenCost's answers as a source of hours, from files or from a server."""

from collections.abc import Iterator
from contextlib import contextmanager

from warikan.catalog.clusters import FileUsage, OpenCostUsage
from warikan.focus.errors import ConfigError, DataError
from warikan.ingest.files import find_files, name_of
from warikan.ingest.integrity import content_hash
from warikan.ingest.measured.naming import choose_cluster
from warikan.ingest.measured.opening import MOST_FILES, open_views
from warikan.ingest.measured.reports import Reports
from warikan.ingest.sources.opencost.answers import TABLES, Answers, NoAnswer
from warikan.ingest.sources.opencost.client import LIMITS, OpenCostClient
from warikan.ingest.sources.opencost.server import OpenCostServer
from warikan.ingest.sources.prometheus.client import Access
from warikan.ingest.usage.secrets import secret
from warikan.ingest.usage.source import Request, UsageSource

_SUFFIXES = (".json", ".json.gz")


@contextmanager
def open_usage(request: Request) -> Iterator[UsageSource]:
    """
    The server or the files of *request*.

    Raises:
        ConfigError: the settings cannot be used.
        UsageError: there is nothing at the path.
        UnreadableFile: a file is damaged, or no JSON.
        DataError: no allocation can be used, or they are of other clusters.
    """
    usage, cluster_id = request.usage, request.cluster_id
    if isinstance(usage, OpenCostUsage):
        bearer = usage.bearer_from
        access = Access(
            bearer=bearer and secret(request.environment, bearer, f"clusters.{cluster_id}.usage.bearer_from"),
            headers=usage.headers,
        )
        with OpenCostClient(usage.url, access=access, limits=LIMITS) as client:
            yield OpenCostServer(client, cluster_id, request.names, request.folder, request.now)
    elif isinstance(usage, FileUsage):
        with _open_files(request, usage.path) as reports:
            yield reports
    else:
        raise ConfigError(f"cluster {cluster_id}: opencost reads files or a server; give usage.path or url")


@contextmanager
def _open_files(request: Request, path: str) -> Iterator[Reports]:
    paths, is_single = find_files(path, request.root)
    if len(paths) > MOST_FILES:
        raise DataError(f"{path}: more than {MOST_FILES:,} files", hint="put the older ones elsewhere")
    skipped: list[tuple[str, str]] = []
    digests: list[str] = []
    with open_views(request.folder) as connection:
        answers = Answers(connection, request.folder)
        for one in paths:
            name = name_of(one, request.root)
            if not is_single and not one.name.lower().endswith(_SUFFIXES):
                skipped.append((name, "not JSON by its name"))
                continue
            digest = content_hash(one)
            if digest in digests:
                skipped.append((name, "the same as another"))
                continue
            try:
                answers.add(one, name, len(digests))
            except NoAnswer:
                if is_single:
                    raise
                skipped.append((name, "no answer of OpenCost"))
                continue
            digests.append(digest)
        answers.show()
        choose_cluster(connection, "allocations", request.cluster_id, request.names, by_chance=True)
        reports = Reports(
            connection, "opencost", request.cluster_id, TABLES, digests, answers.readings, skipped
        )
        reports.require_pods(path, "docs/clusters.md, opencost")
        yield reports
