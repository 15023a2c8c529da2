"""Late bills: how much of each day's charges a source had delivered on each morning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from warikan.estate.daily_costs import DailyCosts
from warikan.estate.random_streams import open_stream
from warikan.estate.timeline import Ints

_WHOLE = 1000
LONGEST = 14
"""Days after which everything of a day is there."""
# Per mille of a day that is there on the 1st, 2nd ... morning after it, from and to; afterwards it is whole.
_PACE: Mapping[str, tuple[tuple[int, int], ...]] = {
    "AWS": ((600, 900),),
    "Google Cloud": ((400, 850),),
    "Microsoft": ((0, 300), (500, 950)),
    "Mihari": ((0, 0),),
}
_SLOWER: Mapping[str, float] = {"AWS": 0.25, "Google Cloud": 0.15, "Microsoft": 0.3, "Mihari": 0.2}
"""Share of the days that need one morning more."""
_JITTER = 80
"""Per mille by which provider services differ on a morning."""
_NO_DELIVERY = 1 / 55
"""Mornings on which nothing new comes, for one or two days."""
_RESTATED = 1 / 25
"""Days of which one provider service grows again, after the source called the day complete."""
_RESTATED_SHARE = (960, 996)
_RESTATED_LAG = (4, 11)


@dataclass(frozen=True, eq=False)
class Arrived:
    """
    What an observer sees on the morning of *as_of*.

    Attributes:
        costs: In the schema COSTS; only what has arrived, days in part where they are in part.
        claimed_until: ProviderName → first day that the source does not call complete. A source may be
            wrong by a few per cent of one provider service: it restates.
    """

    as_of: date
    costs: pa.Table
    claimed_until: Mapping[str, date]


class Arrivals:
    """The deliveries of one year, by seed."""

    def __init__(self, seed: int, costs: DailyCosts, days: int) -> None:
        self._costs = costs
        self._start = costs.start
        self._days = days
        self._services = sorted({name or "" for name in costs.texts("ServiceName")})
        self._providers = tuple(_PACE)
        service = np.array([self._services.index(n or "") for n in costs.texts("ServiceName")])
        provider = np.array([self._providers.index(n or "") for n in costs.texts("ProviderName")])
        self._service, self._provider = service[costs.key], provider[costs.key]
        pace = [self._pace(seed, p) for p in self._providers]
        self._share = np.stack([share for share, _ in pace])
        self._claim = np.stack([claim for _, claim in pace])
        self._delivered = np.stack([self._deliveries(seed, p) for p in self._providers])

    def arrived(self, as_of: date, since: date | None = None) -> Arrived:
        """
        What is there on the morning of *as_of*.

        Args:
            since: Rows of earlier days are left out (an observer has them already; they may still grow).
        """
        morning = min(max((as_of - self._start).days, 0), self._days + LONGEST)
        seen = self._delivered[:, morning]
        first = 0 if since is None else (since - self._start).days
        part = self._part(seen, np.flatnonzero(self._costs.day >= first))
        claims = {p: self._claimed_until(i, int(seen[i])) for i, p in enumerate(self._providers)}
        return Arrived(as_of, part.table(), claims)

    def claimed_on(self, provider: str, day: date) -> date:
        """The first morning on which *provider* (ProviderName) calls *day* and all before it complete."""
        place, index = self._providers.index(provider), (day - self._start).days
        for morning in range(index, self._days + LONGEST + 1):
            if self._claimed_until(place, int(self._delivered[place, morning])) > day:
                return self._start + timedelta(days=morning)
        return self._start + timedelta(days=self._days + LONGEST)

    def _claimed_until(self, provider: int, seen: int) -> date:
        lag = seen - np.arange(self._days)
        pending = np.flatnonzero(lag < self._claim[provider])
        return self._start + timedelta(days=int(pending[0]) if len(pending) else self._days)

    def _part(self, seen: Ints, rows: Ints) -> DailyCosts:
        costs = self._costs
        provider, day = self._provider[rows], costs.day[rows]
        lag = np.clip(seen[provider] - day, 0, LONGEST)
        share = self._share[provider, self._service[rows], day, lag]
        # What is charged once comes whole, with the whole day.
        share = np.where(costs.is_fee[rows] & (share < _WHOLE), 0, share)
        there = share > 0
        rows, share = rows[there], share[there]
        return replace(
            costs,
            key=costs.key[rows],
            day=costs.day[rows],
            is_fee=costs.is_fee[rows],
            money={name: _share(values[rows], share) for name, values in costs.money.items()},
            quantity=_share(costs.quantity[rows], share),
            consumed=_share(costs.consumed[rows], share),
        )

    def _pace(self, seed: int, provider: str) -> tuple[Ints, Ints]:
        """Per mille by provider service, day and lag; and the lag from which each day is called complete."""
        random = open_stream(seed, "arrivals", provider)
        services, days = len(self._services), self._days
        share: Ints = np.full((services, days, LONGEST + 1), _WHOLE, dtype=np.int64)
        share[:, :, 0] = 0
        for lag, (low, high) in enumerate(_PACE[provider], start=1):
            whole = random.integers(low, high + 1, days)
            jitter = random.integers(-_JITTER, _JITTER + 1, (services, days)) if high else 0
            share[:, :, lag] = np.clip(whole + jitter, 0, _WHOLE)
        claim = np.full(days, len(_PACE[provider]) + 1)
        slow = random.random(days) < _SLOWER[provider]
        nearly = random.integers(850, 990, (services, days))
        share[:, slow, claim[0]] = nearly[:, slow]
        claim[slow] += 1
        for day in np.flatnonzero(random.random(days) < _RESTATED):
            until, less = random.integers(*_RESTATED_LAG), random.integers(*_RESTATED_SHARE)
            late = share[int(random.integers(services)), int(day)]
            late[:until] = np.minimum(late[:until], less)
        return np.maximum.accumulate(share, axis=2), claim

    def _deliveries(self, seed: int, provider: str) -> Ints:
        """For each morning the newest one with a delivery; the last few bring everything."""
        random = open_stream(seed, "deliveries", provider)
        mornings: Ints = np.arange(self._days + LONGEST + 1)
        for morning in np.flatnonzero(random.random(len(mornings)) < _NO_DELIVERY).tolist():
            length = int(random.integers(1, 3))
            if 0 < morning < self._days:
                mornings[morning : morning + length] = mornings[morning - 1]
        return np.maximum.accumulate(mornings)


def _share(values: Ints, per_mille: Ints) -> Ints:
    # In two parts: money × 1000 does not fit in 64 bits.
    part: Ints = values // _WHOLE * per_mille + values % _WHOLE * per_mille // _WHOLE
    return part
