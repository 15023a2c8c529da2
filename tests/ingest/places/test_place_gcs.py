"""
Bills of a Google bucket.

No emulator of Google's that installs here speaks its XML protocol, which obstore uses; it is that of S3 in
what is asked for here, so obstore's Google client runs against the S3 server. Google's own is not tested.
"""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from faulty_proxy import Fault
from place_world import Bucket, bodies, noise

from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.ingest.places import Fetched, Retrying, fetch

SIZE = 2_000_000


@pytest.fixture
def public(bucket: Bucket, s3_server: str) -> Iterator[Bucket]:
    """The bucket, with bills that anybody may read: no credentials are asked for."""
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    for key, content in (("export/a.csv.gz", noise(SIZE)), ("export/b.parquet", b"two")):
        client.put_object(Bucket=bucket.name, Key=key, Body=content, ACL="public-read")
    client.close()
    yield bucket
    bucket.proxy.faults.clear()


def fetch_google(bucket: Bucket, cache: Path) -> Fetched:
    """Fetch ``gs://bucket/export``."""
    return fetch(
        f"gs://{bucket.name}/export",
        cache=cache,
        settings=PlaceSettings(endpoint=bucket.proxy.address, anonymous=True, allow_http=True),
        limits=PlaceLimits(keep_free_gib=0),
        now=bucket.now,
        retrying=Retrying(attempts=4, sleep=bucket.waits),
    )


def test_a_folder_of_google(public: Bucket, tmp_path: Path) -> None:
    """Listed, fetched once, named by its address."""
    fetched = fetch_google(public, tmp_path / "google")

    assert bodies(fetched) == {
        f"gs://{public.name}/export/a.csv.gz": noise(SIZE),
        f"gs://{public.name}/export/b.parquet": b"two",
    }
    public.proxy.seen.clear()
    assert fetch_google(public, tmp_path / "google").files == fetched.files
    assert public.proxy.gets("/export") == []


def test_a_cut_is_taken_up(public: Bucket, tmp_path: Path) -> None:
    """Ranged and of one version."""
    public.proxy.faults = [Fault("a%2Ecsv", cut_after=1_000_000)]

    fetched = fetch_google(public, tmp_path / "google")

    assert bodies(fetched)[f"gs://{public.name}/export/a.csv.gz"] == noise(SIZE)
    assert [seen.range is None for seen in public.proxy.gets("a%2Ecsv")] == [True, False]
