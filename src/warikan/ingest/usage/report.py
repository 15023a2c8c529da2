"""What was taken in of one cluster, and what was not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from warikan.focus.errors import WarikanError

_HOUR = timedelta(hours=1)
_MINUTES = ("NodeMinutes", "PodMinutes", "UsageMinutes")


@dataclass(frozen=True)
class Gap:
    """Whole hours ``[start, end)`` in each of which a minute has no node, no pod or no usage."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class ClusterReport:
    """
    One cluster's collection.

    Attributes:
        days: Days that were read and kept, ascending.
        unchanged: Days that were whole already, or that there was nothing new of.
        left: Days that were read, but stay as they were: the source has less of them than before.
        node_hours: Rows of nodes in *days*.
        container_hours: Rows of containers in *days*.
        hours: Hours in *days* that were looked at.
        sampled_minutes: Minutes in them in which nodes, pods and usage were all sampled.
        gaps: Where they were not, in order.
        notes: What else should be heard, sentences.
        error: Why it ended early, or left days out; None when it did not. The other days are kept.
    """

    cluster_id: str
    days: tuple[date, ...] = ()
    unchanged: int = 0
    left: tuple[date, ...] = ()
    node_hours: int = 0
    container_hours: int = 0
    hours: int = 0
    sampled_minutes: int = 0
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    error: WarikanError | None = None

    @property
    def sampled_share(self) -> float:
        """Sampled minutes of those in the hours that were looked at, 0 to 1; 0 when there are none."""
        return self.sampled_minutes / (60 * self.hours) if self.hours else 0.0


def sampled(coverage: pa.Table) -> pa.ChunkedArray:
    """Minutes of each row of *coverage* in which nodes, pods and usage were all sampled."""
    return pc.min_element_wise(*(coverage[name] for name in _MINUTES))


def find_gaps(coverage: Sequence[pa.Table]) -> tuple[Gap, ...]:
    """Hours with less than 60 sampled minutes, neighbours as one."""
    if not coverage:
        return ()
    table = pa.concat_tables(coverage)
    hours = table.filter(pc.less(sampled(table), 60))["Hour"]
    return tuple(_joined(sorted(hours.to_pylist())))


def _joined(hours: Sequence[datetime]) -> Iterator[Gap]:
    for place, hour in enumerate(hours):
        if place == 0 or hours[place - 1] + _HOUR != hour:
            start = hour
        if place + 1 == len(hours) or hours[place + 1] != hour + _HOUR:
            yield Gap(start, hour + _HOUR)
