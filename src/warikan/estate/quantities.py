"""How much each meter uses in each slot: demand, growth, chance, and what events do to it."""

from collections.abc import Sequence

import numpy as np

from warikan.estate.events import Event, Script, Surge
from warikan.estate.meter import Meter, Prices
from warikan.estate.random_streams import open_stream
from warikan.estate.timeline import (
    Floats,
    Ints,
    Slots,
    Timeline,
    batch,
    hour_profile,
    hours_since_epoch,
    traffic,
)
from warikan.estate.weather import deviations

_NOISE = {"traffic": 0.045, "batch": 0.14, "steady": 0.012}
"""Standard deviation of the logarithm of a day's use."""


def measure(
    seed: int, timeline: Timeline, script: Script, meters: Sequence[Meter], prices: Prices, slots: Slots
) -> tuple[Ints, Floats]:
    """
    Quantities of *meters* in *slots*, and the factor that events have on them.

    Returns:
        Whole numbers of ``10 ** -quantity_decimals`` (meters × slots), zero where a meter does not
        exist; and the factor of a surge in it (1 where nothing happens).
    """
    running = _running_hours(meters, slots)
    base = running * _size_per_hour(timeline, meters, slots) * _shape(seed, timeline, script, meters, slots)
    surge = _surges(script, meters, slots)
    scale = 10.0 ** prices.quantity_decimals[:, None]
    quantity: Ints = np.rint(base * surge * scale).astype(np.int64)
    quantity[[i for i, m in enumerate(meters) if m.pricing in ("used", "unused", "purchase")]] = 0
    return quantity, surge


def _running_hours(meters: Sequence[Meter], slots: Slots) -> Floats:
    """Hours of each slot in which each meter exists."""
    first = np.array([m.first for m in meters], dtype=np.int64)[:, None]
    last = np.array([m.last for m in meters], dtype=np.int64)[:, None]
    starts = slots.starts[None, :]
    hours: Ints = np.minimum(last, starts + slots.hours) - np.maximum(first, starts)
    return np.clip(hours, 0, None).astype(np.float64)


def _size_per_hour(timeline: Timeline, meters: Sequence[Meter], slots: Slots) -> Floats:
    """Units an hour of each meter, grown to the day of the slot, before demand."""
    hours = {"hours": 1.0, "month": slots.month.hours, "gbmonth": slots.month.hours}
    per_hour = np.array([m.size / hours.get(m.driver, 24.0) for m in meters])
    origin = hours_since_epoch(timeline.start)
    years = (slots.starts - slots.starts % 24 - origin) / (365 * 24)
    growth = np.array([1.0 if m.driver in ("hours", "month") else m.growth for m in meters])
    grown: Floats = per_hour[:, None] * growth[:, None] ** years[None, :]
    return grown


def _shape(seed: int, timeline: Timeline, script: Script, meters: Sequence[Meter], slots: Slots) -> Floats:
    """Demand of the slot with chance, for meters that follow demand; one for the others."""
    random = open_stream(seed, "noise", meters[0].provider, slots.start.isoformat())
    sigma = np.array([_NOISE.get(m.driver, 0.0) * script.weather.meter for m in meters])[:, None]
    shape: Floats = np.exp(random.standard_normal((len(meters), slots.count)) * sigma)
    orders = np.array([traffic(day) for day in slots.days]) * hour_profile(slots)
    reports = np.array([batch(day) for day in slots.days])
    shape[[m.driver == "traffic" for m in meters]] *= orders
    shape[[m.driver == "batch" for m in meters]] *= reports
    if script.weather.service:
        shape *= _weather(seed, timeline, script, meters, slots)
    return shape


def _weather(seed: int, timeline: Timeline, script: Script, meters: Sequence[Meter], slots: Slots) -> Floats:
    """What all meters of a service that follow demand share of a day's chance."""
    columns = [(day - timeline.start).days for day in slots.days]
    factors: Floats = np.ones((len(meters), slots.count))
    for service in sorted({m.service for m in meters}):
        level = deviations(seed, service, timeline.start, timeline.days, script.weather)
        rows = [m.service == service and m.driver in ("traffic", "batch") for m in meters]
        factors[rows] = np.exp(level[columns])
    return factors


def _surges(script: Script, meters: Sequence[Meter], slots: Slots) -> Floats:
    factor = np.ones((len(meters), slots.count))
    for surge in script.surges:
        if surge.event in script.muted:
            continue
        of_slot = _surge_of_slots(surge, script.event(surge.event), slots)
        if (of_slot == 1.0).all():
            continue
        for i, m in enumerate(meters):
            is_hit = m.service == surge.service and m.sku.id in surge.skus and m.event is None
            if is_hit and surge.account in (None, m.account.key):
                factor[i] *= of_slot
    return factor


def _surge_of_slots(surge: Surge, event: Event, slots: Slots) -> Floats:
    """The factor of *surge* in each slot: in part where it begins within the slot."""
    begins = hours_since_epoch(event.start) + surge.hour
    covered = np.array([event.covers(day) for day in slots.days])
    share = np.clip((slots.starts + slots.hours - begins) / slots.hours, 0.0, 1.0) * covered
    full: Floats = np.full(slots.count, surge.factor)
    if surge.ramp_days:
        age = (slots.starts - slots.starts % 24 - hours_since_epoch(event.start)) // 24 + 1
        full = 1.0 + (surge.factor - 1.0) * np.clip(age / surge.ramp_days, 0.0, 1.0)
    factor: Floats = np.where(share == 1.0, full, 1.0 + (full - 1.0) * share)
    return factor
