"""A bill is checked against FOCUS where it lies: the same answer as for a file of this machine."""

from datetime import datetime
from pathlib import Path

import pytest
from place_world import Bucket

from warikan.catalog.places import PlaceLimits
from warikan.catalog.settings import Settings, SourceSettings
from warikan.conformance import ConformanceReport, check_file
from warikan.conformance.places import reach_of
from warikan.focus.errors import UsageError
from warikan.ingest.places import Reach

BILL = (
    b"BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory\n"
    b"1,1,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Usage\n"
    b"99,99,USD,2026-09-01T00:00:00Z,2026-09-02T00:00:00Z,Fee\n"
)


def told(report: ConformanceReport) -> list[tuple[object, ...]]:
    """What does not depend on where the bill lies."""
    return [(r.rule.id, r.outcome, r.failed, r.spend, [s.row for s in r.samples]) for r in report.results]


@pytest.mark.parametrize("path", ["focus", "focus/", "focus/bill.csv", "focus/*.csv"])
def test_a_place_is_checked_as_a_file_is(tmp_path: Path, bucket: Bucket, path: str) -> None:
    """Under its address; what is no bill is named; without a workspace nothing is left behind."""
    bucket.put("focus/bill.csv", BILL)
    bucket.put("focus/readme.md", b"x")
    (tmp_path / "bill.csv").write_bytes(BILL)
    reach = Reach(bucket.now, bucket.settings(), PlaceLimits(keep_free_gib=0))
    (tmp_path / "temp").mkdir()

    report = check_file(f"s3://{bucket.name}/{path}", temp=tmp_path / "temp", reach=reach)

    assert report.files == (f"s3://{bucket.name}/focus/bill.csv",)
    assert told(report) == told(check_file(tmp_path / "bill.csv"))
    assert list((tmp_path / "temp").iterdir()) == []
    if path == "focus":
        assert report.passed_over == ((f"s3://{bucket.name}/focus/readme.md", "not a bill by its name"),)


def test_a_workspace_keeps_the_copy(tmp_path: Path, bucket: Bucket) -> None:
    """The second check fetches nothing; the source of the bucket says how it is reached."""
    bucket.put("focus/bill.csv", BILL)
    path = f"s3://{bucket.name}/focus"
    known = {
        "files": SourceSettings(path="bills/*.csv"),
        "other": SourceSettings(path="s3://another/focus"),
        "aws": SourceSettings(path=path, place=bucket.settings()),
    }
    settings = Settings(sources=known, places=PlaceLimits(keep_free_gib=0))
    reach = reach_of(settings, f"{path}/bill.csv", now=bucket.now)

    first = check_file(path, root=tmp_path, reach=reach)
    fetched = len([one for one in bucket.proxy.seen if "bill.csv" in str(one)])
    again = check_file(path, root=tmp_path, reach=reach)

    assert reach.settings == bucket.settings()
    assert told(again) == told(first)
    assert fetched == len([one for one in bucket.proxy.seen if "bill.csv" in str(one)])


def test_an_address_that_cannot_be_reached_is_an_error(now: datetime) -> None:
    """Of a kind that there is none of; or with nothing that says how."""
    with pytest.raises(UsageError, match="ftp://"):
        reach_of(Settings(), "ftp://host/bill.csv", now=now)
    with pytest.raises(UsageError, match="object stores"):
        check_file("s3://bucket/bill.csv")
