"""What is worth telling whom, and what the detector was taught."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from warikan.insights.anomaly.episode import Kind

MONEY_SHARE = 0.001
Verdict = Literal["planned", "false", "real"]


@dataclass(frozen=True)
class Thresholds:
    """
    What an owner wants to hear of; an episode must pass each.

    Attributes:
        money_per_day: Excess per day, in the panel's currency (statistics, hence float); None is
            MONEY_SHARE of all that a usual day costs, whatever the currency.
        share: Excess per day as a ratio of what was expected of the scope's service (of the scope, where
            it is no service's).
        days: Days it has lasted, at least. 1 tells on the first complete day.
    """

    money_per_day: float | None = None
    share: float = 0.05
    days: int = 1

    def money(self, usual_day: float) -> float:
        """The threshold in money where everything together costs *usual_day* a day."""
        return MONEY_SHARE * usual_day if self.money_per_day is None else self.money_per_day


@dataclass(frozen=True)
class Settings:
    """
    How the detector judges.

    Attributes:
        default: The thresholds of everybody who has none of their own.
        owners: Thresholds by owner: the value of the column *owner_column*.
        sensitivity: Usual daily deviations that one day must be off to open an episode.
        absorb_after_days: A lasting step becomes the expected level after so many days.
        history_days: Fewest days of history before a series is judged.
    """

    default: Thresholds = Thresholds()
    owners: Mapping[str, Thresholds] = field(default_factory=dict)
    owner_column: str = "x_TeamId"
    sensitivity: float = 6.0
    absorb_after_days: int = 56
    history_days: int = 21

    def thresholds(self, owner: str | None) -> Thresholds:
        """The thresholds of *owner*."""
        return self.owners.get(owner or "", self.default)


@dataclass(frozen=True)
class Feedback:
    """
    What a person said of an episode.

    ``planned`` mutes the like of it in its window, ``false`` raises the threshold of its series
    (bounded), ``real`` keeps it and undoes an earlier ``false``.

    Attributes:
        scope, kind, onset, end: As the episode had them; an end of None mutes on.
        given: The day it was said: what was decided earlier stays decided.
    """

    key: str
    scope: Mapping[str, str | None]
    kind: Kind
    onset: date
    end: date | None
    verdict: Verdict
    given: date


Feedbacks = Sequence[Feedback]
