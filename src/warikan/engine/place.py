"""A place of clusters (a cluster, a pool, a workload): its cost beside its quantities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from warikan.engine.cluster_costs import VCPU_HOUR, PlaceCost, add_places, order_of, price_per
from warikan.engine.usage import UsageAnswer
from warikan.focus.money import EXACT

Key = tuple[str | None, ...]
Quantities = Mapping[str, Decimal]
"""Sums by name, as in usage.py; empty where nothing is known."""


@dataclass(frozen=True)
class Place:
    """
    A cluster, or a part of one.

    Attributes:
        key: Its values of the columns that it was asked by.
        costs: One for each currency, most charges first; none where only its hours are known.
        nodes: What its nodes offered; empty for parts that have none, as namespaces.
        usage: What its containers asked for and used.
    """

    key: tuple[str | None, ...]
    costs: tuple[PlaceCost, ...]
    nodes: Quantities
    usage: Quantities

    def in_currency(self, currency: str) -> PlaceCost | None:
        """Its cost in *currency*."""
        return next((cost for cost in self.costs if cost.currency == currency), None)

    def per_vcpu_hour(self, currency: str) -> Decimal | None:
        """What its nodes cost, memory and all, for each hour of a vCPU that they offered."""
        return self._per_hour(currency, at_list=False)

    def list_per_vcpu_hour(self, currency: str) -> Decimal | None:
        """The same at public prices."""
        return self._per_hour(currency, at_list=True)

    def _per_hour(self, currency: str, *, at_list: bool) -> Decimal | None:
        cost = self.in_currency(currency)
        if cost is None or not cost.node_cost:
            return None
        amount = cost.node_list_cost if at_list else cost.node_cost
        return price_per(amount, self.nodes.get("CpuCapacity", Decimal(0)), VCPU_HOUR)


NOWHERE = Place((), (), {}, {})
"""Of which nothing is known."""


def meet(
    costs: Sequence[PlaceCost], usage: Mapping[Key, Quantities], nodes: Mapping[Key, Quantities]
) -> tuple[Place, ...]:
    """One place for each key: those with cost in its order, then the others by name."""
    by: dict[Key, list[PlaceCost]] = {}
    for cost in costs:
        by.setdefault(cost.key, []).append(cost)
    rest = sorted({*usage, *nodes} - set(by), key=lambda key: [(v is None, v or "") for v in key])
    keys = [*by, *rest]
    return tuple(Place(k, tuple(by.get(k, ())), nodes.get(k, {}), usage.get(k, {})) for k in keys)


def roll_up(costs: Sequence[PlaceCost], places: Sequence[int]) -> list[PlaceCost]:
    """*costs* by fewer columns, those at *places*; currencies in their order, the largest first."""
    currencies = list(dict.fromkeys(cost.currency for cost in costs))
    groups: dict[tuple[str, Key], list[PlaceCost]] = {}
    for cost in costs:
        groups.setdefault((cost.currency, tuple(cost.key[i] for i in places)), []).append(cost)
    added = [add_places(of_key, key) for (_, key), of_key in groups.items()]
    return sorted(added, key=lambda cost: (currencies.index(cost.currency), order_of(cost)))


def add_up(quantities: Mapping[Key, Quantities], places: Sequence[int]) -> dict[Key, Quantities]:
    """*quantities* by fewer columns, those at *places*."""
    sums: dict[Key, dict[str, Decimal]] = {}
    for key, amounts in quantities.items():
        into = sums.setdefault(tuple(key[i] for i in places), {})
        for name, amount in amounts.items():
            into[name] = EXACT.add(into.get(name, Decimal(0)), amount)
    return dict(sums)


def by_key(answer: UsageAnswer) -> dict[Key, Quantities]:
    """Values of ``answer.by`` → quantities, of an answer without buckets."""
    names = [name for name in answer.rows.column_names if name not in answer.by]
    return {
        tuple(row[column] for column in answer.by): {name: row[name] for name in names}
        for row in answer.rows.to_pylist()
    }
