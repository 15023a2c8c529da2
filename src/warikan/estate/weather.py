"""How restless a company's days are: chance that all meters of a service share, and chance of each meter."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import numpy as np

from warikan.estate.random_streams import open_stream
from warikan.estate.timeline import Floats

Noise = Literal["calm", "normal", "rough"]


@dataclass(frozen=True)
class Weather:
    """
    Chance in the use of a day.

    Attributes:
        meter: Factor on the standard deviation that every meter has by itself.
        service: Standard deviation of the logarithm of a day's use that all meters of a service share.
        persistence: How much of yesterday's deviation of the service is left today, in 0…1.
    """

    meter: float = 1.0
    service: float = 0.0
    persistence: float = 0.6


USUAL = Weather()
"""Each meter for itself, as in the demo's story."""
LEVELS: dict[Noise, Weather] = {
    "calm": Weather(0.6, 0.008),
    "normal": Weather(1.0, 0.02),
    "rough": Weather(1.7, 0.045),
}
"""From a company whose days are alike to one where a tenth more or less on a day says nothing."""


@lru_cache(maxsize=128)
def deviations(seed: int, service: str, start: date, days: int, weather: Weather) -> Floats:
    """Logarithm of the use of *service* against its ordinary day, for *days* days from *start* on."""
    random = open_stream(seed, "weather", service, start.isoformat())
    steps = random.standard_normal(days) * weather.service
    kept = weather.persistence
    spread = float(np.sqrt(1 - kept * kept))
    level = np.empty(days)
    now = float(steps[0])
    for day in range(days):
        now = now if day == 0 else kept * now + spread * float(steps[day])
        level[day] = now
    level.setflags(write=False)
    return level
