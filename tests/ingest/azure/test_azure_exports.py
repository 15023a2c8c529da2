"""The actual and the amortised export of a month, alone and together: each cost is told once, and whole."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure_bills import EA, SAVINGS_PLAN, Month, covered, row, write_bill
from ingest_cases import Loader, charges, sums_in_lake

from warikan.lake import Lake

SEEDS = range(2)
BOTH = ("BilledCost", "EffectiveCost")


def _costs(lake: Lake) -> list[Decimal]:
    sums = sums_in_lake(lake)
    return [sums["USD", metric] for metric in BOTH]


def _proofs(lake: Lake) -> dict[str, dict[str, Any]]:
    return {r["x_SourceFile"]: json.loads(r["Conversion"]) for r in lake.loads().to_pylist()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the exports lie."""
    (tmp_path / "bills").mkdir()
    return tmp_path / "bills"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_both_exports_tell_each_cost_once(
    seed: int, names: tuple[str, str], folder: Path, take: Loader, lake: Lake
) -> None:
    """Billed is what the actual one adds up to, effective what the amortised one does; in any order."""
    month = Month(seed)
    (folder / names[0]).write_bytes(write_bill(month.actual))
    (folder / names[1]).write_bytes(write_bill(month.amortised))
    report = take("bills", source_type="azure")

    assert [month.sum_of(month.actual), month.sum_of(month.amortised)] == _costs(lake)
    assert report.rejected_rows == 0
    assert len(month.amortised) + 4 == report.rows
    for proof in _proofs(lake).values():
        assert [proof[metric]["differingAccounts"] for metric in BOTH] == [0, 0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_actual_export_alone_is_cash(seed: int, folder: Path, take: Loader, lake: Lake) -> None:
    """Effective is billed: what covered usage is worth is not in it."""
    month = Month(seed)
    (folder / "a.csv").write_bytes(write_bill(month.actual))
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual)] * 2 == _costs(lake)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_amortised_export_alone_has_no_purchases(
    seed: int, folder: Path, take: Loader, lake: Lake
) -> None:
    """Effective is whole; of what is billed only what is paid as it is used is known."""
    month = Month(seed)
    (folder / "a.csv").write_bytes(write_bill(month.amortised))
    take("bills", source_type="azure")
    of_commitments = [r for r in month.actual if r.get("benefitId") and r["ChargeType"] != "Usage"]
    expected = month.sum_of(month.actual) - month.sum_of(of_commitments)
    assert [expected, month.sum_of(month.amortised)] == _costs(lake)


def test_an_export_that_comes_later_changes_the_one_before(folder: Path, take: Loader, lake: Lake) -> None:
    """The actual export is loaded again when the amortised one of its month arrives, and when it leaves."""
    month = Month(7)
    (folder / "a.csv").write_bytes(write_bill(month.actual))
    take("bills", source_type="azure")
    (folder / "b.csv").write_bytes(write_bill(month.amortised))
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual), month.sum_of(month.amortised)] == _costs(lake)
    (folder / "b.csv").unlink()
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual)] * 2 == _costs(lake)


def test_each_account_and_month_by_itself(folder: Path, take: Loader, lake: Lake) -> None:
    """An amortised export of one account leaves the actual ones of others as they are."""
    one, other = Month(8), Month(9, BillingAccountId="99", BillingProfileId="99")
    (folder / "a.csv").write_bytes(write_bill([*one.actual, *other.actual]))
    (folder / "b.csv").write_bytes(write_bill(one.amortised))
    take("bills", source_type="azure")
    cash = other.sum_of(other.actual)
    assert [one.sum_of(one.actual) + cash, one.sum_of(one.amortised) + cash] == _costs(lake)


def test_without_commitments_the_path_tells(folder: Path, take: Loader, lake: Lake) -> None:
    """Two exports of a month that are the same rows: told by the folders' names."""
    plain = [row(), row(ChargeType="Purchase")]
    for name in ("ActualCost", "AmortizedCost"):
        (folder / name).mkdir()
        (folder / name / "part_0_0001.csv").write_bytes(write_bill(plain))
    report = take("bills", source_type="azure")
    assert ([Decimal("1.8")] * 2, 2) == (_costs(lake), report.rows)


def test_parts_of_an_export_belong_together(folder: Path, take: Loader, lake: Lake) -> None:
    """A part without a commitment is what the other parts in its folder are."""
    month = Month(10)
    for name, rows in (("x", month.actual), ("y", month.amortised)):
        (folder / name).mkdir()
        plain = [r for r in rows if "benefitId" not in r]
        (folder / name / "part_0.csv").write_bytes(write_bill(plain))
        (folder / name / "part_1.csv").write_bytes(write_bill([r for r in rows if "benefitId" in r]))
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual), month.sum_of(month.amortised)] == _costs(lake)


def test_rows_that_only_the_actual_export_has_are_told(folder: Path, take: Loader, lake: Lake) -> None:
    """The amortised export lacks a row: the proof says by how much, and which rows were skipped."""
    month = Month(11)
    lost = next(r for r in month.amortised if "benefitId" not in r)
    (folder / "a.csv").write_bytes(write_bill(month.actual))
    (folder / "b.csv").write_bytes(write_bill([r for r in month.amortised if r is not lost]))
    take("bills", source_type="azure")
    told = _proofs(lake)["bills/a.csv"]["BilledCost"]
    native, focus = map(Decimal, told["accounts"]["8611537"])
    assert (1, Decimal(lost["CostInBillingCurrency"])) == (told["differingAccounts"], native - focus)
    assert told["skipped"]["told by the amortised export"]["rows"] == len(month.actual) - 4


def test_an_export_made_as_the_guidance_says(folder: Path, take: Loader, lake: Lake) -> None:
    """All of the amortised one and of the actual one what concerns commitments, in one file."""
    month = Month(12)
    bought = [r for r in month.actual if "benefitId" in r and r["ChargeType"] != "Usage"]
    (folder / "a.csv").write_bytes(write_bill([*month.amortised, *bought]))
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual), month.sum_of(month.amortised)] == _costs(lake)


def test_without_a_pricing_model_the_reservation_tells(folder: Path, take: Loader, lake: Lake) -> None:
    """Exports from before PricingModel have ReservationId."""
    header = [name for name in EA if name not in ("PricingModel", "benefitId", "benefitName")]
    bought = row(ChargeType="Purchase", ReservationId="1", ProductOrderId="1", CostInBillingCurrency="5")
    used = row(ReservationId="2", ProductOrderId="1", CostInBillingCurrency="3")
    (folder / "a.csv").write_bytes(write_bill([bought, used | {"CostInBillingCurrency": "0"}], header))
    (folder / "b.csv").write_bytes(write_bill([used], header))
    take("bills", source_type="azure")
    assert [Decimal(5), Decimal(3)] == _costs(lake)
    assert {"Used", None} == {c["CommitmentDiscountStatus"] for c in charges(lake)}


def test_twice_the_same_is_nothing_new(folder: Path, take: Loader, lake: Lake) -> None:
    """Loading unchanged exports commits nothing."""
    (folder / "a.csv").write_bytes(write_bill([row(), covered(SAVINGS_PLAN, "SavingsPlan")]))
    assert not take("bills", source_type="azure").unchanged
    snapshot = lake.snapshot("charges")
    assert take("bills", source_type="azure").unchanged
    assert snapshot == lake.snapshot("charges")
