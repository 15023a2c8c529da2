"""What each service uses on each day, SKU by SKU: to size incidents by, and to measure them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from warikan.estate.company import Account
from warikan.estate.meter import Meter
from warikan.estate.node_meters import cluster_of
from warikan.estate.simulation import PROVIDERS, Estate
from warikan.estate.sku import Sku
from warikan.estate.timeline import Ints, hours_since_epoch

USD, JPY = "USD", "JPY"


def currency_of_account(account: Account) -> str:
    """BillingCurrency of what is charged to *account*."""
    return JPY if account.provider == "saas" else USD


@dataclass(frozen=True, eq=False)
class Use:
    """
    All that one service uses of one SKU in one account.

    Attributes:
        first: Place of its first meter: commitments cover in this order.
        of_cluster: Whether machines of clusters use it, which come and go by themselves.
        cost: EffectiveCost of each day of the timeline, ``10 ** -MONEY_SCALE``.
        size: Sum of the sizes of its meters on the last day.
        resources: ResourceIds, of whatever ever ran; added: those of an event's own.
    """

    service: str
    account: Account
    sku: Sku
    first: int
    size: float
    resources: tuple[str, ...]
    added: frozenset[str]
    of_cluster: bool
    cost: Ints


@dataclass(frozen=True, eq=False)
class Profile:
    """The use of all services, and the EffectiveCost of each service, currency and day (before fees)."""

    start: date
    uses: tuple[Use, ...]
    totals: dict[tuple[str, str], Ints]

    @classmethod
    def of(cls, estate: Estate) -> Self:
        """What the meters of *estate* are charged."""
        meters = [m for p in PROVIDERS for m in estate.meters[p]]
        keys = sorted({_key(m) for m in meters})
        place = {key: i for i, key in enumerate(keys)}
        cost: Ints = np.zeros((len(keys), estate.timeline.days), dtype=np.int64)
        origin = hours_since_epoch(estate.timeline.start)
        for provider in PROVIDERS:
            for month in estate.timeline.months():
                bill = estate.bill(provider, month)
                of_meter = np.array([place[_key(m)] for m in bill.meters])
                for charges in bill.usage():
                    day = (charges.start - origin) // 24
                    np.add.at(cost, (of_meter[charges.meter], day), charges.effective_cost)
        return cls(estate.timeline.start, *_gather(meters, place, cost))

    def of_service(self, service: str) -> list[Use]:
        """What *service* uses, in the order of its meters."""
        return sorted((u for u in self.uses if u.service == service), key=lambda u: u.first)

    def total(self, use: Use) -> Ints:
        """What the service of *use* costs on each day, in the currency of *use*."""
        return self.totals[use.service, currency_of_account(use.account)]


def _key(meter: Meter) -> tuple[str, str, str]:
    return meter.service, meter.account.key, meter.sku.id


def _gather(
    meters: list[Meter], place: dict[tuple[str, str, str], int], cost: Ints
) -> tuple[tuple[Use, ...], dict[tuple[str, str], Ints]]:
    of_use: dict[tuple[str, str, str], list[tuple[int, Meter]]] = defaultdict(list)
    for i, meter in enumerate(meters):
        of_use[_key(meter)].append((i, meter))
    totals: dict[tuple[str, str], Ints] = {}
    uses: list[Use] = []
    for key, found in of_use.items():
        first, meter = found[0]
        total = totals.setdefault(
            (meter.service, currency_of_account(meter.account)), np.zeros(cost.shape[1], dtype=np.int64)
        )
        total += cost[place[key]]
        standing = [m for _, m in found if m.pricing == "standard" and m.event is None]
        resources = sorted({m.resource_id for _, m in found if m.resource_id})
        added = frozenset(m.resource_id for _, m in found if m.resource_id and m.event is not None)
        uses.append(
            Use(
                meter.service, meter.account, meter.sku, first, sum(m.size for m in standing),
                tuple(resources), added, any(cluster_of(m) is not None for _, m in found), cost[place[key]],
            )
        )  # fmt: skip
    return tuple(uses), totals
