"""Planted incidents and changes: what happened, what it cost, and what made it happen; labels of a bench."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

IncidentKind = Literal["spike", "step", "drift", "new_resource", "new_sku", "vanished", "price", "commitment"]
KINDS: tuple[IncidentKind, ...] = (
    "spike", "step", "drift", "new_resource", "new_sku", "vanished", "price", "commitment",
)  # fmt: skip
"""
spike: a runaway job, over in days. step: a release after which more is used, from one day to the next.
drift: something leaks, day by day. new_resource: machines that nobody stops. new_sku: the service suddenly
uses what it never used. vanished: a job stopped, and its cost with it. price: the unit price rises, the
quantity does not. commitment: a discount bought in advance ends.
"""
ChangeSource = Literal["argocd", "atlantis", "github", "kubernetes", "cloudevents", "csv"]
ChangeKind = Literal["deploy", "sync", "apply", "scale", "node", "config", "planned"]


@dataclass(frozen=True)
class PlantedIncident:
    """
    One incident whose truth is known.

    Money is EffectiveCost of use in *currency*, before tax and support, which follow by themselves.

    Attributes:
        service, team: Whose cost it is (`x_ServiceId`, `x_TeamId` on the day of the onset).
        provider_service: ServiceName of what rose (or fell) most.
        sku_ids, resource_ids: SkuId and ResourceId of everything that it touched.
        onset: First day of it; onset_at: the moment.
        end: First day without it; None where it lasts.
        excess_by_day: What the service cost more on each day than it would have, found by running the
            company twice; negative for vanished.
        share_of_service: Size of the excess over what the service would have cost on these days, in 0…
        guilty_change: Id of the change that began it; None where no change of the company did.
        cause, cause_ja: What happened, as its review would say.
        factor: What it did to quantity or price of what it touched; 0 for things that were not there.
    """

    id: str
    kind: IncidentKind
    service: str
    team: str
    provider: str
    sub_account: str
    provider_service: str
    sku_ids: tuple[str, ...]
    resource_ids: tuple[str, ...]
    currency: str
    onset: date
    onset_at: datetime
    end: date | None
    excess_by_day: Mapping[date, Decimal]
    share_of_service: float
    guilty_change: str | None
    cause: str
    cause_ja: str
    factor: float

    @property
    def excess(self) -> Decimal:
        """All that it cost to the end of the year, exactly."""
        return sum(self.excess_by_day.values(), Decimal(0))

    @property
    def last(self) -> date:
        """The last day on which it cost something."""
        return max(self.excess_by_day)

    @property
    def anomaly_kind(self) -> str:
        """How a detector, which cannot know the cause, would call it."""
        return "new" if self.kind in ("new_resource", "new_sku") else self.kind

    def covers(self, day: date, *, slack: int = 0) -> bool:
        """Whether *day* lies in it, or *slack* days beside it."""
        margin = timedelta(days=slack)
        return self.onset - margin <= day <= self.last + margin


@dataclass(frozen=True)
class PlantedChange:
    """
    Something that people or machines did to a service.

    Attributes:
        at: When it was done (UTC). source: The system that tells of it.
        service: Whose it is: that of an incident that it began, or one that this one depends on.
        scope: Exact columns and their values that it is about, as far as its system tells.
        size: Lines, resources, replicas or nodes that changed.
        incident: Id of the incident that it began; None for the innocent. A bench must not read it.
    """

    id: str
    at: datetime
    source: ChangeSource
    kind: ChangeKind
    service: str
    title: str
    actor: str
    url: str
    scope: Mapping[str, str]
    size: float = 0.0
    incident: str | None = None
