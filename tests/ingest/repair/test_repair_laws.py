"""Laws of all rules, over charges that Hypothesis makes up."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from repairing import CHARGE, Repaired, Row, default_rules, repair, repair_relation, rules, typed_relation

from warikan.catalog.repairs import RepairSettings
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.ingest.repair.active import active_rules
from warikan.ingest.repair.rules import load_rules

few = st.sampled_from
cost = few([None, "0", "10", "0.001", "-10", "12.5", "1e-15", "9999999999999999999.999999999999999999"])
number = few([None, "0", "1", "0.05", "2.5"])
PROVIDERS = ["AWS", "Amazon Web Services, Inc.", "Microsoft", "Google Cloud", "Oracle", "Datadog", None]
VALUES: dict[str, st.SearchStrategy[str | None]] = {
    "BilledCost": few(["0", "10", "-10", "0.001", "9999999999999999999.999999999999999999"]),
    **dict.fromkeys(("EffectiveCost", "ListCost", "ContractedCost"), cost),
    **dict.fromkeys(("ContractedUnitPrice", "ListUnitPrice", "PricingQuantity", "ConsumedQuantity"), number),
    **dict.fromkeys(("x_BilledUnitPrice", "x_EffectiveUnitPrice", "x_PricingBlockSize"), number),
    "ProviderName": few(PROVIDERS),
    "PublisherName": few(PROVIDERS),
    "InvoiceIssuerName": few(PROVIDERS),
    "ChargeCategory": few(["Usage", "usage", "Purchase", "Tax", "Credit", "error", None]),
    "ChargeClass": few([None, "correction", "Correction"]),
    "ChargeFrequency": few([None, "Usage-based", "Usage-Based", "One-Time"]),
    "ChargeSubcategory": few([None, "Credit", "Refund", "Used Commitment", "Unused Commitment", "On-Demand"]),
    "PricingCategory": few([None, "Standard", "committed", "On-Demand", "Other"]),
    "CommitmentDiscountId": few([None, "arn:A", "/providers/Microsoft.Capacity/orders/X"]),
    "CommitmentDiscountName": few([None, "Plan"]),
    "CommitmentDiscountCategory": few([None, "Spend", "usage"]),
    "CommitmentDiscountStatus": few([None, "Used", "unused", "Unused"]),
    "CommitmentDiscountType": few([None, "Savings Plan"]),
    "BillingPeriodStart": few(["2026-10-01T00:00:00Z", "2026-10-01T07:00:00Z", "2026-09-30T15:00:00Z"]),
    "BillingPeriodEnd": few(
        [None, "2026-11-01T00:00:00Z", "2026-10-31T00:00:00Z", "2026-10-31T07:00:00Z", "2026-10-31T15:00:00Z"]
    ),
    "ChargePeriodEnd": few([None, "2026-10-06T00:00:00Z", "2026-10-05T23:59:59Z"]),
    "BillingCurrency": few(["USD", "JPY"]),
    "SubAccountId": few([None, "01-23"]),
    "BillingAccountId": few(["01-23"]),
    "ServiceName": few([None, "S3"]),
    "ServiceCategory": few([None, "Compute", '["GCP","Storage"]']),
    "ResourceId": few([None, "/subscriptions/1/providers/Microsoft.Compute/virtualMachines/vm"]),
    "ResourceName": few([None, "VM"]),
    "ResourceType": few([None, "vm"]),
    "RegionId": few([None, "eu"]),
    "RegionName": few([None, "us-sanjose-1"]),
    "Region": few([None, "EU West"]),
    "PricingUnit": few([None, "GB Months", "Hours"]),
    "ConsumedUnit": few([None, "Gigabyte Per Hour"]),
    "SkuPriceId": few([None, "-2"]),
    "SkuMeter": few([None, "m"]),
    "InvoiceId": few([None, "I"]),
    "UsageQuantity": few([None, "3", "many"]),
    "x_InvoiceId": few([None, "G"]),
    "x_Project": few([None, "{bad", '{"id": "p", "name": "P"}']),
    "x_Credits": few([None, "[]", '[{"Amount": -1.5}]', '[{"Amount": "x"}]', "[1"]),
    "x_SkuTerm": few([None, "1Year", "12"]),
    "x_SkuMeterName": few([None, "m2"]),
    "x_UsageType": few([None, "Box"]),
    "x_OnDemandCost": few([None, "9"]),
    "x_ResourceType": few([None, "microsoft.compute/virtualmachines"]),
    "x_SkuMeterSubcategory": few([None, "Sub"]),
}


@st.composite
def bills(draw: st.DrawFn) -> list[Row]:
    """Some charges of one file, which has some of the columns."""
    always = {"BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart"}
    names = sorted(always | draw(st.sets(few(sorted(VALUES)), max_size=len(VALUES))))
    row = st.fixed_dictionaries({name: VALUES[name] for name in names})
    return [CHARGE | found for found in draw(st.lists(row, min_size=1, max_size=4))]


IDS = [rule.id for rule in load_rules().rules]
DEFAULTS = [rule.id for rule in default_rules()]
some_ids = st.one_of(st.just(DEFAULTS), st.just(IDS), st.sets(few(IDS), min_size=1).map(sorted))


@settings(max_examples=30)
@given(bill=bills(), ids=some_ids)
def test_the_laws_of_repairs(session: duckdb.DuckDBPyConnection, bill: list[Row], ids: list[str]) -> None:
    """Whatever the bill and the rules: nothing billed changes, all is named and counted, once is enough."""
    run = rules(*ids)
    relation, header = typed_relation(bill)
    before = repair_relation(session, relation, header, ()).rows

    out = repair_relation(session, relation, header, run)

    _check_billed_and_rows(before, out)
    _check_names_and_old_values(before, out, set(ids))
    _check_money(before, out)
    if out.plan.firings:
        sql, after = out.plan.apply(relation, header)
        ours = ", ".join(f'"{name}"' for name in (*out.plan.extras, "_repairs"))
        again = repair_relation(session, f"(SELECT * EXCLUDE ({ours}) FROM {sql})", after, run)
        assert [(f.rule.id, f.columns) for f in again.plan.firings] == []


def _check_billed_and_rows(before: list[dict[str, Any]], out: Repaired) -> None:
    """No rule changes BilledCost or the currency, drops a row, adds one, or moves one."""
    kept = ("BilledCost", "BillingCurrency", "_row", "_bad", "ChargePeriodStart")

    assert [[row[c] for c in kept] for row in out.rows] == [[row[c] for c in kept] for row in before]


def _check_names_and_old_values(before: list[dict[str, Any]], out: Repaired, ids: set[str]) -> None:
    """A column differs from the bill where its old value is kept, on a row that names a rule for it."""
    known = load_rules().by_id()
    old = [name.removeprefix("old.") for name in out.plan.extras]
    for was, now in zip(before, out.rows, strict=True):
        changed = {c for c in now if (c in was or c in old) and now[c] != was.get(c)}
        assert changed == {c for c in old if now[f"old.{c}"] is not None}
        named = now.get("_repairs") or []
        assert bool(named) == bool(changed)
        assert changed <= {c for name in named for c in known[name].set}
        assert set(named) <= ids
        assert all(bool(now[f"old.{c}"]) == (was.get(c) is not None) for c in changed)


def _check_money(before: list[dict[str, Any]], out: Repaired) -> None:
    """By currency and cost, what rules say they changed is the difference of the sums; rows are counted."""
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for was, now in zip(before, out.rows, strict=True):
        for metric in COST_METRICS:
            key = (was["BillingCurrency"], metric)
            step = EXACT.subtract(now.get(metric) or Decimal(0), was.get(metric) or Decimal(0))
            moved[key] = EXACT.add(moved[key], step)
    said: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    rows: dict[str, int] = defaultdict(int)
    for tally in out.plan.tallies:
        rows[tally.rule] += tally.rows
        for metric, change in tally.changes.items():
            assert change.by.copy_abs() <= change.moved
            said[str(tally.currency), metric] = EXACT.add(said[str(tally.currency), metric], change.by)
    assert {k: v for k, v in said.items() if v} == {k: v for k, v in moved.items() if v}
    named = [name for row in out.rows for name in row.get("_repairs") or ()]
    assert rows == {name: named.count(name) for name in named}


@settings(max_examples=10)
@given(bill=bills(), off=st.sets(few(DEFAULTS), min_size=1, max_size=6))
def test_a_rule_that_is_off_does_nothing(
    session: duckdb.DuckDBPyConnection, bill: list[Row], off: set[str]
) -> None:
    """It is on no row."""
    run = active_rules(RepairSettings(off=tuple(sorted(off))))

    out = repair(session, bill, run)

    assert not off & {name for row in out.rows for name in row.get("_repairs") or ()}
