"""``incidents`` of ``warikan.yaml``: how severe, and by when."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from warikan.catalog.clusters import Variable
from warikan.catalog.strict import Identifier, Strict

PositiveMoney = Annotated[Decimal, Field(gt=0, max_digits=30, decimal_places=6)]
Ratio = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class SeverityMoney(Strict):
    """Money per day over expected from which an incident is of a severity; less is SEV4."""

    SEV1: PositiveMoney
    SEV2: PositiveMoney
    SEV3: PositiveMoney

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.SEV1 > self.SEV2 > self.SEV3:
            raise ValueError("SEV1 must be more than SEV2, and SEV2 more than SEV3")
        return self


class SeverityShare(Strict):
    """The same as a ratio of the owner's 30 days before; it lifts the severity by one at most."""

    SEV1: Ratio = 0.5
    SEV2: Ratio = 0.2
    SEV3: Ratio = 0.05

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.SEV1 > self.SEV2 > self.SEV3:
            raise ValueError("SEV1 must be more than SEV2, and SEV2 more than SEV3")
        return self


def _usual() -> dict[str, SeverityMoney]:
    amounts = {"USD": (1000, 300, 50), "EUR": (1000, 300, 50), "JPY": (150_000, 45_000, 7_500)}
    return {
        currency: SeverityMoney(SEV1=Decimal(one), SEV2=Decimal(two), SEV3=Decimal(three))
        for currency, (one, two, three) in amounts.items()
    }


class TrackerSettings(Strict):
    """
    Where tickets are made: GitHub, GitLab or Jira.

    The token may read and write issues of this one project, no more.
    """

    type: Literal["github", "gitlab", "jira"]
    repository: str = Field(
        max_length=200,
        pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$",
        description="GitHub: owner/name. GitLab: the project's path or number. Jira: the project's key.",
        examples=["acme/platform", "OPS"],
    )
    url: str = Field(
        "",
        max_length=2000,
        pattern=r"^(https?://.*)?$",
        description="Of the API; default: GitHub's and GitLab's public ones. Jira: `https://acme.atlassian.net`.",
    )
    token_from: Variable = Field(description="Variable with the token.")
    user: str | None = Field(
        None, max_length=200, description="Jira Cloud: the e-mail address that the token is of."
    )
    labels: tuple[Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^,\s]+$")], ...] = Field(
        (), max_length=10, description="Put on each ticket; they must exist."
    )
    issue_type: str = Field("Task", max_length=80, description="Jira: the type of the ticket.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type == "jira" and not self.url:
            raise ValueError("jira needs url")
        if self.type == "github" and self.repository.count("/") != 1:
            raise ValueError("repository of GitHub is owner/name")
        if self.type == "jira" and not self.repository.isalnum():
            raise ValueError("repository of Jira is the project's key, e.g. OPS")
        return self


class IncidentSettings(Strict):
    """Severities and deadlines."""

    money: dict[str, SeverityMoney] = Field(
        default_factory=_usual,
        description="Currency → money per day over expected; a currency without: by share alone.",
        examples=[{"USD": {"SEV1": "1000", "SEV2": "300", "SEV3": "50"}}],
    )
    share: SeverityShare = Field(SeverityShare(), description="Ratio of the owner's 30 days before.")
    verify_days: int = Field(
        3,
        ge=1,
        le=60,
        description="Complete days as expected after containment until an incident is verified on the bill.",
    )
    expect_days: int = Field(
        90, ge=14, le=400, description="Days from the onset whose expected cost is frozen at declaration."
    )
    trackers: dict[Identifier, TrackerSettings] = Field({}, description="Name → where tickets are made.")
