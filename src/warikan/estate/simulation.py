"""The estate at work: all meters of each provider, and their charges month by month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from warikan.estate.balancers import Balancer, list_balancers, make_network_meters
from warikan.estate.charges import Charges, Fee, charge, charge_fees
from warikan.estate.claims import Volume, list_volumes, make_volume_meters
from warikan.estate.clusters import ClusterPlan, Node, list_nodes
from warikan.estate.commitments import (
    add_commitment_meters,
    apply_commitments,
    buy_commitments,
    find_coverage,
)
from warikan.estate.company import Company, Provider, load_company
from warikan.estate.events import Script, write_script
from warikan.estate.fees import Ledger, list_fees
from warikan.estate.meter import Commitment, Meter, Prices
from warikan.estate.node_meters import make_node_meters
from warikan.estate.quantities import measure
from warikan.estate.random_streams import open_stream
from warikan.estate.scheduling import Schedule
from warikan.estate.timeline import Ints, Month, Scale, Timeline, hours_since_epoch
from warikan.estate.workloads import make_workloads

PROVIDERS: tuple[Provider, ...] = ("aws", "gcp", "azure", "saas")


@dataclass(frozen=True)
class Estate:
    """Everything that exists and happens, before any bill is written."""

    seed: int
    timeline: Timeline
    company: Company
    script: Script
    plan: ClusterPlan
    nodes: Sequence[Node]
    volumes: Sequence[Volume]
    balancers: Sequence[Balancer]
    commitments: Sequence[Commitment]
    meters: dict[Provider, list[Meter]]

    @classmethod
    def build(cls, scale: Scale, seed: int, until: date, script: Script | None = None) -> "Estate":
        """The estate of *seed* whose last day is the one before *until*; *script* instead of the story."""
        timeline, company = Timeline.ending(until, scale), load_company()
        script = script or write_script(timeline)
        plan = ClusterPlan(timeline, company, script)
        nodes = list_nodes(seed, timeline, plan)
        commitments = buy_commitments(timeline, script)
        # Nodes first: commitments cover in the order of meters.
        meters = make_node_meters(seed, company, plan, nodes)
        meters += make_workloads(seed, timeline, company, script)
        volumes = list_volumes(seed, timeline, company, plan)
        balancers = list_balancers(seed, company, plan)
        meters += make_volume_meters(timeline, company, script, volumes)
        meters += make_network_meters(company, balancers, nodes)
        by_provider = {
            p: add_commitment_meters(
                [m for m in meters if m.provider == p], [c for c in commitments if c.provider == p], company
            )
            for p in PROVIDERS
        }
        return cls(seed, timeline, company, script, plan, nodes, volumes, balancers, commitments, by_provider)

    def schedule(self) -> Schedule:
        """The pods of all days, to be asked for in order."""
        return Schedule(self.seed, self.timeline, self.plan, self.nodes)

    def bill(self, provider: Provider, month: Month) -> "MonthlyBill":
        """The bill of *provider* for *month*, still to be charged piece by piece."""
        first, last = hours_since_epoch(month.start), hours_since_epoch(month.end)
        meters = [m for m in self.meters[provider] if m.first < last and first < m.last]
        return MonthlyBill(self, provider, month, meters)


class MonthlyBill:
    """One provider's bill of one month: meters, their charges in pieces, and at last the fees."""

    def __init__(self, estate: Estate, provider: Provider, month: Month, meters: list[Meter]) -> None:
        self.meters = meters
        self._estate = estate
        self._provider = provider
        self._month = month
        self._prices = Prices.of(meters, [_spot_price(estate.seed, m, month) for m in meters])
        self._commitments = [c for c in estate.commitments if c.provider == provider]
        self._billed: Ints = np.zeros(len(meters), dtype=np.int64)
        self._coverage = find_coverage(meters, self._commitments)
        self._accounts = sorted({m.account.key for m in meters})
        self._account_of = np.array([self._accounts.index(m.account.key) for m in meters])
        days = (month.data_end - month.start).days
        self._by_day: Ints = np.zeros((len(self._accounts), days), dtype=np.int64)

    def usage(self) -> Iterator[Charges]:
        """The charges of the meters, in pieces that fit in memory, in order of time."""
        estate = self._estate
        for slots in estate.timeline.slots(self._month):
            quantity, surge = measure(
                estate.seed, estate.timeline, estate.script, self.meters, self._prices, slots
            )
            apply_commitments(self._coverage, self._prices, quantity, slots)
            charges = charge(self.meters, self._prices, quantity, surge, slots)
            np.add.at(self._billed, charges.meter, charges.billed_cost)
            day = (charges.start - hours_since_epoch(self._month.start)) // 24
            np.add.at(self._by_day, (self._account_of[charges.meter], day), charges.billed_cost)
            yield charges

    def fees(self) -> list[Fee]:
        """What is charged once for the month; right only after all usage was charged."""
        estate = self._estate
        ledger = Ledger(
            estate.company, estate.timeline, estate.script, self._commitments, self._month, self.meters,
            self._billed, dict(zip(self._accounts, self._by_day, strict=True)),
        )  # fmt: skip
        return list_fees(self._provider, ledger)

    def charge_fees(self, fees: Sequence[Fee]) -> Charges:
        """The rows of *fees*."""
        return charge_fees(fees, len(self.meters))


def _spot_price(seed: int, meter: Meter, month: Month) -> Decimal | None:
    """The spot price of the month in the meter's zone: about a third of the list price."""
    if meter.pricing != "spot":
        return None
    random = open_stream(seed, "spot", meter.sku.id, meter.zone, month.label)
    share = Decimal(str(round(float(random.uniform(0.28, 0.41)), 3)))
    return (meter.sku.price * share).quantize(Decimal("0.0001"))
