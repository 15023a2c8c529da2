"""Incidents as a script has them: what is to happen, before anybody knows what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from warikan.estate.events import Addition, Event, Expiry, PriceRise, Script, Surge
from warikan.estate.incidents import IncidentKind


@dataclass(frozen=True)
class Plant:
    """
    One incident of a script.

    Attributes:
        skus: What it touches, by our short names.
        hour: Of its onset (UTC).
        factor: On quantity or price; 0 for what was not there before.
    """

    kind: IncidentKind
    account: str
    skus: tuple[str, ...]
    event: Event
    hour: int
    factor: float
    surge: Surge | None = None
    addition: Addition | None = None
    rise: PriceRise | None = None
    expiry: Expiry | None = None

    @property
    def id(self) -> str:
        """Id of its event."""
        return self.event.id

    @property
    def service(self) -> str:
        """Whose cost it changes."""
        return self.event.service

    def is_apart(self, start: date, end: date, days: int) -> bool:
        """Whether *days* days lie between it and ``[start, end)``."""
        own_end = date.max if self.event.end is None else self.event.end
        if start >= self.event.start:
            return (start - own_end).days >= days
        return (self.event.start - end).days >= days

    def grown(self, factor: float) -> "Plant":
        """The same with about *factor* times its excess; itself where its size follows from its place."""
        if self.surge is not None and self.surge.factor > 1:
            to = round(1 + (self.surge.factor - 1) * factor, 4)
            return replace(self, factor=to, surge=replace(self.surge, factor=to))
        if self.addition is not None and self.kind == "new_resource":
            count = max(self.addition.count + 1, round(self.addition.count * factor))
            return replace(self, addition=replace(self.addition, count=count))
        if self.addition is not None:
            return replace(self, addition=replace(self.addition, size=self.addition.size * factor))
        return self


def add_plants(script: Script, plants: Sequence[Plant]) -> Script:
    """*script* in which *plants* happen too."""
    return replace(
        script,
        events=(*script.events, *(p.event for p in plants)),
        surges=(*script.surges, *(p.surge for p in plants if p.surge)),
        additions=(*script.additions, *(p.addition for p in plants if p.addition)),
        prices=(*script.prices, *(p.rise for p in plants if p.rise)),
        expiries=(*script.expiries, *(p.expiry for p in plants if p.expiry)),
    )


def mute(script: Script, plants: Sequence[Plant]) -> Script:
    """*script* as if *plants* had not happened, by the same chance."""
    return replace(script, muted=frozenset(p.id for p in plants))
