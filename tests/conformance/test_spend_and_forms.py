"""What is found depends on the rows alone: not on their order, their files, or the form of these."""

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bill import changed, write_csv, write_parquet

from warikan.conformance import ConformanceReport, Wanted, check_file

ALL = Wanted(version="1.2", criteria="ALL")
ROWS = st.lists(
    st.builds(
        changed,
        EffectiveCost=st.decimals(-1000, 1000, places=4).map(str),
        BillingCurrency=st.sampled_from(["USD", "JPY", None]),
        ServiceName=st.sampled_from(["Machines", None]),
        ChargeCategory=st.sampled_from(["Usage", "Tax", "Fee"]),
        Tags=st.sampled_from(['{"a": "b"}', "a=b", None]),
    ),
    min_size=1,
    max_size=12,
)


def told(report: ConformanceReport) -> dict[str, object]:
    """What does not depend on the places of rows."""
    return {
        r.rule.id: (r.outcome, r.asked, r.failed, sorted((s.currency, s.failed, s.total) for s in r.spend))
        for r in report.results
    }


@settings(max_examples=4)
@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_order_files_and_forms_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str | None]], seed: Random
) -> None:
    """The same rows, mixed and parted over files of two forms, give the same answer."""
    folder = tmp_path_factory.mktemp("bills")
    whole = check_file(write_csv(folder / "whole.csv", rows), ALL)
    mixed = list(rows)
    seed.shuffle(mixed)
    parts = folder / "parts"
    parts.mkdir()
    write_csv(parts / "one.csv.gz", mixed[: len(mixed) // 2 + 1])
    if mixed[len(mixed) // 2 + 1 :]:
        write_parquet(parts / "two.parquet", mixed[len(mixed) // 2 + 1 :], is_typed=False)

    assert told(check_file(parts, ALL)) == told(whole)


def test_the_share_of_the_spend(tmp_path: Path) -> None:
    """The sizes of the costs of the rows that fail, by currency; credits weigh as much as charges."""
    rows = [
        changed(EffectiveCost="30", ServiceName=None),
        changed(EffectiveCost="-10", ServiceName=None),
        changed(EffectiveCost="60"),
        changed(EffectiveCost="500", BillingCurrency="JPY"),
    ]

    report = check_file(write_csv(tmp_path / "bill.csv", rows), ALL)
    (result,) = [r for r in report.results if r.rule.id == "ServiceName-C-003-M"]

    assert [(s.currency, s.failed, s.total) for s in result.spend] == [("USD", Decimal(40), Decimal(100))]
    assert result.share_of(report.rows) == Decimal("0.5")
    assert {s.currency: s.total for s in report.spend} == {"USD": Decimal(100), "JPY": Decimal(500)}
    assert [(s.row, s.values) for s in result.samples] == [(n, (("ServiceName", None),)) for n in (1, 2)]
    assert result not in report.breaches(Decimal("0.5"))
    assert result in report.breaches(Decimal("0.49"))


def test_spend_is_billed_where_nothing_is_effective(tmp_path: Path) -> None:
    """Without EffectiveCost, BilledCost tells what a row weighs."""
    bill = write_csv(tmp_path / "bill.csv", [changed(BilledCost="7")], without=["EffectiveCost"])

    report = check_file(bill, ALL)

    assert (report.cost, report.spend[0].total) == ("BilledCost", Decimal(7))


def test_costs_that_are_no_numbers_weigh_nothing(tmp_path: Path) -> None:
    """Text, infinity and digits without end neither stop the check nor count as money."""
    odd = ["nan", "inf", "-1e400", "9" * 60, "lots", ""]
    rows = [changed(EffectiveCost="1"), *(changed(EffectiveCost=cost) for cost in odd)]

    report = check_file(write_csv(tmp_path / "bill.csv", rows), ALL)

    assert report.spend[0].total == Decimal(1)
    assert {r.rule.id for r in report.failures("must")} >= {"EffectiveCost-C-002-M"}
