"""What a table of the lake is: columns, types, partitions, and the unit that is replaced whole."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Type = Literal["string", "decimal", "datetime", "long", "double", "date", "map", "list"]
"""
decimal is DECIMAL(38, 18), datetime UTC in microseconds, map string → string, list of strings.

No double is money.
"""


@dataclass(frozen=True)
class TableColumn:
    """A column: its exact name, its type, and a sentence kept in the table's metadata."""

    name: str
    type: Type
    doc: str | None = None


@dataclass(frozen=True)
class TimePartition:
    """Rows lie together by the month or day (UTC) of a datetime column."""

    column: str
    length: Literal["month", "day"]

    def start_of(self, moment: datetime) -> date:
        """The first day of the partition that *moment* lies in."""
        day = moment.astimezone(UTC).date()
        return day if self.length == "day" else day.replace(day=1)


@dataclass(frozen=True)
class TableSpec:
    """
    A table of the lake.

    Attributes:
        source: The column that it is partitioned by as it is: x_SourceId, or a cluster's x_ClusterId.
        time: The time that it is partitioned by.
        has_tags: Gets an ``x_Tag_<key>`` column for each promoted tag key.
        history: How many snapshots are kept. What can be computed again from the bills keeps few.
    """

    name: str
    columns: tuple[TableColumn, ...]
    source: str | None = None
    time: TimePartition | None = None
    has_tags: bool = False
    history: int = 10


@dataclass(frozen=True)
class Unit:
    """
    What is replaced whole: one partition of a table.

    *source_id* (in the tables of clusters a cluster's id) and *start* (the first day of the month, or the
    day) are given exactly where the table is partitioned by them, so a unit of ``daily_costs`` is
    ``Unit(None, month)``, one of ``rejects`` is ``Unit(source_id, None)``, and ``loads`` as a whole is
    ``Unit(None, None)``.
    """

    source_id: str | None
    start: date | None
