"""Alarms of any detector in one shape, matched with what was planted, and added up."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from warikan.estate.incidents import PlantedIncident
from warikan.estate.own_moves import OwnMove

BEFORE, AFTER = 2, 3
"""Days beside an incident within which an alarm of its service is of it."""


@dataclass(frozen=True)
class Alarm:
    """One episode: where, when, and what it says it cost. *end* exclusive, None while it lasts."""

    service: str | None
    currency: str
    onset: date
    detected: date
    end: date | None
    excess: float
    kind: str = ""
    days: int = 0
    guilty_rank: int | None = None
    interval: tuple[float, float] | None = None

    def is_of(self, incident: PlantedIncident) -> bool:
        """Whether it tells of *incident*: its service, its days, its direction."""
        if self.service != incident.service or self.currency != incident.currency:
            return False
        first, last = incident.onset - timedelta(days=BEFORE), incident.last + timedelta(days=AFTER)
        overlaps = self.onset <= last and (self.end or date.max) > first
        return overlaps and (self.excess > 0) == (incident.excess > 0)

    def tells(self, move: OwnMove) -> bool:
        """Whether it tells of *move*: its service, its first days, its direction."""
        is_close = abs((self.onset - move.start).days) <= AFTER
        return self.service == move.service and is_close and (self.excess > 0) == move.rises


@dataclass
class Score:
    """Counts of one detector over any number of years."""

    incidents: int = 0
    found: int = 0
    alarms: int = 0
    true: int = 0
    own: int = 0
    delays: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    ranks: list[int | None] = field(default_factory=list)
    kinds: int = 0
    by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(
        self, alarms: Sequence[Alarm], incidents: Sequence[PlantedIncident], own: Sequence[OwnMove],
        noise: str, truth_days: int,
    ) -> None:  # fmt: skip
        """
        Count one year.

        *own* are lasting moves that the company makes of itself. Excess is compared over the
        first *truth_days* days of an incident: what lasts longer has become the level.
        """
        for alarm in alarms:
            self.alarms += 1
            is_true = any(alarm.is_of(i) for i in incidents)
            self.true += is_true
            self.own += not is_true and any(alarm.tells(o) for o in own)
            self.by[noise]["true" if is_true else "false"] += 1
        for incident in incidents:
            self._add(incident, [a for a in alarms if a.is_of(incident)], noise, truth_days)

    def _add(self, incident: PlantedIncident, mine: Sequence[Alarm], noise: str, truth_days: int) -> None:
        self.incidents += 1
        for name in (noise, incident.kind):
            self.by[name]["all"] += 1
            self.by[name]["found"] += bool(mine)
        if not mine:
            return
        self.found += 1
        first = min(mine, key=lambda a: a.detected)
        self.delays.append(max((first.detected - incident.onset).days, 0))
        limit = incident.onset + timedelta(days=truth_days)
        truth = float(sum(v for d, v in incident.excess_by_day.items() if d < limit))
        self.errors.append(abs(first.excess / truth - 1))
        if first.interval is not None:
            self.inside.append(first.interval[0] <= truth <= first.interval[1])
        self.by[incident.kind]["within"] += self.errors[-1] <= 0.1
        self.by[incident.kind]["first day"] += self.delays[-1] == 0
        right = first.kind == incident.anomaly_kind
        self.by[incident.kind]["kind"] += right
        self.kinds += right
        if incident.guilty_change is not None:
            self.ranks.append(first.guilty_rank)

    @property
    def recall(self) -> float:
        """Share of the incidents that were told."""
        return self.found / max(self.incidents, 1)

    @property
    def precision(self) -> float:
        """Share of all alarms that tell of a planted incident."""
        return self.true / max(self.alarms, 1)

    @property
    def precision_with_own(self) -> float:
        """Share of all alarms that tell of a planted incident or of a lasting move of the company's own."""
        return (self.true + self.own) / max(self.alarms, 1)

    @property
    def delay(self) -> float:
        """Median complete days after the first one."""
        return float(median(self.delays)) if self.delays else float("nan")

    @property
    def within(self) -> float:
        """Share of the found incidents whose excess is within a tenth of the truth."""
        return sum(e <= 0.1 for e in self.errors) / max(len(self.errors), 1)

    @property
    def top_three(self) -> float:
        """Share of the found incidents begun by a change for which it is among the first three."""
        return sum(r is not None and r < 3 for r in self.ranks) / max(len(self.ranks), 1)
