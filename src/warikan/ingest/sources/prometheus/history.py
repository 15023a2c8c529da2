"""Which days a server has anything of a cluster, found without reading it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from warikan.ingest.sources.prometheus.client import PrometheusClient
from warikan.ingest.sources.prometheus.families import Metric
from warikan.ingest.sources.prometheus.staging import read_moments

_FAMILIES = ("node", "capacity")
"""Of these there is a series for each node: without them nothing can be split."""
_DAY = timedelta(days=1)
_WINDOW = 30
"""Days of one question; some servers allow no more than 32."""
_MOST_EMPTY = 24
"""Windows without anything after which there is no more: two years."""


@dataclass(frozen=True)
class History:
    """
    What is asked, and of whom.

    Attributes:
        matchers: Of the cluster's series.
        folder: For answers.
    """

    client: PrometheusClient
    connection: duckdb.DuckDBPyConnection
    metrics: Sequence[Metric]
    matchers: Sequence[str]
    folder: Path

    def find_days(self, first: date | None, end: date, known: Collection[date]) -> set[date]:
        """
        The days in ``[first, end)`` (UTC) that have a sample of a node, or are *known* to have.

        One question for each 30 days, newest first, but for those whose days are all known. Without *first*
        it goes back until there was nothing for two years.

        Raises:
            PrometheusError: the server cannot be read.
        """
        found: set[date] = set()
        names = {family: self._names(family) for family in _FAMILIES}
        empty = 0
        while empty < _MOST_EMPTY and (first is None or first < end) and end.year > 1970:
            start = max(first or date.min, end - _WINDOW * _DAY)
            days = {start + n * _DAY for n in range((end - start).days)}
            here = days & set(known)
            if here != days:
                # The second family only where the first is not scraped.
                here |= self._ask(names["node"], start, end) or self._ask(names["capacity"], start, end)
            found |= here
            empty = 0 if here or first is not None else empty + 1
            end = start
        return found

    def _names(self, family: str) -> str:
        return "|".join(sorted({m.name for m in self.metrics if m.family == family}))

    def _ask(self, names: str, start: date, end: date) -> set[date]:
        """A value at the end of each day stands for the day."""
        selector = ",".join([f'__name__=~"{names}"', *self.matchers])
        answer = self.folder / "history.json"
        parameters = {
            "query": f"count(last_over_time({{{selector}}}[1d]))",
            "start": str(_seconds(start + _DAY)), "end": str(_seconds(end)), "step": "86400", "nocache": "1",
        }  # fmt: skip
        self.client.ask("api/v1/query_range", parameters, answer)
        moments = read_moments(self.connection, answer, self.client.name)
        return {datetime.fromtimestamp(moment, UTC).date() - _DAY for moment in moments}


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
