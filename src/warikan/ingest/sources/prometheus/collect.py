"""The collector: hours of one cluster out of a metrics server, a few hours at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warikan.focus.errors import UsageError
from warikan.ingest.hours import HourTables, Part, concat_tables
from warikan.ingest.session import open_session
from warikan.ingest.sources.prometheus.client import PrometheusClient, PrometheusError, TooManySamples
from warikan.ingest.sources.prometheus.families import Metric, named_metrics
from warikan.ingest.sources.prometheus.queries import (
    ENDS,
    SLOW_SECONDS,
    Query,
    cluster_matchers,
    plan,
    survey_parameters,
)
from warikan.ingest.sources.prometheus.reduce import reduce_hours
from warikan.ingest.sources.prometheus.staging import create_staging, read_counts, stage

_HOUR = 3600
LEAD_SECONDS = 600
"""Read before the hours: the value that the first difference of a counter starts from."""
TAIL_SECONDS = 600
"""Read after the hours: how a pod that was too short to be seen alive ended."""


@dataclass(frozen=True)
class Scope:
    """
    What to read of a server.

    Attributes:
        cluster_id: ``x_ClusterId`` of all rows.
        labels: Labels that the series of this cluster carry, where the server holds many clusters.
        names: Names of series in metrics.toml → what the server has them as (recording rules).
        step: Seconds between values, at least the scrape interval; divides 600 and is a multiple of 60.
        hours_at_once: Most hours that are read and reduced together.
        values_at_once: Most values that are; where a cluster is large, fewer hours are read, but always one.
    """

    cluster_id: str
    labels: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    step: int = 60
    hours_at_once: int = 24
    values_at_once: int = 6_000_000

    def __post_init__(self) -> None:
        if self.step < 60 or self.step % 60 or LEAD_SECONDS % self.step:
            raise UsageError(f"a step of {self.step} seconds", hint="60, 120, 300 or 600 seconds")
        if self.hours_at_once < 1:
            raise UsageError("hours are read at least one at a time")


def collect(
    client: PrometheusClient, scope: Scope, start: datetime, end: datetime, folder: Path | None = None
) -> HourTables:
    """
    All hours in ``[start, end)`` together; see :func:`collect_parts`.

    Raises:
        UsageError: *start* or *end* is no whole hour, or they are not in order.
        PrometheusError: the server cannot be read.
    """
    return concat_tables([part.tables for part in collect_parts(client, scope, start, end, folder)])


def collect_parts(
    client: PrometheusClient, scope: Scope, start: datetime, end: datetime, folder: Path | None = None
) -> Iterator[Part]:
    """
    The hours in ``[start, end)`` in order, some at a time.

    Each part stands on its own, so that a caller can go on after the last one it kept. How they are cut
    changes no quantity.

    Args:
        folder: For answers and spilled tables; a temporary one unless given.

    Raises:
        UsageError: *start* or *end* is no whole hour, or they are not in order.
        PrometheusError: the server cannot be read.
    """
    first, last = _seconds(start), _seconds(end)
    if first > last:
        raise UsageError(f"{start} is after {end}")
    matchers = cluster_matchers(scope.labels)
    metrics = named_metrics(scope.names)
    with TemporaryDirectory(prefix="prometheus-", dir=folder) as name:
        answer = Path(name) / "answer.json"
        has_both_ends: bool | None = None
        while first < last:
            with open_session(Path(name)) as connection:
                if has_both_ends is None:
                    has_both_ends = _has_both_ends(client, connection, answer)
                part_end = min(last, first + scope.hours_at_once * _HOUR)
                counts = _survey(client, connection, metrics, matchers, first, part_end, answer)
                part_end = min(part_end, first + _hours_of(scope, metrics, counts, part_end - first) * _HOUR)
                create_staging(connection)
                queries = plan(
                    metrics,
                    counts,
                    matchers,
                    first - LEAD_SECONDS,
                    part_end + TAIL_SECONDS,
                    scope.step,
                    client.limits.samples,
                )
                asked = (replace(query, has_both_ends=has_both_ends) for query in queries)
                _fetch(client, connection, asked, answer)
                tables = reduce_hours(connection, scope.cluster_id, first, part_end, scope.step)
            yield Part(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(part_end, UTC), tables)
            first = part_end


def _has_both_ends(client: PrometheusClient, connection: duckdb.DuckDBPyConnection, answer: Path) -> bool:
    """Whether the server counts both ends of a range; one that refuses the question counts the later."""
    try:
        client.ask("api/v1/query", ENDS, answer)
        return read_counts(connection, answer, client.name) == {("", ""): 2}
    except PrometheusError:
        return False


def _hours_of(
    scope: Scope, metrics: Sequence[Metric], counts: Mapping[tuple[str, str], int], seconds: int
) -> int:
    """How many hours have at most the values allowed, if all series were there all the time."""
    steps = {m.name: SLOW_SECONDS if m.is_slow else scope.step for m in metrics}
    values = sum(n * seconds // steps.get(name, scope.step) for (name, _), n in counts.items())
    return max(1, seconds // _HOUR * scope.values_at_once // max(values, scope.values_at_once))


def _fetch(
    client: PrometheusClient, connection: duckdb.DuckDBPyConnection, queries: Iterator[Query], answer: Path
) -> None:
    """Stage the answers to *queries*, each in halves where the server finds it too large."""
    for whole in queries:
        waiting = [whole]
        while waiting:
            query = waiting.pop()
            try:
                client.ask("api/v1/query_range", query.parameters, answer)
            except TooManySamples:
                halves = query.halves()
                if halves is None:
                    raise
                waiting += reversed(halves)
                continue
            stage(connection, answer, query.metric, client.name)


def _survey(
    client: PrometheusClient,
    connection: duckdb.DuckDBPyConnection,
    metrics: Sequence[Metric],
    matchers: tuple[str, ...],
    start: int,
    end: int,
    answer: Path,
) -> dict[tuple[str, str], int]:
    """Count the series by name and namespace: in one question, or one a name where that is too much."""
    start, end = start - LEAD_SECONDS, end + TAIL_SECONDS
    try:
        client.ask("api/v1/query", survey_parameters(metrics, matchers, start, end), answer)
    except TooManySamples:
        counts: dict[tuple[str, str], int] = {}
        for metric in {m.name: m for m in metrics}.values():
            client.ask("api/v1/query", survey_parameters([metric], matchers, start, end), answer)
            counts |= read_counts(connection, answer, client.name)
        return counts
    return read_counts(connection, answer, client.name)


def _seconds(hour: datetime) -> int:
    if hour.tzinfo is None or hour.timestamp() % _HOUR:
        raise UsageError(
            f"{hour} is no whole hour", hint="hours are UTC and whole, for instance 2026-11-01T00:00Z"
        )
    return int(hour.timestamp())
