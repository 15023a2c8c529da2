"""An anomaly as it is kept: an episode of the detector, its owner, and what people said of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from warikan.insights.anomaly import Driver, EpisodeDay, Evidence, Excess, Kind
from warikan.operate.scope import Scope

State = Literal["open", "ended", "withdrawn"]
Verdict = Literal["planned", "false", "real"]
VERDICTS: tuple[Verdict, ...] = ("planned", "false", "real")
PREFIX = "ANO-"


@dataclass(frozen=True)
class Anomaly:
    """
    Money off its expectation, from one cause.

    Attributes:
        id: ``ANO-7``: for people, the same for as long as the workspace lives.
        scope: Exact columns and values, of the owner before sharing: who causes it, not who bears it.
        where: The filter of its money over the allocations (with the currency beside it).
        service_id, team_id: Who answers for it; None where the scope is of no single one.
        onset: First day off its expectation. *detected*: the day whose data told. *noticed_at*: when we did.
        end: Exclusive; None while it lasts.
        state: ``withdrawn``: restated data no longer show it.
        excess: Money above what was expected (negative: below), exact from the bill but for the expectation;
            *first_excess* as it was first told.
        rate_per_hour: Excess per hour of late, 0 when it ended.
        provisional: Judged on a day that is not complete yet.
        verdict: What a person said of it; None while nobody did.
    """

    id: str
    key: str
    scope: Scope
    where: str
    service_id: str | None
    team_id: str | None
    kind: Kind
    currency: str
    onset: date
    detected: date
    noticed_at: datetime
    end: date | None
    state: State
    excess: Excess
    first_excess: Decimal
    rate_per_hour: Decimal
    provisional: bool
    absorbed: bool
    days: tuple[EpisodeDay, ...]
    drivers: tuple[Driver, ...]
    evidence: tuple[Evidence, ...]
    verdict: Verdict | None
    verdict_by: str | None
    verdict_at: datetime | None
    note: str | None
    updated_at: datetime
    version: int

    @property
    def is_over(self) -> bool:
        """Whether cost went back; where the new level was only learned (absorbed), it did not."""
        return self.end is not None and not self.absorbed


@dataclass(frozen=True)
class JudgeReport:
    """
    What a judgement changed, by ids.

    Attributes:
        unchanged: Data, settings and verdicts were those of the last judgement: nothing was done.
        told: Of which a notice was written.
    """

    opened: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    unchanged: bool = False
