"""Manifests of AWS and Azure: only the newest run of a period counts, and nothing leads elsewhere."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest_files import WRITTEN, azure, cur, data_export, listing, remote
from place_world import Bucket, bodies

from warikan.focus.errors import DataError, UnreadableFile, UsageError
from warikan.ingest.places import PlaceError
from warikan.ingest.places.address import parse
from warikan.ingest.places.listing import Listing, RemoteObject
from warikan.ingest.places.manifests import confine, read_manifest
from warikan.ingest.places.selecting import Selection, select

LATER = WRITTEN + timedelta(days=30)
PERIOD = "x/e/metadata/BILLING_PERIOD=2026-10/e-Manifest.json"


def choose(
    tmp_path: Path,
    objects: Listing,
    manifests: dict[str, Any],
    url: str = "s3://b/x",
    **more: Any,
) -> Selection:
    """What is chosen of *objects*, where *manifests* are the contents of some."""

    def bring(wanted: Sequence[RemoteObject]) -> dict[str, Path]:
        out = {}
        for number, one in enumerate(wanted):
            out[one.key] = tmp_path / str(number)
            said = manifests[one.key]
            out[one.key].write_bytes(said if isinstance(said, bytes) else json.dumps(said).encode())
        return out

    return select(objects, parse(url), **{"is_single": False, "bring": bring, "now": LATER, **more})


def keys(selection: Selection) -> list[str]:
    """The chosen keys."""
    return [one.key for one in selection.objects]


def test_a_data_export_is_what_its_manifests_name(tmp_path: Path) -> None:
    """Left-overs of earlier runs beside it do not count; periods stand side by side."""
    october, november = "x/e/data/BILLING_PERIOD=2026-10/", "x/e/data/BILLING_PERIOD=2026-11/"
    first, second = (f"x/e/metadata/BILLING_PERIOD=2026-{m}/e-Manifest.json" for m in (10, 11))
    objects = listing(
        *(f"{october}e-0000{n}.csv.gz" for n in (1, 2, 3)), f"{november}e-00001.csv.gz", first, second
    )

    chosen = choose(
        tmp_path,
        objects,
        {
            first: data_export(f"{october}e-00001.csv.gz", f"{october}e-00002.csv.gz"),
            second: data_export(f"{november}e-00001.csv.gz"),
        },
    )

    assert keys(chosen) == [
        f"{october}e-00001.csv.gz",
        f"{october}e-00002.csv.gz",
        f"{november}e-00001.csv.gz",
    ]
    assert chosen.skipped == ((f"s3://b/{october}e-00003.csv.gz", "no manifest names it"),)
    assert [one.key for one in chosen.told_by] == [first, second]


def test_of_the_executions_of_a_data_export_the_newest_counts(tmp_path: Path) -> None:
    """Their names tell the time, whenever the bucket was copied."""
    runs = ("2026-11-02T03:00:00.000Z-aaaa", "2026-11-03T03:00:00.000Z-bbbb", "2026-11-01T03:00:00.000Z-cccc")
    manifests = {f"x/e/metadata/BILLING_PERIOD=2026-10/{run}/e-Manifest.json": run for run in runs}
    bills = {run: f"x/e/data/BILLING_PERIOD=2026-10/{run}/e-00001.snappy.parquet" for run in runs}
    objects = listing(*(remote(key, hours=-n) for n, key in enumerate(manifests)), *bills.values())

    chosen = choose(tmp_path, objects, {key: data_export(bills[run]) for key, run in manifests.items()})

    assert keys(chosen) == [bills[runs[1]]]
    assert {reason for _, reason in chosen.skipped} == {
        "an earlier run of the same period",
        "no manifest names it",
    }


@pytest.mark.parametrize("has_own", [True, False])
def test_of_a_legacy_report_the_newest_assembly_counts(tmp_path: Path, has_own: bool) -> None:
    """The period's own manifest says which; without it the one written last."""
    period = "x/report/20261001-20261101/"
    bills = {a: f"{period}{a}/report-00001.csv.gz" for a in ("aaa", "bbb")}
    manifests = {f"{period}{a}/report-Manifest.json": cur(bills[a], assembly=a) for a in bills}
    objects = [
        *bills.values(),
        remote(f"{period}aaa/report-Manifest.json", hours=9),
        f"{period}bbb/report-Manifest.json",
    ]
    if has_own:
        manifests[f"{period}report-Manifest.json"] = cur(bills["bbb"], assembly="bbb")
        objects.append(f"{period}report-Manifest.json")

    chosen = choose(tmp_path, listing(*objects), manifests)

    assert keys(chosen) == [bills["bbb" if has_own else "aaa"]]


def test_a_parquet_report_lies_beside_its_manifests(tmp_path: Path) -> None:
    """Hive folders for the bills, periods for the manifests."""
    bill = "x/report/report/year=2026/month=10/report-00001.snappy.parquet"
    manifest = "x/report/20261001-20261101/report-Manifest.json"
    status = "x/report/report/cost_and_usage_data_status/cost_and_usage_data_status.parquet"

    chosen = choose(tmp_path, listing(bill, manifest, status), {manifest: cur(bill)})

    assert keys(chosen) == [bill]


def test_of_azures_runs_of_a_month_the_newest_counts(tmp_path: Path) -> None:
    """Each day a run of the month to date: only the last one holds the month."""
    folder = "x/daily/20261001-20261031/"
    runs = {day: f"{folder}0000000{day}-run/" for day in (1, 2, 3)}
    before = "x/daily/20260901-20260930/run/"
    manifests = {
        f"{run}manifest.json": azure(
            f"{run}part_0_0001.csv.gz", submitted=f"2026-10-0{day}T04:00:00Z", end=f"2026-10-0{day}"
        )
        for day, run in runs.items()
    }
    manifests[f"{before}manifest.json"] = azure(
        f"{before}part_0_0001.csv.gz", start="2026-09-01", end="2026-09-30"
    )
    objects = listing(*manifests, *(f"{run}part_0_0001.csv.gz" for run in (*runs.values(), before)))

    chosen = choose(tmp_path, objects, manifests, "abfss://costs@acct.dfs.core.windows.net/x")

    assert keys(chosen) == [f"{before}part_0_0001.csv.gz", f"{runs[3]}part_0_0001.csv.gz"]


def test_azure_runs_that_overlap_are_refused(tmp_path: Path) -> None:
    """The last seven days, every day: days would count seven times."""
    manifests = {
        f"x/week/2026110{day}-2026110{day + 6}/run/manifest.json": azure(
            f"x/week/2026110{day}-2026110{day + 6}/run/p.csv",
            start=f"2026-11-0{day}",
            end=f"2026-11-0{day + 2}",
        )
        for day in (1, 2)
    }
    bills = [key.replace("manifest.json", "p.csv") for key in manifests]

    with pytest.raises(UnreadableFile, match="cost would count twice"):
        choose(tmp_path, listing(*manifests, *bills), manifests)


def test_old_azure_exports_without_manifests(tmp_path: Path) -> None:
    """One file a run in one folder a month: the newest of each."""
    folder = "x/daily/20261001-20261031/daily_"
    runs = [f"{folder}{n}aaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee.csv" for n in (1, 2, 3)]
    objects = listing(remote(runs[0], hours=2), remote(runs[1], hours=3), remote(runs[2], hours=1))

    chosen = choose(tmp_path, objects, {})

    assert keys(chosen) == [runs[1]]
    assert len(chosen.skipped) == 2


@pytest.mark.parametrize("folder", ["x/20261001-20261101", "x/data/BILLING_PERIOD=2026-10"])
def test_several_runs_without_a_manifest_are_not_added_up(tmp_path: Path, folder: str) -> None:
    """Nothing tells which counts: the person must."""
    objects = listing(f"{folder}/run1/a.csv.gz", f"{folder}/run2/a.csv.gz")

    with pytest.raises(UsageError, match="2 runs of one period"):
        choose(tmp_path, objects, {})

    assert keys(choose(tmp_path, objects, {}, f"s3://b/{folder}/run2/*")) != []


def test_exports_and_plain_bills_side_by_side(tmp_path: Path) -> None:
    """A manifest governs its own export; others beside it are what they look like."""
    manifest, bill = (
        "x/e/metadata/BILLING_PERIOD=2026-10/e-Manifest.json",
        "x/e/data/BILLING_PERIOD=2026-10/e.csv",
    )

    chosen = choose(
        tmp_path,
        listing(manifest, bill, "x/saas/stripe.csv", "x/other/manifest.json"),
        {manifest: data_export(bill), "x/other/manifest.json": {"version": 1}},
    )

    assert keys(chosen) == [bill, "x/saas/stripe.csv"]
    assert chosen.skipped == (("s3://b/x/other/manifest.json", "no manifest of a kind that Warikan knows"),)


def test_names_that_would_mislead_a_reader_are_passed_over(tmp_path: Path) -> None:
    """Characters that turn text round or cannot be seen never reach a terminal or a page."""
    chosen = choose(tmp_path, listing("x/a.csv", "x/\u202evsc.exe.csv", "x/\u202e-Manifest.json"), {})

    assert keys(chosen) == ["x/a.csv"]
    assert chosen.skipped == (
        ("s3://b/x/\\u202e-Manifest.json", "its name cannot be printed"),
        ("s3://b/x/\\u202evsc.exe.csv", "its name cannot be printed"),
    )


def test_a_delivery_under_way_is_waited_for(tmp_path: Path) -> None:
    """A manifest comes last: a fresh bill that is newer is of the next delivery; an old one was copied."""
    manifest, bill = (
        "x/e/metadata/BILLING_PERIOD=2026-10/e-Manifest.json",
        "x/e/data/BILLING_PERIOD=2026-10/e.csv",
    )
    objects = listing(manifest, remote(bill, hours=2))
    said = {manifest: data_export(bill)}

    with pytest.raises(PlaceError, match="the next delivery is under way"):
        choose(tmp_path, objects, said, now=WRITTEN + timedelta(hours=2.5))
    assert keys(choose(tmp_path, objects, said, now=WRITTEN + timedelta(hours=3.1))) == [bill]


@pytest.mark.parametrize(
    "entry",
    [
        "s3://b/x/../secret.csv",
        "s3://b/../b/x/a.csv",
        "s3://other/x/a.csv",
        "gs://b/x/a.csv",
        "https://c.s3.us-east-1.amazonaws.com/x/a.csv",
        "https://s3.us-east-1.amazonaws.com/b/x/%2e%2e/a.csv",
        "https://evil.example/x/a.csv",
        "file:///etc/passwd",
        "/etc/passwd",
        "/x/a.csv",
        "x//a.csv",
        "x/./a.csv",
        "x/..",
        "..\\..\\x\\a.csv",
        "x\\..\\a.csv",
        "y/a.csv",
        "xy/a.csv",
        "",
        "x/a\n.csv",
        "x/\u202ea.csv",
        "x/\x00.csv",
        "x/" + "a" * 3_000,
        "s3://user:secret@b/x/a.csv",
        "https://[s3.us-east-1.amazonaws.com/b/x/a.csv",
        "https://s3.us-east-1.amazonaws.com\u2100/b/x/a.csv",
        "s3://b/x/a.csv?X-Amz-Signature=1",
        None,
        7,
        ["x/a.csv"],
        {"key": "x/a.csv"},
    ],
)
@pytest.mark.parametrize("kind", [data_export, cur, azure])
def test_hostile_entries_are_refused(tmp_path: Path, entry: Any, kind: Any) -> None:
    """No path leads out of the source's folder, and what is no key is not taken for one."""
    said = kind()
    if kind is azure:
        said["blobs"] = [{"blobName": entry}]
    else:
        said["dataFiles" if kind is data_export else "reportKeys"] = [entry]

    with pytest.raises(UnreadableFile, match=r"e-Manifest\.json"):
        choose(tmp_path, listing(PERIOD, "x/a.csv"), {PERIOD: said})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{",
        b"<html>sign in</html>",
        b"[1, 2]",
        b'"dataFiles"',
        b"[" * 200_000,
        b'{"dataFiles": ' + b"[" * 100_000,
        b'{"dataFiles": {"0": "x/a.csv"}}',
        b'{"dataFiles": "x/a.csv"}',
        b'{"reportKeys": ["x/a.csv"], "bucket": "other"}',
        b'{"reportKeys": [], "billingPeriod": {"start": 5}}',
        b'{"blobs": [], "runInfo": []}',
        b'{"blobs": ["x/a.csv"], "runInfo": {"startDate": "2026-10-01"}}',
        b'{"blobs": [], "runInfo": {"startDate": "../..", "endDate": "x"}}',
        b'{"blobs": [], "runInfo": {}}',
        b'{"dataFiles": [' + b'"x/a.csv",' * 50_001 + b'"x/a.csv"]}',
        b'{"dataFiles": [1e999]}',
        b'{"dataFiles": ["x/missing.csv"]}',
    ],
)
def test_broken_manifests_are_refused(tmp_path: Path, content: bytes) -> None:
    """Wrong JSON, wrong forms, too much of it, and keys that do not exist."""
    with pytest.raises(UnreadableFile, match=r"e-Manifest\.json"):
        choose(tmp_path, listing(PERIOD, "x/a.csv"), {PERIOD: content})


def test_a_huge_manifest_is_not_even_fetched(tmp_path: Path) -> None:
    """Its size is told by the listing."""
    with pytest.raises(UnreadableFile, match="over 16 MiB"):
        choose(tmp_path, listing(remote(PERIOD, size=17 << 20), "x/a.csv"), {})


def test_a_file_named_twice_counts_once(tmp_path: Path) -> None:
    """By one manifest or by two."""
    chosen = choose(tmp_path, listing(PERIOD, "x/a.csv"), {PERIOD: data_export("x/a.csv", "x/a.csv")})

    assert keys(chosen) == ["x/a.csv"]


@given(
    entry=st.one_of(
        st.text(), st.lists(st.sampled_from(["x", "..", ".", "", "a.csv", "%2e%2e", "b"])).map("/".join)
    )
)
def test_whatever_it_says_a_key_is_below_the_folder(entry: str) -> None:
    """Refused, or a plain key below the source's own folder."""
    try:
        key = confine(entry, "dataFiles", parse("s3://b/x"), "s3://b/x/m.json")
    except UnreadableFile:
        return
    assert key.startswith("x/")
    assert not {"", ".", ".."} & set(key.split("/"))


@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(
                        ["dataFiles", "reportKeys", "blobs", "runInfo", "bucket", "billingPeriod"]
                    ),
                    inner,
                ),
            ),
        ).map(lambda said: json.dumps(said).encode()),
    )
)
def test_any_content_is_a_delivery_or_an_error(content: bytes) -> None:
    """Never a crash."""
    with suppress(DataError):
        found = read_manifest(remote(PERIOD), content, parse("s3://b/x"))
        assert found is None or all(key.startswith("x/") for key in found.keys)


def test_a_data_export_end_to_end(bucket: Bucket) -> None:
    """From a real store: manifests too are fetched once a version; a new delivery brings what is new."""
    data, metadata = "x/e/data/BILLING_PERIOD=2026-10/", "x/e/metadata/BILLING_PERIOD=2026-10/e-Manifest.json"
    bucket.put(f"{data}e-00001.csv.gz", b"one")
    bucket.put(f"{data}e-00002.csv.gz", b"two")
    bucket.put(f"{data}e-00003.csv.gz", b"left over")
    bucket.put_json(
        metadata, data_export(f"{data}e-00001.csv.gz", f"{data}e-00002.csv.gz", bucket=bucket.name)
    )

    assert list(bodies(bucket.fetch("x")).values()) == [b"one", b"two"]
    bucket.proxy.seen.clear()
    bucket.fetch("x")
    assert bucket.proxy.gets("/x/") == []

    bucket.put(f"{data}e-00002.csv.gz", b"restated")
    bucket.put_json(metadata, data_export(f"{data}e-00002.csv.gz", bucket=bucket.name, again=True))
    assert list(bodies(bucket.fetch("x")).values()) == [b"restated"]
    assert len(bucket.proxy.gets("/x/")) == 2


def test_a_manifest_is_no_bill(bucket: Bucket) -> None:
    """Whoever gives it as the path is told what to give."""
    bucket.put_json("x/e-Manifest.json", data_export())

    with pytest.raises(UsageError, match="is a manifest"):
        bucket.fetch("x/e-Manifest.json")
