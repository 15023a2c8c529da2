"""What is planned: events that people or the catalogue announce, for forecasts and for the detector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PlannedKind = Literal["amount", "factor", "level"]


@dataclass(frozen=True)
class PlannedEvent:
    """
    A change of cost that is known beforehand: a migration, an expiring commitment, a price change.

    Attributes:
        scope: Exact columns it is about; a series is touched when it agrees in each column that both
            have. An empty scope touches everything.
        start, end: Days ``[start, end)``; an end of None lasts.
        kind: ``amount``: *value* is added to each day of the scope, spread over its series by their
            cost. ``factor``: each day is multiplied by *value*. ``level``: the scope's mean day becomes
            *value*, weekly shape kept.
        title: For people.
    """

    scope: Mapping[str, str | None]
    start: date
    end: date | None
    kind: PlannedKind
    value: float
    title: str = field(default="", compare=False)

    def covers(self, day: date) -> bool:
        """Whether *day* lies in it."""
        return self.start <= day and (self.end is None or day < self.end)

    def touches(self, key: Mapping[str, str | None]) -> bool:
        """Whether a series of *key* is (a part of) its scope, or holds it."""
        return all(key[c] == v for c, v in self.scope.items() if c in key)
