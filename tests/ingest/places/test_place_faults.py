"""An object store that is slow, busy, cut off, or changes while it is read: whole bills, or refusal."""

import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import obstore
import pytest
from faulty_proxy import Fault
from hypothesis import given, settings
from hypothesis import strategies as st
from place_world import Bucket, Told, bodies, noise

from warikan.ingest.places import PlaceError

SIZE = 3_000_000
SEEDS = st.integers(0, 99)


def test_a_busy_store_is_asked_again_later_and_later(bucket: Bucket) -> None:
    """503 for listings and objects; waits grow, each with jitter, none is slept in tests."""
    bucket.put("f/a.csv", b"bill")
    bucket.proxy.faults = [
        Fault("list-type", status=503, times=3),
        Fault("a.csv", status=503, times=2),
        Fault("a.csv", status=429, times=1),
    ]

    assert list(bodies(bucket.fetch("f")).values()) == [b"bill"]

    for waits in (bucket.waits.seconds[:3], bucket.waits.seconds[3:6]):
        assert all(low <= wait <= 2 * low for wait, low in zip(waits, (0.25, 0.5, 1.0), strict=True))


def test_a_store_that_stays_busy_is_given_up(bucket: Bucket) -> None:
    """Bounded: as many attempts as said, then words that say what and what next."""
    bucket.put("f/a.csv", b"bill")
    bucket.proxy.faults = [Fault("a.csv", status=503, times=99)]

    with pytest.raises(PlaceError, match=r"f/a.csv cannot be read: .*503") as caught:
        bucket.fetch("f")

    assert len(bucket.proxy.gets("a.csv")) == 4
    assert "try again" in (caught.value.hint or "")
    assert bucket.copies() == []


@pytest.mark.parametrize("status", [400, 401, 403])
def test_what_waiting_does_not_help_is_not_repeated(bucket: Bucket, status: int) -> None:
    """Refused is refused."""
    bucket.put("f/a.csv", b"bill")
    bucket.proxy.faults = [Fault("a.csv", status=status, times=99)]

    with pytest.raises(PlaceError):
        bucket.fetch("f")

    assert (len(bucket.proxy.gets("a.csv")), bucket.waits.seconds) == (1, [])


def test_a_cut_is_taken_up_where_it_was(bucket: Bucket) -> None:
    """Ranged, of the same version only; every byte is fetched about once."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", cut_after=1_000_000), Fault("a.csv", cut_after=700_000)]
    told = Told()

    assert list(bodies(bucket.fetch("f", progress=told)).values()) == [noise(SIZE)]

    first, second, third = bucket.proxy.gets("a.csv")
    assert first.range is None
    starts = [int((seen.range or "").removeprefix("bytes=").rstrip("-")) for seen in (second, third)]
    assert 500_000 < starts[0] <= 1_000_000 < starts[1] <= 1_700_000
    assert {seen.if_match for seen in (first, second, third)} == {first.if_match}
    assert first.if_match is not None
    assert (told.done, told.totals) == (SIZE, [SIZE])


def test_progress_in_every_attempt_is_not_given_up(bucket: Bucket) -> None:
    """More cuts than attempts: each brought something, so it goes on."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", cut_after=600_000, times=6)]

    assert list(bodies(bucket.fetch("f")).values()) == [noise(SIZE)]


def test_a_dripping_store_is_given_up(bucket: Bucket) -> None:
    """A few bytes an attempt are no progress: the number of attempts stays bounded."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", cut_after=10, times=99)]

    with pytest.raises(PlaceError, match="cannot be read"):
        bucket.fetch("f")

    assert len(bucket.proxy.gets("a.csv")) == 4


def test_a_silent_store_is_asked_anew(bucket: Bucket) -> None:
    """The body stands still in the middle; after the set silence it is taken up where it stood."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", stall_after=1_000_000)]

    fetched = bucket.fetch("f", settings=bucket.settings(timeout_seconds=0.3))

    assert list(bodies(fetched).values()) == [noise(SIZE)]
    assert [seen.range is None for seen in bucket.proxy.gets("a.csv")] == [True, False]


def test_what_was_fetched_is_taken_up_by_the_next_run(bucket: Bucket) -> None:
    """A run that gives up leaves no bill, and loses no byte."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.put("f/b.csv", noise(SIZE, 2))
    bucket.proxy.faults = [Fault("a.csv", cut_after=2_000_000), Fault("a.csv", status=503, times=4)]

    with pytest.raises(PlaceError):
        bucket.fetch("f", limits=None)
    assert bucket.copies() == []
    assert any(path.stat().st_size > 1_000_000 for path in bucket.partials())
    bucket.proxy.seen.clear()

    assert list(bodies(bucket.fetch("f")).values()) == [noise(SIZE), noise(SIZE, 2)]
    assert bucket.proxy.gets("a.csv")[0].range is not None
    assert bucket.partials() == []


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.ingest.places import fetch
fetch(
    sys.argv[1],
    cache=Path(sys.argv[2]),
    settings=PlaceSettings(endpoint=sys.argv[3], allow_http=True),
    limits=PlaceLimits(keep_free_gib=0),
    now=datetime(2026, 11, 25, tzinfo=UTC),
)
"""


def test_a_killed_fetch_leaves_no_bill_and_is_taken_up(bucket: Bucket) -> None:
    """SIGKILL in the middle of a body: nothing under a final name, no lock stays, the next run goes on."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", stall_after=2_500_000)]
    arguments = [f"s3://{bucket.name}/f", str(bucket.cache), bucket.proxy.address]
    process = subprocess.Popen([sys.executable, "-c", KILLED, *arguments])
    assert bucket.proxy.stalled.wait(60)

    process.kill()
    process.wait(30)
    bucket.proxy.ended.set()

    assert bucket.copies() == []
    assert list(bodies(bucket.fetch("f")).values()) == [noise(SIZE)]
    assert bucket.partials() == []


def test_a_bill_that_changes_between_cut_and_resume_begins_anew(bucket: Bucket) -> None:
    """The halves of two versions are never put together."""
    bucket.put("f/a.csv", noise(SIZE))

    def change() -> None:
        bucket.put("f/a.csv", noise(SIZE, 2))

    bucket.proxy.faults = [
        Fault("a.csv", cut_after=1_000_000),
        Fault("a.csv", before=change),
    ]

    assert list(bodies(bucket.fetch("f")).values()) == [noise(SIZE, 2)]
    assert bucket.partials() == []


def test_a_bill_that_changes_after_the_listing_is_listed_again(bucket: Bucket) -> None:
    """Size and version are those of what was fetched."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", before=lambda: bucket.put("f/a.csv", b"short"))]

    assert list(bodies(bucket.fetch("f")).values()) == [b"short"]


def test_bills_that_change_while_others_are_fetched_are_of_one_moment(bucket: Bucket) -> None:
    """A set of files is taken as it was at one time: the one fetched first changed, so it begins anew."""
    bucket.put("f/a.csv", noise(1_000))
    bucket.put("f/b.csv", noise(1_000, 2))
    bucket.proxy.faults = [Fault("b.csv", before=lambda: bucket.put("f/a.csv", b"2"))]

    fetched = bucket.fetch("f", limits=None)

    assert list(bodies(fetched).values()) == [b"2", noise(1_000, 2)]


def test_a_bill_that_is_removed_meanwhile(bucket: Bucket) -> None:
    """It is gone from the next listing, and from the bills."""
    bucket.put("f/a.csv", b"a")
    bucket.put("f/b.csv", b"b")
    bucket.proxy.faults = [Fault("b.csv", before=lambda: obstore.delete(bucket.store, "f/b.csv"))]

    assert bucket.keys(bucket.fetch("f")) == ["f/a.csv"]


def test_a_bill_that_changes_all_the_time_is_refused(bucket: Bucket) -> None:
    """Three rounds, then nothing is loaded."""
    bucket.put("f/a.csv", noise(100))
    versions = iter(range(2, 99))
    bucket.proxy.faults = [
        Fault("a.csv", before=lambda: bucket.put("f/a.csv", noise(100, next(versions))), times=99)
    ]

    with pytest.raises(PlaceError, match="changes while it is read, 3 times in a row") as caught:
        bucket.fetch("f")

    assert "wait until the export is complete" in (caught.value.hint or "")
    assert bucket.copies() == []


def test_a_store_that_knows_no_ranges_is_asked_for_all_of_it(bucket: Bucket) -> None:
    """Bytes from the beginning are not appended as if they were from the middle."""
    bucket.put("f/a.csv", noise(SIZE))
    bucket.proxy.faults = [Fault("a.csv", cut_after=1_000_000), Fault("a.csv", ignore_range=True, times=99)]

    assert list(bodies(bucket.fetch("f")).values()) == [noise(SIZE)]
    assert [seen.range is None for seen in bucket.proxy.gets("a.csv")] == [True, False, True]


def test_a_store_that_sends_more_than_it_listed_is_not_believed(bucket: Bucket) -> None:
    """Neither the bytes nor the length."""
    bucket.put("f/a.csv", noise(1_000))
    bucket.proxy.faults = [Fault("a.csv", extra=b"more", times=99)]

    with pytest.raises(PlaceError, match="changes while it is read"):
        bucket.fetch("f")

    assert bucket.copies() == bucket.partials() == []


def test_one_failure_stops_the_others_and_is_the_one_told(bucket: Bucket) -> None:
    """The error is of the object that failed, not of those that were stopped."""
    for number in range(12):
        bucket.put(f"f/{number:02d}.csv", noise(200_000, number))
    bucket.proxy.faults = [Fault("07.csv", status=403, times=99)]

    with pytest.raises(PlaceError, match=r"07\.csv"):
        bucket.fetch("f")

    assert bucket.copies() == []


def test_errors_carry_no_secret(bucket: Bucket, clean_environment: pytest.MonkeyPatch) -> None:
    """Neither key nor token nor signature stands in any error."""
    clean_environment.setenv("AWS_SESSION_TOKEN", "session-token-hidden")
    bucket.put("f/a.csv", b"x")
    for fault in (Fault("list-type", status=403), Fault("a.csv", status=500, times=99)):
        bucket.proxy.faults = [fault]
        with pytest.raises(PlaceError) as caught:
            bucket.fetch("f")
        assert "hidden" not in f"{caught.value.message}{caught.value.hint}"
        assert "AKID" not in f"{caught.value.message}{caught.value.hint}"
        assert "\n" not in caught.value.message


@settings(max_examples=12)
@given(
    cuts=st.lists(st.integers(0, 400_000), max_size=5), size=st.integers(1, 400_000), seed=st.integers(0, 99)
)
def test_wherever_it_is_cut_the_bill_is_whole(bucket: Bucket, cuts: list[int], size: int, seed: int) -> None:
    """Any cuts, or none: the same bytes, once each in the progress."""
    bucket.put("law/a.csv", noise(size, seed))
    bucket.proxy.faults = [Fault("a.csv", cut_after=cut) for cut in cuts]
    told = Told()
    cache = Path(mkdtemp(dir=bucket.cache.parent))

    for _ in range(len(cuts) + 1):
        try:
            fetched = bucket.fetch("law", progress=told, cache=cache)
        except PlaceError:
            continue
        break

    assert list(bodies(fetched).values()) == [noise(size, seed)]
    assert told.done >= size
    bucket.proxy.faults.clear()
