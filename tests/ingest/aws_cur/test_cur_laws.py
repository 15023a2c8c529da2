"""What holds for every Cost and Usage Report: no money is lost, made, or counted twice."""

import random
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from cur_cases import NO_PRICE, RI_ARN, SP_ARN, cur_rows, cur_text
from ingest_cases import Loader, charges, sums_in_lake

from warikan.ingest.load import LoadReport
from warikan.lake import Lake

CENT = Decimal("0.01")


def money(source: random.Random) -> Decimal:
    """A cost as AWS prints it, with up to ten decimals."""
    return Decimal(source.randrange(1, 10**11)) / 10**10


def savings_plan_hour(source: random.Random, hour: int, rebate: Decimal | None) -> list[dict[str, str]]:
    """
    Covered usage, its negation and the fee of one hour of a plan without upfront.

    *rebate*: the share that a discount takes, in net columns; None: the report has none.
    """
    time = {"lineItem/UsageStartDate": f"2026-10-05T{hour:02}:00:00Z", "savingsPlan/SavingsPlanARN": SP_ARN}
    used, on_demand = money(source), money(source)
    committed = used + source.choice([Decimal(0), money(source)])
    rows = [
        {
            "lineItem/LineItemType": "SavingsPlanCoveredUsage",
            "lineItem/UnblendedCost": str(on_demand),
            "savingsPlan/SavingsPlanEffectiveCost": str(used),
        },
        {"lineItem/LineItemType": "SavingsPlanNegation", "lineItem/UnblendedCost": str(-on_demand)},
        {
            "lineItem/LineItemType": "SavingsPlanRecurringFee",
            "lineItem/UnblendedCost": str(committed),
            "savingsPlan/TotalCommitmentToDate": str(committed),
            "savingsPlan/UsedCommitment": str(used),
            "savingsPlan/RecurringCommitmentForBillingPeriod": str(committed),
        },
    ]
    if rebate is not None:
        share = 1 - rebate
        rows[0]["savingsPlan/NetSavingsPlanEffectiveCost"] = str(used * share)
        rows[0]["lineItem/NetUnblendedCost"] = str(on_demand)
        rows[1]["lineItem/NetUnblendedCost"] = str(-on_demand)
        rows[2]["lineItem/NetUnblendedCost"] = str(committed * share)
        rows[2]["savingsPlan/NetRecurringCommitmentForBillingPeriod"] = str(committed * share)
        rows.append(
            NO_PRICE
            | {
                "lineItem/LineItemType": "EdpDiscount",
                "lineItem/UnblendedCost": str(-committed * rebate),
                "lineItem/NetUnblendedCost": "0",
            }
        )
    return [row | time for row in rows]


def discounted(source: random.Random, kind: str) -> list[dict[str, str]]:
    """Usage whose discount is told twice: in its net cost, and in a row of its own."""
    cost, discount = money(source), money(source)
    return [
        {"lineItem/UnblendedCost": str(cost), "lineItem/NetUnblendedCost": str(cost - discount)},
        NO_PRICE
        | {
            "lineItem/LineItemType": kind,
            "lineItem/UnblendedCost": str(-discount),
            "lineItem/NetUnblendedCost": "0",
        },
    ]


def month_of(seed: int, *, is_net: bool) -> list[dict[str, str]]:
    """A random report."""
    source = random.Random(seed)  # noqa: S311
    rows: list[dict[str, str]] = []
    for hour in range(24):
        rows += savings_plan_hour(source, hour, Decimal("0.25") if is_net else None)
        rows.append(
            {"lineItem/UnblendedCost": str(money(source)), "lineItem/UsageAccountId": source.choice("123")}
        )
        for kind, sign in (("Tax", 1), ("Credit", -1), ("Refund", -1), ("Fee", 1)):
            rows.append(
                NO_PRICE
                | {"lineItem/LineItemType": kind, "lineItem/UnblendedCost": str(sign * money(source))}
            )
        if is_net:
            rows += discounted(
                source, source.choice(["EdpDiscount", "PrivateRateDiscount", "BundledDiscount"])
            )
    source.shuffle(rows)
    return cur_rows(*rows)


def total(rows: Iterable[dict[str, str]], column: str = "lineItem/UnblendedCost") -> Decimal:
    """The sum of a native column."""
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal(0))


def difference_of(report: LoadReport, metric: str) -> Decimal:
    """What the proof says that the native and the FOCUS sums differ by, over all accounts."""
    return sum(
        (
            native - focus
            for *_, name, proof in report.conversions
            if name == metric
            for native, focus in proof.sums.values()
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("is_net", [False, True], ids=["gross", "net"])
@pytest.mark.parametrize("seed", [1, 2])
def test_billed_cost_is_the_unblended_cost(
    seed: int, is_net: bool, take: Loader, lake: Lake, tmp_path: Path
) -> None:
    """To the last digit, with net columns and without; and the proof says so."""
    rows = month_of(seed, is_net=is_net)
    (tmp_path / "cur.csv").write_text(cur_text(rows))
    report = take("cur.csv", source_type="aws_cur")
    sums = sums_in_lake(lake)
    assert sums["USD", "BilledCost"] == total(rows)
    assert report.rejected_rows == 0
    assert difference_of(report, "BilledCost") == difference_of(report, "EffectiveCost") == 0
    assert not any(p.differing for *_, name, p in report.conversions if name == "EffectiveCost")
    # Nothing upfront: what the plan's hours cost is what was paid for them.
    assert abs(sums["USD", "EffectiveCost"] - sums["USD", "BilledCost"]) < CENT / 10**6


def test_the_order_of_rows_is_nothing(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Sums do not depend on it."""
    rows = month_of(3, is_net=True)
    (tmp_path / "one.csv").write_text(cur_text(rows))
    (tmp_path / "two.csv").write_text(cur_text(rows[::-1]))
    take("one.csv", "one", source_type="aws_cur")
    take("two.csv", "two", source_type="aws_cur")
    assert sums_in_lake(lake, "one") == sums_in_lake(lake, "two")


def test_rows_of_discounts_alone_count(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Without net columns (manual discount compatibility) the rows are all that there is."""
    rows = cur_rows(
        {}, NO_PRICE | {"lineItem/LineItemType": "EdpDiscount", "lineItem/UnblendedCost": "-0.016"}
    )
    (tmp_path / "cur.csv").write_text(cur_text(rows))
    take("cur.csv", source_type="aws_cur")
    assert sums_in_lake(lake)["USD", "EffectiveCost"] == Decimal("0.08")


def test_a_commitment_costs_what_was_paid_for_it(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Over its term a reservation's EffectiveCost is its BilledCost: upfront, twelve fees, half used."""
    month = Decimal("30.4166666667")
    rows = [
        NO_PRICE
        | {
            "lineItem/LineItemType": "Fee",
            "bill/BillType": "Purchase",
            "lineItem/UnblendedCost": str(month * 12),
            "reservation/ReservationARN": RI_ARN,
        }
    ]
    for number in range(12):
        start, end = (
            f"{2025 + (n + 9) // 12}-{(n + 9) % 12 + 1:02}-01T00:00:00Z" for n in (number, number + 1)
        )
        period = {"bill/BillingPeriodStartDate": start, "bill/BillingPeriodEndDate": end}
        time = {
            "lineItem/UsageStartDate": start,
            "lineItem/UsageEndDate": end,
            "reservation/ReservationARN": RI_ARN,
        }
        rows.append(
            period
            | time
            | {
                "lineItem/LineItemType": "RIFee",
                "lineItem/UnblendedCost": "10",
                "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": str(month / 4),
                "reservation/UnusedRecurringFee": "2.5",
            }
        )
        rows.append(
            period
            | time
            | {
                "lineItem/LineItemType": "DiscountedUsage",
                "lineItem/UnblendedCost": "0",
                "reservation/EffectiveCost": str((month + 10) * 3 / 4),
            }
        )
    (tmp_path / "cur.csv").write_text(cur_text(cur_rows(*rows)))
    report = take("cur.csv", source_type="aws_cur")
    sums = sums_in_lake(lake)
    assert len(report.months) == 13
    assert sums["USD", "EffectiveCost"] == sums["USD", "BilledCost"] == month * 12 + 120
    by_status = {s: Decimal(0) for s in ("Used", "Unused", None)}
    for row in charges(lake):
        by_status[row["CommitmentDiscountStatus"]] += row["EffectiveCost"]
    assert by_status[None] == 0
    assert by_status["Used"] == 3 * by_status["Unused"]


def test_split_cost_rows_with_money_are_not_passed_over(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Only a share of another row's cost is left out, never a cost of its own."""
    rows = cur_rows({"splitLineItem/ParentResourceId": "i-01"}, {"splitLineItem/ParentResourceId": ""})
    (tmp_path / "cur.csv").write_text(cur_text(rows))
    assert take("cur.csv", source_type="aws_cur").rows == 2
    assert sums_in_lake(lake)["USD", "BilledCost"] == total(rows)
