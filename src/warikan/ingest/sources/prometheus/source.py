"""A metrics server as a source of cluster hours: from the first day it has to the last hour that is over."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from warikan.catalog.clusters import PrometheusUsage
from warikan.focus.errors import ConfigError, UsageError
from warikan.ingest.hours import Part
from warikan.ingest.session import open_session
from warikan.ingest.sources.prometheus.access import read_access
from warikan.ingest.sources.prometheus.client import PrometheusClient, PrometheusError
from warikan.ingest.sources.prometheus.collect import Scope, collect_parts
from warikan.ingest.sources.prometheus.families import named_metrics
from warikan.ingest.sources.prometheus.history import History
from warikan.ingest.sources.prometheus.queries import cluster_matchers
from warikan.ingest.usage.source import Request

ORIGIN = "prometheus"
SETTLE = timedelta(minutes=15)
"""
An hour is read when it has been over for so long: its last samples are there, also where agents send them in
batches, and so is what tells how its short pods ended (collect.py reads ten minutes beyond).
"""
_DAY = timedelta(days=1)


@contextmanager
def open_usage(request: Request) -> "Iterator[PrometheusSource]":
    """
    The server of *request*.

    Raises:
        ConfigError: its settings cannot be used.
    """
    usage, cluster_id = request.usage, request.cluster_id
    if not isinstance(usage, PrometheusUsage):
        raise ConfigError(f"cluster {cluster_id}: usage of a metrics server needs a url")
    try:
        scope = Scope(cluster_id, labels=usage.labels, names=usage.names, step=usage.step)
        named_metrics(usage.names)
    except UsageError as error:
        raise ConfigError(f"clusters.{cluster_id}.usage: {error.message}", hint=error.hint) from error
    access = read_access(cluster_id, usage, request.root, request.environment)
    with PrometheusClient(usage.url, access=access) as client:
        yield PrometheusSource(client, scope, request)


class PrometheusSource:
    """A UsageSource over one server."""

    def __init__(self, client: PrometheusClient, scope: Scope, request: Request) -> None:
        self._client = client
        self._scope = scope
        self._known = request.known_days
        self._notes: list[str] = []
        self._folder = request.folder
        over = request.now.astimezone(UTC) - SETTLE
        self._limit = over.replace(minute=0, second=0, microsecond=0)

    def days(self, start: date | None, end: date | None) -> Mapping[date, str]:
        """
        The days that the server has anything of, from *start*, or the first there is, to today.

        Raises:
            PrometheusError: the server cannot be read, or has no node at all.
        """
        last = (self._limit - timedelta(microseconds=1)).date() + _DAY
        stop = last if end is None else min(end, last)
        metrics, matchers = named_metrics(self._scope.names), cluster_matchers(self._scope.labels)
        with open_session(self._folder) as connection:
            history = History(self._client, connection, metrics, matchers, self._folder)
            found = sorted(history.find_days(start, stop, self._known))
        if not found:
            of_labels = f" with {', '.join(matchers)}" if matchers else ""
            since = f" from {start} on" if start is not None else ""
            raise PrometheusError(
                f"{self._client.name} has no nodes of kube-state-metrics{of_labels}{since}",
                hint="is kube-state-metrics scraped, and are usage.labels its series'? docs/clusters.md",
            )
        missing = (stop - (start or found[0])).days - len(found)
        if missing:
            self._notes.append(f"nothing there of {missing:,} days from {start or found[0]} to {stop}")
        return dict.fromkeys(found, ORIGIN)

    def notes(self) -> Sequence[str]:
        """How many days there is nothing of; other gaps are in the coverage."""
        return self._notes

    def parts(self, start: datetime, end: datetime) -> Iterator[Part]:
        """The hours in ``[start, end)`` that are over."""
        end = min(end, self._limit)
        if start < end:
            yield from collect_parts(self._client, self._scope, start, end, self._folder)
