"""A running OpenCost or Kubecost as a source: asked some hours at a time, each answer reduced at once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from warikan.ingest.hours import HourTables, Part
from warikan.ingest.measured.naming import choose_cluster
from warikan.ingest.measured.opening import open_views
from warikan.ingest.measured.spread import reduce_windows
from warikan.ingest.sources.opencost.answers import Answers
from warikan.ingest.sources.opencost.client import OpenCostClient, allocation_question, asset_question
from warikan.ingest.sources.prometheus.client import TooManySamples

ORIGIN = "opencost_api"
SETTLE = timedelta(minutes=15)
"""An hour is read when it has been over for so long."""
KEPT = timedelta(days=15)
"""Without a start: OpenCost knows what its Prometheus keeps, by default 15 days; it does not say so."""
HOURS_AT_ONCE = 24
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class OpenCostServer:
    """A UsageSource (``warikan.ingest.usage.source``) over one server."""

    def __init__(
        self, client: OpenCostClient, cluster_id: str, names: Sequence[str], folder: Path, now: datetime
    ) -> None:
        self._client, self._cluster_id, self._names, self._folder = client, cluster_id, names, folder
        self._limit = (now.astimezone(UTC) - SETTLE).replace(minute=0, second=0, microsecond=0)
        self._is_unbounded = False

    def days(self, start: date | None, end: date | None) -> Mapping[date, str]:
        """Every day from *start*, or from fifteen days ago, to today."""
        self._is_unbounded = start is None
        first = start or (self._limit - KEPT).date()
        last = (self._limit - timedelta(microseconds=1)).date() + _DAY
        stop = last if end is None else min(end, last)
        return {first + n * _DAY: ORIGIN for n in range(max((stop - first).days, 0))}

    def notes(self) -> Sequence[str]:
        """That an unbounded collection begins with what OpenCost usually keeps."""
        return (f"the last {KEPT.days} days are asked for; --from asks for more",) * self._is_unbounded

    def parts(self, start: datetime, end: datetime) -> Iterator[Part]:
        """
        The hours in ``[start, end)`` that are over, a day at a time; fewer where an answer is too large.

        Raises:
            PrometheusError: the server cannot be reached, refuses, or an hour alone is too large.
            UnreadableFile: it answers what is not OpenCost's JSON.
            DataError: it answers with an error, or holds clusters of other names only.
        """
        end = min(end, self._limit)
        hours = HOURS_AT_ONCE
        while start < end:
            stop = min(end, start + hours * _HOUR)
            try:
                tables = self._read(start, stop)
            except TooManySamples:
                if stop - start <= _HOUR:
                    raise
                hours = max((stop - start) // _HOUR // 2, 1)
                continue
            yield Part(start, stop, tables)
            start = stop

    def _read(self, start: datetime, stop: datetime) -> HourTables:
        with (
            TemporaryDirectory(prefix="opencost-", dir=self._folder) as name,
            open_views(Path(name)) as connection,
        ):
            answers = Answers(connection, Path(name))
            for ordinal, (path, question) in enumerate(
                (("allocation", allocation_question(start, stop)), ("assets", asset_question(start, stop)))
            ):
                file = Path(name) / f"{path}.json"
                self._client.ask(path, question, file)
                answers.add(file, f"{self._client.name}/{path}", ordinal)
                file.unlink()
            answers.show()
            choose_cluster(connection, "allocations", self._cluster_id, self._names, by_chance=True)
            seconds = int(start.timestamp()), int(stop.timestamp())
            return reduce_windows(connection, self._cluster_id, *seconds, every_hour=True)
