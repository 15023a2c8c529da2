"""Reports that were not made for these tests."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_cases import Loader, charges, sums_in_lake

from warikan.lake import Lake

FILES = {"native/aws_cur_csv_anonymous_converters.csv": 600, "nise/aws/aws_cur_1day.csv": 3000}
EXACT_PLACES = Decimal("1e-15")


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_lost(name: str, data: Path, take: Loader, lake: Lake) -> None:
    """Every row becomes a charge, and every cost is there or told apart by the proof."""
    path = data / name
    report = take(path)
    assert (report.rows, report.rejected_rows) == (FILES[name], 0)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    unblended = sum((Decimal(row["lineItem/UnblendedCost"]) for row in rows), Decimal(0))
    covered = sum(
        (
            Decimal(r["lineItem/UnblendedCost"])
            for r in rows
            if r["lineItem/LineItemType"] == "SavingsPlanCoveredUsage"
        ),
        Decimal(0),
    )
    billed = sums_in_lake(lake)["USD", "BilledCost"]
    assert abs(billed - (unblended - covered)) < EXACT_PLACES
    assert {
        reason for *_, metric, p in report.conversions for reason in p.by_reason if metric == "BilledCost"
    } == ({"SavingsPlanCoveredUsage"} if covered else set())
    assert all(row["ServiceCategory"] != "Other" and row["ServiceName"] for row in charges(lake))
