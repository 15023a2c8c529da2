"""Changes as marks on a chart: each by itself while there is room, close ones together when there is not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from warikan.focus.period import Period
from warikan.operate.changes.change import Change, Kind, Mark


def marks_of(changes: Sequence[Change], period: Period, *, most: int) -> tuple[Mark, ...]:
    """
    At most *most* marks of *changes* (ascending by time) in *period*; together they count each change once.

    When crowded, those in the same part of the period (one of *most* equal ones) become one mark.
    """
    if len(changes) <= most:
        return tuple(_mark([one]) for one in changes)
    width = max((period.end - period.start) / max(most, 1), timedelta(microseconds=1))
    parts: dict[int, list[Change]] = {}
    for one in changes:
        # What began before the period and lasts into it stands at its beginning.
        parts.setdefault(min(max((one.at - period.start) // width, 0), most - 1), []).append(one)
    return tuple(_grouped(parts))


def _grouped(parts: dict[int, list[Change]]) -> Iterator[Mark]:
    for number in sorted(parts):
        yield _mark(parts[number])


def _mark(changes: Sequence[Change]) -> Mark:
    first = changes[0]
    kinds: Counter[Kind] = Counter(one.kind for one in changes)
    is_one = len(changes) == 1
    return Mark(
        at=first.at,
        title=first.title if is_one else f"{len(changes)} changes",
        kind=first.kind if len(kinds) == 1 else "other",
        url=first.url if is_one else None,
        count=len(changes),
        kinds=dict(kinds.most_common()),
        ids=tuple(one.id for one in changes),
    )
