"""What a day would have cost: frozen when an incident is declared, so that its figure cannot drift away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import numpy as np

from warikan.focus.money import EXACT
from warikan.insights.forecast import forecast
from warikan.insights.panel import Panel
from warikan.insights.planned import PlannedEvent

ExpectedFrom = Literal["anomaly", "forecast", "history", "person", "repeated"]
HISTORY = timedelta(days=400)
FEWEST = 14
"""Days before the onset from which a forecast is made; with fewer, their mean."""
TOLD_BAND = Decimal("0.1")
"""Band around what a person says is usual, as a ratio of it."""
REPEATED_DAYS = 28
PLACES = Decimal("0.000001")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Expected:
    """One day's expected EffectiveCost with its band (about p10 to p90), and where it is from."""

    day: date
    expected: Decimal
    low: Decimal
    high: Decimal
    source: ExpectedFrom


def expect(
    history: Mapping[date, Decimal],
    *,
    first: date,
    onset: date,
    days: int,
    planned: Sequence[PlannedEvent] = (),
    scope: Mapping[str, str | None] | None = None,
) -> tuple[Expected, ...]:
    """
    The *days* days from *onset* on, from the days ``[first, onset)`` of *history* and nothing later.

    With fewer than two weeks of history each day is their mean, between the least and the most; with none, 0.
    """
    start = max(first, onset - HISTORY)
    known = [history.get(start + timedelta(days=i), ZERO) for i in range(max((onset - start).days, 0))]
    if len(known) < FEWEST:
        return _flat(known, onset, days)
    values = np.array([[float(cost) for cost in known]])
    panel = Panel((dict(scope or {}),), "", start, values, (onset,))
    found = forecast(panel, days, planned=planned)
    return tuple(
        Expected(day, _money(found.p50[0, i]), _money(found.p10[0, i]), _money(found.p90[0, i]), "forecast")
        for i, day in enumerate(found.days[:days])
    )


def as_told(per_day: Decimal, onset: date, days: int) -> tuple[Expected, ...]:
    """What a person says a day usually costs, 10 % more or less."""
    band = abs(EXACT.multiply(per_day, TOLD_BAND))
    low, high = EXACT.subtract(per_day, band), EXACT.add(per_day, band)
    return tuple(Expected(onset + timedelta(days=i), per_day, low, high, "person") for i in range(days))


def extend(known: Sequence[Expected], until: date) -> tuple[Expected, ...]:
    """
    The days after *known* up to *until* (exclusive): each is as four weeks before it.

    *known* is in order and not empty; only its last four weeks are looked at.
    """
    last = list(known[-REPEATED_DAYS:])
    added: list[Expected] = []
    while (day := last[-1].day + timedelta(days=1)) < until:
        like = last[-REPEATED_DAYS] if len(last) >= REPEATED_DAYS else last[-1]
        added.append(Expected(day, like.expected, like.low, like.high, "repeated"))
        last.append(added[-1])
    return tuple(added)


def _flat(known: Sequence[Decimal], onset: date, days: int) -> tuple[Expected, ...]:
    mean = ZERO
    for cost in known:
        mean = EXACT.add(mean, cost)
    if known:
        mean = EXACT.divide(mean, Decimal(len(known))).quantize(PLACES, context=EXACT)
    low, high = (min(known), max(known)) if known else (ZERO, ZERO)
    return tuple(Expected(onset + timedelta(days=i), mean, low, high, "history") for i in range(days))


def _money(number: float) -> Decimal:
    return Decimal(repr(float(number))).quantize(PLACES, context=EXACT)
