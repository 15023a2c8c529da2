"""From a path of warikan.yaml to files that can be opened as bills, wherever they lie."""

import gzip
from pathlib import Path

import pytest
from place_world import Bucket

from warikan.catalog.places import PlaceLimits
from warikan.focus.errors import DataError
from warikan.ingest.files import open_file
from warikan.ingest.integrity import content_hash
from warikan.ingest.load import load
from warikan.ingest.places import Reach, find_candidates, place_id_of
from warikan.lake import Lake

BILL = b"BilledCost,BillingCurrency,ChargePeriodStart\n1.5,USD,2026-10-01T00:00:00Z\n"
LINE = b"1.5,1.5,USD,2026-10-01,2026-10-01\n"
HEAD = b"BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart\n"
LONG = gzip.compress(HEAD + LINE * 50_000)


def test_paths_of_this_machine_are_as_before(tmp_path: Path, bucket: Bucket) -> None:
    """Relative to the workspace; nothing is hashed or asked of any store."""
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "b.csv").write_bytes(BILL)
    (tmp_path / "bills" / "a.csv").write_bytes(BILL)

    found = find_candidates("bills", tmp_path, Reach(bucket.now))

    assert [(c.name, c.sha256) for c in found.files] == [("bills/a.csv", None), ("bills/b.csv", None)]
    assert (found.is_single, found.skipped, found.fetched) == (False, (), None)
    assert bucket.proxy.seen == []


def test_bills_of_a_place_open_under_their_addresses(tmp_path: Path, bucket: Bucket) -> None:
    """The copy is what was uploaded, by the hash that a load compares, and keeps its ending."""
    bucket.put("cur/a.csv", BILL)
    bucket.put("cur/readme.md", b"x")
    reach = Reach(bucket.now, bucket.settings(), PlaceLimits(keep_free_gib=0))

    found = find_candidates(f"s3://{bucket.name}/cur/", tmp_path, reach)

    (one,) = found.files
    file = open_file(one.path, tmp_path, name=one.name)
    assert (file.name, file.format, file.size, file.head) == (
        f"s3://{bucket.name}/cur/a.csv",
        "csv",
        len(BILL),
        BILL,
    )
    assert one.sha256 == content_hash(one.path)
    assert one.path.is_relative_to(tmp_path / ".warikan" / "cache" / "places")
    assert found.skipped == ((f"s3://{bucket.name}/cur/readme.md", "not a bill by its name"),)
    assert file.is_same_still()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("empty.csv.gz", gzip.compress(b"")),
        ("page.csv", b"<!DOCTYPE html><html></html>"),
        ("zip.csv.gz", gzip.compress(b"PK\x03\x04")),
        ("text.parquet", BILL),
        ("head.csv.gz", gzip.compress(BILL)[:20]),
        ("half.parquet", b"PAR1" + b"x" * 100),
        ("holed.parquet", b"PAR1" + b"x" * 100 + b"PAR1"),
        ("long.csv.gz", LONG[:-9]),
        ("bent.csv.gz", LONG[:-8] + b"\0" * 8),
        ("cut.csv", HEAD + LINE + LINE[:-8]),
        ("return.csv", HEAD + LINE.replace(b"USD", b"U\rD")),
        ("narrow.csv", HEAD + b"1.5\n" * 200),
    ],
)
def test_what_is_damaged_is_named_by_its_address(
    name: str, content: bytes, tmp_path: Path, bucket: Bucket
) -> None:
    """Nobody knows the name of the copy in the cache."""
    bucket.put(f"cur/{name}", content)
    reach = Reach(bucket.now, bucket.settings(), PlaceLimits(keep_free_gib=0))
    path = f"s3://{bucket.name}/cur/{name}"

    with pytest.raises(DataError) as caught:
        load(Lake.open(tmp_path / ".warikan"), "bill", path, root=tmp_path, reach=reach, now=bucket.now)

    assert path in caught.value.message
    assert str(tmp_path) not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("path", ["s3://b/x", "s3a://b/x/", "https://b.s3.eu-west-1.amazonaws.com/x"])
def test_a_place_is_one_source_however_it_is_spelt(path: str) -> None:
    """So that it replaces itself."""
    assert place_id_of(path) == "s3://b/x"
