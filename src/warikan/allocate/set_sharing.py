"""Idle, overhead and shared namespaces over the tenants of a set: Kubecost's sharing, to the last digit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from warikan.allocate.allocation_sets import NOTHING, Cell, Costs, merge
from warikan.allocate.split import NoSplit, add_exactly, compute_ratios, split
from warikan.focus.money import EXACT, SCALE
from warikan.focus.period import Period

Split = Literal["weighted", "even"]
HOURS_OF_A_MONTH = 730
"""As Kubecost counts: 365 days by 12."""
_ZERO, _ONE = Decimal(0), Decimal(1)
_HOUR_US = 3_600_000_000
_UNIT = Decimal(1).scaleb(-SCALE)
_RESOURCES = ("cpu", "gpu", "ram")

Weigh = Callable[[Cell], Decimal]
Place = tuple[str | None, str | None]


@dataclass(frozen=True)
class Sharing:
    """
    What is shared in a set, and how; what is not stays where it is.

    Attributes:
        idle: How idle goes to the tenants of its cluster: each resource by their cost of that resource, or
            evenly; None: it is not shared.
        idle_by_node: To the tenants of its node instead.
        shared: How shared namespaces and labels, overhead and *extra* go to tenants.
        overhead: Whether what is of a cluster as a whole goes to its tenants.
        extra: A cost that is on no bill, to be shared with the rest.
    """

    idle: Split | None = None
    idle_by_node: bool = False
    shared: Split = "weighted"
    overhead: bool = False
    extra: Decimal = _ZERO


def share(cells: Iterable[Cell], sharing: Sharing) -> list[Cell]:
    """
    *cells* after *sharing*; their sum grows by its ``extra`` and by nothing else.

    Idle goes first, also to what is shared afterwards, as in OpenCost. A cost for which there is no tenant
    with any weight stays where it is. Cells that the filter does not want take part, so that one allocation
    bears the same whatever is asked for beside it.
    """
    found = merge(cells)
    if sharing.idle is not None:
        found = _share_idle(found, sharing.idle, by_node=sharing.idle_by_node)
    if sharing.overhead:
        found = _share_overhead(found, sharing.shared)
    return _share_shared(found, sharing)


def part_of_month(monthly: Decimal, period: Period) -> Decimal:
    """What a cost of *monthly* in a month of 730 hours is in *period*, to 18 decimals."""
    hours = EXACT.divide(Decimal((period.end - period.start) // timedelta(microseconds=1)), Decimal(_HOUR_US))
    return EXACT.divide(EXACT.multiply(monthly, hours), Decimal(HOURS_OF_A_MONTH)).quantize(
        _UNIT, context=EXACT
    )


def _share_idle(cells: Sequence[Cell], how: Split, *, by_node: bool) -> list[Cell]:
    roles = {"idle", "tenant", "shared"}
    done = [cell for cell in cells if cell.role not in roles]
    for group in _by_place(cells, lambda c: (c.cluster, c.node if by_node else None), roles).values():
        idle = [cell for cell in group if cell.role == "idle"]
        targets = [cell for cell in group if cell.role != "idle"]
        for part in Costs._fields:
            pool = add_exactly(getattr(cell.costs, part) for cell in idle)
            weigh = _weigh_part(part) if part in _RESOURCES else _weigh_total
            given = _give(pool, targets, weigh, how) if pool else None
            # What no tenant can bear (GPUs where nobody asked for one) stays idle.
            if given is not None:
                targets = [_receive_idle(c, part, a) for c, a in zip(targets, given, strict=True)]
                idle = [replace(c, costs=c.costs._replace(**{part: _ZERO})) for c in idle]
        done += [*targets, *(cell for cell in idle if any(cell.costs))]
    return done


def _share_overhead(cells: Sequence[Cell], how: Split) -> list[Cell]:
    done = [cell for cell in cells if cell.role not in {"overhead", "tenant"}]
    for group in _by_place(cells, lambda cell: (cell.cluster, None), {"overhead", "tenant"}).values():
        pool = add_exactly(cell.costs.total for cell in group if cell.role == "overhead")
        targets = [cell for cell in group if cell.role == "tenant"]
        given = _give(pool, targets, _weigh_total, how)
        if given is None:
            done += group
        else:
            done += [_receive_shared(c, a) for c, a in zip(targets, given, strict=True)]
    return done


def _share_shared(cells: Sequence[Cell], sharing: Sharing) -> list[Cell]:
    sources = [cell for cell in cells if cell.role == "shared"]
    pool = EXACT.add(add_exactly(cell.costs.total for cell in sources), sharing.extra)
    targets = [cell for cell in cells if cell.role == "tenant"]
    given = _give(pool, targets, _weigh_total, sharing.shared) if sources or sharing.extra else None
    if given is None:
        return list(cells)
    others = [cell for cell in cells if cell.role not in {"shared", "tenant"}]
    return others + [_receive_shared(c, a) for c, a in zip(targets, given, strict=True)]


def _give(amount: Decimal, targets: Sequence[Cell], weigh: Weigh, how: Split) -> list[Decimal] | None:
    """
    *amount* over *targets*, in their order; None where none of them has any weight.

    First over names, so that evenly is by name, then over the cells of a name: so what the filter wants of
    a name, and what it does not, bear together what the name bears without it.
    """
    of_name: dict[str, list[int]] = {}
    for i, cell in enumerate(targets):
        of_name.setdefault(cell.name, []).append(i)
    weights = [max(weigh(cell), _ZERO) for cell in targets]
    sums = {name: add_exactly(weights[i] for i in places) for name, places in of_name.items()}
    if how == "even":
        sums = {name: _ONE if _has_cost(targets, places) else _ZERO for name, places in of_name.items()}
    parts = _split(amount, sums)
    if parts is None:
        return None
    given = [_ZERO] * len(targets)
    for name, part in parts.items():
        places = of_name[name]
        within = {f"{i:09d}": weights[i] for i in places}
        for key, piece in (_split(part, within) or {f"{places[0]:09d}": part}).items():
            given[int(key)] = piece
    return given


def _split(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal] | None:
    try:
        return split(amount, compute_ratios(weights))
    except NoSplit:
        return None


def _has_cost(targets: Sequence[Cell], places: Sequence[int]) -> bool:
    return any(any(targets[i].costs) for i in places)


def _weigh_part(part: str) -> Weigh:
    def weigh(cell: Cell) -> Decimal:
        amount: Decimal = getattr(cell.costs, part)
        return amount

    return weigh


def _weigh_total(cell: Cell) -> Decimal:
    """All but what was shared before: OpenCost's weight."""
    return EXACT.subtract(cell.costs.total, cell.costs.shared)


def _receive_idle(cell: Cell, part: str, amount: Decimal) -> Cell:
    more = NOTHING._replace(**{part: amount})
    return replace(cell, costs=cell.costs.plus(more), idle=cell.idle.plus(more))


def _receive_shared(cell: Cell, amount: Decimal) -> Cell:
    return replace(cell, costs=cell.costs.plus(Costs(shared=amount)))


def _by_place(
    cells: Sequence[Cell], place: Callable[[Cell], Place], roles: set[str]
) -> dict[Place, list[Cell]]:
    groups: dict[Place, list[Cell]] = {}
    for cell in cells:
        if cell.role in roles:
            groups.setdefault(place(cell), []).append(cell)
    return groups
