"""Holidays as a set of days; what they do to cost is learned from the past of each series."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from warikan.focus.errors import ConfigError


@dataclass(frozen=True)
class Calendar:
    """Days on which people of a country rest; empty: no day is special."""

    holidays: frozenset[date] = field(default_factory=frozenset)

    def mask(self, days: Sequence[date]) -> NDArray[np.bool_]:
        """Which of *days* are holidays."""
        return np.array([d in self.holidays for d in days], dtype=np.bool_)


def make_calendar(country: str | None, first: date, last: date) -> Calendar:
    """
    The public holidays of *country* (ISO 3166 alpha-2, e.g. ``JP``) in the years of ``[first, last]``.

    Raises:
        ConfigError: the holidays library does not know *country*.
    """
    if country is None:
        return Calendar()
    import holidays  # 0.1 s, and most commands need no forecast

    try:
        days = holidays.country_holidays(country, years=range(first.year, last.year + 1))
    except NotImplementedError as error:
        raise ConfigError(
            f"no holidays are known for {country!r}; give an ISO 3166 code such as JP, or leave it out"
        ) from error
    return Calendar(frozenset(days))
