"""Bills of an S3 bucket, end to end: what is chosen, what is fetched, and what is not fetched twice."""

from datetime import timedelta

import pytest
from place_world import Bucket, Told, bodies, noise

from warikan.catalog.places import PlaceLimits
from warikan.focus.errors import NotFocus, UsageError
from warikan.ingest.places import PlaceError


def test_a_folder_yields_its_bills_under_their_full_addresses(bucket: Bucket) -> None:
    """Names say where a bill came from; what is no bill is passed over and told."""
    bucket.put("cur/2026/a.csv.gz", b"one")
    bucket.put("cur/2026/deep/b.parquet", b"two")
    bucket.put("cur/2026/readme.md", b"no")
    bucket.put("cur/2026/.hidden.csv", b"no")
    bucket.put("cur/2026-other/c.csv", b"a neighbour whose name begins alike")

    fetched = bucket.fetch("cur/2026/")

    assert bodies(fetched) == {
        f"s3://{bucket.name}/cur/2026/a.csv.gz": b"one",
        f"s3://{bucket.name}/cur/2026/deep/b.parquet": b"two",
    }
    assert dict(fetched.skipped) == {
        f"s3://{bucket.name}/cur/2026/readme.md": "not a bill by its name",
        f"s3://{bucket.name}/cur/2026/.hidden.csv": "hidden",
    }
    assert not fetched.is_single
    assert [file.path.name.partition(".")[2] for file in fetched.files if file.path] == ["csv.gz", "parquet"]


def test_one_object_is_meant_exactly(bucket: Bucket) -> None:
    """An object is taken whatever its name, and asks for no listing (the policy may not allow one)."""
    bucket.put("export.dat", b"bill")

    fetched = bucket.fetch("export.dat")

    assert (bucket.keys(fetched), fetched.is_single) == (["export.dat"], True)
    assert not [seen for seen in bucket.proxy.seen if "list-type" in seen.path]


@pytest.mark.parametrize(
    ("glob", "keys"),
    [
        ("x/*.csv", ["x/a.csv"]),
        ("x/**/*.csv", ["x/a.csv", "x/y/b.csv", "x/y/z/c.csv"]),
        ("x/?/*.csv", ["x/y/b.csv"]),
        ("x/[a-b].csv", ["x/a.csv"]),
        ("*/y/*", ["x/y/b.csv"]),
    ],
)
def test_globs(bucket: Bucket, glob: str, keys: list[str]) -> None:
    """A star stays in its folder, two do not."""
    for key in ("x/a.csv", "x/y/b.csv", "x/y/z/c.csv", "w/a.csv"):
        bucket.put(key, key.encode())

    assert bucket.keys(bucket.fetch(glob)) == keys


def test_what_is_known_is_not_fetched_again(bucket: Bucket) -> None:
    """A version is fetched once; a new version, and only it, is fetched anew."""
    for name in ("a", "b", "c"):
        bucket.put(f"f/{name}.csv", noise(1000, ord(name)))
    first = bucket.fetch("f")
    bucket.proxy.seen.clear()

    again = bucket.fetch("f", now=bucket.now + timedelta(days=1))

    assert bucket.proxy.gets(".csv") == []
    assert again.files == first.files

    bucket.put("f/b.csv", noise(900, 7))
    changed = bucket.fetch("f")

    assert [seen.path.rpartition("/")[2] for seen in bucket.proxy.gets(".csv")] == ["b.csv"]
    assert bodies(changed)[f"s3://{bucket.name}/f/b.csv"] == noise(900, 7)


def test_the_old_version_stays_while_it_is_read(bucket: Bucket) -> None:
    """A load that reads a copy keeps it, whatever another one fetches meanwhile; then it goes."""
    bucket.put("f/a.csv", b"first")
    reading = bucket.fetch("f")
    bucket.put("f/a.csv", b"second")

    newer = bucket.fetch("f")
    assert list(bodies(reading).values()) == [b"first"]
    assert len(bucket.copies()) == 2

    reading.release()
    newer.release()
    bucket.put("f/a.csv", b"third one")
    bucket.fetch("f")
    assert len(bucket.copies()) == 1


def test_progress_counts_every_byte_once(bucket: Bucket) -> None:
    """From nothing to all; what is here already is not work."""
    for name in range(5):
        bucket.put(f"f/{name}.csv", noise(300_000, name))
    told = Told()

    bucket.fetch("f", progress=told)
    bucket.fetch("f", progress=told)

    assert (told.totals, told.done, told.stopped) == ([1_500_000], 1_500_000, 1)


def test_the_cache_is_bounded_and_the_longest_unused_goes_first(bucket: Bucket) -> None:
    """Room is made by age of use; what is fetched now is never what goes."""
    for name in ("a", "b", "c"):
        bucket.put(f"{name}/bill.csv", noise(400_000, ord(name)))
    limits = PlaceLimits(cache_gib=900_000 / (1 << 30), keep_free_gib=0)
    for day, name in enumerate(("a", "b", "a", "c")):
        bucket.fetch(name, limits=limits, now=bucket.now + timedelta(days=day))
    bucket.proxy.seen.clear()

    bucket.fetch("a", limits=limits, now=bucket.now + timedelta(days=5))
    bucket.fetch("c", limits=limits, now=bucket.now + timedelta(days=6))
    assert bucket.proxy.gets("bill") == []

    bucket.fetch("b", limits=limits, now=bucket.now + timedelta(days=7))
    assert len(bucket.proxy.gets("bill")) == 1
    assert sum(path.stat().st_size for path in bucket.copies()) <= 900_000


def test_more_than_the_cache_may_hold_is_refused_before_a_byte_is_fetched(bucket: Bucket) -> None:
    """Clear words, and nothing on the disk."""
    bucket.put("f/a.csv", noise(2_000_000))

    with pytest.raises(PlaceError, match=r"needs 2,000,000 bytes more .* limit is 1,048,576 bytes") as caught:
        bucket.fetch("f", limits=PlaceLimits(cache_gib=1 / 1024, keep_free_gib=0))

    assert "cache_gib" in (caught.value.hint or "")
    assert bucket.proxy.gets(".csv") == []
    assert bucket.copies() == bucket.partials() == []


def test_free_disk_is_looked_at_first(bucket: Bucket) -> None:
    """What must stay free stays free."""
    bucket.put("f/a.csv", noise(2_000_000))

    with pytest.raises(PlaceError, match="the disk has 2,500,000 bytes free"):
        bucket.fetch("f", limits=PlaceLimits(keep_free_gib=0.001), free=lambda _: 2_500_000)

    assert bucket.proxy.gets(".csv") == []


def test_a_loaded_bill_whose_copy_went_is_not_fetched(bucket: Bucket) -> None:
    """Its hash is remembered; the lake says that it has it. Without that word it is fetched again."""
    digest = bucket.put("f/a.csv", b"bill")
    bucket.fetch("f").release()
    for path in bucket.copies():
        path.unlink()
    bucket.proxy.seen.clear()

    known = bucket.fetch("f", is_known=lambda _, sha256: sha256 == digest)
    assert [(file.path, file.sha256) for file in known.files] == [(None, digest)]
    assert bucket.proxy.gets(".csv") == []

    assert list(bodies(bucket.fetch("f")).values()) == [b"bill"]


def test_a_damaged_copy_is_fetched_again(bucket: Bucket) -> None:
    """A copy that was cut or written to is not trusted."""
    bucket.put("f/a.csv", b"bill")
    bucket.fetch("f").release()
    (copy,) = bucket.copies()
    copy.write_bytes(b"evil")

    assert list(bodies(bucket.fetch("f")).values()) == [b"bill"]


def test_a_workspace_that_cannot_be_written(bucket: Bucket) -> None:
    """Said so, with the folder."""
    bucket.put("f/a.csv", b"bill")
    bucket.cache.parent.joinpath("file").write_text("in the way")

    with pytest.raises(PlaceError, match="cannot be used as a cache"):
        bucket.fetch("f", cache=bucket.cache.parent / "file" / "places")


def test_nothing_there(bucket: Bucket) -> None:
    """An empty place is a wrong path; no such bucket says so."""
    with pytest.raises(UsageError, match="there is nothing at"):
        bucket.fetch("none")
    bucket.put("docs/a.md", b"x")
    with pytest.raises(NotFocus, match="no bill in"):
        bucket.fetch("docs")
    bucket.name = "no-such-bucket"
    with pytest.raises(PlaceError, match="does not exist"):
        bucket.fetch("f")


def test_an_empty_object_is_a_bill_that_is_empty_not_absent(bucket: Bucket) -> None:
    """Whoever opens it says so; a marker of a folder is nothing at all."""
    bucket.put("f/a.csv", b"")
    bucket.put("f/marker", b"")

    fetched = bucket.fetch("f")

    assert list(bodies(fetched).values()) == [b""]
    assert fetched.skipped == ()


def test_listings_come_in_pages(bucket: Bucket) -> None:
    """Each object once, in order; what is passed over is told as a number when it is much."""
    for number in range(1_010):
        bucket.put(f"f/{number:05d}.{'csv' if number % 500 == 7 else 'md'}", b"x")

    fetched = bucket.fetch("f")

    assert bucket.keys(fetched) == ["f/00007.csv", "f/00507.csv", "f/01007.csv"]
    assert len(fetched.skipped) == 51
    assert fetched.skipped[-1] == ("957 more objects", "not a bill by its name")
