"""One cluster: what is due is read, gathered to days, and kept some days at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warikan.focus.errors import DataError, WarikanError
from warikan.ingest.progress import Progress
from warikan.ingest.session import open_session
from warikan.ingest.usage.batch import Batch, Day
from warikan.ingest.usage.check import check_batch
from warikan.ingest.usage.days import Limits, gather_days
from warikan.ingest.usage.due import due_days, is_worth_keeping
from warikan.ingest.usage.reading import plan_spans, read_spans
from warikan.ingest.usage.report import ClusterReport, find_gaps, sampled
from warikan.ingest.usage.shelf import KeptDay, Shelf
from warikan.ingest.usage.source import UsageSource

_MOST_SAID = 5
MOST_DAYS = 92
MOST_ROWS = 400_000
"""Of containers. Days are kept together until one of the two is reached: what a kill can cost."""


@dataclass(frozen=True)
class Asked:
    """
    What is to be read.

    Attributes:
        start: First day; None: from the first that the source has.
        end: Day after the last; None: up to the last that the source has.
        again: Also days that are kept whole.
        now: The present moment, UTC.
    """

    start: date | None
    end: date | None
    again: bool
    now: datetime


@dataclass
class _Taken:
    """What was kept so far."""

    days: list[date] = field(default_factory=list)
    left: list[date] = field(default_factory=list)
    unchanged: int = 0
    coverage: list[pa.Table] = field(default_factory=list)
    node_hours: int = 0
    container_hours: int = 0
    notes: list[str] = field(default_factory=list)
    refused: list[DataError] = field(default_factory=list)

    def add(self, days: Sequence[Day]) -> None:
        self.days += [day.day for day in days]
        self.coverage += [day.coverage for day in days]
        self.node_hours += sum(day.rows["nodes"] for day in days)
        self.container_hours += sum(day.rows["containers"] for day in days)

    def leave(self, day: Day, kept: KeptDay) -> None:
        """Note that *day* stays as it is *kept*."""
        if day.minutes < kept.minutes:
            self.left.append(day.day)
        else:
            self.unchanged += 1

    def report(self, cluster_id: str, error: WarikanError | None) -> ClusterReport:
        errors = [*self.refused, *([] if error is None else [error])]
        return ClusterReport(
            cluster_id,
            days=tuple(self.days),
            unchanged=self.unchanged,
            left=tuple(self.left),
            node_hours=self.node_hours,
            container_hours=self.container_hours,
            hours=sum(table.num_rows for table in self.coverage),
            sampled_minutes=sum(pc.sum(sampled(table)).as_py() or 0 for table in self.coverage),
            gaps=find_gaps(self.coverage),
            notes=tuple(self.notes),
            error=error if error is not None and not self.refused else _together(errors),
        )


def _together(errors: Sequence[WarikanError]) -> DataError | None:
    """One error of all *errors*."""
    if not errors:
        return None
    more = [f"and {len(errors) - _MOST_SAID:,} more"] if len(errors) > _MOST_SAID else []
    said = [*(e.message for e in errors[:_MOST_SAID]), *more]
    return DataError("\n".join(said), hint=errors[0].hint)


def collect_cluster(
    source: UsageSource,
    shelf: Shelf,
    cluster_id: str,
    asked: Asked,
    folder: Path,
    progress: Progress | None = None,
) -> ClusterReport:
    """
    Read what is due of *source* and keep it on *shelf*, whole days (the newest as far as it is).

    Collecting twice is collecting once. When it ends early (an error, a kill), the days kept before are
    whole, and the next collection goes on after them.

    Args:
        folder: For temporary files; holds some days at a time.

    Returns: what was kept. A day with rows that cannot be is left out, the others are kept; that, and an
    error of the source or of the lake, is in it, not raised.
    """
    taken = _Taken()
    try:
        kept = shelf.kept(cluster_id)
        origins = source.days(asked.start, asked.end)
        due = due_days(origins, kept, today=asked.now.astimezone(UTC).date(), again=asked.again)
        taken.unchanged = len(origins) - len(due)
        spans = plan_spans(due, kept, again=asked.again)
        taken.notes += source.notes()
        if progress is not None:
            progress.start(sum((s.end - s.start) // timedelta(hours=1) for s in spans), cluster_id)
        with TemporaryDirectory(prefix="collect-", dir=folder) as name:
            parts = read_spans(source, shelf, cluster_id, spans, progress)
            gathered = gather_days(parts, due, Path(name), Limits(MOST_DAYS, MOST_ROWS))
            with open_session(Path(name)) as connection:
                for batch in gathered:
                    with batch.shown(connection):
                        _keep(connection, shelf, cluster_id, batch, kept, taken, again=asked.again)
    except WarikanError as error:
        return taken.report(cluster_id, error)
    finally:
        if progress is not None:
            progress.stop()
    return taken.report(cluster_id, None)


def _keep(
    connection: duckdb.DuckDBPyConnection,
    shelf: Shelf,
    cluster_id: str,
    batch: Batch,
    kept: Mapping[date, KeptDay],
    taken: _Taken,
    *,
    again: bool,
) -> None:
    """Keep the days of *batch* whose rows can be, and that are better than those that are kept."""
    refused = check_batch(connection, cluster_id, batch)
    taken.refused += [refused[day] for day in sorted(refused)]
    chosen = set()
    for day in batch.days:
        if day.day in refused:
            continue
        if is_worth_keeping(day, kept.get(day.day), again=again):
            chosen.add(day.day)
        else:
            taken.leave(day, kept[day.day])
    if chosen:
        shelf.keep(cluster_id, batch.only(chosen), connection)
        taken.add(batch.only(chosen).days)
