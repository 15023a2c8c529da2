"""``anomalies`` of ``warikan.yaml``: what is worth telling whom, and what is known beforehand."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from warikan.catalog.strict import Identifier, Strict

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Threshold(Strict):
    """What somebody wants to hear of; an episode must pass each of them."""

    money_per_day: dict[Currency, Amount] = Field(
        {},
        description="Excess per day, by currency. A currency that is not named: one thousandth of an average "
        "day of all cost in it.",
        examples=[{"USD": 10, "JPY": 1500}],
    )
    share: float = Field(0.05, ge=0, le=100, description="Excess as a ratio of what was expected.")
    days: int = Field(1, ge=1, le=60, description="Days that it lasts at least.")


class PlannedSettings(Strict):
    """A change of cost that is known beforehand: a migration, an expiring commitment, a price change."""

    title: str = Field(min_length=1, max_length=200, description="For people.")
    service: str | None = Field(None, description="Service of the catalogue that it is about.")
    team: str | None = Field(None, description="Team whose services it is about.")
    scope: dict[str, str] = Field(
        {}, description="Further columns: SubAccountId, ServiceName, SkuId.", max_length=10
    )
    from_: date = Field(alias="from", description="First day.")
    until: date | None = Field(None, description="The day after the last; absent: it lasts.")
    kind: Literal["amount", "factor", "level"] = Field(
        description="amount: so much more a day. factor: each day times it. level: the new average day."
    )
    value: float = Field(allow_inf_nan=False, description="In the currency of the bill, or the factor.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.until is not None and self.until <= self.from_:
            raise ValueError("until is the day after the last, so it lies after from")
        if self.kind == "factor" and self.value < 0:
            raise ValueError("a factor is not negative")
        return self


class AnomalySettings(Threshold):
    """What counts as unexpected; see docs/anomalies.md."""

    teams: dict[Identifier, Threshold] = Field({}, description="Team → thresholds of its own.")
    sensitivity: float = Field(
        6.0, gt=0, le=50, description="How many usual daily deviations a day must be off."
    )
    absorb_after_days: int = Field(
        56, ge=7, le=366, description="A lasting step is the expected level after so many days."
    )
    settle_days: int = Field(
        1,
        ge=0,
        le=14,
        description="A source's last days still change: so many are not judged, or provisionally.",
    )
    settle_days_of: dict[Identifier, int] = Field({}, description="Source → its own settle_days.")
    holidays: tuple[str, ...] = Field(
        (), description="Calendars whose holidays are expected to differ: JP, US, DE-BY ...", max_length=10
    )
    planned: tuple[PlannedSettings, ...] = Field((), description="What is known beforehand.", max_length=500)
