"""The hours of the days that are due, from the source; of the newest day only those that are not kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from warikan.ingest.hours import Part
from warikan.ingest.progress import Progress
from warikan.ingest.usage.batch import runs
from warikan.ingest.usage.days import midnight
from warikan.ingest.usage.due import is_of_files
from warikan.ingest.usage.shelf import KeptDay, Shelf
from warikan.ingest.usage.source import UsageSource

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Hours ``[start, end)`` to be read; those of its day before *start* are kept, where *is_continued*."""

    start: datetime
    end: datetime
    is_continued: bool = False


def plan_spans(due: Mapping[date, str], kept: Mapping[date, KeptDay], *, again: bool) -> list[Span]:
    """
    What to read of the days that are *due*, in order.

    Of a server's day of which the first hours are kept without a gap, only the rest is: an hourly
    collection of a large cluster reads an hour, not a day.
    """
    continued = {
        day: midnight(day) + kept[day].hours * _HOUR
        for day, origin in due.items()
        if not again and day in kept and _can_continue(origin, kept[day])
    }
    whole = [Span(midnight(a), midnight(b)) for a, b in runs([day for day in due if day not in continued])]
    rest = [Span(start, midnight(day + _DAY), is_continued=True) for day, start in continued.items()]
    return sorted([*whole, *rest], key=lambda span: span.start)


def _can_continue(origin: str, kept: KeptDay) -> bool:
    is_same = kept.origin in (origin, "")
    return is_same and not is_of_files(origin) and kept.is_contiguous and kept.gaps == 0 and kept.hours < 24


def read_spans(
    source: UsageSource, shelf: Shelf, cluster_id: str, spans: list[Span], progress: Progress | None
) -> Iterator[Part]:
    """The hours of *spans* in order; of continued days first those that are kept, once there are more."""
    for span in spans:
        before = span.start.date()
        for part in source.parts(span.start, span.end):
            if span.is_continued and part.start == span.start:
                yield Part(midnight(before), span.start, shelf.hours(cluster_id, before))
            yield part
            if progress is not None:
                progress.advance((part.end - part.start) // _HOUR, part.tables.containers.num_rows)
