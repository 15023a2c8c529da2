"""Which days are read, and which reading takes the place of an earlier one."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.ingest.hours import SCHEMAS
from warikan.ingest.usage.batch import Day, runs
from warikan.ingest.usage.days import midnight
from warikan.ingest.usage.due import due_days, is_worth_keeping
from warikan.ingest.usage.reading import Span, plan_spans
from warikan.ingest.usage.shelf import KeptDay

TODAY = date(2026, 11, 22)
OLD = date(2026, 9, 1)
WHOLE = KeptDay("server", hours=24, minutes=24 * 180, gaps=0)
days = st.sets(st.integers(0, 40)).map(lambda numbers: [OLD + timedelta(days=n) for n in sorted(numbers)])


def day(minutes: list[int], origin: str = "server") -> Day:
    """A day with so many minutes of all three in each of its hours."""
    columns = {
        f.name: pa.array(minutes if f.name.endswith("Minutes") else [None] * len(minutes), f.type)
        for f in SCHEMAS["coverage"]
    }
    return Day(OLD, origin, pa.table(columns), {})


@given(days)
def test_runs_are_the_days(some: list[date]) -> None:
    """The ranges have exactly the days, in order, and no two of them touch."""
    ranges = list(runs(some))

    assert [a + timedelta(days=n) for a, b in ranges for n in range((b - a).days)] == some
    assert all(end < start for (_, end), (start, _) in pairwise(ranges))


@given(days, days)
def test_what_is_there_whole_is_not_read(there: list[date], known: list[date]) -> None:
    """Due are the days that are not kept; with *again* all."""
    kept = dict.fromkeys(known, WHOLE)
    origins = dict.fromkeys(there, "server")

    assert list(due_days(origins, kept, today=TODAY, again=False)) == sorted(set(there) - set(known))
    assert list(due_days(origins, kept, today=TODAY, again=True)) == there


@pytest.mark.parametrize(
    ("kept", "origin", "age", "due"),
    [
        (KeptDay("server", 23, 23 * 180, 0), "server", 80, True),  # lacks an hour
        (KeptDay("server", 24, 0, 24), "server", 80, True),  # nothing was seen: wrong labels, say
        (KeptDay("server", 24, 4000, 2), "server", 1, True),  # late samples may still come
        (KeptDay("server", 24, 4000, 2), "server", 2, True),
        (KeptDay("server", 24, 4000, 2), "server", 3, False),
        (WHOLE, "server", 1, False),
        (WHOLE, "hours:1", 80, True),  # files instead of a server
        (KeptDay("hours:1", 24, 4000, 2), "hours:1", 1, False),
        (KeptDay("hours:1", 3, 500, 0), "hours:1", 80, False),  # that is all that the files have
        (KeptDay("hours:1", 24, 4320, 0), "hours:2", 80, True),  # a file changed
        (KeptDay("hours:1", 24, 4320, 0), "server", 80, False),
    ],
)
def test_days_that_may_be_better_now(kept: KeptDay, origin: str, age: int, due: bool) -> None:
    """Lacking hours, late samples and changed files make a day due again; nothing else does."""
    one = TODAY - timedelta(days=age)

    assert bool(due_days({one: origin}, {one: kept}, today=TODAY, again=False)) is due


@pytest.mark.parametrize(
    ("minutes", "kept", "again", "worth"),
    [
        ([60] * 24, None, False, True),
        ([0] * 24, None, False, True),
        ([60] * 5, KeptDay("server", 4, 720, 0), False, True),  # an hour more
        ([60] * 24, WHOLE, False, False),  # nothing new: no commit
        ([60] * 24, WHOLE, True, True),
        ([60] * 20, WHOLE, False, False),  # the server forgot
        ([60] * 20, WHOLE, True, True),
        ([0] * 24, WHOLE, True, False),  # all of it
        ([60] * 23 + [59], KeptDay("server", 24, 4300, 1), False, True),  # late samples came
    ],
)
def test_what_a_server_forgot_stays(
    minutes: list[int], kept: KeptDay | None, again: bool, worth: bool
) -> None:
    """A reading replaces an earlier one when it has more of the day."""
    assert is_worth_keeping(day(minutes), kept, again=again) is worth


def test_files_are_the_truth() -> None:
    """Files that changed replace the day, also with less in it."""
    assert is_worth_keeping(day([10], "hours:2"), WHOLE, again=False)


@given(st.integers(1, 24), st.booleans(), st.booleans(), st.sampled_from(["server", "other", "", "hours:1"]))
def test_only_new_hours_of_a_day_without_gaps(hours: int, again: bool, gap: bool, origin: str) -> None:
    """What is read and what is kept are the whole day, each hour once; a day with gaps is read whole."""
    kept = KeptDay(origin, hours, hours * 180, int(gap))
    whole = Span(midnight(OLD), midnight(OLD + timedelta(days=1)))

    (span,) = plan_spans({OLD: "server"}, {OLD: kept}, again=again)

    is_continued = hours < 24 and not again and not gap and origin in ("server", "")
    start = whole.start + timedelta(hours=hours) if is_continued else whole.start
    assert span == Span(start, whole.end, is_continued=is_continued)
    other = replace(kept, is_contiguous=False)
    assert plan_spans({OLD: "server"}, {OLD: other}, again=again) == [whole]
