"""The laws of allocation.md, over bills and rules that nobody would write by hand."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from bills import allocate, bill, by_service, catalog, charge
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.allocate.scratch import Scratch
from warikan.catalog.settings import Settings
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT

SERVICES = ("a", "b", "c", "platform", "data")
MONEY = st.one_of(
    st.decimals(-1000, 1000, places=18),
    st.decimals(Decimal("-1E-15"), Decimal("1E-15"), places=18),
    st.decimals(-(10**15), 10**15, places=18),
    st.just(Decimal(0)),
)


@st.composite
def charges(draw: st.DrawFn) -> dict[str, Any]:
    """A charge with four unlike costs, owned by a tag that may be missing or dirty."""
    day = draw(st.integers(1, 30))
    costs = {m: draw(MONEY | st.none()) for m in COST_METRICS}
    owner = draw(st.sampled_from([*SERVICES, " A ", "B", "unknown", ""]) | st.none())
    return charge(
        "0",
        day=date(2026, 9, day),
        days=draw(st.sampled_from([0, 1, 1, 1, 7, 30])),
        currency=draw(st.sampled_from(["USD", "USD", "JPY"])),
        x_SourceId=draw(st.sampled_from(["bill", "other"])),
        Tags={} if owner is None else {"s": owner},
        **costs,
    )


SHARES = st.lists(
    st.fixed_dictionaries(
        {
            "stage": st.integers(1, 3),
            "source": st.sampled_from(
                [
                    "x_ServiceId = 'platform'",
                    "x_ServiceId = 'data'",
                    "x_ServiceId IS NULL",
                    "x_TeamId = 'team-a' AND ChargePeriodStart >= '2026-09-15'",
                    "x_AllocationClass = 'shared'",
                ]
            ),
            "method": st.sampled_from(["even", "proportional", "fixed"]),
            "metric": st.sampled_from(COST_METRICS),
            "currency": st.sampled_from([None, "USD"]),
        }
    ),
    max_size=3,
)


def _settings(shares: list[dict[str, Any]]) -> Settings:
    named = [
        {"id": f"share-{i}", **s, "to": {"services": ["a", "b", "c"]}}
        | ({"percent": {"a": "33.3", "b": "66.6", "c": "0.1"}} if s["method"] == "fixed" else {})
        for i, s in enumerate(shares)
    ]
    return Settings.model_validate(
        {"ownership": {"rules": [{"id": "s", "service": {"from": "Tags['s']"}}]}, "shares": named}
    )


BILLS = st.lists(charges(), min_size=1, max_size=30)
Sums = dict[tuple[Any, ...], list[Decimal]]


def _sums(rows: pa.Table, *, by_charge: bool) -> Sums:
    sums: Sums = defaultdict(lambda: [Decimal(0)] * len(COST_METRICS))
    for row in rows.to_pylist():
        key = (row["x_SourceId"], row["BillingCurrency"], row["x_ChargeKey"] if by_charge else None)
        sums[key] = [EXACT.add(s, row[m] or Decimal(0)) for s, m in zip(sums[key], COST_METRICS, strict=True)]
    return dict(sums)


@settings(max_examples=25)
@given(BILLS, SHARES)
def test_every_charge_is_conserved(
    scratch: Scratch, rows: list[dict[str, Any]], shares: list[dict[str, Any]]
) -> None:
    """Per charge, metric and currency the slices sum to the charge, whatever the rules do with it."""
    charges = bill(rows)

    slices = allocate(scratch, _settings(shares), catalog(*SERVICES), charges)

    assert _sums(charges, by_charge=True) == _sums(slices, by_charge=True)


@settings(max_examples=10)
@given(BILLS, SHARES, st.randoms())
def test_order_of_rows_changes_no_digit(
    scratch: Scratch, rows: list[dict[str, Any]], shares: list[dict[str, Any]], random: Any
) -> None:
    """The same bill in another order gives the same slices; so does running it again."""
    numbered = [row | {"x_ChargeKey": i} for i, row in enumerate(rows)]
    shuffled = list(numbered)
    random.shuffle(shuffled)

    def run(charges: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        found = allocate(scratch, _settings(shares), catalog(*SERVICES), bill(charges)).to_pylist()
        return sorted(tuple(str(v) for v in row.values()) for row in found)

    assert run(numbered) == run(shuffled)


@settings(max_examples=10)
@given(BILLS)
def test_a_filter_and_its_complement_partition_the_bill(scratch: Scratch, rows: list[dict[str, Any]]) -> None:
    """What one rule claims and what its complement claims is everything, once."""
    rules = [
        {"id": "is", "when": "Tags['s'] = 'a' OR ChargePeriodStart < '2026-09-10'", "service": "a"},
        {"id": "is-not", "when": "NOT (Tags['s'] = 'a' OR ChargePeriodStart < '2026-09-10')", "service": "b"},
    ]

    def claimed(*chosen: int) -> list[int]:
        some = Settings.model_validate({"ownership": {"rules": [rules[i] for i in chosen]}})
        slices = allocate(scratch, some, catalog(*SERVICES), bill(rows)).to_pylist()
        return sorted(r["x_ChargeKey"] for r in slices if r["x_ServiceId"] is not None)

    assert list(range(1, len(rows) + 1)) == sorted(claimed(0) + claimed(1)) == claimed(0, 1)


@settings(max_examples=10)
@given(st.lists(st.decimals(0, 1000, places=6), min_size=2, max_size=2), st.decimals(-100, 100, places=18))
def test_proportional_follows_the_weights(scratch: Scratch, own: list[Decimal], shared: Decimal) -> None:
    """With weights w and v the parts are within 1e-12 units and double rounding of cost × w / (w + v)."""
    rows = [charge(own[0], Tags={"s": "a"}), charge(own[1], Tags={"s": "b"})]
    rows.append(charge(shared, Tags={"s": "platform"}))
    rules = _settings([{"stage": 1, "source": "x_ServiceId = 'platform'", "method": "proportional"}])

    paid = by_service(allocate(scratch, rules, catalog(*SERVICES), bill(rows)))

    total = own[0] + own[1]
    if total == 0:
        assert shared == paid["platform", "USD"]
        return
    for name, weight in zip("ab", own, strict=True):
        exact = weight + shared * weight / total
        assert abs(paid[name, "USD"] - exact) <= Decimal("2E-12")
