"""The actual and the amortised export of a month, alone and together: each cost is told once, and whole."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure_bills import EA, SAVINGS_PLAN, Month, covered, row, write_bill
from ingest_cases import Loader, charges, state, sums_in_lake

from warikan.focus.errors import DuplicateContent
from warikan.lake import Lake

SEEDS = range(2)
BOTH = ("BilledCost", "EffectiveCost")


def _costs(lake: Lake) -> list[Decimal]:
    sums = sums_in_lake(lake)
    return [sums["USD", metric] for metric in BOTH]


def _proofs(lake: Lake) -> dict[str, dict[str, Any]]:
    return {r["x_SourceFile"]: json.loads(r["Conversion"]) for r in lake.loads().to_pylist()}


def _is_bought(charge: dict[str, str]) -> bool:
    """Whether it is of a commitment, and no usage."""
    return "benefitId" in charge and charge["ChargeType"] != "Usage"


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
    of_commitments = [r for r in month.actual if _is_bought(r)]
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


@pytest.mark.parametrize("seed", SEEDS)
def test_exports_may_be_of_different_reach(seed: int, folder: Path, take: Loader, lake: Lake) -> None:
    """A subscription that the amortised export leaves out is told by the actual one: as cash, and whole."""
    both, left_out = Month(seed), Month(seed + 20, SubscriptionId="22222222-AAAA-4000-8000-000000000002")
    (folder / "a.csv").write_bytes(write_bill([*both.actual, *left_out.actual]))
    (folder / "b.csv").write_bytes(write_bill(both.amortised))
    take("bills", source_type="azure")
    cash = left_out.sum_of(left_out.actual)
    assert [both.sum_of(both.actual) + cash, both.sum_of(both.amortised) + cash] == _costs(lake)
    for proof in _proofs(lake).values():
        assert [proof[metric]["differingAccounts"] for metric in BOTH] == [0, 0]


def test_a_purchase_in_a_subscription_without_usage(folder: Path, take: Loader, lake: Lake) -> None:
    """It is what the amortised export spreads over other subscriptions: nothing of it is effective."""
    month = Month(5)
    bought = month.bought(SubscriptionId="33333333-AAAA-4000-8000-000000000003")
    (folder / "a.csv").write_bytes(write_bill([*month.actual, bought]))
    (folder / "b.csv").write_bytes(write_bill(month.amortised))
    take("bills", source_type="azure")
    assert [month.sum_of([*month.actual, bought]), month.sum_of(month.amortised)] == _costs(lake)


def test_an_amortised_export_that_is_some_days_behind(folder: Path, take: Loader, lake: Lake) -> None:
    """What it does not have yet is told by the actual one: the month's billed cost is whole."""
    month = Month(6)
    behind = [r for r in month.amortised if r["Date"] < "10/16/2026"]
    later = [r for r in month.actual if r["Date"] >= "10/16/2026" and not _is_bought(r)]
    (folder / "a.csv").write_bytes(write_bill(month.actual))
    (folder / "b.csv").write_bytes(write_bill(behind))
    take("bills", source_type="azure")
    assert [month.sum_of(month.actual), month.sum_of(behind) + month.sum_of(later)] == _costs(lake)


def test_a_part_of_which_nothing_tells_is_refused(folder: Path, take: Loader, lake: Lake) -> None:
    """Beside both exports, in their folder: its rows might count twice."""
    month = Month(13)
    plain = [r for r in month.actual if "benefitId" not in r]
    (folder / "a.csv").write_bytes(write_bill([r for r in month.actual if "benefitId" in r]))
    (folder / "b.csv").write_bytes(write_bill(month.amortised))
    (folder / "c.csv").write_bytes(write_bill(plain))
    before = state(lake)
    with pytest.raises(
        DuplicateContent, match=r"bills/c\.csv is of the actual or amortised export"
    ) as refused:
        take("bills", source_type="azure")
    assert "folder" in (refused.value.hint or "")
    assert before == state(lake)


def test_what_the_two_exports_tell_differently_is_told(folder: Path, take: Loader, lake: Lake) -> None:
    """Exported before the last rating: the proof says by how much, and which rows were skipped."""
    month = Month(11)
    old = next(r for r in month.amortised if "benefitId" not in r)
    other = old | {"CostInBillingCurrency": "0.25"}
    (folder / "a.csv").write_bytes(write_bill(month.actual))
    (folder / "b.csv").write_bytes(write_bill([other if r is old else r for r in month.amortised]))
    take("bills", source_type="azure")
    told = _proofs(lake)["bills/a.csv"]["BilledCost"]
    native, focus = map(Decimal, told["accounts"]["8611537"])
    assert (1, Decimal(old["CostInBillingCurrency"]) - Decimal("0.25")) == (
        told["differingAccounts"],
        native - focus,
    )
    assert told["skipped"]["told by the amortised export"]["rows"] == len(month.actual) - 4


def test_an_export_made_as_the_guidance_says(folder: Path, take: Loader, lake: Lake) -> None:
    """All of the amortised one and of the actual one what concerns commitments, in one file."""
    month = Month(12)
    bought = [r for r in month.actual if _is_bought(r)]
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
