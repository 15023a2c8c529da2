"""What planted incidents truly cost: the company run with them and, by the same chance, without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warikan.estate.company import load_company
from warikan.estate.meter import MONEY_SCALE
from warikan.estate.plants import Plant
from warikan.estate.profile import Profile, currency_of_account
from warikan.estate.timeline import Ints


@dataclass(frozen=True)
class Measure:
    """
    The excess of one incident.

    Attributes:
        by_day: Day of the incident → what its service cost more than without it, exactly.
        share: Size of the excess over what the service would have cost on these days.
    """

    currency: str
    by_day: Mapping[date, Decimal]
    share: float


def measure_plants(plants: Sequence[Plant], truth: Profile, without: Profile) -> dict[str, Measure]:
    """
    The excess of each of *plants*, by id.

    Args:
        truth: The year as it was; without: the same year without any of *plants*.
    """
    return {p.id: _measure(p, truth, without) for p in plants}


def _measure(plant: Plant, truth: Profile, without: Profile) -> Measure:
    currency = currency_of_account(load_company().account(plant.account))
    after, before = truth.totals[plant.service, currency], without.totals[plant.service, currency]
    first = (plant.event.start - truth.start).days
    last = len(after) if plant.event.end is None else (plant.event.end - truth.start).days
    excess: Ints = after[first:last] - before[first:last]
    by_day = {
        plant.event.start + timedelta(days=i): Decimal(value).scaleb(-MONEY_SCALE)
        for i, value in enumerate(excess.tolist())
    }
    usual = int(before[first:last].sum())
    return Measure(currency, by_day, abs(int(excess.sum())) / usual if usual else 0.0)
