"""What people and machines did all year: hundreds of innocent changes, and the few that began an incident."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from warikan.estate.change_desk import OFFICE, ChangeDesk, is_working_day, midnight
from warikan.estate.company import Company
from warikan.estate.dependencies import depends_on
from warikan.estate.incidents import ChangeKind, ChangeSource, IncidentKind, PlantedChange
from warikan.estate.plants import Plant
from warikan.estate.random_streams import open_stream
from warikan.estate.sku import load_skus
from warikan.estate.timeline import Timeline

DEPLOYS_A_WEEK = 3.0
"""Of one service, on average; some deploy daily, some monthly."""
_APPLIES_A_WEEK = 1.2
"""Of Terraform, for one team."""
_SCALINGS_A_WEEK = 0.6
"""Of one service in a cluster."""
_NODES_A_WEEK = 7.0
_DEPLOYS = (
    "fix null price in response", "bump dependencies", "add metrics", "tune connection pool",
    "feature flag for new layout", "retry on timeout", "remove dead code", "new endpoint",
    "update base image", "change log format", "cache responses longer", "upgrade framework",
    "schedule clean-up job",
    "write audit records", "call the new API", "rename a queue",
)  # fmt: skip
_APPLIES = (
    "rotate keys", "update tags", "add alarm", "change security group", "new IAM role", "resize instance",
    "bump module version", "add bucket policy", "change lifecycle rule", "new DNS record", "change routing",
)  # fmt: skip
_GUILTY: Mapping[IncidentKind, tuple[tuple[ChangeSource, ChangeKind, str], ...]] = {
    "spike": (("github", "deploy", "schedule the backfill job"), ("argocd", "sync", "new batch release"),
              ("cloudevents", "config", "start a re-index")),
    "step": (("argocd", "sync", "read through without cache"), ("github", "deploy", "poll every second"),
             ("argocd", "sync", "write audit records")),
    "drift": (("argocd", "sync", "keep temporary files"), ("atlantis", "apply", "change lifecycle rule")),
    "new_resource": (("atlantis", "apply", "instances for the experiment"),
                     ("cloudevents", "config", "machines started in the console")),
    "new_sku": (("atlantis", "apply", "change routing"), ("argocd", "sync", "call the new API"),
                ("atlantis", "apply", "bump module version")),
    "vanished": (("atlantis", "apply", "new IAM role"), ("argocd", "sync", "rename a queue")),
}  # fmt: skip
"""What begins an incident; a price or a commitment is no change of the company's own."""
_OF_PLATFORM = 0.3
"""Share of guilty applies that are made on a platform service that the service depends on."""
_LAGS = (4.0, 420.0)
"""Minutes between the guilty change and the onset."""


def list_changes(
    seed: int,
    timeline: Timeline,
    company: Company,
    plants: Sequence[Plant] = (),
    *,
    deploys_a_week: float = DEPLOYS_A_WEEK,
) -> tuple[PlantedChange, ...]:
    """
    Every change of the year, by time; those that began one of *plants* say so in ``incident``.

    Args:
        deploys_a_week: Of one service, on average; everything else follows it.
    """
    desk = ChangeDesk(seed, company, open_stream(seed, "changes"))
    pace = deploys_a_week / DEPLOYS_A_WEEK
    innocent = [
        *_deploys(desk, timeline, pace),
        *_applies(desk, timeline, pace),
        *_scalings(desk, timeline, pace),
    ]
    guilty = [_guilty(seed, company, p) for p in plants if p.kind in _GUILTY]
    unique = {c.id: c for c in (*innocent, *guilty)}
    return tuple(sorted(unique.values(), key=lambda c: (c.at, c.id)))


def _deploys(desk: ChangeDesk, timeline: Timeline, pace: float) -> Iterator[PlantedChange]:
    for service in desk.company.services:
        rate = DEPLOYS_A_WEEK * pace * float(np.clip(desk.random.lognormal(-0.3, 0.8), 0.15, 4.0))
        for at in _moments(desk, timeline, rate, office=True):
            if service.pods:
                yield desk.write(at, "argocd", "sync", service, desk.pick(_DEPLOYS))
            else:
                yield desk.write(at, "github", "deploy", service, desk.pick(_DEPLOYS))


def _applies(desk: ChangeDesk, timeline: Timeline, pace: float) -> Iterator[PlantedChange]:
    for team in desk.company.teams:
        owned = [s for s in desk.company.services if s.team == team.id]
        for at in _moments(desk, timeline, _APPLIES_A_WEEK * pace, office=True):
            service = owned[int(desk.random.integers(len(owned)))]
            yield desk.write(at, "atlantis", "apply", service, desk.pick(_APPLIES))


def _scalings(desk: ChangeDesk, timeline: Timeline, pace: float) -> Iterator[PlantedChange]:
    for service in desk.company.services:
        is_cluster = service.id == "container-platform"
        rate = _NODES_A_WEEK if is_cluster else _SCALINGS_A_WEEK if service.pods else 0.0
        for at in _moments(desk, timeline, rate * pace, office=False):
            before = int(desk.random.integers(4, 24))
            by = int(desk.random.choice([-3, -2, -1, 1, 2, 3, 4]))
            what = f"{'nodes' if is_cluster else 'replicas'} {before} → {before + by}"
            kind: ChangeKind = "node" if is_cluster else "scale"
            yield desk.write(at, "kubernetes", kind, service, what, size=abs(by))


def _moments(desk: ChangeDesk, timeline: Timeline, rate: float, *, office: bool) -> Iterator[datetime]:
    """Moments at *rate* a week; of *office* hours of working days only, or of any hour."""
    hours, days = (OFFICE, 5) if office else ((0.0, 24.0), 7)
    for offset in range(timeline.days):
        day = timeline.start + timedelta(days=offset)
        if office and not is_working_day(day):
            continue
        for _ in range(int(desk.random.poisson(rate / days))):
            yield midnight(day) + timedelta(seconds=int(desk.random.uniform(*hours) * 3600))


def _guilty(seed: int, company: Company, plant: Plant) -> PlantedChange:
    """The change that began *plant*: minutes or hours before, on its service or one of the platform."""
    desk = ChangeDesk(seed, company, open_stream(seed, "guilty", plant.id))
    r = desk.random
    source, kind, title = _GUILTY[plant.kind][int(r.integers(len(_GUILTY[plant.kind])))]
    service = company.service(plant.service)
    needed = [s for s in depends_on(service) if company.service(s).team == "platform"]
    if kind == "apply" and needed and r.random() < _OF_PLATFORM:
        service = company.service(needed[int(r.integers(len(needed)))])
    # People began it in their hours, on the day of the onset.
    most = min(_LAGS[1], (plant.hour - OFFICE[0]) * 60)
    minutes = float(np.exp(r.uniform(np.log(_LAGS[0]), np.log(most))))
    at = onset_of(plant) - timedelta(seconds=int(minutes * 60))
    place = (plant.account, load_skus()[plant.skus[0]].service)
    return replace(desk.write(at, source, kind, service, title, place=place), incident=plant.id)


def onset_of(plant: Plant) -> datetime:
    """The moment at which *plant* begins."""
    return midnight(plant.event.start) + timedelta(hours=plant.hour)
