"""Sharing of idle, overhead and namespaces: to the last digit, whoever asks for what beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from warikan.allocate.allocation_sets import Cell, Costs, complement, make_set, merge
from warikan.allocate.set_sharing import Sharing, part_of_month, share
from warikan.focus.money import EXACT
from warikan.focus.period import Period

amounts = st.decimals(-1000, 1000, places=18) | st.decimals(0, 5, places=2) | st.just(Decimal(0))
positive = st.decimals(0, 1000, places=18) | st.decimals(0, 5, places=2) | st.just(Decimal(0))
roles = st.sampled_from(["tenant", "tenant", "idle", "overhead", "shared", "external", "other"])
names = st.sampled_from(["a", "b", "c", "d"])
places = st.sampled_from(["blue", "green"])
nodes = st.sampled_from(["n1", "n2"])


def cells_of(costs: st.SearchStrategy[Decimal]) -> st.SearchStrategy[list[Cell]]:
    """Cells of any role and place."""
    parts = st.builds(Costs, *[costs] * len(Costs._fields))
    cell = st.builds(Cell, roles, names, places, nodes, parts, st.just({}), st.booleans())
    return st.lists(cell, max_size=12)


sharings = st.builds(
    Sharing,
    idle=st.sampled_from([None, "weighted", "even"]),
    idle_by_node=st.booleans(),
    shared=st.sampled_from(["weighted", "even"]),
    overhead=st.booleans(),
    extra=st.sampled_from([Decimal(0), Decimal("12.34"), Decimal(-1)]),
)


def total(cells: Sequence[Cell]) -> Decimal:
    """Σ of all parts."""
    sum_: Decimal = Decimal(0)
    for cell in cells:
        sum_ = EXACT.add(sum_, cell.costs.total)
    return sum_


@given(cells_of(amounts), sharings)
def test_sharing_conserves(cells: list[Cell], sharing: Sharing) -> None:
    """P10: nothing is lost or made, of any sign, but the extra that was asked for and found a bearer."""
    found = share(cells, sharing)

    assert total(found) - total(cells) in {Decimal(0), sharing.extra}


@given(cells_of(positive), sharings.map(lambda s: replace(s, extra=Decimal(0))))
def test_nothing_becomes_negative(cells: list[Cell], sharing: Sharing) -> None:
    """P2: where every cost is from 0 on, idle too, so is every part afterwards."""
    assert all(part >= 0 for cell in share(cells, sharing) for part in cell.costs)


@given(cells_of(amounts), sharings, st.randoms())
def test_order_does_not_matter(cells: list[Cell], sharing: Sharing, random: Any) -> None:
    """P4: to the last digit."""
    other = list(cells)
    random.shuffle(other)

    def by_identity(found: list[Cell]) -> dict[Any, Costs]:
        sums = {(c.role, c.name, c.cluster, c.node, c.is_wanted): c.costs for c in merge(found)}
        return {key: costs for key, costs in sums.items() if any(costs)}

    assert by_identity(share(cells, sharing)) == by_identity(share(other, sharing))


@given(cells_of(amounts), sharings)
def test_a_filter_does_not_change_what_a_name_bears(cells: list[Cell], sharing: Sharing) -> None:
    """What is wanted of a name and what is not bear together what the name bears when all is wanted."""
    everything = [replace(cell, is_wanted=True) for cell in cells]

    def by_name(found: list[Cell]) -> dict[Any, Decimal]:
        sums: dict[Any, Decimal] = {}
        for cell in found:
            key = (cell.role, cell.name, cell.cluster, cell.node if cell.role == "idle" else None)
            sums[key] = EXACT.add(sums.get(key, Decimal(0)), cell.costs.total)
        return {key: value for key, value in sums.items() if value}

    # A name with parts of both signs weighs less together than apart.
    if all(part >= 0 for cell in cells for part in cell.costs):
        assert by_name(share(cells, sharing)) == by_name(share(everything, sharing))


@given(cells_of(amounts), st.data())
def test_the_complement_is_the_rest(cells: list[Cell], data: st.DataObject) -> None:
    """Wanted and unwanted are everything, and the wanted ones are as they were."""
    plain = [replace(cell, is_wanted=True) for cell in cells]
    wanted = [cell for cell in plain if data.draw(st.booleans())]
    found = complement(plain, wanted)

    assert total(found) == total(plain)
    assert total([c for c in found if c.is_wanted]) == total(wanted)


@given(cells_of(amounts), sharings, st.sampled_from(["show", "split", "leave_out"]))
def test_a_set_is_all_of_its_cells(cells: list[Cell], sharing: Sharing, idle: Any) -> None:
    """What is shown and what is left out are what was there; each name is there once, largest first."""
    found = share(cells, sharing)
    made = make_set(found, idle=idle, idle_name="__idle__")
    sizes = [item.costs.total for item in made.items]

    assert made.total + sum(made.left_out.values()) == total(found)
    assert len({item.name for item in made.items}) == len(made.items)
    assert sizes == sorted(sizes, reverse=True)
    assert idle != "leave_out" or all(item.role != "idle" for item in made.items)


def cell(role: Any, name: str, **parts: str) -> Cell:
    """A cell of blue's first node."""
    return Cell(role, name, "blue", "n1", Costs(**{k: Decimal(v) for k, v in parts.items()}))


def shown(cells: list[Cell]) -> dict[str, dict[str, str]]:
    """Parts that are not 0, by name."""
    return {
        c.name: {p: f"{v.normalize():f}" for p, v in c.costs._asdict().items() if v}
        for c in cells
        if any(c.costs)
    }


def test_idle_goes_by_resource() -> None:
    """CPU that nobody asked for to those who pay for CPU; GPUs that nobody has stay idle."""
    cells = [
        cell("tenant", "a", cpu="3", ram="1"),
        cell("tenant", "b", cpu="1", ram="1"),
        cell("idle", "__idle__", cpu="4", ram="2", gpu="5"),
    ]
    found = shown(share(cells, Sharing(idle="weighted")))

    assert found == {"a": {"cpu": "6", "ram": "2"}, "b": {"cpu": "2", "ram": "2"}, "__idle__": {"gpu": "5"}}


def test_idle_goes_evenly() -> None:
    """By name, however many parts a name has."""
    cells = [
        cell("tenant", "a", cpu="3"),
        replace(cell("tenant", "a", cpu="3"), is_wanted=False),
        cell("tenant", "b", cpu="1"),
        cell("idle", "__idle__", cpu="4"),
    ]
    made = make_set(share(cells, Sharing(idle="even")), idle="show", idle_name="__idle__")

    assert {item.name: item.costs.cpu for item in made.items} == {"a": Decimal(4), "b": Decimal(3)}
    assert made.left_out == {"filter": Decimal(4)}


def test_idle_stays_in_its_cluster_and_with_nodes_on_its_node() -> None:
    """Green's tenants bear nothing of blue."""
    green = replace(cell("tenant", "g", cpu="100"), cluster="green")
    second = replace(cell("tenant", "b", cpu="1"), node="n2")
    cells = [cell("tenant", "a", cpu="1"), second, green, cell("idle", "__idle__", cpu="2")]

    assert shown(share(cells, Sharing(idle="weighted")))["b"] == {"cpu": "2"}
    by_node = shown(share(cells, Sharing(idle="weighted", idle_by_node=True)))
    assert (by_node["a"], by_node["b"], by_node["g"]) == ({"cpu": "3"}, {"cpu": "1"}, {"cpu": "100"})


def test_shared_namespaces_bear_idle_first_and_are_then_borne() -> None:
    """As in OpenCost: idle goes to them too, and with it they go to the others."""
    cells = [
        cell("tenant", "a", cpu="3"),
        cell("tenant", "b", cpu="1"),
        cell("shared", "kube-system", cpu="4"),
        cell("idle", "__idle__", cpu="8"),
    ]
    found = shown(share(cells, Sharing(idle="weighted", extra=Decimal(4))))

    assert found == {"a": {"cpu": "6", "shared": "9"}, "b": {"cpu": "2", "shared": "3"}}


def test_overhead_goes_to_its_cluster() -> None:
    """A control plane is borne by what ran there; of a cluster where nothing ran it stays."""
    empty = replace(cell("overhead", "plane", shared="5"), cluster="green")
    cells = [cell("tenant", "a", cpu="1"), cell("overhead", "plane", shared="2"), empty]
    found = share(cells, Sharing(overhead=True))

    assert {(c.name, c.cluster): c.costs.shared for c in found} == {
        ("a", "blue"): Decimal(2),
        ("plane", "green"): Decimal(5),
    }


def test_a_monthly_cost_in_a_day() -> None:
    """Kubecost's example: 30.42 a month of 730 hours is 1 a day."""
    day = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))

    assert part_of_month(Decimal(730) / 24, day) == 1
    assert part_of_month(Decimal("30.42"), day).quantize(Decimal("0.01")) == 1
