"""Every rule on a row of its own: what the bill said, what is stored."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from repairing import CHARGE, default_rules, repair, rules, told

from warikan.ingest.repair.rules import load_rules

CASES = Path(__file__).with_name("cases.txt")
Case = tuple[str, dict[str, str | None], dict[str, str | None]]


def read_cases(text: str) -> list[Case]:
    """``rule-id`` on a line; below it ``Column: before`` or ``Column: before → after``; ∅ is no value."""
    found: list[Case] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            found.append((line.strip(), {}, {}))
            continue
        column, _, said = line.strip().partition(":")
        before, arrow, after = said.partition("→")
        found[-1][1][column] = None if before.strip() == "∅" else before.strip()
        if arrow:
            found[-1][2][column] = None if after.strip() == "∅" else after.strip()
    return found


ALL = read_cases(CASES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ALL, ids=[f"{i}-{case[0]}" for i, case in enumerate(ALL)])
def test_a_rule_sets_what_its_case_says(case: Case, session: duckdb.DuckDBPyConnection) -> None:
    """Each value that a case names comes out so, the old one is kept, and all else stays."""
    name, before, after = case
    row = CHARGE | before

    found = repair(session, [row], rules(name))

    (out,) = found.rows
    changed = {column: value for column, value in after.items() if value != row.get(column)}
    assert {c: told(out.get(c)) for c in before} == before | after
    assert out.get("_repairs") == ([name] if changed else None)
    assert {c: out[f"old.{c}"] for c in changed} == {c: row.get(c) or "" for c in changed}
    assert [f"old.{c}" for c in out if f"old.{c}" in out and c not in changed] == []
    assert told(out["BilledCost"]) == row["BilledCost"]


def test_every_rule_has_a_case_that_fires_and_one_that_does_not() -> None:
    """The golden file is complete."""
    fires = {name for name, _, after in ALL if after}
    stays = {name for name, _, after in ALL if not after}
    known = {rule.id for rule in load_rules().rules}

    assert (known - fires, fires - known) == (set(), set())
    assert known - stays == set()


def test_a_later_rule_sees_what_an_earlier_one_set(session: duckdb.DuckDBPyConnection) -> None:
    """Oracle's zero becomes the billed cost, which becomes contracted and list cost; old values are kept."""
    row = CHARGE | {
        "ProviderName": "Oracle",
        "ChargeCategory": "usage",
        "EffectiveCost": "0",
        "ContractedCost": None,
        "ListCost": None,
    }

    (out,) = repair(session, [row]).rows

    assert [told(out[c]) for c in ("EffectiveCost", "ContractedCost", "ListCost")] == ["10", "10", "10"]
    assert out["_repairs"] == [
        "closed-values-spelling",
        "oracle-effective-cost-zero",
        "contracted-cost-missing",
        "list-cost-missing",
    ]
    assert (out["old.EffectiveCost"], out["old.ListCost"], out["old.ChargeCategory"]) == ("0", "", "usage")


def test_the_first_old_value_is_kept(session: duckdb.DuckDBPyConnection) -> None:
    """Two rules set PricingCategory one after the other: what is kept is what the bill says."""
    row = CHARGE | {"PricingCategory": "On-Demand", "CommitmentDiscountId": "sp-1"}

    (out,) = repair(session, [row]).rows

    assert (out["PricingCategory"], out["old.PricingCategory"]) == ("Committed", "On-Demand")
    assert out["_repairs"] == ["preview-pricing-category", "committed-usage-category"]


def test_rules_of_one_provider_leave_the_rows_of_others(session: duckdb.DuckDBPyConnection) -> None:
    """A file of two providers: only Oracle's row is Oracle's."""
    zero = {"EffectiveCost": "0"}
    found = repair(session, [CHARGE | zero, CHARGE | zero | {"ProviderName": "Oracle Cloud"}])

    assert [told(r["EffectiveCost"]) for r in found.rows] == ["0", "10"]
    assert [r["_repairs"] for r in found.rows] == [None, ["oracle-effective-cost-zero"]]


def test_a_bill_that_needs_nothing_is_left_alone(session: duckdb.DuckDBPyConnection) -> None:
    """No column is added, and the relation is the same text."""
    found = repair(session, [CHARGE])

    assert (found.plan.firings, found.plan.tallies, found.plan.extras) == ((), (), {})
    assert found.plan.marks == "NULL::VARCHAR[]"
    assert set(found.rows[0]) == {*CHARGE, "_row", "_bad"}


def test_counts_and_money_by_month_and_currency(session: duckdb.DuckDBPyConnection) -> None:
    """What moved is told apart from what changed in total, and no currency is added to another."""
    oracle = CHARGE | {"ProviderName": "Oracle", "EffectiveCost": "0"}
    found = repair(
        session,
        [
            oracle,
            oracle | {"BilledCost": "-4"},
            oracle | {"BillingCurrency": "JPY", "BilledCost": "7"},
            oracle
            | {"BillingPeriodStart": "2026-09-01", "BillingPeriodEnd": "2026-10-01", "BilledCost": "1"},
            CHARGE | {"ProviderName": "Oracle"},
        ],
    )

    told_of = {(str(t.month), t.currency): t for t in found.plan.tallies}
    assert {k: (t.rows, t.billed) for k, t in told_of.items()} == {
        ("2026-09-01", "USD"): (1, Decimal(1)),
        ("2026-10-01", "JPY"): (1, Decimal(7)),
        ("2026-10-01", "USD"): (2, Decimal(6)),
    }
    change = told_of["2026-10-01", "USD"].changes["EffectiveCost"]
    assert (change.by, change.moved) == (Decimal(6), Decimal(14))


def test_amounts_at_the_limit_of_a_decimal_do_not_stop_a_load(session: duckdb.DuckDBPyConnection) -> None:
    """All rules, on the largest amounts, prices and quantities that can be typed, of both signs."""
    most = "99999999999999999999.999999999999999999"
    numbers = (
        "EffectiveCost",
        "ListCost",
        "ContractedCost",
        "ContractedUnitPrice",
        "ListUnitPrice",
        "PricingQuantity",
        "ConsumedQuantity",
    )
    extras = ("x_BilledUnitPrice", "x_EffectiveUnitPrice", "x_PricingBlockSize")
    rows = []
    for place, sign in enumerate(("", "-", "", "-")):
        row = CHARGE | {"ProviderName": ("Microsoft", "Google", "Oracle", "AWS")[place]}
        row |= {c: sign + most if (i + place) % 2 else "0" for i, c in enumerate((*numbers, *extras))}
        row |= {"x_Credits": f'[{{"Amount": {most}}}, {{"Amount": {most}}}]', "x_Project": "{not json"}
        rows.append(row | {"BilledCost": "1"})

    found = repair(session, rows, rules())

    assert [told(r["BilledCost"]) for r in found.rows] == ["1"] * 4


def test_defaults_are_what_the_file_says() -> None:
    """Nothing that guesses a cost is on: it comes from another cost of the row, or is a purchase's zero."""
    costs = {"EffectiveCost", "ListCost", "ContractedCost"}
    for rule in default_rules():
        for column in costs & set(rule.set):
            assert "Price" not in rule.set[column], rule.id
            assert "product" not in rule.set[column], rule.id
