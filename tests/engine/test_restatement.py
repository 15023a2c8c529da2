"""What changed between two loads: sums that add up, whichever way one looks, and a cause for each kind."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small_lake import fill, open_engine
from two_loads import MONTH, both_ways, causes, differ, line, load, require_laws

from warikan.engine.engine import Engine
from warikan.engine.restatement import CAUSES, Difference, compare, kept_loads
from warikan.focus.columns import COST_METRICS


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An empty lake; each difference is a source of its own in it."""
    return open_engine(tmp_path_factory.mktemp("restated"))


_AMOUNTS = st.decimals(-1000, 1000, places=18)
_ROWS = st.lists(
    st.builds(
        lambda costs, day, **values: line(day=day, **values) | dict(zip(COST_METRICS, costs, strict=True)),
        costs=st.lists(st.one_of(st.none(), _AMOUNTS), min_size=3, max_size=3).flatmap(
            lambda rest: _AMOUNTS.map(lambda billed: [billed, *rest])
        ),
        day=st.integers(1, 3),
        BillingCurrency=st.sampled_from(["USD", "JPY"]),
        SubAccountId=st.sampled_from(["a", None]),
        ServiceName=st.sampled_from(["EC2", "S3", None]),
        ResourceId=st.sampled_from(["r", "q", None]),
        SkuId=st.sampled_from(["sku", None]),
        ChargeCategory=st.sampled_from(["Usage", "Credit", "Purchase", "Tax", "Adjustment", None]),
        ChargeClass=st.sampled_from([None, "Correction"]),
        CommitmentDiscountId=st.sampled_from([None, "sp"]),
        PricingQuantity=st.sampled_from([None, Decimal(0), Decimal(1), Decimal(2)]),
        Tags=st.sampled_from([None, [], [("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]]),
    ),
    min_size=1,
    max_size=8,
)


def _signed(difference: Difference) -> list[tuple[Any, ...]]:
    return sorted(
        (r["BillingCurrency"], r["cause"], r["reason"], r["rows"], *(r[m] for m in COST_METRICS))
        for r in difference.causes.to_pylist()
    )


@settings(max_examples=10, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(before=_ROWS, after=_ROWS, kept=st.integers(0, 8), chance=st.randoms())
def test_laws(engine: Engine, before: list[Any], after: list[Any], kept: int, chance: Any) -> None:
    """Sums add up for each grouping; order says nothing; the way back is the way there, signs exchanged."""
    after = after + before[:kept]

    there, back = both_ways(engine, before, after, limit=2)
    mixed, _ = both_ways(engine, *(chance.sample(rows, len(rows)) for rows in (before, after)), limit=2)

    require_laws(there)
    require_laws(back)
    assert _signed(mixed) == _signed(there)
    assert mixed.groups == there.groups
    assert mixed.totals == there.totals
    assert _signed(back) == sorted(_reversed(row) for row in _signed(there))
    assert back.totals["added_rows"] == there.totals["removed_rows"]


def _reversed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:4], *(-money for money in row[4:]))


def test_equal_loads_differ_in_nothing(engine: Engine) -> None:
    """The same rows, in another order and with a tag's keys in another order, are no change."""
    rows = [line(2, Tags=[("a", "1"), ("b", "2")]), line(3, day=2), line(3, day=2)]
    again = [line(3, day=2), line(2, Tags=[("b", "2"), ("a", "1")]), line(3, day=2)]

    same = differ(engine, rows, again)

    require_laws(same)
    assert same.causes.num_rows == 0
    assert same.largest.num_rows == 0
    assert all(table.num_rows == 0 for table in same.groups.values())
    assert same.totals["before_rows"] == same.totals["after_rows"] == pa.chunked_array([[3]])


COVERED = {"CommitmentDiscountId": "sp-1", "CommitmentDiscountStatus": "Used", "PricingCategory": "Committed"}
GOLDEN: dict[str, tuple[list[Any], list[Any], dict[tuple[str, str], tuple[int, str]]]] = {
    "a day arrives": ([line(5)], [line(5), line(7, day=2)], {("usage", "day"): (1, "7")}),
    "a day goes": ([line(5), line(7, day=2)], [line(5)], {("usage", "day"): (1, "-7")}),
    "a resource arrives": (
        [line(5)],
        [line(5), line(3, ResourceId="i-2")],
        {("usage", "resource"): (1, "3")},
    ),
    "a line of a known resource": (
        [line(5), line(1, day=2)],
        [line(5), line(1, day=2), line(3, day=2, SkuId="traffic")],
        {("usage", "line"): (1, "3")},
    ),
    "one more of the same": ([line(5)], [line(5), line(5)], {("usage", "line"): (1, "5")}),
    "a larger quantity": (
        [line(4)],
        [line(6, PricingQuantity=Decimal(3))],
        {("usage", "quantity"): (1, "2")},
    ),
    "a higher price": ([line(4)], [line(5)], {("price", "unit price"): (1, "1")}),
    "quantity and price at once": (
        [line(4)],
        [line(9, PricingQuantity=Decimal(3))],
        {("other", "quantity and price"): (1, "5")},
    ),
    "no quantity to tell by": (
        [line(4, PricingQuantity=None)],
        [line(5, PricingQuantity=None)],
        {("other", "cost"): (1, "1")},
    ),
    "a commitment covers it": (
        [line(4, SkuPriceId="od")],
        [line(4, SkuPriceId="sp", EffectiveCost=Decimal(3), BilledCost=Decimal(0), **COVERED)],
        {("commitment", "coverage"): (1, "-1")},
    ),
    "a commitment covers a part": (
        [line(4, SkuPriceId="od")],
        [
            line(2, SkuPriceId="od", PricingQuantity=Decimal(1)),
            line(1, SkuPriceId="sp", PricingQuantity=Decimal(1), **COVERED),
        ],
        {("commitment", "coverage"): (2, "-1")},
    ),
    "only the effective cost": (
        [line(4, **COVERED)],
        [line(4, EffectiveCost=Decimal(3), **COVERED)],
        {("commitment", "effective cost"): (1, "-1")},
    ),
    "a fee of a commitment": (
        [line(4)],
        [line(4), line(9, ChargeCategory="Purchase", ResourceId="sp-1", SkuId="fee", **COVERED)],
        {("commitment", "fee"): (1, "9")},
    ),
    "what a commitment leaves unused": (
        [line(4)],
        [line(4), line(2, ResourceId="sp-1", **COVERED | {"CommitmentDiscountStatus": "Unused"})],
        {("commitment", "unused"): (1, "2")},
    ),
    "a credit": (
        [line(4)],
        [line(4), line(-2, ChargeCategory="Credit")],
        {("credit", "credit"): (1, "-2")},
    ),
    "a correction": (
        [line(4)],
        [line(4), line(-1, day=3, ChargeClass="Correction")],
        {("correction", "correction"): (1, "-1")},
    ),
    "a correction beside its row": (
        [line("2.5")],
        [line(3), line(-1, ChargeClass="Correction")],
        {("price", "unit price"): (1, "0.5"), ("correction", "correction"): (1, "-1")},
    ),
    "a correction beside its row, once there was one": (
        [line("2.5"), line(-2, ChargeClass="Correction")],
        [line(3), line(-1, ChargeClass="Correction")],
        {("price", "unit price"): (1, "0.5"), ("correction", "correction"): (1, "1")},
    ),
    "a correction of another price": (
        [line("2.5", SkuPriceId="old")],
        [line(3, SkuPriceId="new"), line(-1, SkuPriceId="old", ChargeClass="Correction")],
        {("price", "unit price"): (1, "0.5"), ("correction", "correction"): (1, "-1")},
    ),
    "a reversal and what is right instead": (
        [line(4)],
        [line(4), line(-4, ChargeClass="Correction"), line(5, ChargeClass="Correction")],
        {("correction", "correction"): (2, "1")},
    ),
    "a commitment covers it, and a correction comes": (
        [line(4)],
        [
            line(3, **COVERED),
            line(-1, ChargeClass="Correction", PricingQuantity=Decimal(-1)),
        ],
        {("commitment", "coverage"): (1, "-1"), ("correction", "correction"): (1, "-1")},
    ),
    "only its class is another": (
        [line(-1), line(4, day=2)],
        [line(-1, ChargeClass="Correction"), line(4, day=2)],
        {("details", "other columns"): (1, "0")},
    ),
    "an adjustment": (
        [line(4)],
        [line(4), line(-1, ChargeCategory="Adjustment")],
        {("correction", "correction"): (1, "-1")},
    ),
    "tax": ([line(4)], [line(4), line(1, ChargeCategory="Tax")], {("tax", "tax"): (1, "1")}),
    "a purchase": (
        [line(4)],
        [line(4), line(1, ChargeCategory="Purchase", ResourceId=None)],
        {("usage", "purchase"): (1, "1")},
    ),
    "the invoice comes": (
        [line(4), line(4, day=2)],
        [line(4, InvoiceId="inv"), line(4, day=2, InvoiceId="inv")],
        {("details", "invoice"): (2, "0")},
    ),
    "tags come late": (
        [line(4, Tags=[("a", "1")])],
        [line(4, Tags=[("a", "2")])],
        {("details", "tags"): (1, "0")},
    ),
    "a name changes": (
        [line(4, SubAccountName="Shop")],
        [line(4, SubAccountName="The shop")],
        {("details", "other columns"): (1, "0")},
    ),
    "another FOCUS version has more columns": (
        [line(4), line(6, day=2)],
        [line(4, SkuMeter="hours", RegionId="eu"), line(6, day=2, SkuMeter="hours", RegionId="eu")],
        {("details", "other columns"): (2, "0")},
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_each_change_has_its_cause(engine: Engine, name: str) -> None:
    """One small restatement after another, with the cause that a person would name; the way back too."""
    before, after, expected = GOLDEN[name]

    there, back = both_ways(engine, before, after)

    require_laws(there)
    assert causes(there) == expected
    assert causes(back) == {
        k: (n, f"{-Decimal(m):f}" if Decimal(m) else "0") for k, (n, m) in expected.items()
    }
    assert {c for c, _ in causes(there)} <= set(CAUSES)
    assert all(reason in CAUSES[cause] for cause, reason in causes(there))


def test_groups_name_where_it_changed(engine: Engine) -> None:
    """Only accounts and services that changed are there, largest first; the rest of many is one row."""
    before = [line(1, SubAccountId=f"a{i}") for i in range(6)]
    after = [line(1 + i, SubAccountId=f"a{i}", SubAccountName="A") for i in range(6)]

    some = differ(engine, [*before, line(ServiceName="S3")], [*after, line(ServiceName="S3")], limit=2)

    require_laws(some)
    accounts = some.groups["account"].to_pylist()
    assert [(r["SubAccountId"], r["x_IsOther"]) for r in accounts if not r["x_IsOther"]] == [
        ("a5", False),
        ("a4", False),
    ]
    assert [r["ServiceName"] for r in some.groups["provider_service"].to_pylist()] == ["Amazon EC2"]
    assert [str(r["Day"]) for r in some.groups["day"].to_pylist()] == ["2026-09-01"]
    largest = some.largest.to_pylist()
    assert [(r["SubAccountId"], r["before_EffectiveCost"], r["after_EffectiveCost"]) for r in largest] == [
        ("a5", 1, 6),
        ("a4", 1, 5),
    ]


def test_loads_are_listed(engine: Engine) -> None:
    """Each content once, newest first; commits of other months and sources are none; a gap is none."""
    for rows in ([line(1)], [line(2), line(3)]):
        load(engine, "listed", rows)
        load(engine, "another", rows)
    load(engine, "listed", [])
    load(engine, "listed", [line(9)])

    loads = kept_loads(engine, "listed", MONTH)

    assert [(one.rows, one.totals["USD"]["BilledCost"]) for one in loads] == [(1, 9), (2, 5), (1, 1)]
    assert [one.is_present for one in loads] == [True, False, False]
    assert loads[0].until is None
    assert kept_loads(engine, "listed", MONTH, limit=1) == loads[:1]
    assert kept_loads(engine, "nobody", MONTH) == ()


def test_owners_of_both_allocations(engine: Engine) -> None:
    """Where both loads were allocated, teams are compared as they were; a new owner is a move."""
    rows = [line(4), line(6, day=2)]
    for amount, owner in ((0, "pay"), (5, "web")):
        loaded = [*rows, *([line(amount, day=3)] if amount else [])]
        load(engine, "owned", loaded)
        slices = [
            {k: v for k, v in row.items() if k in engine.lake.schema("allocations").names}
            | {"x_SourceId": "owned", "x_ChargeKey": i, "x_TeamId": owner, "x_ServiceId": f"{owner}-api"}
            for i, row in enumerate(loaded, 1)
        ]
        fill(engine.lake, "allocations", slices)
    newer, older = kept_loads(engine, "owned", MONTH)

    told = compare(engine, "owned", MONTH, older, newer)

    require_laws(told)
    assert told.owned_by == "allocations"
    teams = {r["x_TeamId"]: r for r in told.groups["team"].to_pylist()}
    assert {t: (r["moved_EffectiveCost"], r["added_EffectiveCost"]) for t, r in teams.items()} == {
        "pay": (-10, 0),
        "web": (10, 5),
    }


def test_without_allocations_or_rules_owners_are_left_out(engine: Engine) -> None:
    """Nothing is said about teams where nothing is known; with rules, their word is taken for both sides."""
    none = differ(engine, [line(1)], [line(2)])
    ruled = differ(
        engine,
        [line(1)],
        [line(2)],
        find_owners=lambda charges: charges.select(
            "x_ChargeKey",
            "BillingCurrency",
            *COST_METRICS,
            x_ServiceId=charges.ResourceId,
            x_TeamId=charges.SkuId,
        ),
    )

    require_laws(ruled)
    assert (none.owned_by, ruled.owned_by) == (None, "rules")
    assert "team" not in none.groups
    assert [r["x_ServiceId"] for r in ruled.groups["service"].to_pylist()] == ["i-1"]
