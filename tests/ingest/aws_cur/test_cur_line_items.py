"""Each line item type of the Cost and Usage Report: native rows in, FOCUS rows out (line_items.toml)."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from cur_cases import NO_PRICE, cur_rows, cur_text
from ingest_cases import charges

from warikan.focus.columns import COST_METRICS
from warikan.ingest.load import load
from warikan.lake import Lake

CASES = tomllib.loads(Path(__file__).with_name("line_items.toml").read_text(encoding="utf-8"))["case"]
MONTH = {
    "lineItem/UsageStartDate": "2026-10-01T00:00:00Z",
    "lineItem/UsageEndDate": "2026-10-31T23:59:59Z",
}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
Charges = Mapping[tuple[str, bool], dict[str, Any]]


@pytest.fixture(scope="module")
def converted(empty_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Charges:
    """(description, whether it is what a commitment did not cover) → charge, of one load of all cases."""
    folder = tmp_path_factory.mktemp("cur")
    copytree(empty_lake, folder / ".warikan")
    lake = Lake.open(folder / ".warikan", promoted_tags=["team"])
    rows = cur_rows(
        *(
            {"lineItem/LineItemDescription": case["name"]}
            | ({} if case.get("price", True) else NO_PRICE)
            | (MONTH if case.get("month") else {})
            | case.get("native", {})
            for case in CASES
        )
    )
    (folder / "cur.csv").write_text(cur_text(rows))
    load(lake, "aws", "cur.csv", root=folder, source_type="aws_cur", promoted_tags=["team"], now=NOW)
    found = charges(lake)
    keyed = {(row["ChargeDescription"], row["CommitmentDiscountStatus"] == "Unused"): row for row in found}
    assert len(keyed) == len(found)
    return keyed


def as_found(wanted: Any, found: Any) -> Any:
    """*wanted*, as the case writes it, in the type of *found*."""
    if wanted == "":
        return None
    return Decimal(wanted) if isinstance(found, Decimal) else wanted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_line_item_becomes(case: Mapping[str, Any], converted: Charges) -> None:
    """What the case says of its charges, and no charge where it says nothing."""
    for part in ("focus", "unused"):
        charge = converted.get((case["name"], part == "unused"))
        assert (charge is not None) == (part in case)
        if charge is not None:
            wanted = dict(case[part])
            costs = wanted.pop("costs", None)
            assert {c: charge.get(c) for c in wanted} == {
                c: as_found(w, charge.get(c)) for c, w in wanted.items()
            }
            if costs is not None:
                assert [charge[metric] for metric in COST_METRICS] == list(map(Decimal, costs))


def test_what_has_no_focus_column_is_kept(converted: Charges) -> None:
    """Under AWS's own names for it, or that of the report; keys of the delivery are dropped."""
    kept = converted["covered", False]["x_Extra"]
    assert kept["x_Operation"] == "RunInstances"
    assert kept["x_ServiceCode"] == "AmazonEC2"
    assert kept["x_LineItemType"] == "SavingsPlanCoveredUsage"
    assert Decimal(kept["x_UnblendedCost"]) == Decimal("0.096")
    assert "identity/LineItemId" not in kept
