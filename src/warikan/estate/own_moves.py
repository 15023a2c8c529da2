"""What the company does of itself: machines that growth adds for good, discounts that they use up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.clusters import CLUSTERS
from warikan.estate.daily_costs import add_up
from warikan.estate.events import write_quiet_script
from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Floats, Timeline
from warikan.estate.weather import Weather

PLATFORM = "container-platform"
"""The service that owns the nodes which no service has to itself."""
_WEEKS = 14
"""Days before and after that must differ: a sale of a week is no lasting move."""
_NODES, _COVERED = 0.1, 0.2
"""Share of a pool's nodes, and of a SKU's covered quantity, from which a move is one."""


@dataclass(frozen=True)
class OwnMove:
    """
    A lasting move of cost that is part of the company's growth: true, and no incident.

    Attributes:
        service: Whose cost moved (`x_ServiceId`).
        start: Its first day.
        rises: Whether it costs more from then on.
        cause: What happened, for people.
    """

    service: str
    start: date
    rises: bool
    cause: str


def list_own_moves(until: date = DEFAULT_UNTIL) -> tuple[OwnMove, ...]:
    """
    The moves of the thirteen months before *until*, by day; the same for every seed.

    Nodes are told by the plan of the clusters, covered use by the company's charges without chance.
    """
    timeline = Timeline.ending(until, "small")
    estate = Estate.build("small", 1, until, write_quiet_script(timeline, Weather(meter=0.0, service=0.0)))
    moves = [*_of_nodes(estate), *_of_coverage(estate)]
    return tuple(sorted(moves, key=lambda m: (m.start, m.service, m.cause)))


def _of_nodes(estate: Estate) -> Iterator[OwnMove]:
    start = estate.timeline.start
    days = [start + timedelta(days=i) for i in range(estate.timeline.days)]
    for cluster in CLUSTERS:
        for pool in cluster.pools:
            counts = np.array([estate.plan.node_count(cluster, pool, day) for day in days], dtype=np.float64)
            least = np.maximum(1.0, _NODES * _before(counts))
            for day, move in _shifts(counts, least):
                cause = f"the pool {pool.name} of {cluster.name} has {move:+.0f} nodes"
                yield OwnMove(pool.dedicated or PLATFORM, days[day], move > 0, cause)


def _of_coverage(estate: Estate) -> Iterator[OwnMove]:
    costs = add_up(estate).table()
    is_used = pc.and_(
        pc.equal(costs["ChargeCategory"], "Usage"),
        pc.invert(pc.fill_null(pc.equal(costs["CommitmentDiscountStatus"], "Unused"), fill_value=False)),
    )
    costs = costs.filter(is_used)
    covered = pc.fill_null(pc.equal(costs["PricingCategory"], "Committed"), fill_value=False)
    costs = costs.append_column("covered", pc.if_else(covered, costs["PricingQuantity"], 0.0))
    costs = costs.append_column("day", costs["ChargePeriodStart"].cast(pa.date32()))
    keys = ["x_ServiceId", "SubAccountId", "SkuId"]
    sums = costs.group_by([*keys, "day"]).aggregate([("PricingQuantity", "sum"), ("covered", "sum")])
    committed = sums.group_by(keys).aggregate([("covered_sum", "sum")])
    start, count = estate.timeline.start, estate.timeline.days
    for one in committed.filter(pc.greater(committed["covered_sum_sum"], 0)).to_pylist():
        mine = sums
        for key in keys:
            mine = mine.filter(pc.equal(mine[key], one[key]))
        share = np.ones(count)
        for row in mine.to_pylist():
            if row["PricingQuantity_sum"]:
                share[(row["day"] - start).days] = row["covered_sum"] / row["PricingQuantity_sum"]
        for day, move in _shifts(share, np.full(count, _COVERED)):
            cause = f"commitments cover {move:+.0%} of SKU {one['SkuId']}"
            yield OwnMove(one["x_ServiceId"], start + timedelta(days=day), move < 0, cause)


def _before(values: Floats) -> Floats:
    """Of each day, the median of the two weeks before it."""
    return np.array(
        [np.median(values[max(0, i - _WEEKS) : i]) if i else values[0] for i in range(len(values))]
    )


def _shifts(values: Floats, least: Floats) -> Iterator[tuple[int, float]]:
    """The days from which on two weeks differ by *least* from the two before: the sharpest of a run."""
    before = _before(values)
    after = np.array([np.median(values[i : i + _WEEKS]) for i in range(len(values))])
    means = np.array(
        [
            values[i : i + _WEEKS].mean() - values[max(0, i - _WEEKS) : max(i, 1)].mean()
            for i in range(len(values))
        ]
    )
    moved = np.abs(after - before) >= least
    moved[:_WEEKS] = moved[len(values) - _WEEKS :] = False
    day = 0
    while day < len(values):
        last = day
        while last < len(values) and moved[last]:
            last += 1
        if last > day:
            best = day + int(np.abs(means[day:last]).argmax())
            yield best, float(after[best] - before[best])
        day = last + 1
