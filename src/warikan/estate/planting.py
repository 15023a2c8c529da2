"""Which incidents a seed has: when, on which services, and how large."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from warikan.estate.change_desk import is_working_day
from warikan.estate.company import Company
from warikan.estate.incidents import KINDS, IncidentKind
from warikan.estate.plants import Plant
from warikan.estate.profile import Profile
from warikan.estate.random_streams import open_stream
from warikan.estate.sites import MAKERS, SMALLEST, Site
from warikan.estate.timeline import Timeline

QUIET_DAYS = 70
"""At the start of the year, without incidents: who watches must first see what is usual."""
LAST_DAYS = 12
"""At its end, in which none begins: who watches must have a chance to see it."""
DAYS_APART = 35
"""Between the end of an incident of a service and the onset of its next one."""
COUNT = 11
"""Incidents of a seed: each kind once, and some more."""
_MORE: tuple[IncidentKind, ...] = (
    "spike", "step", "new_resource", "new_sku", "drift", "vanished", "step", "spike",
)  # fmt: skip
_TRIES = 600
_AIM = 1.2
"""The smallest aimed at is so much above the smallest allowed: chance moves them."""
_LARGEST: Mapping[IncidentKind, float] = {
    "spike": 3.0, "step": 1.5, "drift": 0.6, "new_resource": 2.0, "new_sku": 1.5, "vanished": 0.8,
    "price": 0.5, "commitment": 0.5,
}  # fmt: skip
"""Share of the service's daily cost, mean of the days that it lasts."""
_LASTS: Mapping[IncidentKind, tuple[int | None, ...]] = {
    "spike": (1, 1, 2, 2, 3, 4), "step": (9, 14, 21, 30, 45, None, None), "drift": (35, 45, 60, 75, None),
    "new_resource": (4, 7, 12, 20, 30, 45, None), "new_sku": (5, 9, 14, 21, 30, None),
    "vanished": (4, 8, 14, 21, 30, None), "price": (None,), "commitment": (None,),
}  # fmt: skip
"""Days; None is to the end of the year."""
_FIRST_OF_MONTH = 0.6
"""Share of price rises on the first of a month, as vendors do."""


@dataclass(frozen=True)
class _Grounds:
    """Where incidents are planted."""

    seed: int
    timeline: Timeline
    company: Company
    profile: Profile
    random: np.random.Generator

    def site(self, kind: IncidentKind, taken: set[tuple[str, str]]) -> Site | None:
        """A service, days and a size at random; None where the days do not fit."""
        r = self.random
        services = self.company.services
        service = services[int(r.integers(len(services)))].id
        last = self.timeline.days - LAST_DAYS
        start = self.timeline.start + timedelta(days=int(r.integers(QUIET_DAYS, last)))
        if kind == "price" and r.random() < _FIRST_OF_MONTH:
            start = start.replace(day=1)
        choices = _LASTS[kind]
        days = choices[int(r.integers(len(choices)))]
        end = None if days is None else start + timedelta(days=days)
        low, high = SMALLEST * _AIM, _LARGEST[kind]
        share = float(np.exp(r.uniform(np.log(low), np.log(high))))
        if (start - self.timeline.start).days < QUIET_DAYS:
            return None
        # What people begin, they begin on their days; vendors and contracts do not care.
        if kind not in ("price", "commitment") and not is_working_day(start):
            return None
        if end is not None and end >= self.timeline.until:
            return None
        hour = 0 if kind in ("price", "commitment") else int(r.integers(1, 11))
        return Site(
            f"{kind}-{service}-{start:%m%d}", kind, service, start, end, self.timeline.until, hour, share,
            self.profile, frozenset(taken), r,
        )  # fmt: skip


def plant_incidents(seed: int, timeline: Timeline, company: Company, profile: Profile) -> tuple[Plant, ...]:
    """
    The incidents of *seed*, by onset: COUNT of them, each kind at least once.

    Each changes the cost of one service, on days that no other changes, so that the cost of each can be
    told exactly: what its service cost more on these days.
    """
    random = open_stream(seed, "incidents")
    grounds = _Grounds(seed, timeline, company, profile, random)
    more = [_MORE[int(i)] for i in random.permutation(len(_MORE))][: COUNT - len(KINDS)]
    plants: list[Plant] = []
    taken: set[tuple[str, str]] = set()
    # What has the fewest places goes first.
    for kind in (*reversed(KINDS), *more):
        plant = _plant(grounds, kind, plants, taken)
        if plant is not None:
            plants.append(plant)
            taken |= {(plant.account, sku) for sku in plant.skus}
    return tuple(sorted(plants, key=lambda p: (p.event.start, p.id)))


def _plant(
    grounds: _Grounds, kind: IncidentKind, plants: list[Plant], taken: set[tuple[str, str]]
) -> Plant | None:
    for _ in range(_TRIES):
        site = grounds.site(kind, taken)
        if site is None or not _is_free(site, plants):
            continue
        plant = MAKERS[kind](site)
        if plant is not None:
            return plant
    return None


def _is_free(site: Site, plants: list[Plant]) -> bool:
    end = site.end or date.max
    return all(p.service != site.service or p.is_apart(site.start, end, DAYS_APART) for p in plants)
