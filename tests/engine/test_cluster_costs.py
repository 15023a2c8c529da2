"""What places of clusters cost: causes add up to the cost, whatever is asked by."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lake import NOW, open_engine, slice_of

from warikan.engine.cluster_costs import (
    CAUSES,
    VCPU_HOUR,
    PlaceCost,
    add_places,
    ask_place_costs,
    price_per,
    ratio,
    reprice,
)
from warikan.engine.engine import Engine
from warikan.engine.query import Query

PERIOD = "2026-11"
KINDS = {
    "node": ["workload", "infrastructure_idle", "system_overhead", "unmetered"],
    "volume": ["workload", "unmounted"],
    "load_balancer": ["workload", "unused"],
    "network": ["workload", "unattributed"],
    "cluster": ["cluster_overhead", "unmetered"],
}
money = st.decimals("-1000", "1000", places=18)


def node_slice(day: str, cost: str, used: str | None, **values: Any) -> dict[str, Any]:
    """A workload's share of a node; *used* of it, nine tenths of it for CPU; None where a share moved it."""
    parts: dict[str, Any] = {}
    if used is not None:
        whole = Decimal(cost)
        cpu = (whole * 9 / 10).quantize(Decimal("1e-12"))
        parts = {
            "x_UsedCost": Decimal(used), "x_WorkloadIdleCost": whole - Decimal(used),
            "x_CpuCost": cpu, "x_MemoryCost": whole - cpu, "x_GpuCost": Decimal(0),
        }  # fmt: skip
    own = {"x_ClusterId": "blue", "x_ClusterAsset": "node", "x_ClusterCostClass": "workload",
           "x_Namespace": "shop", "x_NodePool": "general", "x_Workload": "web"}  # fmt: skip
    return slice_of(day, cost, **(own | parts | values))


def of_class(cost: str, asset: str, kind: str, **values: Any) -> dict[str, Any]:
    """What is of no workload, or of one and not of a node."""
    own = {"x_ClusterId": "blue", "x_ClusterAsset": asset, "x_ClusterCostClass": kind}
    return slice_of("2026-11-05", cost, **(own | values))


def every_kind() -> Iterator[dict[str, Any]]:
    """Slices of every asset and class, in two currencies and clusters, some of them credits."""
    for place, (asset, kind) in enumerate((a, k) for a, kinds in KINDS.items() for k in kinds):
        for i in range(6):
            cost = Decimal((place * 7 + i * 13) % 41 - 8) / 7
            cost = cost.quantize(Decimal("1e-18"))
            values = {
                "x_ClusterId": ("blue", "green")[i % 2], "BillingCurrency": ("USD", "JPY")[i // 3],
                "ListCost": cost * 2, "x_NodePool": ("general", "spot", None)[i % 3],
                "x_Namespace": ("shop", "search")[place % 2] if kind == "workload" else None,
            }  # fmt: skip
            day = f"2026-11-0{1 + i % 4}"
            if (asset, kind) == ("node", "workload"):
                used = None if i == 5 else str((cost / 4).quantize(Decimal("1e-15")))
                yield node_slice(day, str(cost), used, **values)
            else:
                yield slice_of(day, str(cost), x_ClusterAsset=asset, x_ClusterCostClass=kind, **values)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Slices of every kind, and one that is of no cluster."""
    return open_engine(tmp_path_factory.mktemp("costs"), [*every_kind(), slice_of("2026-11-02", "77")])


@settings(max_examples=20)
@given(
    by=st.lists(st.sampled_from(["x_ClusterId", "x_NodePool", "x_Namespace", "x_ClusterAsset"]), unique=True),
    granularity=st.sampled_from([None, "day"]),
)
def test_causes_add_up(engine: Engine, by: list[str], granularity: Any) -> None:
    """The causes of each place sum to its cost, and the places to the bill, in each currency."""
    query = Query(by=tuple(by), period=PERIOD, granularity=granularity)
    places = ask_place_costs(engine, query, now=NOW)

    for place in places:
        assert place.cost == sum(place.causes.values(), Decimal(0))
        assert set(place.causes) <= set(CAUSES)
    for currency in ("USD", "JPY"):
        billed = [row["EffectiveCost"] for row in every_kind() if row["BillingCurrency"] == currency]
        here = [place for place in places if place.currency == currency]
        assert sum(billed, Decimal(0)) == add_places(here, ()).cost
        assert add_places(here, ()).list_cost == 2 * sum(billed, Decimal(0))


def one_place(folder: Path, rows: list[dict[str, Any]]) -> PlaceCost:
    """All of *rows* as one."""
    (place,) = ask_place_costs(open_engine(folder, rows), Query(period=PERIOD), now=NOW)
    return place


def test_each_cause(tmp_path: Path) -> None:
    """Where every kind of cost goes."""
    place = one_place(
        tmp_path,
        [
            node_slice("2026-11-05", "10", "4"),
            node_slice("2026-11-05", "3", None, x_ShareId="platform"),
            of_class("2", "volume", "workload", x_Namespace="shop"),
            of_class("5", "node", "infrastructure_idle"),
            of_class("1", "node", "system_overhead"),
            of_class("0.5", "node", "unmetered"),
            of_class("0.25", "volume", "unmounted"),
            of_class("0.125", "load_balancer", "unused"),
            of_class("7", "cluster", "cluster_overhead"),
        ],
    )

    assert {cause: str(amount.normalize()) for cause, amount in place.causes.items()} == {
        "used": "4", "workload_idle": "6", "attached": "2", "passed_on": "3", "infrastructure_idle": "5",
        "system_overhead": "1", "cluster_overhead": "7", "unmounted": "0.25", "unused": "0.125",
        "unmetered": "0.5",
    }  # fmt: skip
    assert place.efficiency == 0.4
    assert place.idle == Decimal("11.375")
    assert place.node_cost == 19
    assert place.parts == {"Cpu": 9, "Memory": 1}
    assert place.matched == pytest.approx(1 - 0.5 / 28.875)


def test_what_is_paid_of_the_list_price(tmp_path: Path) -> None:
    """Nodes alone, and only those whose hours are known."""
    place = one_place(
        tmp_path,
        [
            node_slice("2026-11-05", "6", "6", ListCost=Decimal(8)),
            of_class("3", "node", "infrastructure_idle", ListCost=Decimal(4)),
            of_class("3", "node", "unmetered", ListCost=Decimal(90)),
            of_class("3", "volume", "unmounted", ListCost=Decimal(90)),
        ],
    )

    assert place.of_list == 0.75


def test_largest_first(tmp_path: Path) -> None:
    """As tables show them, credits by their size."""
    costs = {"a": "1", "b": "-5", "c": "3"}
    rows = [node_slice("2026-11-05", cost, cost, x_Namespace=name) for name, cost in costs.items()]
    places = ask_place_costs(open_engine(tmp_path, rows), Query(by=("namespace",), period=PERIOD), now=NOW)

    assert [place.key for place in places] == [("b",), ("c",), ("a",)]


def test_a_filter_goes_with_it(tmp_path: Path) -> None:
    """OR does not let in what is of no cluster."""
    rows = [node_slice("2026-11-05", "2", "1"), slice_of("2026-11-05", "5", x_TeamId="data")]
    query = Query(where="x_Namespace = 'shop' OR x_TeamId = 'data'", period=PERIOD)
    (place,) = ask_place_costs(open_engine(tmp_path, rows), query, now=NOW)

    assert place.cost == 2


def test_currencies_are_never_added() -> None:
    """Nor is nothing."""
    yen = PlaceCost((), "JPY", *[Decimal(1)] * 4, {}, {})
    dollar = PlaceCost((), "USD", *[Decimal(1)] * 4, {}, {})
    for places in ([yen, dollar], []):
        with pytest.raises(ValueError, match="cannot be added"):
            add_places(places, ())


@given(money, st.integers(1, 10**30), st.integers(0, 10**30))
def test_prices_and_what_more_or_less_would_cost(cost: Decimal, before: int, after: int) -> None:
    """As much as before costs the same; nothing costs nothing; a price times its quantity is the cost."""
    assert reprice(cost, before, before) == cost
    assert reprice(cost, before, 0) == 0
    assert reprice(cost, 0, after) == cost
    price = price_per(cost, before, before)
    assert price == cost
    assert price_per(cost, 0, VCPU_HOUR) is None


def test_ratios_of_nothing() -> None:
    """There is none."""
    assert ratio(Decimal(1), Decimal(0)) is None
