"""A year of the company in memory: its costs by day, the incidents planted in it, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pyarrow as pa

from warikan.estate.arrivals import Arrivals, Arrived
from warikan.estate.causes import describe_plant
from warikan.estate.change_desk import sub_account_id
from warikan.estate.company import Company, load_company
from warikan.estate.daily_costs import PROVIDERS, DailyCosts, add_up
from warikan.estate.dependencies import depends_on
from warikan.estate.events import Script, write_quiet_script
from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.happenings import list_changes, onset_of
from warikan.estate.incidents import PlantedChange, PlantedIncident
from warikan.estate.measuring import Measure, measure_plants
from warikan.estate.planting import plant_incidents
from warikan.estate.plants import Plant, add_plants, mute
from warikan.estate.profile import Profile
from warikan.estate.simulation import Estate
from warikan.estate.sites import SMALLEST
from warikan.estate.sku import load_skus
from warikan.estate.timeline import Timeline
from warikan.estate.weather import LEVELS, Noise

_ROUNDS = 3
"""Times that incidents which came out too small are planted larger; after that they are left out."""


@dataclass(frozen=True, eq=False)
class CompanyYear:
    """
    Thirteen months of one seed.

    Attributes:
        start, until: Days ``[start, until)``.
        incidents: By onset.
        changes: By time; the guilty ones among them are named by the incidents.
        depends_on: Service → services that it needs, as a catalogue would say.
        company: Teams and services.
    """

    seed: int
    noise: Noise
    start: date
    until: date
    incidents: tuple[PlantedIncident, ...]
    changes: tuple[PlantedChange, ...]
    depends_on: Mapping[str, tuple[str, ...]]
    company: Company
    daily: DailyCosts

    @cached_property
    def costs(self) -> pa.Table:
        """All charges by day, in the schema of ``daily_costs.COSTS``: what is there in the end."""
        return self.daily.table()

    @cached_property
    def arrivals(self) -> Arrivals:
        """When what of it was delivered."""
        return Arrivals(self.seed, self.daily, (self.until - self.start).days)

    def arrived(self, as_of: date, since: date | None = None) -> Arrived:
        """What an observer sees on the morning of *as_of*, of days from *since* on."""
        return self.arrivals.arrived(as_of, since)


def simulate_year(seed: int, noise: Noise = "normal", until: date = DEFAULT_UNTIL) -> CompanyYear:
    """
    Run the company of *seed* for the thirteen months before *until*, with incidents planted in it.

    Nothing of the demo's story happens in it; what happens differs from seed to seed. No file is
    written. The same arguments give the same year.
    """
    timeline, company = Timeline.ending(until, "small"), load_company()
    quiet = write_quiet_script(timeline, LEVELS[noise])
    plants = plant_incidents(seed, timeline, company, Profile.of(_run(seed, until, quiet)))
    estate, plants, truth, without = _plant(seed, until, quiet, plants)
    measures = measure_plants(plants, truth, without)
    changes = list_changes(seed, timeline, company, plants)
    guilty = {c.incident: c.id for c in changes if c.incident}
    return CompanyYear(
        seed, noise, timeline.start, until,
        tuple(_label(p, measures[p.id], truth, company, guilty.get(p.id)) for p in plants),
        changes, {s.id: depends_on(s) for s in company.services}, company, add_up(estate),
    )  # fmt: skip


def _run(seed: int, until: date, script: Script) -> Estate:
    return Estate.build("small", seed, until, script)


def _plant(
    seed: int, until: date, quiet: Script, plants: tuple[Plant, ...]
) -> tuple[Estate, tuple[Plant, ...], Profile, Profile]:
    """The estate with *plants*, none below the smallest size; the profiles with them and without."""
    for last in (False,) * _ROUNDS + (True,):
        script = add_plants(quiet, plants)
        estate = _run(seed, until, script)
        truth, without = Profile.of(estate), Profile.of(_run(seed, until, mute(script, plants)))
        shares = {i: m.share for i, m in measure_plants(plants, truth, without).items()}
        if all(share >= SMALLEST for share in shares.values()):
            break
        if last:
            # Without the few that cannot grow the others keep their size.
            kept = tuple(p for p in plants if shares[p.id] >= SMALLEST)
            return _plant(seed, until, quiet, kept)
        plants = tuple(
            p if shares[p.id] >= SMALLEST else p.grown(1.1 * SMALLEST / max(shares[p.id], SMALLEST / 10))
            for p in plants
        )
    return estate, plants, truth, without


def _label(
    plant: Plant, measure: Measure, truth: Profile, company: Company, guilty: str | None
) -> PlantedIncident:
    service, account = company.service(plant.service), company.account(plant.account)
    skus = [load_skus()[s] for s in plant.skus]
    uses = [
        u for u in truth.of_service(plant.service)
        if u.sku.id in plant.skus and (u.account == account or plant.kind == "price")
    ]  # fmt: skip
    resources = sorted({r for u in uses for r in u.resources if plant.addition is None or r in u.added})
    largest = max(uses, key=lambda u: int(u.cost[-1]) + int(u.cost.sum()))
    cause, cause_ja = describe_plant(plant, service)
    return PlantedIncident(
        id=plant.id, kind=plant.kind, service=service.id, team=service.was or service.team,
        provider=PROVIDERS[account.provider], sub_account=sub_account_id(company, account.key),
        provider_service=largest.sku.service, sku_ids=tuple(sorted({s.sku_id for s in skus})),
        resource_ids=tuple(resources), currency=measure.currency, onset=plant.event.start,
        onset_at=onset_of(plant), end=plant.event.end, excess_by_day=measure.by_day,
        share_of_service=measure.share, guilty_change=guilty, cause=cause, cause_ja=cause_ja,
        factor=plant.factor,
    )  # fmt: skip
