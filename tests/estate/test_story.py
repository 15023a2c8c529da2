"""What a user sees in the estate: a company of a certain size, and what changed."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from warikan.estate.simulation import PROVIDERS, Estate
from warikan.estate.timeline import Month, hours_since_epoch


def cost_by_service(estate: Estate, start: date, end: date) -> dict[str, float]:
    """EffectiveCost in dollars by true owner, of usage in ``[start, end)``."""
    sums: dict[str, float] = defaultdict(float)
    first, last = hours_since_epoch(start), hours_since_epoch(end)
    for provider in PROVIDERS[:3]:
        for month in estate.timeline.months()[-3:]:
            bill = estate.bill(provider, month)
            for charges in bill.usage():
                inside = (charges.start >= first) & (charges.start < last)
                rows = zip(charges.meter[inside], charges.effective_cost[inside] / 1e12, strict=True)
                for meter, cost in rows:
                    sums[bill.meters[meter].service] += cost
    return sums


@pytest.mark.parametrize(
    ("seed", "until"), [(42, date(2026, 11, 20)), (1, date(2026, 11, 20)), (42, date(2027, 1, 5))]
)
def test_search_grew_most(seed: int, until: date) -> None:
    """In the last 30 days against the 30 before, search grew at least three times as much as any other."""
    estate = Estate.build("small", seed, until)
    middle, start = until - timedelta(days=30), until - timedelta(days=60)
    now, before = cost_by_service(estate, middle, until), cost_by_service(estate, start, middle)
    growth = sorted(((now[s] - before[s], s) for s in now), reverse=True)

    assert growth[0][1] == "search"
    assert growth[0][0] > 0.5 * before["search"]
    assert growth[0][0] > 3 * growth[1][0]


def test_months_are_of_one_size() -> None:
    """A closed month costs 200,000 to 300,000 dollars before tax and support, and grows over the year."""
    estate = Estate.build("small", 42, date(2026, 11, 20))

    def total(month: Month) -> Decimal:
        whole = 0
        for provider in PROVIDERS[:3]:
            whole += sum(int(c.effective_cost.sum()) for c in estate.bill(provider, month).usage())
        return Decimal(whole) / 10**12

    totals = [total(m) for m in estate.timeline.months()[:-1]]

    assert all(190_000 < t < 300_000 for t in totals)
    assert 1.05 < totals[-2] / totals[0] < 1.4
